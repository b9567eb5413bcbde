from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from hooks.discovery import KEYS, Services, load_services
from hooks.errors import BadRequest, NotFound, StartError

if TYPE_CHECKING:
    from pathlib import Path

    from tests.hooks.conftest import Check, Toy

HOOKS = (
    "patient-view", "order-select", "order-sign", "order-dispatch", "appointment-book",
    "encounter-discharge",
)  # fmt: skip
GOOD = """\
hook: order-sign
title: T
description: D
prefetch:
  patient: Patient/{{context.patientId}}
  observations: Observation?patient={{context.patientId}}&code={{ codes }}&_sort=-date&_count=50
"""


@pytest.fixture(scope="module")
def services() -> Services:
    """Give the shipped services."""
    return load_services(("72514-3", "it-daily-dose"), HOOKS)


def test_discovery_lists_every_service(toy: Toy, no_empties: Check) -> None:
    """D-01, D-02, D-04..D-07, matrix 1: 200, an object, with and without slash and to HEAD."""
    answers = [toy.client.get("/cds-services"), toy.client.get("/cds-services/")]

    assert [one.status_code for one in answers] == [200, 200]
    assert answers[0].content == answers[1].content
    assert answers[0].headers["content-type"] == "application/json"
    said = answers[0].json()
    no_empties(said)
    assert [one["id"] for one in said["services"]] == [
        "intrathecal-appointment-book", "intrathecal-encounter-discharge",
        "intrathecal-order-dispatch", "intrathecal-order-select", "intrathecal-order-sign",
        "intrathecal-patient-view",
    ]  # fmt: skip
    for one in said["services"]:
        assert one["id"] == f"intrathecal-{one['hook']}"
        assert one.keys() == {
            "hook", "title", "description", "id", "prefetch", "usageRequirements",
        }  # fmt: skip
    head = toy.client.head("/cds-services")
    assert (head.status_code, head.content) == (200, b"")


def test_every_service_asks_for_the_nine_keys_in_the_recommended_subset(
    services: Services,
) -> None:
    """D-06, D-11, P-01: reads and searches by patient, observations by code, no _include."""
    for one in services:
        assert list(one.prefetch) == list(KEYS)
        for key, template in one.prefetch.items():
            assert re.fullmatch(
                rf"{KEYS[key]}(/PATIENT|\?patient=PATIENT(&code=[^&{{}}]+)?)",
                template.replace("{{context.patientId}}", "PATIENT"),
            )
        assert one.prefetch["observations"].endswith("&code=72514-3,it-daily-dose")


def test_an_id_and_a_hook_find_a_service(services: Services) -> None:
    """D-10, R-01, R-03: an unknown id is a 404, a known one with another hook a 400."""
    assert services.find("intrathecal-order-sign", "order-sign").hook == "order-sign"
    with pytest.raises(NotFound):
        services.find("nothing", "order-sign")
    with pytest.raises(BadRequest) as refused:
        services.find("intrathecal-order-sign", "order-select")
    assert refused.value.place == "/hook"


def test_no_services_is_an_empty_list() -> None:
    """D-03: `services` may be empty and is always there."""
    assert Services([]).body == b'{"services":[]}'


def test_codes_are_filled_in(tmp_path: Path) -> None:
    """`{{codes}}` never reaches a client."""
    (tmp_path / "mine.yaml").write_text(GOOD)
    (one,) = load_services(("b", "a"), HOOKS, tmp_path)

    assert one.prefetch["observations"].endswith("&code=a,b&_sort=-date&_count=50")


@pytest.mark.parametrize(
    ("old", "new", "mistake"),
    [
        ("hook: order-sign", "hook: order-sing", "no rule speaks on hook `order-sing`"),
        ("title: T", "titel: T", "unknown key `titel`; known: hook, title"),
        ("title: T\n", "", "`title` is missing"),
        ("title: T", "title: [T]", "`title` must be a text"),
        ("title: T", "title: T\ntitle: U", 'found duplicate key "title"'),
        ("  patient:", "  patients:", "unknown prefetch key `patients`; known: patient"),
        ("Patient/{{", "Person/{{", "must read or search Patient"),
        ("Patient/{{context.patientId}}", "Patient/{{context.patient}}", "unknown token"),
        ("Patient/{{context.patientId}}", "Patient/1/_history", "is no read by id"),
        ("&_count=50", "&_include=Observation:subject", "outside the recommended search"),
        ("&_count=50", "&date=ne2020", "outside the recommended search"),
        ("&_count=50", "&code:not=1", "outside the recommended search"),
        ("&_count=50", "&patient.name=x", "outside the recommended search"),
        ("hook: order-sign", "- order-sign", "while parsing"),
    ],
)
def test_a_broken_file_stops_the_start(tmp_path: Path, old: str, new: str, mistake: str) -> None:
    """Every mistake is named with its file before the first call."""
    assert old in GOOD
    (tmp_path / "mine.yaml").write_text(GOOD.replace(old, new))
    (tmp_path / "not a service.yaml").write_text(GOOD)
    with pytest.raises(StartError) as refused:
        load_services(("a",), HOOKS, tmp_path)

    assert f"mine.yaml: {mistake}" in str(refused.value) or mistake in str(refused.value)
    assert "not a service.yaml: `not a service` cannot be a part" in str(refused.value)
