from __future__ import annotations

import csv
import re
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.chart.mistakes import Mistakes
from rules.chart.resources import Coding, Concept
from rules.chart.terminology import MODULES, Terminology, load_terminology

if TYPE_CHECKING:
    from collections.abc import Iterator

SHIPPED = Path(__file__).parents[3] / "rules" / "value_sets"
ICD = "http://hl7.org/fhir/sid/icd-10-cm"
SNOMED = "http://snomed.info/sct"
RXNORM = "http://www.nlm.nih.gov/research/umls/rxnorm"
CPT = "http://www.ama-assn.org/go/cpt"
HCPCS = "http://www.cms.gov/Medicare/Coding/HCPCSReleaseCodeSets"
LOCAL = "urn:intrathecal-cds:codes"


@cache
def loaded(*modules: str) -> Terminology:
    """Load the shipped terminology with some modules, or with all of them."""
    mistakes = Mistakes()
    found = load_terminology(SHIPPED, frozenset(modules) or MODULES, mistakes)
    assert not mistakes, str(mistakes)
    return found


def test_every_shipped_file_loads_without_mistakes() -> None:
    """All shipped value sets, systems, local codes and tables are free of mistakes."""
    terminology = loaded()
    files = {path.stem for path in SHIPPED.glob("*.yaml")} - {"systems", "local-codes"}
    named = {name for name in terminology.value_sets if not name.startswith("local#")}
    assert named == files
    assert all(code.source for one in terminology.value_sets.values() for code in one.codes)


def rows(shared_folder: Path) -> Iterator[tuple[str, str, str]]:
    """Yield value set, system and code of every row of the reference code lists."""
    for path in sorted((shared_folder / "codes").glob("*.csv")):
        with path.open(encoding="utf-8", newline="") as stream:
            for row in csv.DictReader(stream):
                if "system" in row and "factor_cdc_2022" not in row:
                    system = row["system"].replace("urn:project:local", LOCAL)
                    yield path.stem, system, row["code"]


def test_no_code_of_the_reference_lists_is_lost(shared_folder: Path) -> None:
    """Every code of every reference list is a member, the ICD-10-CM ones by their branches."""
    terminology = loaded()
    missing = [row for row in rows(shared_folder) if row[0] not in terminology.groups(*row[1:])]
    assert missing == []


def test_no_single_code_was_added_to_a_reference_list(shared_folder: Path) -> None:
    """The single codes of a set with a reference list are those of the list and no others."""
    terminology = loaded()
    listed: dict[str, set[tuple[str, str]]] = {}
    for name, system, code in rows(shared_folder):
        if system != ICD:
            listed.setdefault(name, set()).add((system, code))
    for name, codes in listed.items():
        found = terminology.value_sets[name].codes
        assert {(terminology.systems.by_name[c.system].uri, c.code) for c in found} == codes


@pytest.mark.parametrize(
    ("code", "member", "value_set"),
    [
        ("G90.5", True, "cond-crps"),
        ("G90.511", True, "cond-crps"),
        ("g90511", True, "cond-crps"),
        (" G90.511 ", True, "cond-crps"),
        ("G90", False, "cond-crps"),
        ("T85.735A", True, "cond-device-infection"),
        ("T85735A", True, "cond-device-infection"),
        ("T85.730A", False, "cond-device-infection"),
        ("G03.0", True, "cond-spine-cns-infection"),
        ("G03.9", False, "cond-spine-cns-infection"),
        ("F11.20", True, "cond-opioid-use-disorder"),
        ("F11.21", False, "cond-opioid-use-disorder"),
        ("D68.0", True, "cond-bleeding-disorder"),
        ("D68.51", False, "cond-bleeding-disorder"),
        ("C50.911", True, "cond-malignancy"),
        ("D05.1", False, "cond-malignancy"),
        ("F32.2", True, "cond-severe-psych"),
        ("F20.9", True, "cond-severe-psych"),
        ("F32.1", False, "cond-severe-psych"),
        ("G89.4", True, "cond-neutral-pain"),
        ("G89.4", False, "cond-indication-defined"),
        ("M54.12", True, "region-above-diaphragm"),
        ("M54.16", True, "region-below-diaphragm"),
        ("M54.16", False, "region-above-diaphragm"),
        ("Z79.1", False, "cond-antithrombotic-status"),
        ("Z79.01", True, "cond-antithrombotic-status"),
        ("Z51.5", False, "cond-hospice"),
    ],
)
def test_icd_codes_match_by_branch(code: str, member: bool, value_set: str) -> None:
    """ICD-10-CM matches by prefix without dot, in any case, and exceptions stay out."""
    assert (value_set in loaded().groups(ICD, code)) is member


@given(st.sampled_from(["G90.5", "T40.2X5", "M54.1", "F20"]), st.text("0123456789AXDS", max_size=4))
def test_a_deeper_icd_code_keeps_its_value_sets(code: str, more: str) -> None:
    """What belongs to a branch without exceptions belongs to it at any depth."""
    terminology = loaded()
    kept = {
        name
        for name in terminology.groups(ICD, code)
        if not terminology.value_sets[name].excluded and not terminology.value_sets[name].include
    }
    assert kept <= terminology.groups(ICD, code + more)


@given(st.text(max_size=12), st.text(max_size=12))
def test_any_text_is_a_code_that_may_be_asked(system: str, code: str) -> None:
    """Whatever a record holds, the answer is a set, and an unknown system gives none."""
    terminology = loaded()
    found = terminology.groups(system, code)
    assert found == frozenset() or terminology.known_system(system)


@pytest.mark.parametrize(
    ("system", "code", "value_set"),
    [
        ("urn:oid:2.16.840.1.113883.6.90", "G90.511", "cond-crps"),
        ("2.16.840.1.113883.6.90", "G90.511", "cond-crps"),
        ("https://snomed.info/sct", "72607000", "route-intrathecal"),
        ("http://snomed.info/sct/731000124108", "72607000", "route-intrathecal"),
        ("urn:oid:2.16.840.1.113883.6.96", "72607000", "route-intrathecal"),
        ("urn:oid:2.16.840.1.113883.6.1", "72514-3", "obs-pain-score"),
        ("http://loinc.org/", "72514-3", "obs-pain-score"),
        ("urn:oid:2.16.840.1.113883.6.88", "7052", "med-opioid-ingredient"),
        ("urn:oid:2.16.840.1.113883.6.285", "E0786", "order-replacement"),
        (HCPCS, "e0786", "order-implant"),
        ("urn:oid:2.16.840.1.113883.6.12", "62362", "order-implant"),
        ("http://hl7.org/fhir/sid/icd-10-pcs", "0jpt0vz", "order-explant"),
        ("http://hl7.org/fhir/v3/RouteOfAdministration", "IT", "route-intrathecal"),
        (LOCAL, "it-trial", "local#it-trial"),
        (LOCAL, "it-trial", "proc-trial"),
    ],
)
def test_aliases_of_systems_are_read(system: str, code: str, value_set: str) -> None:
    """OID forms, other addresses and https stand for the system itself."""
    terminology = loaded()
    assert value_set in terminology.groups(system, code)
    assert terminology.canonical(system) in {s.uri for s in terminology.systems.by_name.values()}


def test_who_icd_10_is_not_icd_10_cm() -> None:
    """WHO's ICD-10 is another system: its codes are unknown and a record of them is uncoded."""
    terminology = loaded()
    who = "http://hl7.org/fhir/sid/icd-10"
    assert terminology.groups(who, "G90.5") == frozenset()
    assert not terminology.known_system(who)
    assert terminology.concept(Concept(coding=[Coding(who, "G90.5")])) == (frozenset(), False)


def test_ndc_is_known_and_leaves_a_record_uncoded() -> None:
    """An NDC is a code of a known system that nothing here can use."""
    terminology = loaded()
    ndc = "http://hl7.org/fhir/sid/ndc"
    assert terminology.known_system(ndc)
    assert not terminology.usable_system(ndc)
    assert terminology.concept(Concept(coding=[Coding(ndc, "0002-7597-01")]))[1] is False


@pytest.mark.parametrize(
    "concept",
    [
        None,
        Concept(),
        Concept(text="chronic pain"),
        Concept(coding=[]),
        Concept(coding=[Coding(SNOMED, None, "Hospice care")]),
        Concept(coding=[Coding(SNOMED, "  ")]),
        Concept(coding=[Coding(None, "385763009")]),
    ],
)
def test_text_and_half_codes_are_uncoded(concept: Concept | None) -> None:
    """A concept without system and code supports nothing."""
    assert loaded().concept(concept) == (frozenset(), False)


def test_codings_of_a_concept_add_up() -> None:
    """A concept belongs to the value sets of each of its codings; one usable coding codes it."""
    concept = Concept(
        coding=[Coding("urn:site:codes", "X1"), Coding(ICD, "G90.5"), Coding(SNOMED, "385763009")]
    )
    groups, coded = loaded().concept(concept)
    assert {"cond-crps", "cond-hospice"} <= groups
    assert coded


def test_a_code_of_no_value_set_is_still_coded() -> None:
    """A readable code outside every value set is coded: it refutes, it is not silent."""
    assert loaded().concept(Concept(coding=[Coding(ICD, "Z00.00")])) == (frozenset(), True)


def test_modules_left_out_take_their_codes_with_them() -> None:
    """Without its module a licensed code is in no value set; core codes stay."""
    core = loaded("core")
    assert core.groups(SNOMED, "385763009") == frozenset()
    assert loaded("core", "optional-snomed").groups(SNOMED, "385763009")
    assert core.groups(CPT, "62362") == frozenset()
    assert "order-implant" in loaded("core", "optional-cpt").groups(CPT, "62362")
    assert "route-intrathecal" in core.groups(SNOMED, "72607000")
    assert "proc-outcome" in core.groups(SNOMED, "385669000")
    assert "order-implant" in core.groups(LOCAL, "it-pump-implant")


def test_without_cpt_a_cpt_code_is_as_good_as_none() -> None:
    """With CPT left out a record of CPT alone is uncoded, so that it cannot refute anything."""
    concept = Concept(coding=[Coding(CPT, "62362")])
    assert loaded("core").concept(concept)[1] is False
    assert loaded("optional-cpt").concept(concept)[1] is True


def test_core_needs_no_licence() -> None:
    """No CPT code, and of SNOMED CT only the open ones and FHIR's own, is in module core."""
    for one in loaded().value_sets.values():
        for code in one.codes:
            if code.system == "cpt":
                assert code.module == "optional-cpt", (one.id, code)
            if code.system == "sct" and code.module == "core":
                free = "(IPS)" in code.confidence or re.search("FHIR R4", code.source)
                assert free, (one.id, code)


def test_members_follow_what_a_value_set_includes() -> None:
    """The members of a union are those of its parts, of the modules in use."""
    everything = {code.code for code in loaded().members("proc-trial")}
    assert {"62324", "62318", "J0476", "it-trial"} <= everything
    assert "62324" not in {code.code for code in loaded("core").members("proc-trial")}


def test_local_codes_are_value_sets_of_their_own() -> None:
    """Each local code `x` is the value set `local#x`, and its answers are codes as well."""
    terminology = loaded()
    for code in terminology.local_codes.values():
        assert f"local#{code.code}" in terminology.groups(LOCAL, code.code)
        assert all(answer in terminology.local_codes for answer in code.answers)
    assert terminology.local_codes["psych-evaluation-outcome"].answers == (
        "favourable",
        "conditional",
        "unfavourable",
    )


def test_infection_diagnoses_are_all_in_their_union() -> None:
    """The union behind X1 holds each of the five sets that recording.md names."""
    terminology = loaded()
    for code in ("A41.9", "L02.211", "G06.1", "T85.735A", "J18.9"):
        assert "cond-infection" in terminology.groups(ICD, code)


def test_mutually_exclusive_sets_share_no_code() -> None:
    """Active and remitted use disorder, and the two body regions, exclude each other."""
    terminology = loaded()
    for left, right in (
        ("cond-opioid-use-disorder", "cond-opioid-use-disorder-remission"),
        ("region-above-diaphragm", "region-below-diaphragm"),
        ("cond-indication-diffuse", "cond-neutral-pain"),
    ):
        branches = terminology.value_sets[left].is_a + terminology.value_sets[right].is_a
        both = [code for code in branches if {left, right} <= terminology.groups(ICD, code)]
        assert both == []


def test_mme_factors_are_those_of_2022() -> None:
    """The conversion factors are CDC's of 2022; what has none is absent, never zero."""
    factors = loaded().mme_factors
    assert factors["3423"] == Decimal(5)
    assert factors["6813"] == Decimal("4.7")
    assert "1819" not in factors
    assert all(factor > 0 for factor in factors.values())


def test_a_site_adds_and_replaces_value_sets(tmp_path: Path) -> None:
    """What a later folder has replaces the same; everything else stays."""
    (tmp_path / "cond-crps.yaml").write_text(
        "title: Ours\npurpose: Site\nversion: 2.0.0\nreviewed: 2026-11-22\n"
        "codes:\n"
        "  - {system: icd-10-cm, code: G90.5, display: CRPS I, module: core,"
        " confidence: site, source: site}\n"
        "  - {system: ours, code: 7, display: CRPS, module: core,"
        " confidence: site, source: site}\n",
        encoding="utf-8",
    )
    (tmp_path / "systems.yaml").write_text(
        "systems:\n  ours: {uri: 'urn:site:codes', title: Ours}\n", encoding="utf-8"
    )
    mistakes = Mistakes()
    terminology = load_terminology([SHIPPED, tmp_path], MODULES, mistakes)
    assert not mistakes, str(mistakes)
    assert terminology.value_sets["cond-crps"].version == "2.0.0"
    assert "cond-crps" in terminology.groups(ICD, "G90.511")
    assert "cond-crps" not in terminology.groups(ICD, "G56.4")
    assert "cond-indication-defined" in terminology.groups("urn:site:codes", "7")
    assert "cond-fibromyalgia" in terminology.groups(ICD, "M79.7")


def test_an_absent_folder_and_an_unknown_module_are_mistakes(tmp_path: Path) -> None:
    """A folder that is not there and a module that does not exist are reported, not ignored."""
    mistakes = Mistakes()
    load_terminology([tmp_path / "absent"], frozenset({"optional-icd"}), mistakes)
    assert [mistake.text for mistake in mistakes] == [
        "there is no such folder of value sets",
        "unknown module `optional-icd`; choose from `core`, `optional-cpt`, `optional-snomed`",
    ]


def test_the_cache_of_codes_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Codes that nobody knows cannot fill the memory of a long-running service."""
    monkeypatch.setattr("rules.chart.terminology._CACHED", 10)
    terminology = loaded("core", "optional-snomed", "optional-cpt")
    for number in range(100):
        terminology.groups(SNOMED, f"x{number}")
    assert len(terminology._groups) <= 11
    assert "cond-hospice" in terminology.groups(SNOMED, "385763009")
