"""People whom every greater population has at fixed places, with the numbers and names by which rows are agreed on.

They take the place of whoever was drawn there, so that nobody after them changes. Each has the records that are told
of here and no other; what is not told stays as it was drawn.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from types import MappingProxyType
from typing import Final

from adapters.people.records import Card, Confirmation, Entitlement, Insurance, Medical, Person, Reader, Transfer

FIRST: Final = 400
"""The index of the first planted person; the others follow."""
TRANSFER_NO: Final = "ZYSC20260988080054"
"""The number of the pension transfer of the person who moves to Chongqing."""
_MONTH: Final = date(2026, 10, 1)
_YEAR_END: Final = date(2027, 12, 31)


@dataclass(frozen=True, slots=True)
class Planted:
    """A planted person: number and name to ask by, and what makes the records out of those that were drawn."""

    social_security_no: str
    name: str
    records: Callable[[Person], Person]

    @property
    def birth_date(self) -> date:
        """The birthday, as the number has it."""
        return date.fromisoformat(self.social_security_no[6:14])


def plant(province: str, index: int, drawn: Person) -> Person:
    """Return who stands at an index: the one planted there, or the one who was drawn."""
    planted = tuple(PLANTED[province].values())
    if not FIRST <= index < FIRST + len(planted):
        return drawn
    who = planted[index - FIRST]
    bare = replace(
        drawn,
        social_security_no=who.social_security_no,
        name=who.name,
        former_name=None,
        sex="male" if int(who.social_security_no[16]) % 2 else "female",
        nationality="01",
        birth_date=who.birth_date,
        deceased=False,
        cards=(_in_order(drawn.cards[-1]),),
        insurances=(),
        transfer=None,
        confirmation=None,
        disbursements=(),
        concessions=(),
        tickets=(),
        reader=None,
        medical=None,
        health_card=None,
    )
    return who.records(bare)


def _in_order(card: Card) -> Card:
    """A card of which nothing is amiss, whatever was drawn."""
    return replace(
        card,
        card_form="both",
        ss_status="active",
        bank_status="active",
        account_state="normal",
        activated=True,
        transit_enabled=True,
        transit_card_no=card.transit_card_no or f"31999900{card.card_no[1:]}000",
    )


def _plain(person: Person) -> Person:
    return person


def _child(person: Person) -> Person:
    return replace(person, medical=Medical("insured", "resident", person.region_code, (("inpatient", "filed"),)))


def _late(person: Person) -> Person:
    """Who died on 2026-03-08: the card is cancelled, and entitlement was not confirmed any more."""
    card = replace(person.cards[0], ss_status="cancelled", bank_status="cancelled", account_state="closed")
    confirmation = Confirmation("not_confirmed", "data_comparison", date(2026, 3, 20), "数据比对（示例）")
    return replace(person, deceased=True, cards=(card,), confirmation=confirmation)


def _moving_away(person: Person) -> Person:
    moved = Transfer(
        TRANSFER_NO, 96, date(2018, 9, 1), date(2026, 8, 1), Decimal("61234.56"), person.region_code, "示例企业"
    )
    return replace(person, transfer=moved)


def _insured_twice(person: Person) -> Person:
    return replace(person, insurances=(Insurance("110", "insured", _MONTH, person.region_code, "示例企业"),))


def _reader_of(region: str, number: str) -> Callable[[Person], Person]:
    """Who has card and library in one county."""

    def records(person: Person) -> Person:
        card = replace(person.cards[0], region_code=region)
        return replace(person, region_code=region, cards=(card,), reader=Reader(number, True, False, region))

    return records


def _lost(person: Person) -> Person:
    return replace(person, cards=(replace(person.cards[0], ss_status="lost", bank_status="lost"),))


def _elder(person: Person) -> Person:
    concession = Entitlement("senior_65", True, _YEAR_END, person.region_code)
    return replace(person, resident=True, concessions=(concession,))


def _of_yubei(person: Person) -> Person:
    """Whose card was issued before 渝北区 was divided and ended."""
    return replace(person, cards=(replace(person.cards[0], region_code="500112", issue_date=date(2019, 6, 3)),))


PLANTED: Final[Mapping[str, Mapping[str, Planted]]] = MappingProxyType(
    {
        "sichuan": MappingProxyType(
            {
                "in_order": Planted("519999196001010013", "王某甲", _plain),
                "child": Planted("519999201506010039", "幼某", _child),
                "leap_day": Planted("519999201202290094", "少某", _plain),
                "late": Planted("519999195503100049", "逝某", _late),
                "moving_away": Planted("519999198808080054", "转某", _moving_away),
                "insured_twice": Planted("519999199706180104", "双某", _insured_twice),
                "of_suining": Planted("519999198507120112", "遂某", _reader_of("510903", "DZSC900000001")),
                "of_yingshan": Planted("519999198709230133", "营某", _reader_of("511322", "DZSC900000002")),
            }
        ),
        "chongqing": MappingProxyType(
            {
                "lost_card": Planted("509999200101010069", "失某", _lost),
                "elder": Planted("519999194001010073", "老某", _elder),
                "of_yubei": Planted("509999197605040152", "渝某", _of_yubei),
            }
        ),
    }
)
"""The planted people of each province, in the order of their places from `FIRST` on."""
