"""The leak guard by itself, in CPU time of one core: `python -m bench.guard [--quick]`; `make bench` shows it, too.

Pages of 500 records with 12 fields: 11 are masked, their forms closed, and one is open text, a remark as officials
write it; one in eight has a date, hours or a small number in it. The pattern stage is the quick look at the open text
of a page. The whole guard is `LeakGuard.inspect`: shape, forms, known values of the page, and the close look with the
values of each row. A false alarm is a clean page that is blocked.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random
from typing import Final

from bench.measure import Row, best_seconds, rate_row, report
from gateway.ground.evidence import EVERYWHERE, Column, Grant, MaskedPage, Page, RawPage, Value
from gateway.ground.item import Field, Item, Kind, Label, LegalClass, Level, Mode, SharingMode
from gateway.leakguard.engines import Engine, engines
from gateway.leakguard.found import LeakFound
from gateway.leakguard.inspection import Guard

ROWS: Final = 500
GOALS: Final = {"hyperscan": (1e6, 200_000.0), "re2": (150_000.0, 60_000.0), "stdlib": (150_000.0, 60_000.0)}
TODAY: Final = date(2026, 11, 24)
_LABEL: Final = Label("样例", "sample")
_PLAIN: Final = (
    "窗口已受理，材料齐全", "请携带本人有效证件到就近网点办理", "已核验，无异常。", "代办人已签字，关系为父子",
    "社保卡已激活，金融功能未开通", "一卡通服务窗口", "", "经办机构已复核，同意办理",
)  # fmt: skip
_WITH_DIGITS: Final = (
    "2026-01-01至2027-12-31有效",
    "09:00-12:00，14:00-17:30",
    "见附件 3 份",
    "2026年11月24日受理",
    "第2次补换卡",
)
_SURNAMES: Final = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗"
_GIVEN: Final = "伟芳娜敏静丽强磊军洋勇艳杰涛明超秀霞平刚桂英建国志远晓东海燕春梅"
_LEVELS: Final[tuple[tuple[str, Kind, Level, dict[str, str | int]], ...]] = (
    ("social_security_no", Kind.STRING, Level.PARTIAL, {"keep_first": 1, "keep_last": 1}),
    ("name", Kind.STRING, Level.PARTIAL, {"unit": "surname"}),
    ("card_no", Kind.STRING, Level.PARTIAL, {"keep_first": 2, "keep_last": 2}),
    ("bank_account", Kind.STRING, Level.PARTIAL, {"keep_first": 0, "keep_last": 4}),
    ("phone", Kind.STRING, Level.PSEUDONYM, {}),
    ("person_ref", Kind.STRING, Level.PSEUDONYM, {}),
    ("birth_date", Kind.DATE, Level.GENERALISE, {"to": "age_band"}),
    ("issue_date", Kind.DATE, Level.GENERALISE, {"to": "year"}),
    ("region_code", Kind.STRING, Level.GENERALISE, {"to": "city"}),
    ("amount", Kind.DECIMAL, Level.GENERALISE, {"to": "amount_band"}),
    ("address", Kind.STRING, Level.DROP, {}),
    ("remark", Kind.STRING, Level.CLEAR, {}),
)


@dataclass(frozen=True, slots=True)
class Sample:
    """One page as it stands before the guard: what was fetched, what was masked, and the keys of the question."""

    raw: RawPage
    masked: MaskedPage
    keys: Page
    remarks: tuple[str, ...]


def _field(name: str, kind: Kind, level: Level, params: dict[str, str | int]) -> Field:
    minor = Level.CLEAR if level is Level.CLEAR else level
    pairs = tuple(sorted(params.items()))
    return Field(name, _LABEL, "", kind, LegalClass.GENERAL, level, pairs, (), "hrss", minor, pairs)


def sample_item() -> Item:
    """Return the item of the pages."""
    from gateway.catalogue.loader import load_items

    return _as_measured(load_items()[0])


def _as_measured(item: Item) -> Item:
    from dataclasses import replace

    return replace(
        item,
        fields=tuple(_field(*each) for each in _LEVELS),
        subjects=False,
        age_from="none",
        modes=(Mode(SharingMode.API, ROWS),),
        gates=(),
    )


def _person(random: Random) -> tuple[tuple[Value, ...], tuple[Value, ...]]:
    """Return one synthetic record, raw and masked; its region 519999 is assigned to nobody."""
    born = date(1930, 1, 1) + timedelta(random.randrange(30_000))
    number = f"519999{born:%Y%m%d}{random.randrange(1000):03}{random.choice('0123456789X')}"
    name = random.choice(_SURNAMES) + "".join(random.choices(_GIVEN, k=random.choice((1, 2))))
    card, account = f"T{random.randrange(10**8):08}", f"999998{random.randrange(10**13):013}"
    phone, amount = f"100{random.randrange(10**8):08}", f"{random.randrange(10**7) / 100:.2f}"
    address = f"四川省成都市锦江区样例街{random.randrange(999)}号{random.randrange(30)}栋{random.randrange(2000)}室"
    remark = random.choice(_WITH_DIGITS if random.random() < 0.125 else _PLAIN)
    tokens = ["".join(random.choices("abcdefghijklmnop", k=32)) for _ in range(2)]
    raw = (number, name, card, account, phone, number, born, born + timedelta(9000), "510104", amount, address, remark)
    shown = (
        f"{number[0]}****{number[-1]}", f"{name[0]}**", f"{card[:2]}****{card[-2:]}", f"****{account[-4:]}",
        *tokens, "60-64", str(raw[7])[:4], "510100", "50000-100000", remark,
    )  # fmt: skip
    return raw, shown


def sample_page(random: Random, rows: int = ROWS) -> Sample:
    """Make one clean page."""
    people = [_person(random) for _ in range(rows)]
    kinds = [(name, kind) for name, kind, *_ in _LEVELS]
    left = [(name, Kind.STRING) for name, _, level, _ in _LEVELS if level is not Level.DROP]
    raw = tuple(Column(name, kind, tuple(r[at] for r, _ in people)) for at, (name, kind) in enumerate(kinds))
    shown = tuple(Column(name, kind, tuple(s[at] for _, s in people)) for at, (name, kind) in enumerate(left))
    return Sample(
        RawPage(Page(rows, raw), 0, 0, last=True),
        MaskedPage(Page(rows, shown), 0, last=True, profile="p"),
        Page(1, (Column("name", Kind.STRING, ("样例",)),)),
        tuple(str(s[-1]) for _, s in people),
    )


def _best(work: Callable[[], object], records: int, turns: int) -> float:
    """Return records a second of the best turn."""
    return records / best_seconds(work, turns)


def _grant(item: Item) -> Grant:
    """Return a grant of all fields of an item."""
    fields = tuple(field.name for field in item.fields)
    return Grant(item, "d", "g", "sc-hrss", "500000/cq", fields, item.max_rows, (), EVERYWHERE)


def rates(engine: Engine, pages: list[Sample], turns: int) -> list[Row]:
    """Measure both stages with one engine."""
    item = sample_item()
    guard = Guard(item, engine)
    grant = _grant(item)
    records = ROWS * len(pages)
    pattern = _best(lambda: [engine.classes(page.remarks) for page in pages], records, turns)
    whole = _best(
        lambda: [guard.inspect(grant, page.keys, page.raw, page.masked, TODAY) for page in pages], records, turns
    )
    goals = GOALS[engine.name]
    return [
        rate_row(f"leak guard, pattern stage, {engine.name}", 1, pattern, "records/s", goals[0]),
        rate_row(f"leak guard, whole, {engine.name}", 1, whole, "records/s", goals[1]),
    ]


def false_alarms(engine: Engine, pages: int, seed: int = 1) -> int:
    """Return how many of so many clean pages of one to four records are blocked."""
    random, item = Random(seed), sample_item()  # noqa: S311 - no secret
    guard = Guard(item, engine)
    grant = _grant(item)
    blocked = 0
    for _ in range(pages):
        page = sample_page(random, random.randrange(1, 5))
        try:
            guard.inspect(grant, page.keys, page.raw, page.masked, TODAY)
        except LeakFound:
            blocked += 1
    return blocked


def guard_rows(*, quick: bool = False) -> list[Row]:
    """Measure every engine that loads here."""
    random = Random(7)  # noqa: S311 - no secret
    pages = [sample_page(random) for _ in range(4 if quick else 20)]
    rows = [row for engine in engines() for row in rates(engine, pages, 3 if quick else 7)]
    count = 2_000 if quick else 100_000
    blocked = false_alarms(engines()[0], count)
    rows.append(Row(f"leak guard, false alarms on {count:,} clean pages", 1, blocked, 0, "pages", 0, 0, not blocked))
    return rows


def main() -> None:
    """Run it alone."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true")
    report(guard_rows(quick=parser.parse_args().quick), [], {})


if __name__ == "__main__":
    main()
