"""The datum that a field tells of a person, by its indicator code or its name; conflicts and candidates go by it.

Rule: one datum is one thing however many items hold it, so that its masks can be compared over all of them. A field
that is none of these is its own datum.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from gateway.ground.item import Field, Kind


class Datum(StrEnum):
    """The thing that a field tells of a person."""

    IDENTITY = "identity"
    BIRTH = "birth"
    REGION = "region"
    ADDRESS = "address"
    PHONE = "phone"
    NAME = "name"
    SEX = "sex"
    ACCOUNT = "account"
    CARD = "card"
    FREE_TEXT = "free_text"
    OTHER = "other"


_BY_CODE: Final[Mapping[str, Datum]] = MappingProxyType(
    {
        "AAC002": Datum.IDENTITY,
        "AAC147": Datum.IDENTITY,
        "AAC003": Datum.NAME,
        "AAC004": Datum.SEX,
        "AAC006": Datum.BIRTH,
        "AAB301": Datum.REGION,
        "AAE005": Datum.PHONE,
        "AAE006": Datum.ADDRESS,
        "AAE010": Datum.ACCOUNT,
        "AAZ500": Datum.CARD,
    }
)
"""HRSS indicators: 社会保障号码, 证件号码, 姓名, 性别, 出生日期, 行政区划, 联系电话, 地址, 银行账号, 社保卡卡号."""
_BY_NAME: Final[Mapping[str, Datum]] = MappingProxyType(
    {
        **dict.fromkeys(("social_security_no", "id_no", "identity_no", "citizen_id"), Datum.IDENTITY),
        **dict.fromkeys(("birth_date", "date_of_birth", "birthday"), Datum.BIRTH),
        **dict.fromkeys(("phone", "mobile", "contact_phone", "phone_no", "mobile_no"), Datum.PHONE),
        **dict.fromkeys(("sex", "gender"), Datum.SEX),
        "name": Datum.NAME,
        "bank_account": Datum.ACCOUNT,
        "card_no": Datum.CARD,
    }
)
_BY_WORD: Final[Mapping[str, Datum]] = MappingProxyType(
    {
        **dict.fromkeys(("region", "county", "district"), Datum.REGION),
        "address": Datum.ADDRESS,
        **dict.fromkeys(("phone", "mobile", "tel", "telephone"), Datum.PHONE),
        "account": Datum.ACCOUNT,
        **dict.fromkeys(("remark", "remarks", "note", "notes", "memo", "comment", "text"), Datum.FREE_TEXT),
    }
)
_BIRTH_WORDS: Final = frozenset({"birth", "birthdate", "birthday", "born", "dob"})
_IDENTITY_WORDS: Final = (frozenset({"id", "no"}), frozenset({"id", "number"}), frozenset({"cert", "no"}))


def datum_of(field: Field) -> Datum:
    """Return what a field tells; the indicator code decides before the name, and the whole name before its words."""
    found = _BY_CODE.get(field.hrss_code) or _BY_NAME.get(field.name)
    if found is not None:
        return found
    words = field.name.split("_")
    if field.kind is Kind.DATE and not _BIRTH_WORDS.isdisjoint(words):
        return Datum.BIRTH
    if field.kind is not Kind.STRING:
        return Datum.OTHER
    if any(together <= set(words) for together in _IDENTITY_WORDS):
        return Datum.IDENTITY
    found = next((_BY_WORD[word] for word in words if word in _BY_WORD), Datum.OTHER)
    return Datum.OTHER if field.codes and found is not Datum.REGION else found


def same_datum(field: Field) -> str:
    """Return a key that two fields share where they tell the same of a person."""
    datum = datum_of(field)
    if datum in (Datum.OTHER, Datum.FREE_TEXT, Datum.REGION, Datum.ADDRESS):
        return field.hrss_code or field.name
    return datum
