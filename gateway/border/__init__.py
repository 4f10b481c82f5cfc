"""The border between generated messages and evidence: rules, evidence, refusals as a status."""
