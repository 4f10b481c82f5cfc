"""The identity for which a certificate speaks: a province, a role and a name, written as a SPIFFE-style URI.

Rules:
- An identity is `spiffe://<province>.chuanyu/<role>/<name>` and nothing else; there is one spelling of each.
- The province is the six digits of GB/T 2260 at province level, so any province can join without a change here.
- Parsing never repairs: what is not exactly in this form raises `IdentityError`.

Follows the SPIFFE-ID standard §2 (lower-case trust domain, no query, no fragment, no port, no empty segment).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import Final, Self

PROVINCES: Final[Mapping[str, str]] = MappingProxyType({"sichuan": "510000", "chongqing": "500000"})
"""Names for the two founding provinces; a convenience for commands, never a limit on who may take part."""

MAX_NAME: Final = 63
"""Characters in a name: as a DNS label, so that a node's name can also be its host name."""

_PROVINCE = re.compile(r"[1-9][0-9]0000")
_NAME = re.compile(r"[a-z0-9]+(?:[.-][a-z0-9]+)*")
_URI = re.compile(r"spiffe://([0-9]{6})\.chuanyu/([a-z]{1,32})/([a-z0-9.-]{1,63})")


class IdentityError(ValueError):
    """The text or the parts are not an identity; the message names the part, never its value."""


class Role(StrEnum):
    """The role of a certificate's holder; it decides which services it may call.

    The persons' roles are apart (三员分设): `administrator` runs the node (系统管理员), `security` allows what needs a
    second person (安全管理员), `reviewer` inspects (审计管理员). A certificate has one role.
    """

    NODE = "node"
    APPLICATION = "application"
    ADAPTER = "adapter"
    REVIEWER = "reviewer"
    SECURITY = "security"
    ADMINISTRATOR = "administrator"


def is_province(code: str) -> bool:
    """Say whether `code` has the form of a province-level code; not whether such a province exists."""
    return _PROVINCE.fullmatch(code) is not None


def trust_domain(province: str) -> str:
    """Return the SPIFFE trust domain of a province, such as `510000.chuanyu`.

    Raises:
        IdentityError: `province` is not a province-level code.
    """
    if not is_province(province):
        raise IdentityError("expected a province code of the form [1-9][0-9]0000, found another form")
    return f"{province}.chuanyu"


@dataclass(frozen=True, slots=True)
class Identity:
    """One party to TLS. Guarantees that its parts are well formed; not that any authority vouches for it.

    Args:
        province: six digits of GB/T 2260, such as "510000".
        role: what the party is.
        name: at most 63 of lower-case letters and digits, joined by single dots or hyphens.

    `uri` is the one spelling of this identity, made once since an exchange asks for it some forty times.

    Raises:
        IdentityError: a part is not in its form.
    """

    province: str
    role: Role
    name: str
    uri: str = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        domain = trust_domain(self.province)
        if not isinstance(self.role, Role):
            raise IdentityError("expected a role of the closed list, found another value")
        if len(self.name) > MAX_NAME or _NAME.fullmatch(self.name) is None:
            raise IdentityError(
                f"expected a name of 1 to {MAX_NAME} lower-case letters and digits joined by single dots or hyphens, "
                f"found {len(self.name)} characters in another form"
            )
        object.__setattr__(self, "uri", f"spiffe://{domain}/{self.role.value}/{self.name}")

    def __str__(self) -> str:
        return self.uri

    @classmethod
    def parse(cls, uri: str) -> Self:
        """Read an identity back from its URI; `Identity.parse(x).uri == x` whenever it returns.

        Raises:
            IdentityError: `uri` is not exactly `spiffe://<province>.chuanyu/<role>/<name>`.
        """
        found = _URI.fullmatch(uri)
        if found is None:
            raise IdentityError("expected spiffe://<province>.chuanyu/<role>/<name>, found another form")
        province, role, name = found.groups()
        try:
            return cls(province, Role(role), name)
        except IdentityError:
            raise
        except ValueError:
            raise IdentityError("expected a role of the closed list, found another word") from None
