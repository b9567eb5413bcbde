"""X1..X3 and the CTR rules: what they answer, what their cards say, what they propose."""

from __future__ import annotations

import pytest

from tests.rules.engine.scenes import (
    allergy,
    basic,
    candidate,
    coded,
    condition,
    drug,
    fixture,
    implant,
    intrathecal,
    observation,
    quantity,
    refill,
    request,
    trial,
)

CULTURE = coded("loinc", "600-7", "Bacteria identified in Blood by Culture")
TEMPERATURE = coded("loinc", "8310-5", "Body temperature")
INR = coded("loinc", "6301-6", "INR in Platelet poor plasma by Coagulation assay")
PLATELETS = coded("loinc", "777-3", "Platelets [#/volume] in Blood by Automated count")
HAEMOPHILIA = coded("icd", "D66", "Hereditary factor VIII deficiency")
CELLULITIS = coded("icd", "L03.115", "Cellulitis of right lower limb")
MENINGITIS = coded("icd", "G00.9", "Bacterial meningitis, unspecified")
APIXABAN, WARFARIN, CEPHALEXIN = "1364430", "11289", "2231"
UNCODED = {"text": "capsules from abroad"}
NEGATIVE = {"coding": [{"code": "NEG"}]}


# ------------------------------------------------------------------------------------ infection


def test_a_normal_temperature_does_not_exclude_an_infection() -> None:
    """No infection on record is `none recorded`, also beside a normal temperature."""
    scene = basic().add(
        observation("temperature", TEMPERATURE, valueQuantity=quantity(36.8, "Cel"))
    )
    found = scene.ask().criterion("X1")
    assert (found.value, found.strength) == ("false", "absent-in-record")


def test_a_negative_culture_does_not_exclude_an_infection() -> None:
    """Only refuted or resolved diagnoses make X1 an asserted no."""
    scene = basic().add(observation("culture", CULTURE, interpretation=[NEGATIVE]))
    found = scene.ask().criterion("X1")
    assert (found.value, found.strength) == ("false", "absent-in-record")


def test_a_pending_culture_is_named_on_the_card() -> None:
    """What raises the doubt stands on the card; no empty brackets."""
    scene = basic().add(observation("culture", CULTURE, status="preliminary"))
    indicator, summary = scene.ask().says("CTR-01")
    assert indicator == "warning"
    assert "Bacteria identified in Blood by Culture" in summary


def test_a_preliminary_fever_raises_the_doubt() -> None:
    """A temperature that does not count yet is a doubt on record: the rule speaks."""
    fever = observation(
        "fever", TEMPERATURE, status="preliminary", valueQuantity=quantity(39.1, "Cel")
    )
    answer = basic().add(fever).ask()
    assert answer.value("X1") == "unknown"
    assert answer.says("CTR-01")[0] == "warning"
    assert "Body temperature" in answer.says("CTR-01")[1]


@pytest.mark.parametrize(("count", "value"), [(1, "false"), (2, "unknown"), (None, "unknown")])
def test_doses_around_an_operation_are_no_sign(count: int | None, value: str) -> None:
    """As many doses as the policy takes for peri-operative raise no doubt, one more does."""
    repeat = {"frequency": 1, "period": 1, "periodUnit": "d"} | ({"count": count} if count else {})
    order = drug(
        "antibiotic", CEPHALEXIN, authoredOn="2026-11-21",
        dosageInstruction=[{"timing": {"repeat": repeat}, "route": coded("sct", "26643006")}],
    )  # fmt: skip
    assert basic().add(order).ask().value("X1") == value


def test_a_diagnosis_without_display_is_named_by_its_code() -> None:
    """A record that is coded and not described is still named."""
    scene = basic().add(condition("infection", coded("icd", "G00.9")))
    assert "G00.9" in scene.ask().says("CTR-01")[1]


def test_infection_at_an_explant_is_no_reason_to_wait() -> None:
    """The card of an explant says that removal may be the treatment, and is no critical one."""
    order = request("explant", coded("cpt", "62365"), "basic")
    answer = basic().add(condition("infection", MENINGITIS)).ordering(order).ask()
    indicator, summary = answer.says("CTR-01")
    assert indicator == "warning"
    assert "contraindicated" not in summary
    assert "explant" in summary


def test_an_ended_draft_is_not_put_on_hold() -> None:
    """A draft that cancels the implant is not turned into one that is on hold."""
    scene = basic().add(condition("infection", MENINGITIS))
    assert "hold" in " ".join(scene.ask().labels("CTR-01"))
    revoked = scene.ordering(implant("basic", status="revoked"))
    assert revoked.ask().labels("CTR-01") == []


def test_a_dispatched_order_is_not_changed() -> None:
    """order-dispatch names stored orders: no suggestion writes to the record."""
    scene = basic().add(
        condition("infection", MENINGITIS), implant("basic", status="active")
    ).ordering().on("order-dispatch")  # fmt: skip
    asked = scene.__class__(
        scene.stored, (), "order-dispatch",
        {"order": "ServiceRequest/order-implant", "dispatchedOrders": [
            "ServiceRequest/order-implant"]},
    )  # fmt: skip
    answer = asked.ask()
    assert answer.says("CTR-01")[0] == "critical"
    assert answer.labels("CTR-01") == []


# --------------------------------------------------------------------------------- coagulopathy


def test_two_abnormal_results_leave_the_warning_readable() -> None:
    """However long the evidence is, the words that matter are not cut off."""
    scene = basic().add(
        observation("inr", INR, valueQuantity=quantity("2.4", "{INR}")),
        observation("platelets", PLATELETS, valueQuantity=quantity(60, "10*3/uL")),
        condition("haemophilia", HAEMOPHILIA),
    )
    indicator, summary = scene.ask().says("CTR-02")
    assert indicator == "critical"
    assert summary.endswith("neuraxial trial/implant contraindicated")
    assert len(summary) <= 139


def test_a_warfarin_order_that_ended_long_ago_asks_for_no_fresh_inr() -> None:
    """An end that is known says that warfarin was not held these days."""
    ended = drug(
        "warfarin", WARFARIN, status="completed", authoredOn="2025-01-10",
        dispenseRequest={"expectedSupplyDuration": quantity(30, "d")},
    )  # fmt: skip
    inr = observation("inr", INR, "2026-11-10", valueQuantity=quantity("1.0", "{INR}"))
    found = basic().add(ended, inr).ask().criterion("X2")
    assert (found.value, found.strength) == ("false", "measured")


def test_an_inr_of_today_is_fresh_under_warfarin() -> None:
    """A result dated today by its day was taken before now: at most some hours ago."""
    inr = observation("inr", INR, "2026-11-22", valueQuantity=quantity("1.1", "{INR}"))
    scene = basic().add(drug("warfarin", WARFARIN), inr)
    found = scene.ask().criterion("X2")
    assert (found.value, found.strength) == ("false", "measured")


# ------------------------------------------------------------------------------- antithrombotics


def test_the_drug_is_named_by_its_ingredient() -> None:
    """A code without display still gives the name of the drug (recording.md 11)."""
    summary = basic().add(drug("apixaban", APIXABAN)).ask().says("CTR-03")[1]
    assert summary.startswith("apixaban active: hold >= 3 days")


def test_a_hold_that_is_too_short_is_not_called_active() -> None:
    """The card does not say that a held drug is still given."""
    answer = fixture("ctr-03-fires-when-apixaban-was-held-for-2-days").ask()
    indicator, summary = answer.says("CTR-03")
    assert indicator == "critical"
    assert "active" not in summary
    assert "hold >= 3 days" in summary


def test_an_antithrombotic_drafted_beside_the_procedure_counts() -> None:
    """A drug that the same call starts is on board when the procedure comes."""
    start = intrathecal("start", "basic", APIXABAN) | {
        "dosageInstruction": [{"route": coded("sct", "26643006")}]
    }
    answer = basic().ordering(implant("basic"), start).ask()
    assert answer.says("CTR-03")[0] == "critical"
    assert "MedicationRequest/start" in answer.advice("CTR-03").detail


def test_a_status_code_alone_is_named() -> None:
    """The problem list is all there is: it stands on the card."""
    answer = fixture("ctr-03-fires-when-only-a-status-code-is-recorded").ask()
    assert "()" not in answer.says("CTR-03")[1]
    assert "anticoagulant" in answer.says("CTR-03")[1].lower()


def test_an_old_uncoded_order_does_not_stop_the_check() -> None:
    """What ended long ago cannot be an antithrombotic on board."""
    old = drug("old", APIXABAN, status="completed", medicationCodeableConcept=UNCODED)
    assert basic().add(old).ask().result("CTR-03") == "clear"
    now = drug("new", APIXABAN, medicationCodeableConcept=UNCODED)
    assert basic().add(now).ask().result("CTR-03") == "not-checked"


def test_warfarin_without_a_fresh_inr_asks_for_one() -> None:
    """Held long enough and no INR: unknown, and the suggestion is what settles it."""
    held = drug(
        "warfarin", WARFARIN, status="on-hold",
        extension=[{
            "url": "http://hl7.org/fhir/5.0/StructureDefinition/"
            "extension-MedicationRequest.statusChanged",
            "valueDateTime": "2026-11-14",
        }],
    )  # fmt: skip
    answer = basic().add(held).ask()
    assert answer.says("CTR-03")[0] == "warning"
    assert answer.labels("CTR-03") == ["Ask for INR"]


def test_the_hold_table_is_printed() -> None:
    """Every threshold that decides is on the card, tables too (knowledge.md 0.5)."""
    detail = basic().add(drug("apixaban", APIXABAN)).ask().advice("CTR-03").detail
    assert "Days to hold before a procedure" in detail
    assert "apixaban 3" in detail


# ------------------------------------------------------------------------- life expectancy, X3, C4


HOSPICE = coded("sct", "385763009", "Hospice care")


def test_a_provisional_hospice_leaves_c4_and_x3_open() -> None:
    """A long prognosis does not settle C4 while hospice is in doubt."""
    scene = candidate().add(condition("hospice", HOSPICE, verified="provisional"))
    answer = scene.ask()
    assert (answer.value("C4"), answer.value("X3")) == ("unknown", "unknown")
    assert answer.verdict == "INSUFFICIENT_DATA"
    assert any("hospice" in text for text in answer.criterion("C4").settled_by)


def test_hospice_at_a_trial_is_not_called_a_number_of_months() -> None:
    """The card names hospice, not a life expectancy that nobody recorded."""
    indicator, summary = fixture("ctr-04-fires-when-hospice-at-a-trial").ask().says("CTR-04")
    assert indicator == "info"
    assert "ospice" in summary
    assert "months" not in summary


def test_a_text_prognosis_straddles_nothing() -> None:
    """Words give no number: neither a range on the card nor a contradiction."""
    answer = fixture("elg-05-fires-when-prognosis-is-text").ask()
    assert "straddles" not in answer.says("ELG-05")[1]
    assert answer.faults == []


def test_exactly_six_months_do_not_exceed_six() -> None:
    """The card of the boundary does not say that six months are fewer than six."""
    summary = fixture("v12-life-expectancy-exactly-6-months").ask().says("ELG-05")[1]
    assert "(6 months) does not exceed 6 months" in summary


def test_hospice_statements_of_one_day_that_disagree_are_reported() -> None:
    """Yes and no on the same date is a contradiction for DAT-01."""
    concept = coded("local", "hospice-election")
    scene = candidate().add(
        observation("yes", concept, valueBoolean=True),
        observation("no", concept, valueBoolean=False),
    )
    answer = scene.ask()
    assert answer.value("X3") == "unknown"
    assert any("hospice" in text for text in answer.faults)


# ------------------------------------------------------------------------------ allergy, anatomy


ALLERGY = allergy("allergy", coded("rxnorm", "7052", "morphine"), type="allergy")


def test_an_allergy_counts_for_the_drug_of_a_trial() -> None:
    """An intrathecal order whose product code makes it a trial is still an intrathecal drug."""
    order = intrathecal("trial-drug", "basic") | {
        "medicationCodeableConcept": {
            "coding": [
                *coded("rxnorm", "1292", "baclofen")["coding"],
                {"system": "http://www.cms.gov/Medicare/Coding/HCPCSReleaseCodeSets",
                 "code": "J0476"},
            ]
        }
    }  # fmt: skip
    scene = (
        basic()
        .ordering(order)
        .add(allergy("allergy", coded("rxnorm", "1292", "baclofen"), type="allergy"))
    )
    assert scene.ask().says("CTR-05")[0] == "critical"


def test_an_allergy_to_an_ointment_is_not_about_the_pump() -> None:
    """A topical order beside the intrathecal one is no intrathecal agent."""
    ointment = intrathecal("ointment", "basic", "6387") | {
        "dosageInstruction": [{"route": coded("sct", "6064005")}]
    }
    scene = basic().ordering(intrathecal("it", "basic"), ointment)
    answer = scene.add(
        allergy("lidocaine", coded("rxnorm", "6387", "lidocaine"), type="allergy")
    ).ask()
    assert answer.result("CTR-05") != "fired"


def test_a_missing_allergy_list_is_not_called_empty() -> None:
    """The reason says that the list could not be had."""
    scene = basic().ordering(intrathecal("it", "basic")).lacking("allergies")
    found = scene.ask().rule("CTR-05")
    assert found.result == "not-checked"
    assert found.reason == "not available: allergies"


@pytest.mark.parametrize("device", ["neurostimulator", "cardiac-device", "cochlear-implant"])
def test_no_mri_is_proposed_where_a_device_forbids_it(device: str) -> None:
    """A magnetic field is no harmless advice for a patient with another implant."""
    implanted = {
        "resourceType": "Device", "id": "device", "status": "active",
        "type": coded("local", device, device),
    }  # fmt: skip
    answer = basic().add(implanted).ask()
    assert answer.result("CTR-06") == "fired"
    assert answer.labels("CTR-06") == []


def test_imaging_is_proposed_where_nothing_speaks_against_it() -> None:
    """Raised intracranial pressure asks for imaging."""
    answer = fixture("ctr-06-fires-when-intracranial-pressure-is-raised").ask()
    assert answer.labels("CTR-06") == ["Ask for spine imaging"]


def test_a_pump_recorded_as_active_after_its_removal_is_reported() -> None:
    """The contradiction is DAT-01's, and the pump is unknown."""
    scene = basic().add(
        {"resourceType": "Device", "id": "pump", "status": "active",
         "type": coded("local", "it-pump")},
        {"resourceType": "Procedure", "id": "out", "status": "completed",
         "code": coded("local", "it-pump-explant"), "performedDateTime": "2026-05-01"},
    )  # fmt: skip
    assert any("removal" in text for text in scene.ask().faults)


def test_a_trial_order_is_not_the_next_step_while_an_infection_is_active() -> None:
    """No card calls the contraindicated order the next step, none proposes another."""
    scene = candidate().add(condition("infection", MENINGITIS)).ordering(trial("v02"))
    answer = scene.ask()
    assert answer.verdict == "CONTRAINDICATED"
    assert "this order" not in answer.says("ALG-01")[1]


def test_no_trial_is_proposed_while_an_infection_is_active() -> None:
    """A needle in the spinal canal is not proposed to an infected or bleeding patient."""
    scene = candidate().without("trial-1", "pain-before", "pain-after")
    healthy = scene.ask()
    assert "Order a temporary intrathecal trial" in healthy.labels("TRL-01")
    assert "Order a temporary intrathecal trial" in healthy.labels("ALG-01")
    for harm in (MENINGITIS, HAEMOPHILIA):
        answer = scene.add(condition("harm", harm)).ask()
        assert "Order a temporary intrathecal trial" not in answer.labels("TRL-01")
        assert "Order a temporary intrathecal trial" not in answer.labels("ALG-01")


def test_a_refill_during_an_infection_keeps_the_pump_running() -> None:
    """Comfort refills are not blocked: no critical card, no action on the refill."""
    scene = basic().ordering(refill("basic")).add(condition("infection", CELLULITIS))
    indicator, summary = scene.ask().says("CTR-01")
    assert indicator == "info"
    assert "do not let the pump run dry" in summary
