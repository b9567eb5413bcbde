"""The command `intrathecal`."""

from __future__ import annotations

import sys
from typing import NoReturn

import typer

from hooks.commands.check import check
from hooks.commands.explain import explain
from hooks.commands.fire import fire
from hooks.commands.rules import rules
from hooks.commands.serve import serve
from hooks.commands.terminal import Stop
from hooks.commands.words import words

app = typer.Typer(
    name="intrathecal",
    help="CDS Hooks service for intrathecal drug delivery: run it, try it, read its rules.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
for command in (serve, fire, explain, check, words, rules):
    app.command()(command)


def main() -> NoReturn:
    """Run the command; what a person can mend is one line, not a traceback."""
    try:
        app()
    except Exception as error:
        said = _said(error)
        if said is None:
            raise
        text, status = said
        for line in text.splitlines():
            print(f"intrathecal: {line}", file=sys.stderr)  # noqa: T201 - a word to the person at the terminal
        sys.exit(status)
    sys.exit(0)


def _said(error: Exception) -> tuple[str, int] | None:
    """Return the words and the exit status for an error that a person can mend."""
    if isinstance(error, Stop):
        return str(error), error.status
    # Only now: `--help` needs none of them.
    from hooks.commands.knowledge import near
    from hooks.ehr import UnknownQuery
    from hooks.errors import StartError
    from hooks.fhir_server import Unreachable
    from rules import AnotherPatient, KnowledgeError, RulesError

    if isinstance(error, KnowledgeError):
        return "\n".join(near(str(one)) for one in error.mistakes), 1
    if isinstance(error, AnotherPatient):
        return f"the data hold a resource of another patient: {error}", 1
    if isinstance(error, (StartError, RulesError)):
        return str(error), 2
    if isinstance(error, (Unreachable, UnknownQuery)):
        return str(error), 1
    return None


if __name__ == "__main__":
    main()
