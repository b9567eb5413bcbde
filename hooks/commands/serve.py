"""`intrathecal serve`: the service, until it is interrupted."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Annotated

import typer

from hooks.commands.terminal import Terminal

if TYPE_CHECKING:
    from socket import socket

    from hooks.settings import Settings


def serve(
    host: Annotated[str | None, typer.Option(help="Address to listen on (127.0.0.1).")] = None,
    port: Annotated[int | None, typer.Option(help="Port; 0 takes a free one (8000).")] = None,
    policy: Annotated[str | None, typer.Option(help="Policy whose thresholds apply.")] = None,
    now: Annotated[str | None, typer.Option(help="Freeze the clinical clock: ISO time.")] = None,
    workers: Annotated[int | None, typer.Option(help="Number of worker processes (1).")] = None,
    config: Annotated[str | None, typer.Option(help="TOML file of settings.")] = None,
) -> None:
    """Run the CDS service."""
    given = {"host": host, "port": port, "policy": policy, "now": now, "workers": workers}
    # Worker processes read their settings anew; they find ours where every setting is found.
    names = {name.upper(): str(value) for name, value in given.items() if value is not None}
    os.environ.update({f"INTRATHECAL_{name}": value for name, value in names.items()})
    if config is not None:
        os.environ["INTRATHECAL_CONFIG"] = config

    from hooks.settings import load_settings

    run(load_settings())


def run(settings: Settings) -> None:
    """Serve with *settings*; mistakes in them or in the rules are told before anything listens."""
    import uvicorn
    from uvicorn.supervisors import Multiprocess

    from hooks.app import create_app
    from hooks.commands.knowledge import load_knowledge
    from hooks.commands.listening import OPTIONS, Announcing, bound

    app = create_app(settings, load_knowledge(settings))
    listener = bound(settings.host, settings.port)
    if settings.workers == 1:
        chosen = uvicorn.Config(app, log_level="warning", **OPTIONS)
        Announcing(chosen, lambda: _announce(listener, settings)).run([listener])
        return
    chosen = uvicorn.Config(
        "hooks.app:create_app",
        factory=True,
        workers=settings.workers,
        log_level="warning",
        **OPTIONS,
    )
    _announce(listener, settings)
    Multiprocess(chosen, [listener]).run()


def _announce(listener: socket, settings: Settings) -> None:
    from hooks.commands.listening import address

    terminal = Terminal()
    base = address(listener)
    terminal.line(("intrathecal-cds", "bold"), f" answers on {base}")
    terminal.line(f"discovery  {base}/cds-services", indent=2)
    terminal.line(f"policy     {settings.policy}", indent=2)
    if settings.now is not None:
        terminal.line(f"clock      frozen at {settings.clinical_now().isoformat()}", indent=2)
    if settings.loopback:
        terminal.line("access     open: callers are not authenticated; this machine only", indent=2)
    else:
        terminal.line("access     OPEN to every caller that reaches this address", indent=2)
    terminal.line(
        "try        intrathecal fire intrathecal-order-sign --patient CHART.json", indent=2
    )
    terminal.line(
        "Decision support for clinicians; not a medical device, not clinical advice.", indent=2
    )
