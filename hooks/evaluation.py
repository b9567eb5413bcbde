"""The evaluation object: what was decided, from what, by which versions (design.md section 4)."""

from __future__ import annotations

from importlib.resources import files
from typing import TYPE_CHECKING, Any
from uuid import NAMESPACE_URL, UUID, uuid5

import msgspec

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rules import Outcome

MEMBER = "org.intrathecal-cds.evaluation"
_NAMESPACE = uuid5(NAMESPACE_URL, "urn:intrathecal-cds:evaluation")


def evaluation_id(  # noqa: PLR0913 - the six things that make two calls the same
    *, client: str, service: str, hook_instance: str, body: str, knowledge: str, policy: str
) -> UUID:
    """Return the id of an evaluation: the same for a retry, whatever the clock says.

    *body* and *knowledge* are hashes.
    """
    parts = (client, service, hook_instance, body, knowledge, policy)
    return uuid5(_NAMESPACE, msgspec.json.encode(parts).decode())


def evaluation(outcome: Outcome, identity: UUID, fates: Mapping[str, str]) -> dict[str, Any]:
    """Return the evaluation object; *fates* says per rule what became of its card."""
    said = {
        "id": str(identity),
        "policy": outcome.policy,
        "knowledge": outcome.knowledge,
        "evaluatedAt": outcome.evaluated_at,
        "phase": outcome.phase,
        "verdict": outcome.verdict,
        "criteria": outcome.criteria,
        "rules": outcome.settle(fates),
        "data": outcome.data,
    }
    return said | ({"faults": outcome.faults} if outcome.faults else {})


def schema() -> bytes:
    """Return the published JSON Schema of the evaluation object."""
    return files("hooks").joinpath("schemas", "evaluation.schema.json").read_bytes()
