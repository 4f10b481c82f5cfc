"""遂宁-潼南 on two real nodes (issue 15, 7): answered and refused in both directions, by Query and by Stream."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from itertools import cycle, islice
from typing import Any, Final

import pytest

from adapters.contract import Columns, Question
from gateway.audit.entries.entry import Entry, Phase, decode
from gateway.audit.review.standing import read_standing
from gateway.audit.storage.reader import LogReader
from gateway.border.messages import read_page
from gateway.catalogue.agreements import AGREEMENT_CONTEXT, AgreementDocument, CoveredItem, render_agreement
from gateway.catalogue.files import signature_of
from gateway.catalogue.grants import GRANT_CONTEXT, read_grant, render_grant
from gateway.catalogue.schema import Faults
from gateway.cli.demo.questions import ask, make_question, open_channel
from gateway.cli.demo.world import BATCH_NO
from gateway.ground.documents import DocumentKind
from gateway.ground.refusals import Reason, Refusal
from gateway.serving.acts import Requester
from gateway.wire.v1 import exchange_pb2_grpc
from keys.document import sign_document
from tests.province import ITEMS, KEY, Two, plausible

CODE: Final = "CY-ID-02"
FIELDS: Final = ("card_form", "ss_app_status")
TONGNAN, SUINING, YINGSHAN, DIVIDED, FULING = "500152", "510903", "511322", "510902", "500102"
SIDES: Final = {TONGNAN: ("chongqing", "sichuan"), SUINING: ("sichuan", "chongqing")}
"""Who asks whom, by the asker's region."""
WITHIN: Final = ("found", ("physical", "not_issued"))
OUTSIDE: Final = ("not_applicable", (None, None))
both_ways = pytest.mark.parametrize("paged", [False, True], ids=["query", "stream"])


def agreed(since: date) -> AgreementDocument:
    """Make the agreement of 潼南 and 遂宁."""
    return AgreementDocument(
        id="A-SN-TN",
        version=1,
        provinces=("500000", "510000"),
        parties=("重庆市潼南区人民政府", "四川省遂宁市人民政府"),
        document_no="1",
        pairs=((TONGNAN, "510900"),),
        items=(CoveredItem(CODE, 1, FIELDS),),
        valid_from=since,
        valid_until=since + timedelta(days=90),
    )


async def narrow(two: Two) -> None:
    """Sign the agreement by both, and the next version of each grant of the item, which names it; reload both nodes."""
    for own in two.world.values():
        settings = own.settings
        for path in settings.grants_directory.glob(f"G-*-hrss-{CODE}.toml"):
            old = read_grant("", tomllib.loads(path.read_text("utf-8")), Faults())
            if old.consumer_province == old.provider_province:
                continue
            octets = render_grant(replace(old, version=2, agreement="A-SN-TN"))
            signer = next(one.lists for one in two.world.values() if one.code == old.provider_province)
            path.write_bytes(octets)
            path.with_name(path.name + ".sig").write_bytes(sign_document(GRANT_CONTEXT, octets, signer))
        path = settings.agreements_directory / "A-SN-TN.toml"
        path.write_bytes(octets := render_agreement(agreed(date.today() - timedelta(days=1))))
        for other in two.world.values():
            signature_of(path, other.code).write_bytes(sign_document(AGREEMENT_CONTEXT, octets, other.lists))
    for node in two.nodes.values():
        await node.reload(Requester("administrator"))


def living(*regions: str | None) -> Callable[[Question], list[Columns]]:
    """Make a platform's answers: the cards of those who are asked about are of these regions, in turn."""

    def answer(question: Question) -> list[Columns]:
        return [
            {**page, "region_code": list(islice(cycle(regions), len(page["card_form"])))}
            if "region_code" in page
            else page
            for page in plausible(question)
        ]

    return answer


Seen = list[tuple[str, tuple[object, ...]]]
"""Of each row its outcome and its cells."""


async def asked(
    two: Two, region: str, *records: str | None, paged: bool, own: bool = False, **changes: Any
) -> Seen | Reason:
    """Ask from a region about people whose cards are of others; return the rows that came, or the reason.

    A stream asks about a batch of 20 persons; `own` asks within the asker's own province.
    """
    asker, provider = (two.world[name] for name in SIDES[TONGNAN if region[:2] == "50" else SUINING])
    provider = asker if own else provider
    two.platforms[provider.name].answer = living(*records)
    words = {"fields": FIELDS, "region": region, **changes}
    if paged:
        words |= {"batch_no": BATCH_NO, "more": [KEY] * 19}
    async with open_channel(asker, asker.portal) as opened:
        stub: Any = exchange_pb2_grpc.ExchangeStub(opened)
        message = make_question(ITEMS[CODE], asker, provider, KEY, **words)
        try:
            (response,) = await ask(stub, message, paged=paged)
        except Refusal as refusal:
            return refusal.reason
    page = read_page(response.page)
    assert words["fields"] == tuple(column.name for column in page.columns)
    return list(zip(page.outcomes, zip(*(column.values for column in page.columns), strict=True), strict=True))


def rows_of(*rows: tuple[str, tuple[object, ...]], paged: bool) -> Seen:
    """Return what must be seen of these people in turn, or of the first alone where one was asked about."""
    return list(islice(cycle(rows), 20 if paged else 1))


@both_ways
async def test_suining_and_tongnan_are_answered_and_nothing_of_yingshan_is(two: Two, paged: bool) -> None:
    """In both directions; a record outside is as empty as one of nobody, and says that the item does not apply."""
    await narrow(two)
    assert rows_of(WITHIN, paged=paged) == await asked(two, TONGNAN, SUINING, paged=paged)
    assert rows_of(WITHIN, paged=paged) == await asked(two, SUINING, TONGNAN, paged=paged)
    for region, record in ((TONGNAN, YINGSHAN), (TONGNAN, TONGNAN), (SUINING, FULING), (SUINING, SUINING)):
        assert rows_of(OUTSIDE, paged=paged) == await asked(two, region, record, paged=paged), (region, record)
    mixed = (OUTSIDE, WITHIN)
    assert rows_of(*mixed, paged=paged) == await asked(two, TONGNAN, YINGSHAN, SUINING, paged=paged)


@both_ways
async def test_an_agreement_narrows_nothing_within_a_province(two: Two, paged: bool) -> None:
    """Chongqing asks itself: its own grant names no agreement."""
    await narrow(two)
    for record in (FULING, TONGNAN):
        assert rows_of(WITHIN, paged=paged) == await asked(two, TONGNAN, record, paged=paged, own=True)


@both_ways
async def test_who_asks_from_outside_or_for_more_is_refused(two: Two, paged: bool) -> None:
    """Whatever the record; and so is a record of which it is not certain where it lies, whoever asks."""
    await narrow(two)
    outside = Reason.AGREEMENT_NOT_COVERED
    for region, record in (
        (FULING, SUINING),
        (YINGSHAN, TONGNAN),
        (TONGNAN, DIVIDED),
        (TONGNAN, "510300"),
        (TONGNAN, "510000"),
        (SUINING, "500112"),
    ):
        assert outside == await asked(two, region, record, paged=paged), (region, record)
    assert outside == await asked(two, TONGNAN, SUINING, paged=paged, fields=("card_no",))
    assert Reason.PLATFORM_ANSWER_INVALID == await asked(two, TONGNAN, None, paged=paged)


async def test_a_record_outside_is_counted_as_looked_at_and_its_region_stands_nowhere(two: Two) -> None:
    """Intent and release name the person; an asker outside asks no platform. The log numbers the agreement."""
    await narrow(two)
    assert [OUTSIDE] == await asked(two, TONGNAN, YINGSHAN, paged=False)
    (question,) = two.platforms["sichuan"].asked
    assert (*FIELDS, "region_code") == question.fields
    assert Reason.AGREEMENT_NOT_COVERED == await asked(two, FULING, SUINING, paged=False)
    assert 1 == len(two.platforms["sichuan"].asked)
    assert Reason.AGREEMENT_NOT_COVERED == await asked(two, TONGNAN, DIVIDED, paged=False)
    for name in list(two.nodes):
        await two.stop(name)
    log = entries_of(two, "sichuan")
    intent, release, again, refusal = (entry for entry in log if entry.text("item_code") == CODE)
    assert (Phase.INTENT, Phase.RELEASE) == (intent.phase, release.phase)
    assert (Phase.INTENT, Phase.REFUSAL) == (again.phase, refusal.phase)
    assert ("not_applicable:1",) == release.names("outcomes")
    assert Reason.AGREEMENT_NOT_COVERED == refusal.text("reason_code")
    assert intent.text("subject_tokens") == release.text("subject_tokens") != ""
    assert again.text("subject_tokens") == refusal.text("subject_tokens") != ""
    told = repr([entry.fields for entry in log])
    assert YINGSHAN not in told
    assert DIVIDED not in told
    with LogReader(two.world["sichuan"].settings.log_path) as reader:
        documents = {(one.kind, one.name, one.number) for one in read_standing(reader)}
    assert (DocumentKind.AGREEMENT, "A-SN-TN", 1) in documents


def entries_of(two: Two, name: str) -> list[Entry]:
    """Return every entry of a log."""
    with LogReader(two.world[name].settings.log_path) as reader:
        return [decode(row[2]) for chunk in reader.rows(0, reader.count()) for row in chunk]
