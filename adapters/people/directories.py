"""The public directories of an invented province: venues, libraries, outlets. Nothing in them is drawn or personal."""

from __future__ import annotations

from adapters.people.cards import BANKS
from adapters.people.records import Library, Outlet, Venue
from adapters.people.regions import Province

_LEVELS = ("5A", "4A", "3A", "2A", "1A", "ungraded")
_FORMS = ("both", "physical", "electronic")
_SIGHTS = ("古镇", "湿地公园", "博物馆")
_HOURS = ("09:00-17:00", "08:30-18:00", "周一闭馆 09:00-17:00")


def venues(province: Province) -> tuple[Venue, ...]:
    """Return three venues a region, in the order of their numbers."""
    return tuple(
        Venue(
            venue_id=f"{code}V{turn:03d}",
            name=f"{name}示例{sight}",
            level=_LEVELS[(place + turn) % len(_LEVELS)],
            card_form=_FORMS[(place + turn) % len(_FORMS)],
            opening_hours=_HOURS[(place + turn) % len(_HOURS)],
            region_code=code,
        )
        for place, (code, name) in enumerate(sorted(province.regions.items()))
        for turn, sight in enumerate(_SIGHTS, 1)
    )


def libraries(province: Province) -> tuple[Library, ...]:
    """Return two libraries a region, in the order of their codes."""
    return tuple(
        Library(
            library_code=f"{code}L{turn:02d}",
            name=f"{name}示例{kind}",
            services="借阅、通还、数字阅读" if turn == 1 else "借阅、少儿活动",
            opening_hours=_HOURS[turn],
            region_code=code,
        )
        for code, name in sorted(province.regions.items())
        for turn, kind in enumerate(("图书馆", "少年儿童图书馆"), 1)
    )


def outlets(province: Province) -> tuple[Outlet, ...]:
    """Return one outlet of each partner bank a region, in the order of their codes."""
    return tuple(
        Outlet(
            bank_code=bank,
            bank_name=bank_name,
            outlet_code=f"{code}W{bank[-2:]}",
            name=f"{bank_name}{name}支行",
            services="申领、补换、激活、密码重置" if bank.endswith("1") else "激活、密码重置",
            region_code=code,
        )
        for code, name in sorted(province.regions.items())
        for bank, bank_name in BANKS.items()
    )
