"""Arguments that many words share."""

from __future__ import annotations

from rules.engine.words import Argument

VALUE_SETS = Argument("value set", choices="value-set", many=True)
VALUE_SET = Argument("value set", choices="value-set")
STATUSES = Argument(
    "status",
    choices=(
        "active", "completed", "draft", "in-progress", "not-done", "on-hold", "revoked", "stopped",
    ),
    many=True,
)  # fmt: skip
ROUTES = Argument(
    "route",
    choices=(
        "intrathecal", "epidural", "neuraxial", "oral", "transdermal", "sc", "iv", "im", "topical",
        "other",
    ),
    many=True,
)  # fmt: skip
ORDER_KINDS = Argument(
    "kind",
    choices=(
        "explant", "implant", "trial", "possible-trial", "refill", "it-medication",
        "systemic-medication", "imaging", "other",
    ),
    many=True,
)  # fmt: skip
UNITS = Argument("unit", choices=("days", "months", "hours"))
