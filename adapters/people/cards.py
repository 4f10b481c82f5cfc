"""Draws a person's cards. The last card is the current one; those before it are cancelled."""

from __future__ import annotations

from datetime import date
from typing import Final

from adapters.people.draw import AS_OF, Draw
from adapters.people.records import Card
from adapters.people.regions import Province

BANKS: Final = {
    "99801": "示例农村商业银行",
    "99802": "示例城市银行",
    "99803": "示例储蓄银行",
    "99804": "示例合作银行",
}
"""Partner banks: their shared code and their name; no bank has such a code."""
MAX_PERSONS: Final = 10_000_000
_SPREAD: Final = 7_919
_FIRST_ISSUE: Final = date(2012, 1, 1)
_SECOND_CARD: Final = 20_000_000


def luhn_digit(digits: str) -> str:
    """Return the check digit of a bank account number (ISO/IEC 7812-1)."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        doubled = int(digit) * (2 - place % 2)
        total += doubled - 9 if doubled > 9 else doubled
    return str(-total % 10)


def cards(draw: Draw, province: Province, index: int, region: str, count: int, deceased: bool) -> tuple[Card, ...]:
    """Draw `count` cards, oldest first; a deceased person's are cancelled."""
    made = []
    start = _FIRST_ISSUE
    for turn in range(count):
        last = turn == count - 1
        issued = draw.day(start, date(2018, 12, 31) if not last else date(2025, 10, 31))
        start = issued.replace(year=issued.year + 1, day=1)
        made.append(_card(draw, province, index, turn, region, issued, cancelled=deceased or not last))
    return tuple(made)


def _card(draw: Draw, province: Province, index: int, turn: int, region: str, issued: date, *, cancelled: bool) -> Card:
    serial = province.first_card + turn * _SECOND_CARD + index * _SPREAD % MAX_PERSONS
    account = f"999998{province.code[:2]}{turn}{serial % MAX_PERSONS:07d}{draw.digits(2)}"
    ss_status = "cancelled" if cancelled else draw.mostly("active", ("lost", "locked", "cancelled"), 0.94)
    activated = draw.chance(0.85)
    transit = draw.chance(0.6)
    bank_status = "active" if activated else "not_issued"
    return Card(
        card_no=f"T{serial:08d}",
        card_uid=f"{draw.getrandbits(128):032X}",
        card_form=draw.mostly("both", ("physical", "electronic"), 0.7),
        ss_status=ss_status,
        bank_status="cancelled" if cancelled else draw.mostly(bank_status, ("lost", "locked"), 0.96),
        e_card_status=draw.mostly("opened", ("not_opened",), 0.82),
        region_code=region,
        issue_date=issued,
        valid_to=min(issued.replace(year=issued.year + 10, day=1), date(2035, 12, 31)),
        bank_code=draw.one(tuple(BANKS)),
        bank_account=account + luhn_digit(account),
        account_state="closed" if cancelled else draw.mostly("normal", ("dormant", "frozen", "closed"), 0.95),
        activated=activated and not cancelled,
        transit_enabled=transit,
        transit_card_no=f"319999{province.code[:2]}{serial:08d}{turn}00" if transit else None,
    )


def years_between(born: date, day: date = AS_OF) -> int:
    """Return the full years from a birthday to a day."""
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))
