"""What one province alone says of an item: its profile (省级档案), beside the core that both provinces share.

The core is the item as it is shipped, the same bytes everywhere; the profile names who provides it, its approvals, its
place in the province's catalogue, its money and its penalties. Both digests stand on the province's signed list.
Rules: an item that no province has a profile of is not in force; a profile is of one core, by its digest, so that a
core that changed is judged anew. A profile that is `synthetic` is refused wherever a key signs that is not of a place
of practice (`keys.trust`): the name of a list key says what it is, and no setting changes it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from gateway.catalogue.digest import digest
from gateway.catalogue.grants import GrantDocument
from gateway.catalogue.parties import Parties
from gateway.catalogue.schema import CODE, DEPARTMENT, PROVINCE, SHA256, Faults, Table
from gateway.catalogue.toml_text import render
from gateway.ground.item import Domain, Item, SharingClass
from keys.signer import Verifier
from keys.trust import is_practice

ItemKey = tuple[str, int]
"""Code and version of an item."""
SUBSIDY: Final = r"[0-9A-Z][0-9A-Z-]{1,31}"
"""The code of a subsidy, as a province gives it."""
DRAFT: Final = "draft one with chuanyu items draft"


class Frequency(StrEnum):
    """更新频率, one of the element's values."""

    REAL_TIME = "实时"
    DAILY = "每日"
    WEEKLY = "每周"
    MONTHLY = "每月"
    QUARTERLY = "每季度"
    YEARLY = "每年"


class Area(StrEnum):
    """Where a column stands among the four subjects in which the two regulations differ; the rest is the province's."""

    DUTIES = "duties"
    LISTS = "lists"
    FUNDS = "funds"
    PENALTIES = "penalties"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Profile:
    """One province's profile of one version of an item.

    `core_digest` is the item's. `provider_department` is the code of the one department that provides it, and
    `provider_unit` its name in full. `catalogue_code`, `registration_no` and `responsible_office` may be empty; where
    they are, `chuanyu items check` tells. `subsidy_codes`, `paying_department` and `paying_rule` are of items about
    the disbursement of money alone. `penalty_basis` is empty where the province's regulation has none of its own.
    """

    province: str
    code: str
    version: int
    core_digest: str
    synthetic: bool
    provider_department: str
    provider_unit: str
    responsible_office: str
    approved_by: str
    catalogue_code: str
    registration_no: str
    pia_no: str
    secrecy_review_no: str
    update_frequency: Frequency
    use_conditions: str
    subsidy_codes: tuple[str, ...]
    paying_department: str
    paying_rule: str
    penalty_basis: str

    @property
    def key(self) -> ItemKey:
        """Code and version of its item."""
        return self.code, self.version


AREAS: Final[Mapping[str, Area]] = MappingProxyType(
    {
        **dict.fromkeys(("provider_department", "provider_unit", "responsible_office", "approved_by"), Area.DUTIES),
        **dict.fromkeys(("catalogue_code", "registration_no", "pia_no", "secrecy_review_no"), Area.LISTS),
        **dict.fromkeys(("subsidy_codes", "paying_department", "paying_rule"), Area.FUNDS),
        "penalty_basis": Area.PENALTIES,
        **dict.fromkeys(("update_frequency", "use_conditions"), Area.OTHER),
    }
)
"""The columns in which the profiles of two provinces may differ, each with its area."""
MAY_BE_EMPTY: Final = ("responsible_office", "catalogue_code", "registration_no")
"""Columns without which a profile loads, and of which `chuanyu items check` tells."""
_FUNDS: Final = ("subsidy_codes", "paying_department", "paying_rule")


def read_profile(file: str, data: Mapping[str, object], faults: Faults) -> Profile:
    """Return the profile of a parsed file; whatever is wrong with it by itself is added to `faults`."""
    table = Table(file, "", data, faults)
    made = Profile(
        province=table.text("province", PROVINCE),
        code=table.text("code", CODE),
        version=table.integer("version", 1, 9999),
        core_digest=table.text("core_digest", SHA256),
        synthetic=table.boolean("synthetic"),
        provider_department=table.text("provider_department", DEPARTMENT),
        provider_unit=table.text("provider_unit"),
        responsible_office=table.text("responsible_office", empty=True),
        approved_by=table.text("approved_by"),
        catalogue_code=table.text("catalogue_code", empty=True),
        registration_no=table.text("registration_no", empty=True),
        pia_no=table.text("pia_no"),
        secrecy_review_no=table.text("secrecy_review_no"),
        update_frequency=table.choice("update_frequency", Frequency),
        use_conditions=table.text("use_conditions", empty=True),
        subsidy_codes=table.texts("subsidy_codes", SUBSIDY, empty=True),
        paying_department=table.text("paying_department", DEPARTMENT, empty=True),
        paying_rule=table.text("paying_rule", empty=True),
        penalty_basis=table.text("penalty_basis", empty=True),
    )
    table.close()
    return made


def render_profile(profile: Profile) -> bytes:
    """Return the profile as TOML; columns of money stand only where it has some. The same profile, the same bytes."""
    values = {one.name: getattr(profile, one.name) for one in fields(profile)}
    kept = {name: value for name, value in values.items() if name not in _FUNDS or value}
    return render({name: str(value) if isinstance(value, StrEnum) else value for name, value in kept.items()})


class Profiles:
    """The profiles in force, by item and province; never changed afterwards."""

    __slots__ = ("_digests", "_held")

    def __init__(self, profiles: Iterable[Profile] = ()) -> None:
        self._held: dict[ItemKey, dict[str, Profile]] = {}
        for one in profiles:
            self._held.setdefault(one.key, {})[one.province] = one
        self._digests = {
            key: {province: digest(one) for province, one in held.items()} for key, held in self._held.items()
        }

    def of(self, key: ItemKey) -> Mapping[str, Profile]:
        """Return each province's profile of an item; empty where none has one."""
        return self._held.get(key, {})

    def digests(self, key: ItemKey) -> Mapping[str, str]:
        """Return the digest of each province's profile of an item."""
        return self._digests.get(key, {})

    def __iter__(self) -> Iterator[Profile]:
        return (one for held in self._held.values() for one in held.values())


def judge_profile(
    file: str, profile: Profile, item: Item | None, parties: Parties, faults: Faults, *, practice: bool
) -> None:
    """Add to `faults` wherever a profile does not fit its item, its province's roster, or the place where it is read.

    Args:
        file: the profile's file.
        profile: what it says.
        item: the core that it names; None where there is none.
        parties: the roster.
        faults: gains what is found.
        practice: whether every key that signs here is of a place of practice.
    """
    name = f"{profile.code} v{profile.version}"
    if profile.synthetic and not practice:
        faults.add(file, "synthetic", "expected a profile that the province gave, found a synthetic one: write its own")
    if item is None:
        faults.add(file, "code", f"expected an item that exists, found {name}")
        return
    if profile.core_digest != digest(item):
        faults.add(file, "core_digest", f"expected the digest of {name} as it reads, found another: judge it anew")
    _judge_department(file, "provider_department", profile, parties, faults, item.providers)
    if item.sharing_class is SharingClass.CONDITIONAL and not profile.use_conditions:
        faults.add(file, "use_conditions", "expected the conditions of use, found none (共享条例 art. 15)")
    for column in _FUNDS:
        if bool(getattr(profile, column)) is not (item.domain is Domain.FUND_DISBURSEMENT):
            expected = "some" if item.domain is Domain.FUND_DISBURSEMENT else "none, since no money is disbursed"
            faults.add(file, column, f"expected {expected}, found otherwise")
    if profile.paying_department:
        _judge_department(file, "paying_department", profile, parties, faults, ())


def _judge_department(
    file: str, column: str, profile: Profile, parties: Parties, faults: Faults, types: tuple[str, ...]
) -> None:
    code = getattr(profile, column)
    department = parties.department(code) if parties.belongs(code, profile.province) else None
    if department is None:
        faults.add(file, column, f"expected a department of {profile.province}, found {code}")
    elif types and department.type not in types:
        faults.add(file, column, f"expected a provider of {profile.code} ({', '.join(types)}), found {code}")


def require_of_profile(file: str, grant: GrantDocument, profiles: Profiles, faults: Faults) -> None:
    """Add to `faults` where a grant is not of the department that its province's profile names as the provider."""
    key, province = (grant.item_code, grant.item_version), grant.provider_province
    profile = profiles.of(key).get(province)
    if profile is None:
        name = f"{grant.item_code} v{grant.item_version}"
        faults.add(file, "item_code", f"expected the profile of {province} of {name}, found none: {DRAFT}")
    elif profile.provider_department != grant.provider_department:
        expected, found = profile.provider_department, grant.provider_department
        faults.add(file, "provider_department", f"expected {expected}, as the profile says, found {found}")


def judge_keys(verifiers: Mapping[str, Iterable[Verifier]], faults: Faults) -> bool:
    """Tell whether every key that signs here is of a place of practice; a fault where some are and others are not."""
    practice = {province for province, keys in verifiers.items() for key in keys if is_practice(key.name)}
    if practice and len(practice) < len(verifiers):
        faults.add("trust", min(practice), "expected keys of provinces alone, found one of a place of practice")
    return len(practice) == len(verifiers) > 0
