"""Pages of synthetic people for the tests of masking and of the guard: every level, and the awkward spellings.

Nobody is real: regions 519999 and 509999 are assigned to nobody, telephones are `100` and eight digits, cards `T` and
eight, accounts begin with 999998.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from functools import cache
from random import Random

from gateway.ground.evidence import Column, Grant, MaskedPage, Page, RawPage, Value
from gateway.ground.item import Field, Item, Kind, LegalClass, Level
from gateway.masking.apply import mask
from gateway.masking.context import Context
from gateway.masking.keys import MaskKeys
from gateway.masking.plan import Plan, compile_plan
from tests.answers import found_page
from tests.samples import field, grant, item

TODAY = date(2026, 11, 24)
ROOT = MaskKeys(b"synthetic root of thirty-two by.")
SURNAMES = ("王", "李", "欧阳", "司马", "𠮷", "张")
GIVEN = ("一", "小明", "伟", "丽华", "𠀀", "建国")
STATES = ("active", "lost", "locked")

FIELDS: tuple[Field, ...] = (
    field("social_security_no", Kind.STRING, Level.PARTIAL, keep_first=1, keep_last=1),
    field("name", Kind.STRING, Level.PARTIAL, unit="surname"),
    field("card_no", Kind.STRING, Level.PARTIAL, keep_first=2, keep_last=2),
    replace(
        field("bank_account", Kind.STRING, Level.PARTIAL, keep_first=0, keep_last=4), legal_class=LegalClass.SENSITIVE
    ),
    field("phone", Kind.STRING, Level.PSEUDONYM),
    field("person_ref", Kind.STRING, Level.PSEUDONYM),
    field("birth_date", Kind.DATE, Level.GENERALISE, to="age_band"),
    field("issue_date", Kind.DATE, Level.GENERALISE, to="year_month"),
    field("region_code", Kind.STRING, Level.GENERALISE, to="city"),
    field("amount", Kind.DECIMAL, Level.GENERALISE, to="amount_band"),
    field("eligible", Kind.BOOLEAN, Level.PREDICATE, question="is_true"),
    field("senior", Kind.DATE, Level.PREDICATE, question="age_at_least", years=60),
    replace(field("card_status", Kind.STRING, Level.PREDICATE, question="is_one_of", values="active"), codes=STATES),
    field("contact", Kind.STRING, Level.PREDICATE, question="is_present"),
    field("address", Kind.STRING, Level.DROP),
    field("bank_code", Kind.STRING),
    replace(field("state", Kind.STRING), codes=STATES),
    field("remark", Kind.STRING),
    field("valid_to", Kind.DATE),
    field("months", Kind.INTEGER),
    field("fee", Kind.DECIMAL),
)
"""One field or more of every level, kind and question."""
ITEM: Item = item(*FIELDS, max_rows=500)
NAMES = tuple(each.name for each in FIELDS)


def identity_number(random: Random, born: date) -> str:
    """Make an identity number with a valid check digit (GB 11643), of an unassigned region."""
    head = f"{random.choice(('519999', '509999'))}{born:%Y%m%d}{random.randrange(1, 1000):03}"
    return head + "10X98765432"[sum(int(digit) * pow(2, 17 - at, 11) for at, digit in enumerate(head)) % 11]


def person(random: Random) -> dict[str, Value]:
    """Make one row of `ITEM` about a person of 14 or more, of the kind that the guard must let pass."""
    born = date(1930, 1, 1) + timedelta(random.randrange(30_000))
    number = identity_number(random, born)
    if random.random() < 0.05:
        number = number[:6] + number[8:17]
    elif random.random() < 0.05:
        number = number.lower()
    name = random.choice(SURNAMES) + random.choice(GIVEN)
    if random.random() < 0.1:
        name = random.choice(("阿卜杜·热合曼", "迪丽·努尔", "王", "尼玛扎西"))
    return {
        "social_security_no": number,
        "name": name,
        "card_no": f"T{random.randrange(10**8):08}",
        "bank_account": f"999998{random.randrange(10**13):013}",
        "phone": f"100{random.randrange(10**8):08}",
        "person_ref": number,
        "birth_date": born,
        "issue_date": born + timedelta(3_000),
        "region_code": random.choice(("510104", "500112", "510000", "500235")),
        "amount": random.choice(("0", "0.00", "-12.50", "99.99", "1234.56", "88000")),
        "eligible": random.random() < 0.5,
        "senior": born,
        "card_status": random.choice(STATES),
        "contact": random.choice(("", "  ", "已登记")),
        "address": f"四川省成都市锦江区样例街{random.randrange(999)}号{random.randrange(30)}栋",
        "bank_code": random.choice(("95566", "95588", "CQRCB")),
        "state": random.choice(STATES),
        "remark": random.choice(
            ("窗口办理", "2026-01-01至2027-12-31有效", "09:00-12:00，14:00-17:30", "023-12333", "见附件 3 份", "")
        ),
        "valid_to": date(2030, 12, 31),
        "months": random.randrange(600),
        "fee": random.choice(("5", "10.00", "99999.99")),
    }


def rows_of(random: Random, count: int, *, nulls: float = 0.03) -> list[dict[str, Value]]:
    """Make rows, some of their cells null."""
    return [
        {name: None if random.random() < nulls else value for name, value in person(random).items()}
        for _ in range(count)
    ]


def raw_page(rows: list[dict[str, Value]], fields: tuple[Field, ...] = FIELDS) -> RawPage:
    """Make a raw page of these fields."""
    columns = tuple(Column(each.name, each.kind, tuple(row[each.name] for row in rows)) for each in fields)
    return RawPage(found_page(len(rows), columns), 0, 0, last=True)


def keys_of(rows: list[dict[str, Value]]) -> Page:
    """Make the keys with which these rows were asked for; a row without a number was asked for by an old man's."""
    return Page(
        len(rows),
        (
            Column(
                "social_security_no", Kind.STRING, tuple(row.get("person_ref") or "519999190001010010" for row in rows)
            ),
            Column("name", Kind.STRING, tuple(row.get("name") or "王一" for row in rows)),
        ),
    )


def context_of(rows: list[dict[str, Value]]) -> Context:
    """Make what an operator may know of these rows beside their cells, on `TODAY`."""
    return Context(TODAY, subjects=tuple(str(cell) for cell in keys_of(rows).columns[0].values))


def grant_of(of: Item = ITEM) -> Grant:
    """Make a grant of all fields of an item."""
    return grant(of, tuple(each.name for each in of.fields))


def plan_of(of: Item = ITEM, *, recipient: str = "500000/cq-hrss", scene: str = "counter-check") -> Plan:
    """Compile a plan."""
    return compile_plan(of, recipient, ROOT, "2026", item_digest="d" * 64, scene=scene)


def masked_page(rows: list[dict[str, Value]], fields: tuple[Field, ...] = FIELDS) -> MaskedPage:
    """Mask rows of these fields, on `TODAY`."""
    plan, granted = _made_for(fields)
    return mask(plan, granted, raw_page(rows, fields), context_of(rows))


@cache
def _made_for(fields: tuple[Field, ...]) -> tuple[Plan, Grant]:
    """Compile the plan of these fields once, as a node does: to compile takes longer than to mask a page."""
    of = ITEM if fields is FIELDS else item(*fields, max_rows=500)
    return plan_of(of), grant_of(of)
