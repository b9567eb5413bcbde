"""The FHIR R4 resources that the chart reads, as typed structures with only the elements it reads.

Element names are FHIR's, in snake case. An absent element is None, an absent list is empty.
Resource types that are not read are stubs: known, skipped without allocating their content.

An element declared `Foreign` belongs to another FHIR version and would change the meaning if it
were skipped (the R5 `medication`, the STU3 `notDone`). Its presence fails the quick decoding, and
the slow one maps or refuses the resource (rules/chart/versions.py).
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any, TypeAlias, Union

import msgspec

Foreign: TypeAlias = None


class Element(msgspec.Struct, rename="camel", omit_defaults=True, gc=False):
    """A FHIR element."""


class Coding(Element):
    """A code in a system."""

    system: str | None = None
    code: str | None = None
    display: str | None = None


class Concept(Element):
    """A CodeableConcept."""

    coding: list[Coding] | None = None
    text: str | None = None


class Reference(Element):
    """A Reference."""

    reference: str | None = None
    display: str | None = None


class Period(Element):
    """A Period."""

    start: str | None = None
    end: str | None = None


class Quantity(Element):
    """A Quantity, Duration or Age."""

    value: Decimal | None = None
    comparator: str | None = None
    unit: str | None = None
    system: str | None = None
    code: str | None = None


class Range(Element):
    """A Range."""

    low: Quantity | None = None
    high: Quantity | None = None


class Ratio(Element):
    """A Ratio."""

    numerator: Quantity | None = None
    denominator: Quantity | None = None


class Extension(Element):
    """An Extension with the value types that are read."""

    url: str | None = None
    value_date_time: str | None = None
    value_code: str | None = None
    value_string: str | None = None
    value_codeable_concept: Concept | None = None
    value_reference: Reference | None = None


class Meta(Element):
    """Resource metadata: the version that evidence names."""

    version_id: str | None = None
    last_updated: str | None = None


class Repeat(Element):
    """Timing.repeat."""

    bounds_period: Period | None = None
    bounds_duration: Quantity | None = None
    bounds_range: Range | None = None
    count: int | None = None
    frequency: int | None = None
    frequency_max: int | None = None
    period: Decimal | None = None
    period_max: Decimal | None = None
    period_unit: str | None = None
    time_of_day: list[str] | None = None
    day_of_week: list[str] | None = None


class Timing(Element):
    """A Timing."""

    event: list[str] | None = None
    repeat: Repeat | None = None
    code: Concept | None = None


class DoseAndRate(Element):
    """Dosage.doseAndRate."""

    dose_quantity: Quantity | None = None
    dose_range: Range | None = None
    rate_quantity: Quantity | None = None
    rate_range: Range | None = None
    rate_ratio: Ratio | None = None


class Dosage(Element):
    """One dosage instruction."""

    sequence: int | None = None
    text: str | None = None
    timing: Timing | None = None
    as_needed_boolean: bool | None = None
    as_needed_codeable_concept: Concept | None = None
    route: Concept | None = None
    dose_and_rate: list[DoseAndRate] | None = None
    max_dose_per_period: Ratio | None = None
    dose_quantity: Foreign = None  # STU3
    dose_range: Foreign = None  # STU3
    rate_quantity: Foreign = None  # STU3
    rate_range: Foreign = None  # STU3
    rate_ratio: Foreign = None  # STU3
    as_needed: Foreign = None  # R5
    as_needed_for: Foreign = None  # R5


class DispenseRequest(Element):
    """MedicationRequest.dispenseRequest."""

    validity_period: Period | None = None
    number_of_repeats_allowed: int | None = None
    expected_supply_duration: Quantity | None = None


class Ingredient(Element):
    """Medication.ingredient."""

    item_codeable_concept: Concept | None = None
    item_reference: Reference | None = None
    is_active: bool | None = None
    strength: Ratio | None = None
    amount: Foreign = None  # STU3
    item: Foreign = None  # R5
    strength_ratio: Foreign = None  # R5
    strength_quantity: Foreign = None  # R5
    strength_codeable_concept: Foreign = None  # R5


class ConceptOnly(Concept):
    """A CodeableConcept where R5 has a CodeableReference."""

    concept: Foreign = None  # R5
    reference: Foreign = None  # R5


class Participant(Element):
    """CareTeam.participant."""

    role: list[Concept] | None = None


class Reaction(Element):
    """AllergyIntolerance.reaction."""

    substance: Concept | None = None
    manifestation: list[ConceptOnly] | None = None
    severity: str | None = None


class DeviceName(Element):
    """Device.deviceName."""

    name: str | None = None


class Component(Element):
    """Observation.component."""

    code: Concept | None = None
    value_quantity: Quantity | None = None
    value_codeable_concept: Concept | None = None
    value_string: str | None = None
    data_absent_reason: Concept | None = None


class Resource(
    msgspec.Struct, rename="camel", omit_defaults=True, tag_field="resourceType", gc=False
):
    """A resource that is read."""

    id: str | None = None
    meta: Meta | None = None
    extension: list[Extension] | None = None
    modifier_extension: list[Extension] | None = None


class Patient(Resource, tag="Patient"):
    """The patient of the call."""

    birth_date: str | None = None
    gender: str | None = None
    deceased_boolean: bool | None = None
    deceased_date_time: str | None = None


class Condition(Resource, tag="Condition"):
    """A problem, diagnosis or health concern."""

    clinical_status: Concept | None = None
    verification_status: Concept | None = None
    category: list[Concept] | None = None
    severity: Concept | None = None
    code: Concept | None = None
    body_site: list[Concept] | None = None
    subject: Reference | None = None
    onset_date_time: str | None = None
    onset_age: Quantity | None = None
    onset_period: Period | None = None
    onset_range: Range | None = None
    onset_string: str | None = None
    abatement_date_time: str | None = None
    abatement_age: Quantity | None = None
    abatement_period: Period | None = None
    abatement_range: Range | None = None
    abatement_string: str | None = None
    recorded_date: str | None = None
    asserted_date: Foreign = None  # STU3
    abatement_boolean: Foreign = None  # STU3, DSTU2
    patient: Foreign = None  # DSTU2
    date_recorded: Foreign = None  # DSTU2


class Medication(Resource, tag="Medication"):
    """A medication, contained, bundled or included."""

    code: Concept | None = None
    form: Concept | None = None
    status: str | None = None
    ingredient: list[Ingredient] | None = None
    dose_form: Foreign = None  # R5
    product: Foreign = None  # DSTU2


class MedicationRequest(Resource, tag="MedicationRequest"):
    """An order for a medication."""

    contained: list[AnyResource] | None = None
    status: str | None = None
    status_reason: Concept | None = None
    intent: str | None = None
    do_not_perform: bool | None = None
    medication_codeable_concept: Concept | None = None
    medication_reference: Reference | None = None
    subject: Reference | None = None
    authored_on: str | None = None
    reason_code: list[Concept] | None = None
    reason_reference: list[Reference] | None = None
    group_identifier: Identifier | None = None
    dosage_instruction: list[Dosage] | None = None
    dispense_request: DispenseRequest | None = None
    prior_prescription: Reference | None = None
    medication: Foreign = None  # R5
    reason: Foreign = None  # R5
    status_changed: Foreign = None  # R5


class Identifier(Element):
    """An Identifier."""

    system: str | None = None
    value: str | None = None


class Procedure(Resource, tag="Procedure"):
    """Something done."""

    status: str | None = None
    status_reason: Concept | None = None
    category: Concept | None = None
    code: Concept | None = None
    subject: Reference | None = None
    performed_date_time: str | None = None
    performed_period: Period | None = None
    performed_string: str | None = None
    reason_code: list[Concept] | None = None
    reason_reference: list[Reference] | None = None
    body_site: list[Concept] | None = None
    outcome: Concept | None = None
    complication: list[ConceptOnly] | None = None
    occurrence_date_time: Foreign = None  # R5
    occurrence_period: Foreign = None  # R5
    occurrence_string: Foreign = None  # R5
    occurrence_age: Foreign = None  # R5
    occurrence_range: Foreign = None  # R5
    occurrence_timing: Foreign = None  # R5
    reason: Foreign = None  # R5
    not_done: Foreign = None  # STU3
    not_performed: Foreign = None  # DSTU2
    reason_codeable_concept: Foreign = None  # DSTU2


class Observation(Resource, tag="Observation"):
    """A measurement or a statement."""

    part_of: list[Reference] | None = None
    status: str | None = None
    code: Concept | None = None
    subject: Reference | None = None
    focus: list[Reference] | None = None
    effective_date_time: str | None = None
    effective_period: Period | None = None
    effective_instant: str | None = None
    issued: str | None = None
    value_quantity: Quantity | None = None
    value_codeable_concept: Concept | None = None
    value_string: str | None = None
    value_boolean: bool | None = None
    value_integer: int | None = None
    value_range: Range | None = None
    value_ratio: Ratio | None = None
    value_date_time: str | None = None
    value_period: Period | None = None
    data_absent_reason: Concept | None = None
    interpretation: list[Concept] | None = None
    component: list[Component] | None = None


class AllergyIntolerance(Resource, tag="AllergyIntolerance"):
    """An allergy or intolerance."""

    clinical_status: Concept | None = None
    verification_status: Concept | None = None
    type: str | None = None
    criticality: str | None = None
    code: Concept | None = None
    patient: Reference | None = None
    onset_date_time: str | None = None
    recorded_date: str | None = None
    reaction: list[Reaction] | None = None
    asserted_date: Foreign = None  # STU3
    substance: Foreign = None  # DSTU2


class Device(Resource, tag="Device"):
    """A device."""

    status: str | None = None
    type: Concept | None = None
    device_name: list[DeviceName] | None = None
    model_number: str | None = None
    patient: Reference | None = None
    model: Foreign = None  # STU3
    name: Foreign = None  # R5


class CareTeam(Resource, tag="CareTeam"):
    """A care team."""

    status: str | None = None
    subject: Reference | None = None
    period: Period | None = None
    participant: list[Participant] | None = None


class ServiceRequest(Resource, tag="ServiceRequest"):
    """An order for a procedure: an intention."""

    status: str | None = None
    intent: str | None = None
    do_not_perform: bool | None = None
    category: list[Concept] | None = None
    code: ConceptOnly | None = None
    subject: Reference | None = None
    occurrence_date_time: str | None = None
    occurrence_period: Period | None = None
    occurrence_timing: Timing | None = None
    authored_on: str | None = None
    reason_code: list[Concept] | None = None
    reason_reference: list[Reference] | None = None
    body_site: list[Concept] | None = None
    reason: Foreign = None  # R5


class DeviceRequest(Resource, tag="DeviceRequest"):
    """An order for a device."""

    status: str | None = None
    intent: str | None = None
    code_codeable_concept: Concept | None = None
    code_reference: Reference | None = None
    subject: Reference | None = None
    occurrence_date_time: str | None = None
    occurrence_period: Period | None = None
    authored_on: str | None = None
    reason_code: list[Concept] | None = None
    reason_reference: list[Reference] | None = None
    code: Foreign = None  # R5
    reason: Foreign = None  # R5


class Issue(Element):
    """OperationOutcome.issue."""

    severity: str | None = None
    code: str | None = None
    details: Concept | None = None
    diagnostics: str | None = None


class OperationOutcome(Resource, tag="OperationOutcome"):
    """What a server says when a query failed, or found nothing."""

    issue: list[Issue] | None = None


class Stub(msgspec.Struct, tag_field="resourceType", gc=False):
    """A resource type that is not read."""


# Every other R4 resource type, so that its content is skipped and never allocated.
_NOT_READ = """
Account ActivityDefinition AdverseEvent Appointment AppointmentResponse AuditEvent Basic Binary
BiologicallyDerivedProduct BodyStructure CapabilityStatement CarePlan CatalogEntry ChargeItem
ChargeItemDefinition Claim ClaimResponse ClinicalImpression CodeSystem Communication
CommunicationRequest CompartmentDefinition Composition ConceptMap Consent Contract Coverage
CoverageEligibilityRequest CoverageEligibilityResponse DetectedIssue DeviceDefinition
DeviceMetric DeviceUseStatement DiagnosticReport DocumentManifest DocumentReference
EffectEvidenceSynthesis Encounter Endpoint EnrollmentRequest EnrollmentResponse EpisodeOfCare
EventDefinition Evidence EvidenceVariable ExampleScenario ExplanationOfBenefit
FamilyMemberHistory Flag Goal GraphDefinition Group GuidanceResponse HealthcareService
ImagingStudy Immunization ImmunizationEvaluation ImmunizationRecommendation ImplementationGuide
InsurancePlan Invoice Library Linkage List Location Measure MeasureReport Media
MedicationAdministration MedicationDispense MedicationKnowledge MedicationStatement
MedicinalProduct MedicinalProductAuthorization MedicinalProductContraindication
MedicinalProductIndication MedicinalProductIngredient MedicinalProductInteraction
MedicinalProductManufactured MedicinalProductPackaged MedicinalProductPharmaceutical
MedicinalProductUndesirableEffect MessageDefinition MessageHeader MolecularSequence NamingSystem
NutritionOrder ObservationDefinition OperationDefinition Organization OrganizationAffiliation
Parameters PaymentNotice PaymentReconciliation Person PlanDefinition Practitioner
PractitionerRole Provenance Questionnaire QuestionnaireResponse RelatedPerson RequestGroup
ResearchDefinition ResearchElementDefinition ResearchStudy ResearchSubject RiskAssessment
RiskEvidenceSynthesis Schedule SearchParameter Slot Specimen SpecimenDefinition
StructureDefinition StructureMap Subscription Substance SubstanceNucleicAcid SubstancePolymer
SubstanceProtein SubstanceReferenceInformation SubstanceSourceMaterial SubstanceSpecification
SupplyDelivery SupplyRequest Task TerminologyCapabilities TestReport TestScript ValueSet
VerificationResult VisionPrescription
""".split()  # noqa: SIM905 - a list of words reads best as words

STUBS = {name: msgspec.defstruct(name, [], bases=(Stub,), tag=name) for name in _NOT_READ}

READ = (
    Patient, Condition, Medication, MedicationRequest, Procedure, Observation, AllergyIntolerance,
    Device, CareTeam, ServiceRequest, DeviceRequest, OperationOutcome,
)  # fmt: skip


class Link(Element):
    """Bundle.link."""

    relation: str | None = None
    url: str | None = None


class Search(Element):
    """Bundle.entry.search."""

    mode: str | None = None


class Entry(Element):
    """Bundle.entry."""

    full_url: str | None = None
    resource: AnyResource | None = None
    search: Search | None = None


class Bundle(Resource, tag="Bundle"):
    """A Bundle of any type."""

    type: str | None = None
    total: int | None = None
    link: list[Link] | None = None
    entry: list[Entry] | None = None


# Every resource type of R4 by name.
BY_NAME: dict[str, type[msgspec.Struct]] = {
    **STUBS,
    **{one.__name__: one for one in READ},
    "Bundle": Bundle,
}


if TYPE_CHECKING:
    AnyResource: TypeAlias = Any
else:
    # A tagged union: `resourceType` says which structure is meant.
    AnyResource = Union[(Bundle, *READ, *STUBS.values())]
