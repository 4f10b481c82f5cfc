"""Finds credit codes of bodies (GB 32100) with their check character, in one piece or in usual groups."""

from __future__ import annotations

import re
from typing import Final

_CREDIT_SIGN: Final = "[0-9A-HJ-NPQRTUWXY]"
_CREDIT_GROUPS: Final = ((6, 6, 6), (9, 9), (2, 6, 9, 1), (2, 6, 10), (8, 10), (4, 4, 4, 4, 2), (3, 3, 3, 3, 3, 3))
_CREDIT: Final = re.compile(
    "(?<![0-9A-Z])(?:"
    + "|".join(
        rf"{_CREDIT_SIGN}{{{groups[0]}}}(?P<s{at}>[- ._·/|—])"
        + f"(?P=s{at})".join(f"{_CREDIT_SIGN}{{{size}}}" for size in groups[1:])
        for at, groups in enumerate(_CREDIT_GROUPS)
    )
    + f"|{_CREDIT_SIGN}{{18}})(?![0-9A-Z])"
)
_CREDIT_FORM: Final = re.compile("[1-9ANY][1-9A-HJ-NPQRTUWXY][1-9][0-9]{5}[0-9A-HJ-NPQRTUWXY]{10}")
_CREDIT_SIGNS: Final = "0123456789ABCDEFGHJKLMNPQRTUWXY"


def holds_credit_code(text: str) -> bool:
    """Tell whether a levelled text holds a credit code."""
    for match in _CREDIT.finditer(text.upper()):
        signs = re.sub(r"[- ._·/|—]", "", match[0])
        code = [_CREDIT_SIGNS.index(sign) for sign in signs]
        if not _CREDIT_FORM.fullmatch(signs):
            continue
        if (sum(sign * pow(3, at, 31) for at, sign in enumerate(code[:17])) + code[17]) % 31 == 0:
            return True
    return False
