"""Drafts of profiles: one for a province to fill in, and one for a place of practice, in which all is made up.

Rules: a draft for a province leaves empty what the province alone can say, so that it does not load before somebody
has said it; one for practice is `synthetic` and says DEMO in every such column, and the same item and province always
give the same bytes, so that two nodes of practice need not exchange them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

from gateway.catalogue.digest import digest
from gateway.catalogue.loader import PROFILES, item_directories, load_items, load_parties
from gateway.catalogue.parties import Department, Parties
from gateway.catalogue.profiles import Frequency, Profile, render_profile
from gateway.catalogue.toml_text import render
from gateway.ground.item import Domain, Item

DEMO: Final = "DEMO"
"""Stands in every column that a province alone could fill."""
_PENALTIES: Final = {"510000": "DEMO 四川草案第23条（法律处罚衔接）"}
"""Sichuan's draft has a catch-all for penalties, Chongqing's none."""
_PAYING: Final = {"510000": "DEMO 四川草案第11条：代发银行规则", "500000": "DEMO 重庆草案第13条：代发银行规则"}
_COLUMNS: Final = ("provider_unit", "responsible_office", "approved_by", "catalogue_code", "registration_no", "pia_no")


def find_provider(item: Item, province: str, parties: Parties) -> Department | None:
    """Return the province's department that provides an item: the first of the item's types that is registered."""
    of = {str(one.type): one for one in reversed(parties.departments) if one.province == province}
    return next((of[kind] for kind in item.providers if kind in of), None)


def practice_profile(item: Item, province: str, parties: Parties) -> Profile | None:
    """Return the synthetic profile of an item; None where the province has no department that could provide it."""
    provider = find_provider(item, province, parties)
    if provider is None:
        return None
    funds = item.domain is Domain.FUND_DISBURSEMENT
    return Profile(
        province=province,
        code=item.code,
        version=item.version,
        core_digest=digest(item),
        synthetic=True,
        provider_department=provider.code,
        provider_unit=f"{DEMO} {provider.label.zh}",
        responsible_office=f"{DEMO} 处室",
        approved_by=f"{DEMO} 负责人",
        catalogue_code=f"{DEMO}-{province}-{item.code}",
        registration_no=f"{DEMO}-{province}",
        pia_no=f"{DEMO}-PIA-{item.code}",
        secrecy_review_no=f"{DEMO}-BM-{item.code}",
        update_frequency=Frequency.DAILY,
        use_conditions=f"{DEMO} 仅供演示和练习，数据均为合成",
        subsidy_codes=(f"{DEMO}-{province[:2]}-01",) if funds else (),
        paying_department=_find_payer(province, parties) if funds else "",
        paying_rule=_PAYING.get(province, f"{DEMO} 代发银行规则") if funds else "",
        penalty_basis=_PENALTIES.get(province, ""),
    )


def practice_profiles(items: Iterable[Item], provinces: Iterable[str], parties: Parties) -> tuple[Profile, ...]:
    """Return the synthetic profiles of some items in some provinces, as far as each has a department for them."""
    made = (practice_profile(item, province, parties) for province in provinces for item in items)
    return tuple(one for one in made if one is not None)


def draft_profile(item: Item, province: str, parties: Parties) -> bytes:
    """Return the profile of an item for a province to fill in, as TOML: what is empty in it must be said."""
    provider = find_provider(item, province, parties)
    funds = item.domain is Domain.FUND_DISBURSEMENT
    return render(
        {
            "province": province,
            "code": item.code,
            "version": item.version,
            "core_digest": digest(item),
            "synthetic": False,
            "provider_department": provider.code if provider else "",
            **dict.fromkeys((*_COLUMNS, "secrecy_review_no", "update_frequency", "use_conditions"), ""),
            **({"subsidy_codes": [], "paying_department": "", "paying_rule": ""} if funds else {}),
            "penalty_basis": "",
        }
    )


def write_practice(directory: Path, profiles: Iterable[Profile]) -> int:
    """Write profiles into the directory `profile` of a node's catalogue; return how many."""
    count = 0
    for one in profiles:
        place = directory / one.province
        place.mkdir(mode=0o700, parents=True, exist_ok=True)
        (place / name_file(one.code, one.version)).write_bytes(render_profile(one))
        count += 1
    return count


def lay_practice(catalogue: Path, provinces: Sequence[str]) -> None:
    """Write into a node's catalogue the synthetic profiles of every item there, of the provinces of the node."""
    items = load_items(*item_directories(catalogue))
    write_practice(catalogue / PROFILES, practice_profiles(items, provinces, load_parties()))


def name_file(code: str, version: int) -> str:
    """Return the name of the file of a profile; each version of an item has its own."""
    return f"{code}.v{version}.toml"


def _find_payer(province: str, parties: Parties) -> str:
    return next((one.code for one in parties.departments if (one.province, one.type) == (province, "finance")), "")
