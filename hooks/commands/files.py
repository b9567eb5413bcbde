"""JSON files that a person names on the command line."""

from __future__ import annotations

import json
import sys
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from hooks.commands.terminal import stop

if TYPE_CHECKING:
    from pathlib import Path


def read_json(path: Path) -> Any:  # noqa: ANN401 - any JSON
    """Return the content of *path*, decimals as written; `-` is standard input."""
    try:
        text = sys.stdin.read() if str(path) == "-" else path.read_text("utf-8-sig")
    except FileNotFoundError:
        stop(f"`{path}` does not exist")
    except IsADirectoryError:
        stop(f"`{path}` is a folder, name a file in it")
    except UnicodeDecodeError as error:
        stop(f"`{path}` is not UTF-8: byte {error.start}")
    except OSError as error:
        stop(f"`{path}` cannot be read: {(error.strerror or 'input/output error').lower()}")
    try:
        return json.loads(text, parse_float=Decimal, parse_constant=_refuse)
    except json.JSONDecodeError as error:
        stop(
            f"`{path}` is not JSON: line {error.lineno}, column {error.colno}: {error.msg.lower()}"
        )
    except (ValueError, RecursionError) as error:
        stop(f"`{path}` is not JSON that can be read: {str(error).lower()}")


def read_resource(path: Path) -> dict[str, Any]:
    """Return the FHIR resource in *path*."""
    said = read_json(path)
    if not isinstance(said, dict) or not isinstance(said.get("resourceType"), str):
        stop(f"`{path}` is not a FHIR resource: it has no `resourceType`")
    return said


def _refuse(constant: str) -> None:
    raise ValueError(f"`{constant}` is not a JSON number")
