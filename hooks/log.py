"""The log: one JSON object a line on standard error, made of named fields only.

No body, no token, no query and no local variable ever gets here; an exception is its type and the
places it went through, because its message may repeat what was sent.
"""

from __future__ import annotations

import sys
import traceback
from pathlib import Path

import structlog


def configure() -> None:
    """Set up the log unless the process already has one."""
    if structlog.is_configured():
        return
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(20),  # info
        logger_factory=structlog.WriteLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=False,
    )


def places(error: BaseException) -> list[str]:
    """Return where *error* passed, innermost last, as `file:line function`."""
    frames = traceback.extract_tb(error.__traceback__)
    return [f"{Path(one.filename).name}:{one.lineno} {one.name}" for one in frames[-20:]]
