"""POST /cds-services/{id}: one call, from bytes to cards."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

import structlog
from anyio import CapacityLimiter, to_thread
from starlette.responses import Response

from hooks import wire
from hooks.body import read_body
from hooks.cards import cards
from hooks.context import read_context
from hooks.envelope import read_envelope
from hooks.errors import OtherPatient
from hooks.evaluation import MEMBER, evaluation, evaluation_id
from hooks.prefetch import complete, require_data
from hooks.trust import OPEN
from rules import AnotherPatient

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from uuid import UUID

    from starlette.requests import Request

    from hooks.context import Context
    from hooks.discovery import Services
    from hooks.envelope import Envelope
    from hooks.settings import Settings
    from hooks.trust import Caller
    from rules import Call, Outcome

# A body of this size takes longer than a few milliseconds: others are served in the meantime.
_LARGE = 500_000
_log = structlog.get_logger("hooks")


@dataclass(frozen=True)
class Invocation:
    """Answers calls; holds what does not change between them."""

    settings: Settings
    services: Services
    evaluate: Callable[[Call, str], Outcome]
    clock: Callable[[], datetime]
    threads: CapacityLimiter

    async def invoke(self, request: Request) -> Response:
        """Read one request and answer it."""
        identity = self.services.known(request.path_params["service"])
        caller = OPEN
        body = await read_body(request, self.settings)
        if len(body) < _LARGE:
            answer = self.answer(identity, body, caller, request.state.correlation)
        else:
            answer = await to_thread.run_sync(
                self.answer, identity, body, caller, request.state.correlation, limiter=self.threads
            )
        return Response(answer, media_type="application/json")

    def answer(self, identity: str, body: bytes, caller: Caller, correlation: str) -> bytes:
        """Return the response body to a request body, or raise a HooksError."""
        envelope = read_envelope(body)
        service = self.services.find(identity, envelope.hook)
        context = read_context(envelope)
        call = complete(envelope, context, self.clock())
        outcome = self._evaluate(call, caller)
        self._log(correlation, caller, envelope, context, outcome)
        require_data(outcome)
        key = self._identity(service.id, envelope, body, caller, outcome)
        return answer(outcome, key, limit=self.settings.card_limit, call=call)

    def _evaluate(self, call: Call, caller: Caller) -> Outcome:
        try:
            return self.evaluate(call, caller.policy or self.settings.policy)
        except AnotherPatient:
            raise OtherPatient(
                "the data hold a resource of another patient", place="/prefetch"
            ) from None

    def _identity(
        self, service: str, envelope: Envelope, body: bytes, caller: Caller, outcome: Outcome
    ) -> UUID:
        return evaluation_id(
            client=caller.client,
            service=service,
            hook_instance=envelope.hook_instance,
            body=hashlib.sha256(body).hexdigest(),
            knowledge=outcome.knowledge.hash,
            policy=outcome.policy.id,
        )

    def _log(
        self,
        correlation: str,
        caller: Caller,
        envelope: Envelope,
        context: Context,
        outcome: Outcome,
    ) -> None:
        instance = hashlib.sha256(envelope.hook_instance.encode()).hexdigest()[:16]
        _log.info(
            "call.evaluated",
            correlation=correlation,
            client=caller.client,
            hook=envelope.hook,
            instance=instance,
            tolerated=[*envelope.tolerated, *context.tolerated],
            phase=outcome.phase,
            verdict=outcome.verdict,
            fired=[one.id for one in outcome.rules if one.result == "fired"],
            unchecked=[one.id for one in outcome.rules if one.result == "not-checked"],
            missing=[one.key for one in outcome.data if one.state == "missing"],
        )


def answer(outcome: Outcome, identity: UUID, *, limit: int, call: Call) -> bytes:
    """Write the CDS Hooks response to an outcome."""
    drafts = {f"{one.get('resourceType')}/{one['id']}" for one in call.drafts if one.get("id")}
    shown, fates = cards(outcome, identity, limit=limit, drafts=drafts)
    said = evaluation(outcome, identity, fates)
    return wire.encode(wire.Response(cards=shown, extension={MEMBER: said}))
