"""What a decision of step 3 costs with many items, grants and agreements in force, and with ten times as many."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Final

from bench.measure import Row, best_seconds, rate_row
from gateway.catalogue.agreements import AgreementDocument, CoveredItem
from gateway.catalogue.authorise import Catalogue
from gateway.catalogue.drafts import practice_profiles
from gateway.catalogue.grants import GrantDocument
from gateway.catalogue.lists import ItemList, ListEntry, ListKind, entry_of
from gateway.catalogue.loader import load_items, load_parties, load_regions
from gateway.catalogue.parties import Parties
from gateway.catalogue.profiles import Profiles
from gateway.ground.evidence import (
    NO_ENTRY,
    Arrival,
    Ask,
    Caller,
    Channel,
    Column,
    LawfulBasis,
    NodeUri,
    Operator,
    Page,
    RequestId,
    Sender,
)
from gateway.ground.item import Item, Label

ITEMS, GRANTS, AGREEMENTS = 500, 10_000, 200
GOAL_PER_SECOND: Final = 20_000.0
"""A decision in 50 µs."""
ROUNDS, TURNS = 2_000, 3
PURPOSE: Final = "test"
SICHUAN, CHONGQING, TONGNAN, SUINING = "510000", "500000", "500152", "510900"
DAY: Final = date(2026, 11, 24)
YEAR: Final = (date(2026, 1, 1), date(2026, 12, 31))


def make_catalogue(times: int) -> Catalogue:
    """Build a catalogue of the bench's numbers, so many times; every second grant is narrowed by an agreement."""
    model = next(item for item in load_items() if item.code == "CY-ID-02")
    items = [replace(model, code=f"CY-XB-{number:04d}") for number in range(ITEMS * times)]
    fields = tuple(field.name for field in model.fields)
    covered = tuple(CoveredItem(item.code, item.version, fields) for item in items[:50])
    agreements = [
        AgreementDocument(
            f"A-{number}", 1, (CHONGQING, SICHUAN), ("甲", "乙"), "1", ((TONGNAN, SUINING),), covered, *YEAR
        )
        for number in range(AGREEMENTS * times)
    ]
    issued = datetime(2026, 1, 1, tzinfo=UTC)
    profiles = Profiles(practice_profiles(items, (SICHUAN, CHONGQING), load_parties()))
    lists = [
        ItemList(province, ListKind.APPLICATION_LIST, 1, issued, *YEAR, _entries(items, province, profiles))
        for province in (SICHUAN, CHONGQING)
    ]
    grants = [_grant(model, number, items, len(agreements), fields) for number in range(GRANTS * times)]
    return Catalogue.of(
        province=SICHUAN,
        items=items,
        profiles=profiles,
        lists=lists,
        grants=grants,
        regions=load_regions(),
        parties=_parties(GRANTS // ITEMS),
        agreements=agreements,
    )


def _entries(items: list[Item], province: str, profiles: Profiles) -> tuple[ListEntry, ...]:
    """Return the entries of a province's list, each with its profile's digest."""
    held = ((item, profiles.digests((item.code, item.version))[province]) for item in items)
    return tuple(entry_of(item, profile, active=True) for item, profile in held)


def _parties(count: int) -> Parties:
    """Return the shipped departments with so many more; Sichuan's node answers for its own HRSS department."""
    shipped = load_parties()
    made = [replace(shipped.department("cq-hrss"), code=f"cq-{number}") for number in range(count)]
    return Parties((), (*shipped.departments, *made), (), answering=("sc-hrss",))


def _grant(model: Item, number: int, items: list[Item], agreements: int, fields: tuple[str, ...]) -> GrantDocument:
    return GrantDocument(
        id=f"G-{number}",
        consumer_province=CHONGQING,
        consumer_department=f"cq-{number // len(items)}",
        provider_province=SICHUAN,
        provider_department="sc-hrss",
        item_code=items[number % len(items)].code,
        item_version=model.version,
        modes=model.modes,
        scenes=tuple(code for code, _ in model.scenes),
        use_bases=tuple(code for code, _ in model.use_bases),
        legal_bases=model.legal_bases,
        lawful_bases=(LawfulBasis.STATUTORY_DUTY,),
        regions=(CHONGQING,),
        fields=fields,
        purposes=((PURPOSE, Label("测试", "test")),),
        valid_from=YEAR[0],
        valid_until=YEAR[1],
        approved_by="测试",
        application_no="1",
        sealing_key="",
        agreement=f"A-{number % agreements}" if number % 2 else "",
    )


def make_question(model: Item, code: str) -> tuple[Arrival, Caller]:
    """Make the question of a department of 潼南 about one person."""
    keys = Page(1, (Column("social_security_no", model.keys[0].kind, ("51999919600101003X",)),))
    wanted = Page(1, (*keys.columns, *(Column(k.name, k.kind, ("王一",)) for k in model.keys if k.name == "name")))
    ask = Ask(
        RequestId("01980000-0000-7000-8000-000000000000"), 0, SICHUAN, code, model.version, "cq-0", TONGNAN,
        model.scenes[0][0], model.use_bases[0][0], "测试", "YW-1", Channel.ONLINE, Operator("", ""), "",
        LawfulBasis.STATUTORY_DUTY, "", "", wanted, (model.fields[0].name,),
        PURPOSE, "", "",
    )  # fmt: skip
    now_us = int(datetime(DAY.year, DAY.month, DAY.day, 4, tzinfo=UTC).timestamp() * 1_000_000)
    arrival = Arrival(ask, b"q", Sender("", "", ""), "", now_us, 1e12, b"s" * 16, b"h" * 32, 0, False, "", 0)
    node = NodeUri("spiffe://500000.chuanyu/node/1")
    return arrival, Caller(node, node, CHONGQING, "f" * 64, "cq-0", Operator("", ""), NO_ENTRY)


def decision_rows() -> list[Row]:
    """Return decisions a second, without and with an agreement, at the bench's numbers and at ten times."""
    rows: list[Row] = []
    first = {"": 0.0, ", under an agreement": 0.0}
    for times in (1, 10):
        made = make_catalogue(times)
        model = made.items[f"CY-XB-{0:04d}", 1]
        for number, name in enumerate(first):
            arrival, caller = make_question(model, f"CY-XB-{number:04d}")

            def decide(asked: Arrival = arrival, by: Caller = caller, of: Catalogue = made) -> None:
                for _ in range(ROUNDS):
                    of.authorise(asked, by)

            rate = ROUNDS / best_seconds(decide, TURNS)
            first[name] = first[name] or rate
            counts = f"{GRANTS * times:,} grants, {ITEMS * times:,} items, {AGREEMENTS * times:,} agreements"
            rows.append(
                rate_row(f"decision{name}, {counts}", 1, rate, "decisions/s", GOAL_PER_SECOND, against=first[name])
            )
    return rows
