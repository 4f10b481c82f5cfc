"""The records of an invented province about its people, in the shared vocabulary. Each platform writes its own."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final


@dataclass(frozen=True, slots=True)
class Card:
    """A social security card with its three sides: social security, bank and transit."""

    card_no: str
    card_uid: str
    card_form: str
    ss_status: str
    bank_status: str
    e_card_status: str
    region_code: str
    issue_date: date
    valid_to: date
    bank_code: str
    bank_account: str
    account_state: str
    activated: bool
    transit_enabled: bool
    transit_card_no: str | None


@dataclass(frozen=True, slots=True)
class Insurance:
    """One kind of social insurance (AAE140)."""

    insurance_type: str
    status: str
    as_of_month: date
    region_code: str
    employer: str | None


@dataclass(frozen=True, slots=True)
class Transfer:
    """A pension relation on its way to another place."""

    transfer_no: str
    insured_months: int
    start_month: date
    end_month: date
    amount: Decimal
    region_code: str
    employer: str


@dataclass(frozen=True, slots=True)
class Confirmation:
    """The last benefit-entitlement confirmation."""

    result: str
    method: str
    day: date
    place: str


@dataclass(frozen=True, slots=True)
class Disbursement:
    """One payment of a subsidy."""

    payment_no: str
    status: str
    reason: str
    amount: Decimal
    bank_account: str
    payee: str


@dataclass(frozen=True, slots=True)
class Entitlement:
    """Whether the person may use a policy (transport) or a scheme (tourism)."""

    code: str
    eligible: bool
    valid_to: date
    region_code: str


@dataclass(frozen=True, slots=True)
class Reader:
    """A reader of public libraries."""

    reader_no: str
    recognised: bool
    overdue: bool
    region_code: str


@dataclass(frozen=True, slots=True)
class Medical:
    """Basic medical insurance; `filings` are pairs of kind of visit and filing status."""

    status: str
    scheme: str
    region_code: str
    filings: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class HealthCard:
    """An electronic health card."""

    status: str
    linked: bool


MOVING: Final = 19
"""The index of the person of Chongqing whose records are always just being moved, so that they are told later."""


@dataclass(frozen=True, slots=True, repr=False)
class Person:
    """A cardholder with all records. Synthetic, yet its `repr` shows the local number only."""

    person_no: str
    social_security_no: str
    name: str
    former_name: str | None
    sex: str
    nationality: str
    birth_date: date
    deceased: bool
    phone: str
    address: str
    region_code: str
    resident: bool
    cards: tuple[Card, ...]
    insurances: tuple[Insurance, ...]
    transfer: Transfer | None
    confirmation: Confirmation | None
    disbursements: tuple[Disbursement, ...]
    concessions: tuple[Entitlement, ...]
    tickets: tuple[Entitlement, ...]
    reader: Reader | None
    medical: Medical | None
    health_card: HealthCard | None

    def __repr__(self) -> str:
        return f"<synthetic person {self.person_no}>"


@dataclass(frozen=True, slots=True)
class Venue:
    """A scenic spot or venue that takes the card."""

    venue_id: str
    name: str
    level: str
    card_form: str
    opening_hours: str
    region_code: str


@dataclass(frozen=True, slots=True)
class Library:
    """A member library."""

    library_code: str
    name: str
    services: str
    opening_hours: str
    region_code: str


@dataclass(frozen=True, slots=True)
class Outlet:
    """An outlet of a partner bank."""

    bank_code: str
    bank_name: str
    outlet_code: str
    name: str
    services: str
    region_code: str


@dataclass(frozen=True, slots=True)
class Population:
    """An invented province: its people and its public directories."""

    province: str
    people: tuple[Person, ...]
    venues: tuple[Venue, ...]
    libraries: tuple[Library, ...]
    outlets: tuple[Outlet, ...]
