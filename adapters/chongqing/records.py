"""Writes an invented person as the JSON of Chongqing's service, in its own words and codes. Part of the stand-in."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from adapters.people.records import Card, Entitlement, Library, Outlet, Person, Venue
from adapters.transforms import CHINA

Json = dict[str, Any]
CARD_STATUS: Final = {"not_issued": "00", "active": "41", "lost": "45", "locked": "35", "cancelled": "70"}
CARD_FORM: Final = {"physical": "S", "electronic": "D", "both": "SD"}
ACCOUNT_STATE: Final = {"normal": "ZC", "dormant": "SM", "frozen": "DJ", "closed": "XH"}
INSURED: Final = {"insured": "CB", "suspended": "ZT", "terminated": "ZZ"}
INSURANCE: Final = {
    "110": "QYYL",
    "170": "JMYL",
    "310": "YLBX",
    "210": "SYBX",
    "410": "GSBX",
    "510": "SYUBX",
}
RESULT: Final = {"confirmed": "TG", "not_confirmed": "WTG"}
METHOD: Final = {"online": "WS", "counter": "CK", "home_visit": "RH", "data_comparison": "BD"}
PAYMENT: Final = {"paid": 1, "returned": 2, "pending": 9}
REASON: Final = {"none": 0, "account_closed": 11, "name_mismatch": 12, "account_frozen": 13, "other": 99}
POLICY: Final = {"senior_60": "YD-60", "senior_65": "YD-65", "senior_70": "YD-70"}
SCHEME: Final = {"same_city_ticket": "TCMP", "senior_ticket": "LNMP", "annual_pass": "LYNK"}  # nosec B105 - a pass for scenic spots
LEVEL: Final = {"5A": 5, "4A": 4, "3A": 3, "2A": 2, "1A": 1, "ungraded": 0}
MEDICAL: Final = {"employee": "ZG", "resident": "JM"}
VISIT: Final = {"outpatient": "MZ", "inpatient": "ZY", "pharmacy": "GY"}
FILING: Final = {"filed": "YBA", "expired": "YGQ", "not_filed": "WBA"}
HEALTH_CARD: Final = {"active": "ZC", "suspended": "ZT", "cancelled": "ZX"}


def _yn(value: bool) -> str:
    return "Y" if value else "N"


def _fen(amount: Decimal) -> int:
    return int(amount.scaleb(2))


def person(one: Person) -> Json:
    """Return the member `ry`."""
    return {
        "sfzhm": one.social_security_no,
        "xm": one.name,
        "cym": one.former_name,
        "xb": 1 if one.sex == "male" else 2,
        "csrq": one.birth_date.isoformat(),
        "sw": one.deceased,
        "hj": _yn(one.resident),
        "zlqy": None,
        "zz": {"dz": one.address, "dqh": one.region_code},
        "sjh": one.phone,
    }


def card(one: Card) -> Json:
    """Return the member `kp`."""
    issued = datetime(one.issue_date.year, one.issue_date.month, one.issue_date.day, tzinfo=CHINA)
    return {
        "kh": one.card_no,
        "kpsbm": one.card_uid,
        "klx": CARD_FORM[one.card_form],
        "sbyyzt": CARD_STATUS[one.ss_status],
        "jryyzt": CARD_STATUS[one.bank_status],
        "dzsk": _yn(one.e_card_status == "opened"),
        "fkdqh": one.region_code,
        "fkrq": int(issued.timestamp() * 1000),
        "yh": {
            "dm": f"CQB{one.bank_code[-1]}",
            "zh": one.bank_account,
            "zhzt": ACCOUNT_STATE[one.account_state],
            "jh": one.activated,
        },
        "jt": {"kt": one.transit_enabled, "kh": one.transit_card_no},
    }


def _with_cards(one: Person) -> Iterator[Json]:
    own = person(one)
    for held in one.cards:
        yield {"ry": own, "kp": card(held)}


def _cards(one: Person, _line: Json) -> Iterator[Json]:
    return _with_cards(one)


def _insurance(one: Person, line: Json) -> Iterator[Json]:
    for held in one.insurances:
        if INSURANCE[held.insurance_type] == line.get("xzlx"):
            found = {
                "cbzt": INSURED[held.status],
                "ztny": f"{held.as_of_month:%Y-%m}",
                "cbdqh": held.region_code,
                "dwmc": held.employer,
            }
            yield {"ry": person(one), "jl": found}


def _transfer(one: Person, line: Json) -> Iterator[Json]:
    moved = one.transfer
    if moved is not None and moved.transfer_no == line.get("zyywh"):
        found = {
            "jfys": moved.insured_months,
            "ny": {"qs": f"{moved.start_month:%Y-%m}", "zz": f"{moved.end_month:%Y-%m}"},
            "zyjeFen": _fen(moved.amount),
            "cbdqh": moved.region_code,
            "dwmc": moved.employer,
        }
        yield {"ry": person(one), "jl": found}


def _confirmation(one: Person, _line: Json) -> Iterator[Json]:
    held = one.confirmation
    if held is not None:
        found = {"rzjg": RESULT[held.result], "rzfs": METHOD[held.method], "rzrq": held.day.isoformat()}
        yield {"ry": person(one), "jl": {**found, "rzdd": held.place}}


def _payment(one: Person, line: Json) -> Iterator[Json]:
    for paid in one.disbursements:
        if paid.payment_no == line.get("ffls"):
            found = {"ffzt": PAYMENT[paid.status], "thyy": REASON[paid.reason], "jeFen": _fen(paid.amount)}
            yield {"ry": person(one), "jl": {**found, "skzh": paid.bank_account, "skr": paid.payee}}


def _write_entitlement(one: Person, held: Entitlement, codes: Mapping[str, str]) -> Json:
    found = {"fhtj": held.eligible, "yxqz": held.valid_to.isoformat(), "dqh": held.region_code}
    return {"ry": person(one), "jl": {**found, "yhfa": codes[held.code]}}


def _concession(one: Person, line: Json) -> Iterator[Json]:
    return (_write_entitlement(one, held, POLICY) for held in one.concessions if POLICY[held.code] == line.get("zcdm"))


def _ticket(one: Person, line: Json) -> Iterator[Json]:
    return (_write_entitlement(one, held, SCHEME) for held in one.tickets if SCHEME[held.code] == line.get("yhfa"))


def _reader(one: Person, _line: Json) -> Iterator[Json]:
    held = one.reader
    found = None
    if held is not None:
        found = {"hr": held.recognised, "dzbh": held.reader_no, "yq": _yn(held.overdue), "dqh": held.region_code}
    return ({**record, "jl": found} for record in _with_cards(one))


def _medical(one: Person, line: Json) -> Iterator[Json]:
    held = one.medical
    if held is not None:
        status = next((FILING[status] for visit, status in held.filings if VISIT[visit] == line.get("jzlx")), None)
        found = {"cbzt": INSURED[held.status], "yblx": MEDICAL[held.scheme], "cbdqh": held.region_code}
        yield {"ry": person(one), "jl": {**found, "ba": None if status is None else {"zt": status}}}


def _health_card(one: Person, _line: Json) -> Iterator[Json]:
    held = one.health_card
    found = None if held is None else {"gl": held.linked, "zt": HEALTH_CARD[held.status]}
    return ({**record, "jl": found} for record in _with_cards(one))


SERVICES: Final[Mapping[str, Callable[[Person, Json], Iterator[Json]]]] = {
    "/ykt/v1/kp": _cards,
    "/ykt/v1/cbxx": _insurance,
    "/ykt/v1/ylzy": _transfer,
    "/ykt/v1/dyrz": _confirmation,
    "/ykt/v1/btff": _payment,
    "/ykt/v1/lnyd": _concession,
    "/ykt/v1/jqyh": _ticket,
    "/ykt/v1/dzxx": _reader,
    "/ykt/v1/ybzt": _medical,
    "/ykt/v1/jkk": _health_card,
}
"""The endpoints that ask about people, each with what it finds for a person and a line of the request."""


def answer(path: str, one: Person, line: Json) -> list[Json]:
    """Return the records of one person; a person without the record asked for has `jl` null."""
    return list(SERVICES[path](one, line)) or [{"ry": person(one), "jl": None, "kp": None}]


def venue(one: Venue) -> Json:
    """Return a record of the directory of venues."""
    return {
        "cgbh": one.venue_id,
        "cgmc": one.name,
        "dj": LEVEL[one.level],
        "ykxs": CARD_FORM[one.card_form],
        "kfsj": one.opening_hours,
        "dqh": one.region_code,
    }


def library(one: Library) -> Json:
    """Return a record of the directory of libraries."""
    return {
        "gdm": one.library_code,
        "gmc": one.name,
        "fwxm": one.services,
        "kfsj": one.opening_hours,
        "dqh": one.region_code,
    }


def outlet(one: Outlet) -> Json:
    """Return a record of the directory of bank outlets."""
    return {
        "yhdm": f"CQB{one.bank_code[-1]}",
        "yhmc": one.bank_name,
        "wdbh": one.outlet_code,
        "wdmc": one.name,
        "fwxm": one.services,
        "dqh": one.region_code,
    }
