"""One call of the service, as the chart needs it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime


@dataclass(frozen=True, slots=True)
class Call:
    """What an EHR asked, in plain data.

    *now* carries an offset. *prefetch* is the JSON text of each key as sent, or as fetched.
    *drafts* are the resources of `context.draftOrders`, in order, with decimals as Decimal.
    *missing* says why a key could not be had; *sources* names the keys that we fetched ourselves
    (`fhir-server`), every other one came with the call (`prefetch`).
    """

    hook: str
    patient_id: str
    now: datetime
    prefetch: Mapping[str, bytes] = field(default_factory=dict)
    drafts: tuple[dict[str, Any], ...] = ()
    selections: tuple[str, ...] | None = None
    context: Mapping[str, object] = field(default_factory=dict)
    missing: Mapping[str, str] = field(default_factory=dict)
    sources: Mapping[str, str] = field(default_factory=dict)
