"""Small samples that many tests share: an item, a question, an arrival. Synthetic people only."""

from __future__ import annotations

from dataclasses import replace

from gateway.ground.evidence import (
    EVERYWHERE,
    Arrival,
    Ask,
    Channel,
    Column,
    Grant,
    LawfulBasis,
    Operator,
    Page,
    RequestId,
    Sender,
)
from gateway.ground.item import (
    CLOSED,
    Domain,
    Field,
    Item,
    Key,
    Kind,
    Label,
    LegalClass,
    Level,
    MinorRule,
    Mode,
    Outcome,
    Range,
    SharingClass,
    SharingMode,
)

NUMBER = "51999919600101003X"
"""A synthetic identity number: its region 519999 is assigned to nobody."""
IDENTITY, NAMES = "[1-9][0-9]{16}[0-9X]", "[^0-9]{1,50}"
"""The patterns of the two keys by which an item names a cardholder."""
NOW_US = 1_795_500_000_000_000
"""2026-11-24, in microseconds."""
LABEL = Label("样例", "sample")


def field(name: str, kind: Kind = Kind.STRING, level: Level = Level.CLEAR, **params: str | int) -> Field:
    """Make a field of the item."""
    given = tuple(sorted(params.items()))
    return Field(
        name=name,
        label=LABEL,
        hrss_code="",
        kind=kind,
        legal_class=LegalClass.GENERAL,
        level=level,
        params=given,
        codes=(),
        source_department="hrss",
        minor_level=level if level in CLOSED else Level.DROP,
        minor_params=given if level in CLOSED else (),
        max_len=4096 if kind is Kind.STRING else 0,
        null_when=LABEL,
        range=Range(scale=0 if kind is Kind.INTEGER else 6) if kind in (Kind.INTEGER, Kind.DECIMAL) else None,
    )


def modes(max_rows: int, *, min_rows: int = 1) -> tuple[Mode, ...]:
    """Make the modes of an item that answers so many rows, whichever way it is asked."""
    return tuple(Mode(mode, max_rows, min_rows) for mode in (SharingMode.API, SharingMode.BATCH))


def item(*fields: Field, subjects: bool = True, max_rows: int = 100) -> Item:
    """Make an item with these fields, or with two plain ones."""
    return Item(
        code="CY-ID-02",
        version=1,
        label=LABEL,
        domain=Domain.IDENTITY,
        description=LABEL,
        venue=LABEL,
        card_forms=("physical", "electronic"),
        catalogue_name="sample",
        data_format="record",
        sharing_class=SharingClass.CONDITIONAL,
        modes=modes(max_rows),
        use_conditions="sample",
        grading="general-3",
        providers=("hrss",),
        consumers=("hrss",),
        scenes=(("counter-check", LABEL),),
        use_bases=(("statutory-duty", LABEL),),
        legal_bases=(),
        lawful_bases=("statutory_duty",),
        keys=(
            Key("social_security_no", LABEL, Kind.STRING, required=True, subject=True, max_len=18, pattern=IDENTITY),
            Key("name", LABEL, Kind.STRING, required=True, subject=False, max_len=50, pattern=NAMES),
        ),
        fields=fields or (field("card_status"), field("valid_to", Kind.DATE)),
        subjects=subjects,
        outcomes=tuple(Outcome) if subjects else (),
        minors=MinorRule.ANSWER,
        age_from="social_security_no",
        gates=(),
        quarantine=False,
    )


def ask(*, subjects: int = 1, **changes: object) -> Ask:
    """Make a question about so many people."""
    keys = Page(
        subjects,
        (
            Column("social_security_no", Kind.STRING, (NUMBER,) * subjects),
            Column("name", Kind.STRING, ("王一",) * subjects),
        ),
    )
    made = Ask(
        request_id=RequestId("01980000-0000-7000-8000-000000000001"),
        asked_at_us=NOW_US,
        provider_province="510000",
        item_code="CY-ID-02",
        item_version=1,
        consumer_department="cq-hrss",
        consumer_region="500000",
        scene="counter-check",
        use_basis="statutory-duty",
        purpose="办理业务",
        business_no="YW-1",
        channel=Channel.ONLINE,
        operator=Operator("", ""),
        end_user_org="",
        lawful_basis=LawfulBasis.STATUTORY_DUTY,
        consent_ref="",
        emergency_reason="",
        keys=keys,
        fields=("card_status", "valid_to"),
        purpose_code="card-business",
        onward_consent_no="",
        batch_no="",
    )
    return replace(made, **changes)  # type: ignore[arg-type]  # the test names fields of Ask


def arrival(question: Ask | None = None, **changes: object) -> Arrival:
    """Make an arrival from an application."""
    made = Arrival(
        ask=question or ask(),
        octets=b"question",
        sender=Sender("pem", "TLSv1.3", "ipv4:127.0.0.1:1"),
        application="",
        now_us=NOW_US,
        deadline=1e12,
        salt=b"s" * 16,
        request_hash=b"h" * 32,
        page_rows=0,
        repeated=False,
        traceparent="",
        clock_offset_us=0,
    )
    return replace(made, **changes)  # type: ignore[arg-type]  # the test names fields of Arrival


def grant(of: Item | None = None, fields: tuple[str, ...] = ("card_status", "valid_to")) -> Grant:
    """Make a grant of an item."""
    return Grant(
        item=of or item(),
        item_digest="d" * 64,
        grant_id="G-1",
        provider="sc-hrss",
        recipient="500000/cq-hrss",
        fields=fields,
        max_rows=(of or item()).max_rows,
        list_versions=("510000/application-list@1", "500000/catalogue@1"),
        territory=EVERYWHERE,
    )
