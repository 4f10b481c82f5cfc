"""The modules that take longest, so that workers begin with them and none is left alone with one at the end."""

from __future__ import annotations

from typing import Final

LONGEST: Final = (
    "tests/docs/test_tutorial.py",
    "tests/network/test_kill.py",
    "tests/recipes/test_recipes.py",
    "tests/leakguard/test_corpus.py",
    "tests/network/test_disk_faults.py",
    "tests/audit/test_retention_killed.py",
    "tests/network/test_witness.py",
    "tests/network/test_acknowledgements.py",
    "tests/network/test_link.py",
    "tests/audit/test_every_bit.py",
    "tests/leakguard/test_fuzzed_pages.py",
    "tests/leakguard/test_mask_and_guard.py",
    "tests/audit/test_retention.py",
    "tests/architecture/test_readers.py",
    "tests/adapters/test_conformance_of_adapters.py",
    "tests/cli/test_fault_table.py",
    "tests/assembly/test_run.py",
    "tests/road/test_system_leaks.py",
    "tests/audit/test_faults.py",
    "tests/cli/test_audit_replay.py",
)
"""The order decides about waiting alone; a module that is not here begins after these."""


def rank(module: str) -> int:
    """Return when a module begins among the others; modules of one rank keep their order."""
    return LONGEST.index(module) if module in LONGEST else len(LONGEST)
