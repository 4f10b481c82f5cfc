"""Text of others made harmless to look at: no sign in it moves a cursor, turns the direction of writing or hides.

A terminal obeys control signs, a reader is deceived by what turns or hides text, and a page shows either as it stands.
So text from an answer, a log, a peer or an adapter is spelt before a person sees it. Nothing is lost: each such sign
stands there as JSON escapes it.
"""

from __future__ import annotations

import re
from typing import Final
from unicodedata import category

CONTROL: Final = re.compile("[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
"""What text of the contract never holds: C0, DEL, C1, line and paragraph separators, bidirectional overrides, and
surrogates (Unicode 15, Cc Cs Zl Zp)."""
_UNSEEN: Final = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
"""The categories of what is spelt: `CONTROL`, and what is not seen, such as zero-width signs, marks and tags."""


def spell_unseen(text: str, *, lines: bool = False) -> str:
    r"""Return a text whose control signs and unseen signs are spelt as in JSON: `\u001b`, `\u202e`.

    With `lines` a line feed stays one, for text of ours that has lines.
    """
    if text.isprintable():
        return text
    return "".join(
        _spell(sign) if category(sign) in _UNSEEN and not (lines and sign == "\n") else sign for sign in text
    )


def _spell(sign: str) -> str:
    units = sign.encode("utf-16-be", "surrogatepass").hex()
    return "".join(f"\\u{units[at : at + 4]}" for at in range(0, len(units), 4))
