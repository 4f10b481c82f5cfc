"""Consents of synthetic persons for the tests of the room."""

from __future__ import annotations

from datetime import date
from typing import Any

from gateway.ground.clock import china_day
from gateway.ground.identity_numbers import person_of
from gateway.lawful.consents import HeldConsent
from keys.consent import ConsentRecord, PersonReference, SignedConsent
from tests.samples import NOW_US, NUMBER

NONCE = b"n" * 32
TODAY = china_day(NOW_US)


def record(number: str = NUMBER, **changes: Any) -> ConsentRecord:
    """Make a record that covers the sample question about a person."""
    made: dict[str, Any] = {
        "number": "TY-1",
        "person": PersonReference(NONCE).refer(person_of(number)),
        "province": "500000",
        "department": "cq-hrss",
        "end_user_org": "",
        "provider_province": "510000",
        "items": (("CY-ID-02", ("card_status", "valid_to")),),
        "given_on": TODAY,
        "until": date(TODAY.year + 1, TODAY.month, 1),
        "separate": True,
        "guardian": False,
    }
    return ConsentRecord(**(made | changes))


def held(number: str = NUMBER, withdrawn: bool = False, **changes: Any) -> HeldConsent:
    """Hold such a record; who signed it is not looked at here."""
    return HeldConsent(SignedConsent(record(number, **changes), "pem", b"signature"), NONCE, withdrawn)
