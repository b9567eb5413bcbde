"""Devices: those in place (recording.md 1.3, 4.6)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rules.chart.codings import words
from rules.chart.records import Device

if TYPE_CHECKING:
    from rules.chart import resources as fhir
    from rules.chart.context import Context

KEY = "devices"


def read_device(resource: fhir.Device, ref: str, context: Context) -> Device | None:
    """Read one Device; None where its status does not let it count. No status is active."""
    groups, coded = context.codings.concept(resource.type)
    if resource.status not in (None, "active"):
        context.ignore(f"its status is `{resource.status[:30]}`", ref, KEY, groups)
        return None
    names = [one.name for one in resource.device_name or () if one.name]
    record = Device(
        key=KEY, ref=ref, resource=resource, groups=groups, coded=coded, counts=True,
        text=words(resource.type) or (names[0] if names else ""), when=None,
    )  # fmt: skip
    record.model = resource.model_number or (names[0] if names else "")
    context.modified(record)
    return record
