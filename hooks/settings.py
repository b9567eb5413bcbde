"""What the environment or a TOML file may change, read once at start.

Every setting is an environment variable `INTRATHECAL_<NAME>` and a key of the TOML file that
`INTRATHECAL_CONFIG` or `serve --config` names. A command line option outranks the environment,
which outranks the file.
"""

from __future__ import annotations

import ipaddress
import os
import tomllib
from datetime import UTC, datetime, tzinfo
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, AnyHttpUrl, BeforeValidator, Field, ValidationError
from pydantic_settings import (
    BaseSettings,
    NoDecode,
    SettingsConfigDict,
    SettingsError,
    TomlConfigSettingsSource,
)

from hooks.errors import StartError

if TYPE_CHECKING:
    from pydantic_settings import PydanticBaseSettingsSource

PREFIX = "INTRATHECAL_"


def _split(value: object) -> object:
    """Let the environment write a list as `a,b`."""
    if isinstance(value, str):
        return tuple(part.strip() for part in value.split(",") if part.strip())
    return value


def _zone(name: str) -> str:
    if name != "UTC":
        try:
            ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError, OSError) as error:
            raise ValueError(
                f"`{name}` is not a time zone, write one such as `Europe/Berlin`"
            ) from error
    return name


def _origin(value: str) -> str:
    """Refuse what could match more than one origin, or what a browser never sends as one."""
    url = AnyHttpUrl(value)
    port = "" if url.port in {80 if url.scheme == "http" else 443, None} else f":{url.port}"
    if value != f"{url.scheme}://{url.host}{port}":
        raise ValueError(f"`{value}` is not one exact origin such as `https://ehr.example.org`")
    return value


Origin = Annotated[str, AfterValidator(_origin)]
Module = Literal["core", "optional-snomed", "optional-cpt"]
MODULES: tuple[Module, ...] = ("core", "optional-snomed", "optional-cpt")


class Settings(BaseSettings):
    """The settings of one running service; immutable."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, extra="forbid", frozen=True, validate_default=True, env_ignore_empty=True
    )

    host: str = Field(default="127.0.0.1", description="address to listen on")
    port: int = Field(
        default=8000, ge=0, le=65535, description="port to listen on; 0 takes a free one"
    )
    workers: int = Field(default=1, ge=1, le=64, description="number of worker processes")
    open: bool = Field(
        default=False,
        description="answer callers without authentication on an address other than loopback",
    )
    public_url: AnyHttpUrl | None = Field(
        default=None, description="base address that callers use, for audiences and links"
    )
    policy: str = Field(
        default="default", min_length=1, description="policy whose thresholds apply"
    )
    now: datetime | None = Field(
        default=None,
        description="freezes the clinical clock at this ISO moment; for tests and replays",
    )
    time_zone: Annotated[str, AfterValidator(_zone)] = Field(
        default="UTC", description="zone in which dates of the record are read"
    )
    knowledge_dir: Path | None = Field(
        default=None,
        description="folder of site knowledge that adds to or overrides the rule files",
    )
    terminology_modules: Annotated[tuple[Module, ...], NoDecode, BeforeValidator(_split)] = Field(
        default=MODULES, description="code tables in use: " + ", ".join(MODULES)
    )
    card_limit: int = Field(
        default=10,
        ge=1,
        le=100,
        description="most cards of one answer; critical ones are never cut",
    )
    cors_origins: Annotated[tuple[Origin, ...], NoDecode, BeforeValidator(_split)] = Field(
        default=(), description="exact origins of browser clients; empty turns CORS off"
    )
    max_body_bytes: int = Field(default=10_000_000, ge=1_000, description="largest request body")
    body_seconds: float = Field(
        default=5.0, gt=0, le=300, description="time in which a body must have arrived"
    )
    docs: bool = Field(default=False, description="serve the OpenAPI description at /openapi.json")

    @property
    def zone(self) -> tzinfo:
        """The zone of the clinical clock."""
        return UTC if self.time_zone == "UTC" else ZoneInfo(self.time_zone)

    @property
    def loopback(self) -> bool:
        """Whether only this machine can reach the service."""
        if self.host == "localhost":
            return True
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return False

    def clinical_now(self) -> datetime:
        """Return the moment of a call in the zone of the service; the frozen one where set."""
        if self.now is None:
            return datetime.now(self.zone)
        return self.now if self.now.tzinfo else self.now.replace(tzinfo=self.zone)

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Read the command line, then the environment, then the TOML file."""
        del dotenv_settings, file_secret_settings
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls)


def load_settings(config: Path | None = None, **options: Any) -> Settings:  # noqa: ANN401 - options of the command line, checked by pydantic
    """Read settings, or raise StartError that names every wrong one and never its value.

    *config* is a TOML file; *options* with value None count as not given.
    """
    given = {name: value for name, value in options.items() if value is not None}
    named = os.environ.get(PREFIX + "CONFIG")
    path = config or (Path(named) if named else None)
    if path is not None and not path.is_file():
        raise StartError(f"settings file `{path}` does not exist")

    class Chosen(Settings):
        model_config = SettingsConfigDict(toml_file=path)

    try:
        return Chosen(**given)
    except ValidationError as error:
        raise StartError("; ".join(_mistake(fault) for fault in error.errors())) from None
    except SettingsError as error:
        raise StartError(f"settings cannot be read: {error}") from None
    except tomllib.TOMLDecodeError as error:
        raise StartError(f"settings file `{path}` is not TOML: {error}") from None


def unknown_variables() -> tuple[str, ...]:
    """Return variables with our prefix that set nothing: only a warning, orchestrators add such."""
    known = {PREFIX + name.upper() for name in Settings.model_fields} | {PREFIX + "CONFIG"}
    return tuple(sorted(n for n in os.environ if n.startswith(PREFIX) and n not in known))


def _mistake(fault: Any) -> str:  # noqa: ANN401 - pydantic's ErrorDetails
    name = str(fault["loc"][0]) if fault["loc"] else "settings"
    if fault["type"] == "extra_forbidden":
        return f"unknown setting `{name}`; known: {', '.join(Settings.model_fields)}"
    return f"setting `{name}`: {fault['msg'].removeprefix('Value error, ')}"
