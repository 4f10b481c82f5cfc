"""The logs, metrics and traces of a node, without a value of any record.

Rules: a line or a sample names items, provinces, parties and reasons, never a person; what is not known to be harmless
is redacted, not shown. Nothing here decides anything, and nothing here can stop an exchange.
"""
