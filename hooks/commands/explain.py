"""`intrathecal explain`: the same evaluation with no server and no network."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any
from uuid import NAMESPACE_URL, uuid5

import msgspec
import typer

from hooks.commands.hook_call import (
    ASSUMED,
    HOOKS,
    HookCall,
    checked,
    hook_call,
    read_chart,
)
from hooks.commands.terminal import Terminal, note, stop
from hooks.wire import encode

if TYPE_CHECKING:
    from hooks.ehr import Ehr
    from hooks.settings import Settings
    from hooks.wire import Card
    from rules import Rulebook

# A hook that no service answers yet asks for the same data as this one.
LIKE = "order-sign"
LEFT_OUT = "left out by --missing"
ALL = "all"


def explain(
    patient: Annotated[Path, typer.Option(help="Bundle that holds the whole chart.")],
    order: Annotated[Path | None, typer.Option(help="Draft resource, or a Bundle of them.")] = None,
    context: Annotated[Path | None, typer.Option(help="Hook context, as JSON.")] = None,
    hook: Annotated[str, typer.Option(help=f"Hook: {', '.join(HOOKS)}.")] = "order-sign",
    policy: Annotated[
        str | None, typer.Option(help="Policy whose thresholds apply; `all` for all side by side.")
    ] = None,
    missing: Annotated[
        list[str] | None, typer.Option(help="Prefetch key that could not be had; repeatable.")
    ] = None,
    now: Annotated[str | None, typer.Option(help="Moment of the evaluation: ISO time.")] = None,
    brief: Annotated[bool, typer.Option(help="Show cards without their details.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the evaluation object.")] = False,
) -> None:
    """Evaluate one patient here and say what each criterion rests on."""
    from hooks.commands.knowledge import load_knowledge
    from hooks.discovery import KEYS
    from hooks.settings import load_settings

    if hook not in HOOKS:
        stop(f"unknown hook `{hook}`; known are {_listed(HOOKS)}")
    lacking = tuple(dict.fromkeys(missing or ()))
    for key in lacking:
        if key not in KEYS:
            stop(f"unknown prefetch key `{key}`; known are {_listed(KEYS)}")
    settings = load_settings(policy=None if policy == ALL else policy, now=now)
    chart = read_chart(patient)
    call = hook_call(hook, chart.patient_id, order, context)
    if context is not None:
        call = checked(call, chart.patient_id)
    if call.assumed:
        note(ASSUMED)
    book = load_knowledge(settings)
    if policy == ALL:
        _compare(call, every_policy(book, settings, chart, call, lacking), as_json=as_json)
        return
    cards, said = evaluated(book, settings, chart, call, lacking)
    if as_json:
        _print(said)
    else:
        _show(call, cards, said, brief=brief)


def every_policy(
    book: Rulebook, settings: Settings, chart: Ehr, call: HookCall, lacking: tuple[str, ...] = ()
) -> list[dict[str, Any]]:
    """Return the evaluation object of *call* under every policy at one moment, the base first."""
    now = settings.clinical_now()
    policies = sorted(book.policies.values(), key=lambda one: (bool(one.based_on), one.id))
    return [
        evaluated(
            book, settings.model_copy(update={"policy": one.id, "now": now}), chart, call, lacking
        )[1]
        for one in policies
    ]


def evaluated(
    book: Rulebook, settings: Settings, chart: Ehr, call: HookCall, lacking: tuple[str, ...] = ()
) -> tuple[tuple[Card, ...], dict[str, Any]]:
    """Return the cards and the evaluation object of *call*, with the keys *lacking* left out."""
    import rules
    from hooks.cards import cards as cards_of
    from hooks.evaluation import evaluation, evaluation_id

    prefetch = _prefetch(book, chart, call, lacking)
    outcome = rules.evaluate(
        book,
        rules.Call(
            hook=call.hook,
            patient_id=call.patient_id,
            now=settings.clinical_now(),
            prefetch=prefetch,
            drafts=call.drafts,
            selections=call.selections,
            context=call.context,
            missing=dict.fromkeys(lacking, LEFT_OUT),
        ),
        settings.policy,
    )
    body = encode(
        [call.hook, call.context, {key: value.decode() for key, value in prefetch.items()}]
    )
    identity = evaluation_id(
        client="explain",
        service=f"intrathecal-{call.hook}",
        hook_instance=str(uuid5(NAMESPACE_URL, body.decode())),
        body=hashlib.sha256(body).hexdigest(),
        knowledge=outcome.knowledge.hash,
        policy=outcome.policy.id,
    )
    named = {f"{one.get('resourceType')}/{one['id']}" for one in call.drafts if one.get("id")}
    shown, fates = cards_of(outcome, identity, limit=settings.card_limit, drafts=named)
    return shown, evaluation(outcome, identity, fates)


def _prefetch(
    book: Rulebook, chart: Ehr, call: HookCall, lacking: tuple[str, ...]
) -> dict[str, bytes]:
    """Fill the templates of the hook's own service from the chart."""
    from hooks.discovery import load_services
    from hooks.ehr import prefetch

    services = {one.hook: one for one in load_services(book.observation_codes, book.hooks)}
    service = services.get(call.hook) or services[LIKE]
    filled = prefetch(chart, service.prefetch, call.context)
    if medications := chart.medications():
        filled["medications"] = medications
    return {key: encode(value) for key, value in filled.items() if key not in lacking}


def _print(said: object) -> None:
    Terminal().raw(msgspec.json.format(encode(said), indent=2).decode())


def _compare(call: HookCall, said: list[dict[str, Any]], *, as_json: bool) -> None:
    from hooks.commands.side_by_side import show_side_by_side

    if as_json:
        _print(said)
        return
    terminal = Terminal()
    terminal.line((call.hook, "bold"), f" for Patient/{call.patient_id}")
    terminal.gap()
    show_side_by_side(terminal, msgspec.json.decode(encode(said)))


def _show(call: HookCall, cards: tuple[Card, ...], said: dict[str, Any], *, brief: bool) -> None:
    from hooks.commands.card_view import show_cards
    from hooks.commands.checklist import show_evaluation

    terminal = Terminal()
    terminal.line((call.hook, "bold"), f" for Patient/{call.patient_id}")
    terminal.gap()
    show_evaluation(terminal, msgspec.json.decode(encode(said)))
    show_cards(terminal, msgspec.json.decode(encode(cards)), brief=brief)


def _listed(names: object) -> str:
    return ", ".join(f"`{name}`" for name in names)  # type: ignore[attr-defined]
