"""Looks at free text: of a question before it leaves the asker, of status messages, metadata and log lines.

Machine identifiers are set aside first, for their digits come by chance or from a clock: UUIDs (RFC 9562), digests in
hexadecimal of 32 digits and more with a letter among them, and counts of milliseconds or microseconds since 1970.
"""

from __future__ import annotations

import re
from typing import Final

from gateway.leakguard.numbers import find_numbers, suspicious

_MACHINE: Final = re.compile(
    r"(?<![0-9A-Za-z])(?:"
    r"[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"
    r"|(?=[0-9]*[a-f])[0-9a-f]{32,}"
    r"|1[6-9][0-9]{11}(?:[0-9]{3})?"
    r")(?![0-9A-Za-z])",
    re.IGNORECASE,
)


def scan_text(text: str) -> tuple[str, ...]:
    """Return the names of the detectors that sound on a text, sorted; empty where it may be told.

    Finds numbers of persons, not names: whose name a text holds cannot be seen from the text.
    """
    if not suspicious(text):
        return ()
    return tuple(sorted(find_numbers(_MACHINE.sub("\x1f", text))))
