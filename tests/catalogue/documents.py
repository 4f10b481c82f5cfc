"""Lists, grants and a whole catalogue to test with: Chongqing's HRSS department asks Sichuan for CY-ID-02."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

from gateway.catalogue.agreements import AgreementDocument, CoveredItem
from gateway.catalogue.authorise import Catalogue
from gateway.catalogue.digest import digest
from gateway.catalogue.drafts import practice_profiles
from gateway.catalogue.grants import BatchApproval, GrantDocument, Onward
from gateway.catalogue.lists import ItemList, ListEntry, ListKind, entry_of
from gateway.catalogue.loader import PACKAGED, load_items, load_regions
from gateway.catalogue.parties import Body, Parties, Roster, Unit, read_roster, register
from gateway.catalogue.profiles import Profiles
from gateway.catalogue.schema import Faults
from gateway.ground.evidence import Arrival, Ask, Caller, LawfulBasis, NodeUri, Operator
from gateway.ground.item import Item, Label
from tests.samples import LABEL, arrival, ask

SICHUAN, CHONGQING = "510000", "500000"
TODAY = date(2026, 11, 24)
"""The day of `tests.samples.NOW_US`."""
YEAR = (date(2026, 1, 1), date(2026, 12, 31))
PAST = (date(2025, 1, 1), date(2026, 11, 23))
FUTURE = (date(2026, 11, 25), date(2027, 12, 31))
ITEMS = load_items()
REGIONS = load_regions()
BATCH_NO, ONWARD_NO = "PC-2026-001", "ZG-2026-001"
"""The batch that the sample's grant approves, and the consent to supply the body."""
UNIT, BODY = "cq-hrss-window-3", "cq-library"
"""A unit of Chongqing's HRSS department, and a body that it serves."""


def parties(**changes: object) -> Parties:
    """Make the roster of both provinces, in which a node answers for whichever HRSS department is asked."""
    own = Roster(
        provinces=(),
        departments=(),
        applications=(),
        units=(Unit(UNIT, LABEL, "cq-hrss"), Unit("sc-hrss-window-1", LABEL, "sc-hrss")),
        bodies=(Body(BODY, LABEL, "cq-hrss"), Body("sc-library", LABEL, "sc-hrss")),
        answering=("sc-hrss", "cq-hrss"),
    )
    faults = Faults()
    path = PACKAGED / "parties" / "departments.toml"
    shipped = read_roster(str(path), tomllib.loads(path.read_text(encoding="utf-8")), faults)
    own = replace(own, **changes)  # type: ignore[arg-type]  # the test names fields of Roster
    made = register([(str(path), shipped), ("own.toml", own)], faults)
    faults.settle()
    return made


PARTIES = parties()


def profiles_of(items: Sequence[Item], *provinces: str) -> Profiles:
    """Make the profiles of some items, in both provinces unless some are named."""
    return Profiles(practice_profiles(items, provinces or (SICHUAN, CHONGQING), PARTIES))


PROFILES = profiles_of(ITEMS)
FIELDS = ("card_form", "ss_app_status")


def packaged(code: str) -> Item:
    """Return an item that is shipped."""
    return next(item for item in ITEMS if item.code == code)


def item_data(code: str = "CY-ID-02") -> dict[str, Any]:
    """Return the parsed file of an item that is shipped, to be spoilt."""
    return tomllib.loads((PACKAGED / "items" / f"{code}.toml").read_text(encoding="utf-8"))


def spoilt(data: Mapping[str, Any], path: Sequence[str | int], value: object) -> dict[str, Any]:
    """Return a copy of parsed data in which one value is another; `...` takes it out."""
    copy: Any = deepcopy(dict(data))
    inner = copy
    for step in path[:-1]:
        inner = inner[step]
    if value is ...:
        del inner[path[-1]]
    else:
        inner[path[-1]] = value
    return dict(copy)


def item_list(
    province: str = SICHUAN,
    kind: ListKind = ListKind.APPLICATION_LIST,
    *,
    version: int = 1,
    days: tuple[date, date] = YEAR,
    items: Sequence[Item] = ITEMS,
    active: bool = True,
) -> ItemList:
    """Make a list that carries the items."""
    return ItemList(
        province=province,
        kind=kind,
        version=version,
        issued_at=datetime(2025, 12, 20, 1, 2, 3, tzinfo=UTC),
        effective_from=days[0],
        effective_to=days[1],
        entries=tuple(listed(item, province, active=active) for item in items),
    )


def listed(item: Item, province: str = SICHUAN, *, active: bool = True) -> ListEntry:
    """Make the entry of an item on a province's list, with its sample's profile; a list may name another province."""
    made = profiles_of([item]).of((item.code, item.version))
    return entry_of(item, digest(made[province]) if province in made else "0" * 64, active=active)


def grant_document(**changes: object) -> GrantDocument:
    """Make the grant of the sample."""
    made = GrantDocument(
        id="G-2026-001",
        consumer_province=CHONGQING,
        consumer_department="cq-hrss",
        provider_province=SICHUAN,
        provider_department="sc-hrss",
        item_code="CY-ID-02",
        item_version=1,
        modes=packaged("CY-ID-02").modes,
        scenes=("card-service",),
        use_bases=("card-administration",),
        legal_bases=packaged("CY-ID-02").legal_bases,
        lawful_bases=(LawfulBasis.STATUTORY_DUTY,),
        regions=("500000",),
        fields=FIELDS,
        purposes=(("card-business", Label("办理社会保障卡业务", "card business")),),
        valid_from=YEAR[0],
        valid_until=YEAR[1],
        approved_by="四川省人力资源和社会保障厅政务数据共享工作机构负责人",
        application_no="SQ-2026-001",
        sealing_key="",
        batch_approvals=(BatchApproval(BATCH_NO, YEAR[1]),),
        onward=(Onward(BODY, ONWARD_NO, YEAR[1]),),
    )
    return replace(made, **changes)  # type: ignore[arg-type]  # the test names fields of GrantDocument


def agreement_document(**changes: object) -> AgreementDocument:
    """Make an agreement: 潼南 with 遂宁, for the fields of the sample's grant."""
    made = AgreementDocument(
        id="A-SN-TN",
        version=1,
        provinces=(CHONGQING, SICHUAN),
        parties=("重庆市潼南区人民政府", "四川省遂宁市人民政府"),
        document_no="遂潼协〔2026〕1号",
        pairs=(("500152", "510900"),),
        items=(CoveredItem("CY-ID-02", 1, FIELDS),),
        valid_from=YEAR[0],
        valid_until=YEAR[1],
    )
    return replace(made, **changes)  # type: ignore[arg-type]  # the test names fields of AgreementDocument


def catalogue(
    *,
    province: str = SICHUAN,
    lists: Sequence[ItemList] = (),
    grants: Sequence[GrantDocument] = (),
    items: Sequence[Item] = ITEMS,
    agreements: Sequence[AgreementDocument] = (),
    roster: Parties = PARTIES,
) -> Catalogue:
    """Make a catalogue with the sample's grant and a list of each province, unless others are given."""
    return Catalogue.of(
        province=province,
        items=items,
        profiles=profiles_of(items),
        lists=lists or (item_list(), item_list(CHONGQING)),
        grants=grants or (grant_document(),),
        regions=REGIONS,
        parties=roster,
        agreements=agreements,
    )


def question(**changes: object) -> Ask:
    """Make the question that the sample's grant allows."""
    allowed: dict[str, object] = {"scene": "card-service", "use_basis": "card-administration", "fields": FIELDS}
    return ask(**{**allowed, **changes})  # type: ignore[arg-type]  # the test names fields of Ask


def asking(*, page_rows: Any = 0, **changes: Any) -> Arrival:
    """Make the arrival of a question; with `page_rows` it is asked as a batch."""
    return arrival(question(**changes), page_rows=page_rows)


def caller(**changes: object) -> Caller:
    """Make the caller of the sample: Chongqing's HRSS department behind its node."""
    made = Caller(
        node=NodeUri("spiffe://500000.chuanyu/node/1"),
        application=NodeUri("spiffe://500000.chuanyu/application/hrss"),
        province=CHONGQING,
        fingerprint="f" * 64,
        department="cq-hrss",
        operator=Operator("", ""),
        repeat_of=-1,
    )
    return replace(made, **changes)  # type: ignore[arg-type]  # the test names fields of Caller
