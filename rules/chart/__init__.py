"""FHIR resources of one patient, read into typed records."""
