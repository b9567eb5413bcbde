"""CDS Hooks over HTTP: discovery, invocation, cards."""
