"""Looks at free text: of a question before it leaves the asker, of status messages, metadata and log lines."""

from __future__ import annotations

from gateway.leakguard.numbers import find_numbers, suspicious


def scan_text(text: str) -> tuple[str, ...]:
    """Return the names of the detectors that sound on a text, sorted; empty where it may be told.

    Finds numbers of persons, not names: whose name a text holds cannot be seen from the text.
    """
    if not suspicious(text):
        return ()
    return tuple(sorted(find_numbers(text)))
