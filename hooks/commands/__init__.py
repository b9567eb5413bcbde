"""The words of the `intrathecal` command, one module each."""
