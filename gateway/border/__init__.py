"""Where generated messages and evidence meet: rules, evidence, refusals as a status."""
