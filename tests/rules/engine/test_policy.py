from __future__ import annotations

import itertools
import re
import tempfile
from decimal import Decimal
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules.chart.mistakes import Mistakes
from rules.chart.terminology import MODULES, load_terminology
from rules.engine.parameter import TYPES
from rules.engine.policy import Policy, load_policies

ROOT = Path(__file__).parents[3]
SHIPPED = ROOT / "rules" / "policies"


@cache
def loaded() -> dict[str, Policy]:
    """Load the shipped policies."""
    mistakes = Mistakes()
    found = load_policies(SHIPPED, mistakes)
    assert not mistakes, str(mistakes)
    return found


def test_every_shipped_policy_loads_without_mistakes() -> None:
    """All shipped policies load, each under the name of its file."""
    assert set(loaded()) == {path.stem for path in SHIPPED.glob("*.yaml")}
    assert {"default", "cms-280.14"} <= set(loaded())


def test_every_parameter_has_its_origin() -> None:
    """Every value of every policy has a source, a date and a confidence."""
    for policy in loaded().values():
        for parameter in policy.parameters.values():
            assert parameter.source
            assert re.fullmatch(r"\d{4}-\d\d-\d\d", parameter.date)
            assert set(parameter.confidence.split(", ")) <= {"Article", "S", "G", "D"}
            assert parameter.title
            assert parameter.unit
            assert parameter.kind == TYPES[parameter.type]


def test_numbers_are_decimals() -> None:
    """No value holds an int or a float: comparisons are exact."""
    for policy in loaded().values():
        for value in policy.values.values():
            items = list(value.values()) if isinstance(value, dict) else value
            for one in items if isinstance(items, list) else [items]:
                assert isinstance(one, (Decimal, str, bool)) or one is None


@pytest.mark.parametrize(
    ("name", "default", "cms"),
    [
        ("criteria.c1c2_combinator", "and", "or"),
        ("life_expectancy.min_months", Decimal(6), Decimal(3)),
        ("life_expectancy.inclusive", False, True),
        ("life_expectancy.short_months", Decimal(6), Decimal(3)),
        ("trial.relief_min", Decimal(50), None),
        ("psych.required", "info", "required"),
        ("trial.waiver", "none", "none"),
        ("pain.threshold", Decimal(4), Decimal(4)),
        ("labs.inr_max", Decimal("1.4"), Decimal("1.4")),
    ],
)
def test_a_policy_inherits_what_it_does_not_change(name: str, default: object, cms: object) -> None:
    """The CMS policy differs from the default in what it states and in nothing else."""
    assert loaded()["default"].values[name] == default
    assert loaded()["cms-280.14"].values[name] == cms


def test_a_policy_has_the_parameters_of_its_base() -> None:
    """Every policy knows every parameter of the default, with the same type and unit."""
    base = loaded()["default"]
    for policy in loaded().values():
        assert policy.parameters.keys() == base.parameters.keys()
        for name, parameter in policy.parameters.items():
            assert (parameter.type, parameter.unit) == (
                base.parameters[name].type,
                base.parameters[name].unit,
            )
            same = name in policy.own or parameter == base.parameters[name]
            assert same, name


def test_every_parameter_of_the_convention_is_there(shared_folder: Path) -> None:
    """Every parameter that section 9 of the recording convention names is a parameter."""
    text = (shared_folder / "clinical" / "recording.md").read_text(encoding="utf-8")
    section = text.partition("## 9. Policy parameters")[2].partition("## 10.")[0]
    known = loaded()["default"].parameters
    for row in section.splitlines():
        group = ""
        for name in re.findall(r"`([a-z_0-9.]+)`", row.split("|")[1] if row.count("|") > 2 else ""):
            if name == "policy.":
                continue
            if "." in name:
                group = name.partition(".")[0]
            full = name if "." in name else f"{group}.{name}"
            assert any(
                key == full or key.startswith((f"{full}.", f"{full}_")) for key in known
            ) or (full == "it.tolerant" and "it.start_max.tolerant" in known), full


def test_drugs_of_the_hold_table_are_drugs() -> None:
    """Each row of the hold table is an antithrombotic ingredient of the terminology."""
    terminology = load_terminology(ROOT / "rules" / "value_sets", MODULES, Mistakes())
    table = loaded()["default"].values["antithrombotic.hold_days"]
    assert isinstance(table, dict)
    for name in set(table) - {"other"}:
        groups = [terminology.ingredient_groups(one) for one in terminology.named_in(name)]
        assert any({"med-anticoagulant", "med-antiplatelet"} & found for found in groups), name


def test_agents_of_every_dose_table_are_intrathecal_agents() -> None:
    """Each row of each dose table is an intrathecal agent with a unit."""
    terminology = load_terminology(ROOT / "rules" / "value_sets", MODULES, Mistakes())
    values = loaded()["default"].values
    units = values["it.unit"]
    assert isinstance(units, dict)
    agents = terminology.members("med-intrathecal-agent-ingredient")
    names = {terminology.name(agent.code) for agent in agents}
    for key in ("it.dose_max", "it.conc_max", "it.start_max.naive", "it.plausible.bolus_max"):
        table = values[key]
        assert isinstance(table, dict)
        assert set(table) == set(units)
        assert set(table) <= names


def test_first_doses_stay_below_the_ceiling() -> None:
    """No table contradicts another: naive <= tolerant <= ceiling <= plausible, per agent."""
    values = loaded()["default"].values
    chain = ("it.start_max.naive", "it.start_max.tolerant", "it.dose_max", "it.plausible.daily_max")
    for lower, upper in itertools.pairwise(chain):
        low, high = values[lower], values[upper]
        assert isinstance(low, dict)
        assert isinstance(high, dict)
        assert all(low[agent] <= high[agent] for agent in low), (lower, upper)


SITE = """\
id: site
title: Site
version: 1.0.0
reviewed: 2026-11-22
based_on: cms-280.14
parameters:
  {name}: {{value: {value}, source: site, date: 2026-11-22, confidence: D}}
"""


def site(folder: Path, name: str, value: str) -> tuple[Policy, Mistakes]:
    """Load a site policy that changes one parameter."""
    (folder / "site.yaml").write_text(SITE.format(name=name, value=value), encoding="utf-8")
    mistakes = Mistakes()
    return load_policies([SHIPPED, folder], mistakes)["site"], mistakes


def test_inheritance_goes_through_every_base(tmp_path: Path) -> None:
    """A policy based on a policy based on the default has the values of both."""
    policy, mistakes = site(tmp_path, "pain.threshold", "5")
    assert not mistakes
    assert policy.values["pain.threshold"] == Decimal(5)
    assert policy.values["criteria.c1c2_combinator"] == "or"
    assert policy.values["labs.valid_days"] == Decimal(30)
    assert policy.parameters["pain.threshold"].title == "Pain that counts as uncontrolled"
    assert policy.parameters["pain.threshold"].source == "site"


def test_a_table_keeps_the_rows_that_are_not_changed(tmp_path: Path) -> None:
    """Changing one row of a table can never lose the limit of another drug."""
    policy, mistakes = site(tmp_path, "it.dose_max", "{morphine: 20}")
    assert not mistakes
    table = policy.values["it.dose_max"]
    assert isinstance(table, dict)
    assert table["morphine"] == Decimal(20)
    assert table["ziconotide"] == Decimal("19.2")
    before = loaded()["default"].values["it.dose_max"]
    assert isinstance(before, dict)
    assert before["morphine"] == Decimal(15)


@settings(max_examples=20)
@given(st.decimals(min_value=-10000, max_value=10000, places=3))
def test_any_number_is_taken_unrounded(number: Decimal) -> None:
    """A number of a policy is the number that was written, digit by digit."""
    with tempfile.TemporaryDirectory() as folder:
        policy, mistakes = site(Path(folder), "pain.threshold", f"{number:f}")
    assert not mistakes
    assert str(policy.values["pain.threshold"]) == f"{number:f}"
