"""Who a machine or a person is: one URI in a certificate, `spiffe://<province>.chuanyu/<role>/<name>`.

The province is a GB/T 2260 code of a province-level region, so that a third province needs no change here.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

_URI: Final = re.compile(r"spiffe://([1-9][0-9]0000)\.chuanyu/([a-z]{4,16})/([a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)")


class IdentityError(ValueError):
    """The text names no identity."""


class Role(StrEnum):
    """What the holder of a certificate may be."""

    NODE = "node"
    APPLICATION = "application"
    ADAPTER = "adapter"
    REVIEWER = "reviewer"
    ADMINISTRATOR = "administrator"


@dataclass(frozen=True, slots=True)
class Identity:
    """One identity: province (six digits), role, and a name of lower-case letters, digits and hyphens."""

    province: str
    role: Role
    name: str

    def __post_init__(self) -> None:
        if _URI.fullmatch(self.uri) is None:
            raise IdentityError("expected a province code, a role and a name of lower-case letters, digits and hyphens")

    @property
    def uri(self) -> str:
        """The URI that stands in the certificate's subject alternative name."""
        return f"spiffe://{self.province}.chuanyu/{self.role}/{self.name}"

    @classmethod
    def parse(cls, uri: str) -> Identity:
        """Read an identity from its URI.

        Raises:
            IdentityError: when it is none.
        """
        match = _URI.fullmatch(uri)
        if match is None or match[2] not in set(Role):
            raise IdentityError("expected spiffe://<province>.chuanyu/<role>/<name>, found another form")
        return cls(match[1], Role(match[2]), match[3])
