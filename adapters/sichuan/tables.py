"""Writes an invented province as the rows of Sichuan's tables, in its own codes. Part of the stand-in platform."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Final

from adapters.people.records import Card, Person, Population

TableRow = tuple[str, tuple[str | int | None, ...]]
"""A table's name and a row in the order of the schema's columns."""
SEX: Final = {"male": "1", "female": "2"}
CARD_STATUS: Final = {"not_issued": "0", "active": "1", "lost": "2", "cancelled": "3", "locked": "4"}
CARD_FORM: Final = {"physical": "1", "electronic": "2", "both": "3"}
E_CARD: Final = {"not_opened": "00", "opened": "01"}
ACCOUNT_STATE: Final = {"normal": "1", "dormant": "2", "frozen": "3", "closed": "9"}
INSURED: Final = {"insured": "1", "suspended": "2", "terminated": "4"}
INSURANCE: Final = {
    "110": "110",
    "170": "170",
    "310": "310",
    "210": "210",
    "410": "410",
    "510": "510",
}
RESULT: Final = {"confirmed": "1", "not_confirmed": "0"}
METHOD: Final = {"online": "11", "counter": "12", "home_visit": "13", "data_comparison": "14"}
PAYMENT: Final = {"paid": "10", "returned": "20", "pending": "00"}
REASON: Final = {
    "none": "00",
    "account_closed": "01",
    "name_mismatch": "02",
    "account_frozen": "03",
    "other": "99",
}
POLICY: Final = {"senior_60": "LN60", "senior_65": "LN65", "senior_70": "LN70"}
SCHEME: Final = {"same_city_ticket": "TC01", "senior_ticket": "TC02", "annual_pass": "TC03"}  # nosec B105 - a pass for scenic spots
LEVEL: Final = {"ungraded": "00"}
MEDICAL: Final = {"employee": "310", "resident": "390"}
VISIT: Final = {"outpatient": "11", "inpatient": "21", "pharmacy": "41"}
FILING: Final = {"filed": "1", "expired": "2", "not_filed": "0"}
HEALTH_CARD: Final = {"active": "1", "suspended": "2", "cancelled": "3"}
WIDTHS: Final[Mapping[str, int]] = {
    "AC01": 12,
    "AZ01": 16,
    "AC02": 6,
    "AC31": 8,
    "AC60": 5,
    "BF01": 7,
    "BT01": 4,
    "BL01": 5,
    "BD01": 5,
    "KC01": 4,
    "KC02": 3,
    "BH01": 3,
    "BL02": 6,
    "BD02": 5,
    "AE10": 6,
}
"""The tables with their number of columns."""


def _compact(day: date) -> str:
    return f"{day:%Y%m%d}"


def _pad(text: str) -> str:
    return text.ljust(20)


def _flag(value: bool) -> str:
    return "1" if value else "0"


def rows(population: Population) -> Iterator[TableRow]:
    """Yield the rows of all tables; names are padded with blanks, as a CHAR column would."""
    for person in population.people:
        yield from _register(person)
        yield from _benefits(person)
        yield from _services(person)
    for venue in population.venues:
        level, form = LEVEL.get(venue.level, venue.level), CARD_FORM[venue.card_form]
        yield "BL02", (venue.venue_id, venue.name, level, form, venue.opening_hours, venue.region_code)
    for library in population.libraries:
        yield (
            "BD02",
            (library.library_code, library.name, library.services, library.opening_hours, library.region_code),
        )
    for outlet in population.outlets:
        bank = outlet.bank_code[-2:]
        yield (
            "AE10",
            (outlet.outlet_code, bank, outlet.bank_name, outlet.name, outlet.services, outlet.region_code),
        )


def _register(person: Person) -> Iterator[TableRow]:
    yield (
        "AC01",
        (
            person.person_no,
            person.social_security_no,
            _pad(person.name),
            person.former_name,
            SEX[person.sex],
            person.nationality,
            _compact(person.birth_date),
            "2" if person.deceased else "1",
            person.phone,
            person.address,
            person.region_code,
            _flag(person.resident),
        ),
    )
    for card in person.cards:
        yield "AZ01", _card(person.person_no, card)


def _card(person_no: str, card: Card) -> tuple[str | int | None, ...]:
    return (
        person_no,
        card.card_no,
        card.card_uid,
        CARD_FORM[card.card_form],
        CARD_STATUS[card.ss_status],
        CARD_STATUS[card.bank_status],
        E_CARD[card.e_card_status],
        _compact(card.issue_date),
        _compact(card.valid_to),
        card.region_code,
        card.bank_code[-2:],
        card.bank_account,
        ACCOUNT_STATE[card.account_state],
        _flag(card.activated),
        _flag(card.transit_enabled),
        card.transit_card_no,
    )


def _benefits(person: Person) -> Iterator[TableRow]:
    own = person.person_no
    for held in person.insurances:
        kind, status = INSURANCE[held.insurance_type], INSURED[held.status]
        yield "AC02", (own, kind, status, f"{held.as_of_month:%Y%m}", held.region_code, held.employer)
    if (moved := person.transfer) is not None:
        first, last = f"{moved.start_month:%Y%m}", f"{moved.end_month:%Y%m}"
        amount = str(moved.amount)
        yield (
            "AC31",
            (own, moved.transfer_no, moved.insured_months, first, last, amount, moved.region_code, moved.employer),
        )
    if (confirmed := person.confirmation) is not None:
        result, method = RESULT[confirmed.result], METHOD[confirmed.method]
        yield "AC60", (own, result, method, _compact(confirmed.day), confirmed.place)
    for paid in person.disbursements:
        status, reason = PAYMENT[paid.status], REASON[paid.reason]
        yield "BF01", (own, paid.payment_no, status, reason, str(paid.amount), paid.bank_account, paid.payee)


def _services(person: Person) -> Iterator[TableRow]:
    own = person.person_no
    for concession in person.concessions:
        code, until = POLICY[concession.code], _compact(concession.valid_to)
        yield "BT01", (own, code, _flag(concession.eligible), until)
    for ticket in person.tickets:
        code, until = SCHEME[ticket.code], _compact(ticket.valid_to)
        yield "BL01", (own, code, _flag(ticket.eligible), until, ticket.region_code)
    if (reader := person.reader) is not None:
        yield "BD01", (own, reader.reader_no, _flag(reader.recognised), _flag(reader.overdue), reader.region_code)
    if (medical := person.medical) is not None:
        yield "KC01", (own, INSURED[medical.status], MEDICAL[medical.scheme], medical.region_code)
        for visit, status in medical.filings:
            yield "KC02", (own, VISIT[visit], FILING[status])
    if (health_card := person.health_card) is not None:
        yield "BH01", (own, HEALTH_CARD[health_card.status], _flag(health_card.linked))
