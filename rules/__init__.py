"""Clinical rules on intrathecal drug delivery: FHIR and a moment in, an outcome out."""
