"""A synthetic person's raw values, one for each field of an item: an explanation masks them as its example.

The values are nobody's. The region 519999 is assigned to nobody, the bank prefix 999998 to no bank, and numbers that
begin with 100 to no telephone.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from types import MappingProxyType
from typing import Final

from gateway.ground.evidence import Value
from gateway.ground.item import Field, Kind
from gateway.masking.datum import Datum, datum_of

ADULT_BORN: Final = date(1960, 5, 15)
CHILD_AGE: Final = 10
"""Years of the synthetic child."""
_TEXTS: Final[Mapping[Datum, str]] = MappingProxyType(
    {
        Datum.NAME: "欧阳样例",
        Datum.PHONE: "10012345678",
        Datum.ACCOUNT: "9999980012345678901",
        Datum.CARD: "T10095028",
        Datum.REGION: "510104",
        Datum.ADDRESS: "四川省成都市锦江区样例街1号",
        Datum.SEX: "1",
        Datum.FREE_TEXT: "样例说明",
    }
)
_KINDS: Final[Mapping[Kind, Value]] = MappingProxyType(
    {
        Kind.STRING: "样例值",
        Kind.INTEGER: 186,
        Kind.BOOLEAN: True,
        Kind.DATE: date(2015, 10, 1),
        Kind.DECIMAL: "1234.56",
    }
)


def choose_child_birthday(today: date) -> date:
    """Return the birthday of the synthetic child."""
    return date(today.year - CHILD_AGE, 5, 15)


def make_number(born: date) -> str:
    """Return the identity number of the synthetic person born on a day, with its check digit (GB 11643)."""
    head = f"519999{born:%Y%m%d}001"
    return head + "10X98765432"[sum(int(digit) * pow(2, 17 - at, 11) for at, digit in enumerate(head)) % 11]


def make_sample(field: Field, born: date) -> Value:
    """Return the raw value of a field for the synthetic person born on a day."""
    if field.codes:
        return field.codes[0]
    datum = datum_of(field)
    if field.kind is Kind.DATE:
        return born if datum is Datum.BIRTH else _KINDS[Kind.DATE]
    if field.kind is not Kind.STRING:
        return _KINDS[field.kind]
    if datum is Datum.IDENTITY:
        return make_number(born)
    if dict(field.params).get("to") == "icd_chapter":
        return "J18.900"
    return _TEXTS.get(datum, _KINDS[Kind.STRING])
