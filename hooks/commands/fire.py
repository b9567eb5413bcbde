"""`intrathecal fire`: act as an EHR at the moment a hook fires."""

from __future__ import annotations

import logging
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any
from uuid import NAMESPACE_URL, uuid4, uuid5

import msgspec
import typer

from hooks.commands.card_view import show_cards
from hooks.commands.checklist import show_evaluation
from hooks.commands.hook_call import ASSUMED, HookCall, hook_call, read_chart
from hooks.commands.terminal import Terminal, note, stop
from hooks.ehr import Ehr, prefetch
from hooks.wire import encode

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hooks.ehr import Source
    from hooks.fhir_server import Answer, Client

HERE = "http://127.0.0.1:8000"
MEMBER = "org.intrathecal-cds.evaluation"


def fire(
    service: Annotated[str, typer.Argument(help="Service id, such as intrathecal-order-sign.")],
    patient: Annotated[
        Path, typer.Option(help="Bundle that holds the chart; with --fhir-server a patient id.")
    ],
    order: Annotated[Path | None, typer.Option(help="Draft resource, or a Bundle of them.")] = None,
    context: Annotated[Path | None, typer.Option(help="Hook context, as JSON.")] = None,
    url: Annotated[
        str | None, typer.Option(help=f"CDS service ({HERE}, or one started for this call).")
    ] = None,
    fhir_server: Annotated[
        str | None, typer.Option(help="FHIR server to fill the prefetch from.")
    ] = None,
    policy: Annotated[str | None, typer.Option(help="Policy of the started service.")] = None,
    now: Annotated[str | None, typer.Option(help="Clock of the started service: ISO time.")] = None,
    brief: Annotated[bool, typer.Option(help="Show cards without their details.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the response as JSON.")] = False,
) -> None:
    """Fire a hook as an EHR does: read discovery, fill the prefetch, post, show the cards."""
    from hooks.fhir_server import Client, FhirServer

    if url and (policy or now):
        stop("--policy and --now belong to a service started here; leave out --url")
    with ExitStack() as open_things:
        source: Source
        if fhir_server:
            patient_id = read_chart(patient).patient_id if patient.is_file() else str(patient)
            source = FhirServer(open_things.enter_context(Client(fhir_server)))
        else:
            source = chart = read_chart(patient)
            patient_id = chart.patient_id
        client = open_things.enter_context(_service(open_things, url, policy, now))
        entry = _discovered(client, service)
        call = hook_call(str(entry["hook"]), patient_id, order, context)
        if call.assumed:
            note(ASSUMED)
        body = _body(call, source, entry.get("prefetch") or {}, repeatable=now is not None)
        if fhir_server:
            body["fhirServer"] = fhir_server
        said = client.post(f"cds-services/{service}", encode(body))
    _show(said, call, as_json=as_json, brief=brief)


def _service(
    open_things: ExitStack, url: str | None, policy: str | None, now: str | None
) -> Client:
    """Connect to the service, or start one beside us where none is named and none answers."""
    from hooks.fhir_server import Client, Unreachable

    if url:
        return Client(url)
    if not policy and not now:
        client = Client(HERE)
        try:
            if client.get("cds-services").ok:
                return client
        except Unreachable:
            pass
        note(f"nothing answers on {HERE}: a service is started for this call")

    import structlog

    from hooks.app import create_app
    from hooks.commands.knowledge import load_knowledge
    from hooks.commands.listening import Beside
    from hooks.settings import load_settings

    # The log of the service would stand between the lines that a person reads.
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    settings = load_settings(policy=policy, now=now)
    app = create_app(settings, load_knowledge(settings))
    return Client(open_things.enter_context(Beside(app)).url)


def _discovered(client: Client, service: str) -> Mapping[str, Any]:
    said = client.get("cds-services")
    if not said.ok:
        stop(f"{client.base}/cds-services answered with status {said.status}", 1)
    try:
        offered: dict[str, dict[str, Any]] = {one["id"]: one for one in said.json()["services"]}
    except (ValueError, KeyError, TypeError):
        stop(f"{client.base}/cds-services is no CDS Hooks discovery", 1)
    if service not in offered:
        known = ", ".join(f"`{one}`" for one in offered)
        stop(f"unknown service `{service}`; {client.base} offers {known}")
    return offered[service]


def _body(
    call: HookCall, source: Source, templates: Mapping[str, str], *, repeatable: bool
) -> dict[str, Any]:
    """Return the request; with a frozen clock its instance depends on its content only."""
    filled = prefetch(source, templates, call.context)
    if isinstance(source, Ehr) and (medications := source.medications()):
        filled["medications"] = medications
    instance = uuid4()
    if repeatable:
        content = encode([call.hook, call.context, filled]).decode()
        instance = uuid5(NAMESPACE_URL, content)
    return {
        "hook": call.hook,
        "hookInstance": str(instance),
        "context": call.context,
        "prefetch": filled,
    }


def _show(said: Answer, call: HookCall, *, as_json: bool, brief: bool) -> None:
    terminal = Terminal()
    if as_json:
        try:
            terminal.raw(msgspec.json.format(said.body, indent=2).decode())
        except msgspec.DecodeError:
            terminal.raw(said.body.decode(errors="replace"))
    if not said.ok:
        stop(f"the service answered with status {said.status}{_why(said)}", 1)
    if as_json:
        return
    response = said.json()
    evaluation = (response.get("extension") or {}).get(MEMBER)
    terminal.line((f"{call.hook}", "bold"), f" for Patient/{call.patient_id}")
    if evaluation:
        terminal.gap()
        show_evaluation(terminal, evaluation)
    show_cards(terminal, response["cards"], brief=brief)


def _why(said: Answer) -> str:
    """Return the words of an OperationOutcome."""
    try:
        issue = said.json()["issue"][0]
        text = issue.get("details", {}).get("text") or issue.get("diagnostics") or ""
    except (ValueError, KeyError, TypeError, IndexError, AttributeError):
        return ""
    return f": {text}"
