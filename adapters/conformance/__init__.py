"""The suite that every adapter must pass before a gateway may speak with it.

    from adapters.conformance import read_items, run
    findings = await run(platform, read_items(directory, samples))
    assert [] == findings

or, for an adapter in another language behind the gRPC `Platform` service, `python -m adapters.conformance --help`.
Nothing is written to the platform. A finding names the check, the item and what was found; never a personal value.
"""

from __future__ import annotations

from adapters.conformance.expectations import ExpectedField, ExpectedItem, ItemsInvalid, read_items
from adapters.conformance.suite import Finding, run

__all__ = ["ExpectedField", "ExpectedItem", "Finding", "ItemsInvalid", "read_items", "run"]
