from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from hooks.errors import StartError
from hooks.settings import Settings, load_settings, unknown_variables
from hooks.trust import refuse_exposure

if TYPE_CHECKING:
    from pathlib import Path


def test_nothing_set_is_a_safe_service() -> None:
    """Loopback, no CORS, no docs, 10 MB, 10 cards, the default policy, UTC."""
    found = load_settings()

    assert found.loopback
    assert (found.cors_origins, found.docs, found.open) == ((), False, False)
    assert (found.max_body_bytes, found.card_limit) == (10_000_000, 10)
    assert (found.policy, found.time_zone) == ("default", "UTC")


def test_the_command_line_outranks_the_environment_which_outranks_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One order of precedence, for every setting."""
    file = tmp_path / "cds.toml"
    file.write_text('port = 1\nhost = "::1"\npolicy = "file"\ncors_origins = ["https://a.test"]\n')
    monkeypatch.setenv("INTRATHECAL_PORT", "2")
    monkeypatch.setenv("INTRATHECAL_HOST", "localhost")
    found = load_settings(file, port=3, host=None)

    assert (found.port, found.host, found.policy) == (3, "localhost", "file")
    assert found.cors_origins == ("https://a.test",)
    monkeypatch.setenv("INTRATHECAL_CONFIG", str(file))
    assert load_settings().policy == "file"


def test_lists_are_written_with_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    """The environment has no lists; commas will do."""
    monkeypatch.setenv("INTRATHECAL_CORS_ORIGINS", "https://a.test, http://localhost:8080")
    monkeypatch.setenv("INTRATHECAL_TERMINOLOGY_MODULES", "core,optional-cpt")
    found = load_settings()

    assert found.cors_origins == ("https://a.test", "http://localhost:8080")
    assert found.terminology_modules == ("core", "optional-cpt")


@pytest.mark.parametrize(
    ("text", "mistake"),
    [
        ("prot = 1", "unknown setting `prot`; known: host, port"),
        ("port = 70000", "setting `port`"),
        ("port = ", "is not TOML"),
        ('time_zone = "Mars/Base"', "`Mars/Base` is not a time zone"),
        ('cors_origins = ["*"]', "setting `cors_origins`"),
        ('cors_origins = ["null"]', "setting `cors_origins`"),
        ('cors_origins = ["https://a.test/"]', "not one exact origin"),
        ('cors_origins = ["https://a.test/x"]', "not one exact origin"),
        ('terminology_modules = ["snomed"]', "setting `terminology_modules`"),
        ('public_url = "ftp://x"', "setting `public_url`"),
        ('now = "yesterday"', "setting `now`"),
    ],
)
def test_a_wrong_setting_stops_the_start_and_is_named(
    tmp_path: Path, text: str, mistake: str
) -> None:
    """F14: fail at once, with the name of the setting."""
    file = tmp_path / "cds.toml"
    file.write_text(text)
    with pytest.raises(StartError, match=r".") as refused:
        load_settings(file)

    assert mistake in str(refused.value)


def test_a_missing_file_stops_the_start(tmp_path: Path) -> None:
    """F14: settings that were asked for are never left out in silence."""
    with pytest.raises(StartError, match="does not exist"):
        load_settings(tmp_path / "none.toml")


def test_a_frozen_clock_stands_still_and_a_free_one_runs_in_its_zone() -> None:
    """S9: the clinical clock is an input; a moment without offset is read in the zone."""
    frozen = Settings(now=datetime(2026, 11, 22, 12), time_zone="America/Chicago")  # noqa: DTZ001 - the case
    offset = frozen.clinical_now().utcoffset()
    free = Settings(time_zone="Asia/Tokyo").clinical_now()

    assert (frozen.clinical_now(), offset) == (frozen.clinical_now(), timedelta(hours=-6))
    assert free.utcoffset() == timedelta(hours=9)
    assert abs(
        free - datetime.now(UTC)  # noqa: TID251 - a running clock is the case
    ) < timedelta(minutes=1)


def test_names_that_set_nothing_are_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    """Orchestrators add variables of their own, so this is a warning."""
    monkeypatch.setenv("INTRATHECAL_PROT", "1")
    monkeypatch.setenv("INTRATHECAL_POLICY", "x")

    assert unknown_variables() == ("INTRATHECAL_PROT",)


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.8.8", "::1", "localhost"])
def test_an_open_service_may_listen_on_this_machine(host: str) -> None:
    """Without clients the service answers everyone, and this machine only."""
    assert "not authenticated" in refuse_exposure(Settings(host=host))


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "cds.example.org"])  # noqa: S104 - the case
def test_an_open_service_is_never_exposed_by_accident(host: str) -> None:
    """Any other address is refused, unless the operator says `open`, and then with a banner."""
    with pytest.raises(StartError, match="INTRATHECAL_OPEN=true"):
        refuse_exposure(Settings(host=host))

    assert "OPEN: every caller is answered" in refuse_exposure(Settings(host=host, open=True))
