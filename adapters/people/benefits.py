"""Draws what a person has beside the card: insurance, benefits, payments, concessions, library, health."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Final

from adapters.people.draw import AS_OF, Draw
from adapters.people.names import EMPLOYERS
from adapters.people.records import (
    Confirmation,
    Disbursement,
    Entitlement,
    HealthCard,
    Insurance,
    Medical,
    Reader,
    Transfer,
)
from adapters.people.regions import Province

INSURANCE_TYPES: Final = ("110", "170", "310", "210", "410", "510")
"""Shared values of the key `insurance_type` (AAE140): 企业养老, 居民养老, 职工医疗, 失业, 工伤, 生育."""
POLICIES: Final = {"senior_60": 60, "senior_65": 65, "senior_70": 70}
"""Shared values of the key `policy_code`, each with the age from which it counts."""
SCHEMES: Final = ("same_city_ticket", "senior_ticket", "annual_pass")
"""Shared values of the key `scheme`."""
VISIT_TYPES: Final = ("outpatient", "inpatient", "pharmacy")
"""Shared values of the key `visit_type`."""
_METHODS: Final = ("online", "counter", "home_visit", "data_comparison")
_MONTH: Final = AS_OF.replace(month=AS_OF.month - 1, day=1)


def insurances(draw: Draw, region: str, age: int, deceased: bool) -> tuple[Insurance, ...]:
    """Draw what a person is insured against; children have medical insurance at most."""
    employed = 18 <= age < 60
    held = []
    for kind in INSURANCE_TYPES:
        likely = 0.9 if kind == "310" else 0.7 if employed else 0.5 if age >= 18 else 0.0
        if likely and draw.chance(likely):
            status = "terminated" if deceased else draw.mostly("insured", ("suspended", "terminated"))
            held.append(Insurance(kind, status, _MONTH, region, draw.one(EMPLOYERS) if employed else None))
    return tuple(held)


def transfer(draw: Draw, province: Province, index: int, region: str, age: int) -> Transfer | None:
    """Draw a pension transfer; about one grown person in twelve has one."""
    if age < 20 or not draw.chance(0.08):
        return None
    months = 12 + int(draw.random() * 240)
    end = date(2020 + int(draw.random() * 6), 1 + int(draw.random() * 12), 1)
    first = end.year * 12 + end.month - months
    return Transfer(
        transfer_no=f"ZY{province.letters}{end:%Y%m}{index:08d}",
        insured_months=months,
        start_month=date(first // 12, first % 12 + 1, 1),
        end_month=end,
        amount=Decimal(int(draw.random() * 18_000_000) + 150_000).scaleb(-2),
        region_code=region,
        employer=draw.one(EMPLOYERS),
    )


def confirmation(draw: Draw, region_name: str, age: int, deceased: bool) -> Confirmation | None:
    """Draw the last confirmation of those who receive a benefit: people of 60 years and more."""
    if age < 60 or not draw.chance(0.9):
        return None
    result = "not_confirmed" if deceased else draw.mostly("confirmed", ("not_confirmed",))
    return Confirmation(
        result, draw.one(_METHODS), draw.day(date(2026, 1, 2), date(2026, 10, 30)), f"{region_name}便民服务中心（示例）"
    )


def disbursements(draw: Draw, province: Province, index: int, account: str, payee: str) -> tuple[Disbursement, ...]:
    """Draw the payments of one person; about a third of the people have some."""
    made: list[Disbursement] = []
    if not draw.chance(0.35):
        return ()
    for turn in range(1 + int(draw.random() * 2)):
        status = draw.mostly("paid", ("returned", "pending"))
        reasons = ("account_closed", "name_mismatch", "account_frozen", "other")
        made.append(
            Disbursement(
                payment_no=f"FF{province.letters}202610{index:08d}{turn}",
                status=status,
                reason=draw.one(reasons) if status == "returned" else "none",
                amount=Decimal(int(draw.random() * 300_000) + 5_000).scaleb(-2),
                bank_account=account,
                payee=payee,
            )
        )
    return tuple(made)


def concessions(draw: Draw, region: str, age: int, resident: bool) -> tuple[Entitlement, ...]:
    """Draw the transport concessions that the age allows; the others have no record."""
    return tuple(
        Entitlement(code, resident and draw.chance(0.97), date(2027, 12, 31), region)
        for code, years in POLICIES.items()
        if age >= years
    )


def tickets(draw: Draw, region: str, age: int) -> tuple[Entitlement, ...]:
    """Draw the ticket schemes that a person registered for."""
    wanted = SCHEMES if age >= 65 else (SCHEMES[0], SCHEMES[2])
    return tuple(
        Entitlement(code, draw.chance(0.93), draw.day(date(2026, 12, 1), date(2027, 12, 31)), region)
        for code in wanted
        if draw.chance(0.5)
    )


def reader(draw: Draw, province: Province, index: int, region: str) -> Reader | None:
    """Draw a library reader; about four persons in ten are."""
    if not draw.chance(0.4):
        return None
    return Reader(f"DZ{province.letters}{index:09d}", draw.chance(0.96), not draw.chance(0.94), region)


def medical(draw: Draw, region: str, age: int, deceased: bool) -> Medical | None:
    """Draw basic medical insurance and the filings for treatment elsewhere."""
    if not draw.chance(0.93):
        return None
    filings = tuple(
        (kind, draw.mostly("filed", ("expired", "not_filed"), 0.7)) for kind in VISIT_TYPES if draw.chance(0.3)
    )
    status = "terminated" if deceased else draw.mostly("insured", ("suspended", "terminated"), 0.95)
    return Medical(status, "employee" if 22 <= age < 60 else "resident", region, filings)


def health_card(draw: Draw, deceased: bool) -> HealthCard | None:
    """Draw an electronic health card."""
    if not draw.chance(0.7):
        return None
    return HealthCard("cancelled" if deceased else draw.mostly("active", ("suspended", "cancelled")), draw.chance(0.9))
