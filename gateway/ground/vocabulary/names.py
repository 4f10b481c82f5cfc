"""The names and bounds that parameters of masks may have."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

MAX_KEPT: Final = 4
"""Characters that `partial` may show at both ends together."""
ASKED_AGES: Final = (14, 16, 18, 60, 65, 70, 80)
"""Ages in years that may be asked for: no threshold is free, else two of them would tell a birthday."""
ROUNDINGS: Final = (10, 100, 1_000, 10_000)
SHIFT_DAYS: Final = (30, 365)
"""Least and greatest bound of a shift, in days."""


class NumberForm(StrEnum):
    """The sort of number of which `format_preserving` keeps the form."""

    IDENTITY = "identity"
    BANK_CARD = "bank_card"
    MOBILE = "mobile"
    DIGITS = "digits"


class BlockCipher(StrEnum):
    """The ciphers under which values are permuted."""

    AES = "aes"
    SM4 = "sm4"


class Hash(StrEnum):
    """The hashes of `keyed_hash`."""

    SHA256 = "sha256"
    SM3 = "sm3"


DICTIONARIES: Final = ("person_name", "employer", "hospital", "street")
"""The packaged lists of `substitute`."""
