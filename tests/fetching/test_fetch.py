"""Step 4: what the platform may answer, and what refuses the whole page."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import date

import pytest

from adapters.contract import (
    AnswerInvalid,
    AnswerPage,
    CodeUnmapped,
    Columns,
    Description,
    Health,
    PlatformUnavailable,
    Question,
)
from gateway.fetching.breaker import FAILURES
from gateway.fetching.fetch import Fetching
from gateway.ground.evidence import Page, RawPage
from gateway.ground.item import Kind, Outcome
from gateway.ground.refusals import Reason, Refusal
from tests.answers import all_found
from tests.samples import arrival, ask, field, grant, item

GOOD: Columns = {"card_status": ["normal"], "valid_to": [date(2030, 1, 1)]}


class Scripted:
    """A platform that answers what the test says."""

    def __init__(self, *pages: AnswerPage | Columns | Exception) -> None:
        self.pages = pages
        self.questions: list[Question] = []

    async def describe(self) -> Description:
        """Serve nothing."""
        return Description("scripted", ())

    async def fetch(self, question: Question) -> AsyncIterator[AnswerPage]:
        """Give the script's pages in turn."""
        self.questions.append(question)
        for page in self.pages:
            if isinstance(page, Exception):
                raise page
            yield all_found(page)

    async def health(self) -> Health:
        """Answer."""
        return Health(serving=True, detail="")

    async def close(self) -> None:
        """Do nothing."""


class Silent(Scripted):
    """A platform that never answers."""

    async def fetch(self, question: Question) -> AsyncIterator[AnswerPage]:
        """Wait for ever."""
        await asyncio.Event().wait()
        yield AnswerPage({})


async def fetched(*pages: Columns | Exception, subjects: int = 1, page_rows: int = 0) -> list[RawPage]:
    """Fetch from a script."""
    fetching = Fetching(Scripted(*pages), page_rows=500, max_page_rows=2000)
    return [raw async for raw in fetching.fetch(arrival(ask(subjects=subjects), page_rows=page_rows), grant())]


async def refusal(*pages: Columns | Exception, subjects: int = 1) -> Refusal:
    """Return the refusal that a script meets."""
    with pytest.raises(Refusal) as caught:
        await fetched(*pages, subjects=subjects)
    return caught.value


async def test_a_page_that_fits_the_item_becomes_raw_evidence() -> None:
    """Fields in the grant's order, types as declared."""
    (raw,) = await fetched(GOOD)
    assert ("card_status", "valid_to") == tuple(column.name for column in raw.page.columns)
    assert (0, True) == (raw.number, raw.last)


async def test_the_platform_is_asked_for_granted_fields_only() -> None:
    """Nothing is fetched that is not asked for."""
    platform = Scripted(GOOD)
    async for _ in Fetching(platform, page_rows=500, max_page_rows=2000).fetch(arrival(), grant()):
        pass
    assert ("card_status", "valid_to") == platform.questions[0].fields


@pytest.mark.parametrize(("asked", "sent"), [(0, 40), (1, 1), (60, 60), (61, 60), (2000, 60)])
async def test_no_page_is_asked_for_that_has_more_rows_than_the_setting_allows(asked: int, sent: int) -> None:
    """`limits.max_page_rows` bounds what an asker may want; `limits.page_rows` stands in where it wants no number."""
    platform = Scripted(GOOD)
    async for _ in Fetching(platform, page_rows=40, max_page_rows=60).fetch(arrival(page_rows=asked), grant()):
        pass
    assert sent == platform.questions[0].page_rows


@pytest.mark.parametrize(
    ("page", "reason"),
    [
        ({**GOOD, "photo": ["x"]}, Reason.PLATFORM_ANSWER_INVALID),
        ({"card_status": ["normal"]}, Reason.PLATFORM_ANSWER_INVALID),
        ({"card_status": ["normal"], "valid": [None]}, Reason.PLATFORM_ANSWER_INVALID),
        ({"card_status": [1], "valid_to": [None]}, Reason.PLATFORM_ANSWER_INVALID),
        ({"card_status": [True], "valid_to": [None]}, Reason.PLATFORM_ANSWER_INVALID),
        ({"card_status": ["normal"], "valid_to": ["20300101"]}, Reason.PLATFORM_ANSWER_INVALID),
        ({"card_status": ["normal", "normal"], "valid_to": [None]}, Reason.PLATFORM_ANSWER_INVALID),
        ({"card_status": [], "valid_to": []}, Reason.PLATFORM_ANSWER_INVALID),
        ({"card_status": ["n" * 4097], "valid_to": [None]}, Reason.PLATFORM_ANSWER_INVALID),
        ({"card_status": ["normal"] * 2, "valid_to": [None] * 2}, Reason.ANSWER_TOO_LARGE),
    ],
)
async def test_a_page_that_does_not_fit_is_refused_whole(page: Columns, reason: Reason) -> None:
    """An undeclared field, a missing one, a wrong type or length: nothing is mended."""
    assert reason == (await refusal(page)).reason


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (CodeUnmapped("card_status"), Reason.PLATFORM_CODE_UNMAPPED),
        (AnswerInvalid("column missing"), Reason.PLATFORM_ANSWER_INVALID),
        (PlatformUnavailable("connection refused"), Reason.PLATFORM_UNAVAILABLE),
        (KeyError("51999919600101001X"), Reason.PLATFORM_ANSWER_INVALID),
    ],
)
async def test_an_adapters_errors_become_one_family(error: Exception, reason: Reason) -> None:
    """Whatever an adapter raises, its text does not travel."""
    found = await refusal(error)
    assert reason == found.reason
    assert "51999919600101001X" not in str(found)


async def test_a_value_outside_the_items_codes_is_refused() -> None:
    """A local code that slipped through a mapping stops here."""
    of = item(replace(field("card_status"), codes=("normal", "lost")), field("valid_to", Kind.DATE))
    with pytest.raises(Refusal) as caught:
        unmapped = Scripted({"card_status": ["7"], "valid_to": [None]})
        async for _ in Fetching(unmapped, page_rows=500, max_page_rows=2000).fetch(arrival(), grant(of)):
            pass
    assert Reason.PLATFORM_CODE_UNMAPPED == caught.value.reason


async def test_two_pages_for_a_question_of_one_page_are_refused() -> None:
    """A unary question has one answer."""
    page: Columns = {"card_status": ["normal"] * 2, "valid_to": [None] * 2}
    assert Reason.ANSWER_TOO_LARGE == (await refusal(page, page, subjects=4)).reason


async def test_pages_are_numbered_and_the_last_is_marked() -> None:
    """Streams know where they end."""
    page: Columns = {"card_status": ["normal"] * 2, "valid_to": [None] * 2}
    pages = await fetched(page, page, subjects=4, page_rows=2)
    assert [(0, 0, False), (1, 2, True)] == [(raw.number, raw.first, raw.last) for raw in pages]


async def test_no_page_is_an_empty_page_for_an_item_without_subjects() -> None:
    """An empty directory is an answer."""
    of = item(subjects=False)
    found = [raw async for raw in Fetching(Scripted(), page_rows=500, max_page_rows=2000).fetch(arrival(), grant(of))]
    assert [(0, True)] == [(raw.page.rows, raw.last) for raw in found]


async def test_a_silent_platform_is_left_at_the_deadline() -> None:
    """The deadline holds whatever the platform does."""
    soon = asyncio.get_running_loop().time() + 0.02
    with pytest.raises(Refusal) as caught:
        async for _ in Fetching(Silent(), page_rows=500, max_page_rows=2000).fetch(arrival(deadline=soon), grant()):
            pass
    assert Reason.DEADLINE_EXCEEDED == caught.value.reason


async def refused(fetching: Fetching, seconds: float) -> Reason:
    """Ask with a deadline; return why nothing came."""
    soon = asyncio.get_running_loop().time() + seconds
    with pytest.raises(Refusal) as caught:
        _ = [raw async for raw in fetching.fetch(arrival(deadline=soon), grant())]
    return caught.value.reason


class Wrapping(Silent):
    """A platform whose driver makes an error of its own of a cancel."""

    async def fetch(self, question: Question) -> AsyncIterator[AnswerPage]:
        """Wait for ever, and say at the end that the platform is away."""
        try:
            async for page in super().fetch(question):
                yield page
        except asyncio.CancelledError:
            raise PlatformUnavailable("connection lost") from None


@pytest.mark.parametrize("platform", [Silent(), Wrapping()], ids=["silent", "wrapping"])
async def test_a_thousand_deadlines_of_a_millisecond_close_nothing_for_others(platform: Scripted) -> None:
    """An asker that gives the platform no time learns nothing of it, whatever the adapter makes of its end."""
    fetching = Fetching(platform, page_rows=500, max_page_rows=2000)
    reasons = [await asyncio.gather(*(refused(fetching, 0.001) for _ in range(100))) for _ in range(10)]
    assert {Reason.DEADLINE_EXCEEDED} == set().union(*reasons)
    assert fetching.serving


@pytest.mark.parametrize("platform", [Silent(), Wrapping()], ids=["silent", "wrapping"])
async def test_a_platform_that_has_its_time_and_says_nothing_opens_the_breaker(platform: Scripted) -> None:
    """As many in a row as the breaker takes; then nobody waits for it."""
    fetching = Fetching(platform, page_rows=500, max_page_rows=2000, fair_seconds=0.01)
    assert [Reason.DEADLINE_EXCEEDED] * FAILURES == [await refused(fetching, 0.015) for _ in range(FAILURES)]
    assert not fetching.serving
    assert Reason.PLATFORM_UNAVAILABLE == await refused(fetching, 9)


async def test_a_time_limit_of_the_adapter_is_a_failure_of_the_platform() -> None:
    """However long the asker would have waited."""
    fetching = Fetching(Scripted(TimeoutError()), page_rows=500, max_page_rows=2000)
    assert [Reason.PLATFORM_UNAVAILABLE] * FAILURES == [await refused(fetching, 9) for _ in range(FAILURES)]
    assert not fetching.serving


@pytest.mark.parametrize("platform", [Silent(), Wrapping()], ids=["silent", "wrapping"])
async def test_an_asker_that_goes_away_is_no_failure_of_the_platform(platform: Scripted) -> None:
    """Nor is it one where the adapter makes an error of the cancel."""
    fetching = Fetching(platform, page_rows=500, max_page_rows=2000, fair_seconds=0)
    for _ in range(FAILURES):
        task = asyncio.create_task(refused(fetching, 9))
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    assert fetching.serving


@pytest.mark.parametrize(
    "sign", ["\x1b[2J", "\0", "\x07", "\n", "\t", "\x7f", "\x9b31m", "\u202e", "\u2066", "\u2028", "\ud800"]
)
@pytest.mark.parametrize("kind", [Kind.STRING, Kind.DECIMAL])
async def test_a_sign_that_a_terminal_obeys_refuses_the_page(kind: Kind, sign: str) -> None:
    """Whatever becomes of the cell later, and without showing it (F12): the asker's side would refuse it as well."""
    of = item(field("card_status", kind), field("valid_to", Kind.DATE))
    page: Columns = {"card_status": [None, f"510{sign}104", "a"], "valid_to": [date(2030, 1, 1)] * 3}
    fetching = Fetching(Scripted(page), page_rows=10, max_page_rows=10)
    with pytest.raises(Refusal, match="field card_status: expected text without control signs") as caught:
        _ = [
            raw
            async for raw in fetching.fetch(
                arrival(ask(subjects=3), deadline=asyncio.get_running_loop().time() + 9), grant(of)
            )
        ]
    assert Reason.PLATFORM_ANSWER_INVALID is caught.value.reason
    assert sign not in str(caught.value)
    assert "104" not in str(caught.value)


@pytest.mark.parametrize("text", ["王　一", "𠮷\ue000", "陳·例\U000e0100", "a b"])
async def test_rare_characters_are_no_control_signs(text: str) -> None:
    """Ideographic spaces, private characters of GB 18030 and variants of a name come as they are."""
    page: Columns = {"card_status": [text], "valid_to": [None]}
    fetching = Fetching(Scripted(page), page_rows=10, max_page_rows=10)
    raws = [raw async for raw in fetching.fetch(arrival(deadline=asyncio.get_running_loop().time() + 9), grant())]
    assert (text,) == raws[0].page.columns[0].values


def rows(*outcomes: str, later_at_s: int = 0, filled: bool = False) -> AnswerPage:
    """Make a page of these outcomes; only what is found has a cell, unless `filled`."""
    states = ["normal" if outcome == "found" or filled else None for outcome in outcomes]
    return AnswerPage({"card_status": states, "valid_to": [None] * len(outcomes)}, outcomes, later_at_s)


async def shown(page: AnswerPage, *listed: Outcome) -> Page:
    """Return the page as an item shows it that lists these outcomes beside the two that every item has."""
    of = replace(item(), outcomes=(Outcome.FOUND, Outcome.NO_MATCH, *listed))
    asked = arrival(ask(subjects=len(page.outcomes)))
    (raw,) = [raw async for raw in Fetching(Scripted(page), page_rows=500, max_page_rows=2000).fetch(asked, grant(of))]
    return raw.page


async def test_what_a_platform_says_of_a_person_becomes_what_the_item_shows() -> None:
    """O2: for departments outside of the duty, that no record is held reads as that nobody has the number."""
    said = rows("found", "no_match", "not_held", "not_applicable")
    held, applies = Outcome.NOT_HELD, Outcome.NOT_APPLICABLE
    assert ("found", "no_match", "not_held", "not_applicable") == (await shown(said, held, applies)).outcomes
    assert ("found", "no_match", "not_held", "not_held") == (await shown(said, held)).outcomes
    assert ("found", "no_match", "no_match", "no_match") == (await shown(said)).outcomes
    assert await shown(rows("no_match")) == await shown(rows("not_held"))


async def test_a_platform_that_cannot_say_now_never_reads_as_nobody() -> None:
    """Later, with the time, where the item shows that; else the question is refused as if the platform were down."""
    said = rows("later", "found", later_at_s=1_800_000_000)
    page = await shown(said, Outcome.LATER)
    assert (("later", "found"), 1_800_000_000) == (page.outcomes, page.later_at_s)
    with pytest.raises(Refusal) as caught:
        await shown(said)
    assert Reason.PLATFORM_UNAVAILABLE is caught.value.reason


@pytest.mark.parametrize(
    "page",
    [
        rows("no_match", filled=True),
        rows("not_held", filled=True),
        rows("withheld_minor"),
        rows("withheld_gate"),
        rows("gone"),
        replace(rows("found"), outcomes=()),
        replace(rows("found"), outcomes=("found", "found")),
        rows("later"),
        rows("later", later_at_s=-1),
        rows("later", later_at_s=10**12),
        rows("found", later_at_s=1),
        {"card_status": ["normal"], "valid_to": [None]},
    ],
)
async def test_a_platform_that_says_two_things_of_a_row_is_refused(page: object) -> None:
    """A value in a row that is not found, an outcome that only a gateway says, a time of nothing, no outcome at all."""

    class Saying(Scripted):
        async def fetch(self, question: Question) -> AsyncIterator[AnswerPage]:
            yield page  # type: ignore[misc]  # what an adapter may do

    with pytest.raises(Refusal) as caught:
        async for _ in Fetching(Saying(), page_rows=500, max_page_rows=2000).fetch(arrival(), grant()):
            pass
    assert Reason.PLATFORM_ANSWER_INVALID is caught.value.reason


async def test_a_directory_says_nothing_of_persons() -> None:
    """It has none."""
    listing = item(subjects=False)
    with pytest.raises(Refusal, match="expected 0 outcomes"):
        async for _ in Fetching(Scripted(rows("found")), page_rows=9, max_page_rows=9).fetch(arrival(), grant(listing)):
            pass
