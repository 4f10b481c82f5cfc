"""The suite gathers what a platform answers, raises nothing of it, and hears a personal value in an error."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import cast

import pytest

from adapters.conformance.asking import Outcome, PageRagged, ask, is_refused, question, shows_key
from adapters.contract import AnswerInvalid, AnswerPage, Columns, Platform, Question
from tests.adapters.stand_ins import expectations
from tests.answers import all_found

ITEM = next(item for item in expectations("sichuan") if item.code == "CY-ID-02")
KNOWN = str(ITEM.known["social_security_no"])
ASKED = question(ITEM, [ITEM.known])


class _Fixed:
    """Answers with these pages, then with this error."""

    def __init__(self, *pages: Columns, error: Exception | None = None) -> None:
        self._pages = pages
        self._error = error
        self.closed = False

    async def fetch(self, asked: Question) -> AsyncIterator[AnswerPage]:
        try:
            for page in self._pages:
                yield all_found(page)
            if self._error is not None:
                raise self._error
        finally:
            self.closed = True

    def platform(self) -> Platform:
        """Return it as what it stands for."""
        return cast(Platform, self)


async def test_a_page_without_rows_of_one_length_is_an_error_and_is_not_kept() -> None:
    """What was whole before stays, and the answer is closed."""
    fixed = _Fixed({"a": [1]}, {"a": [1, 2], "b": [1]})
    outcome = await ask(fixed.platform(), ASKED)
    assert isinstance(outcome.error, PageRagged)
    assert ("PageRagged", [1]) == (outcome.fault, outcome.sizes())
    assert fixed.closed


@pytest.mark.parametrize(("refused", "error"), [(True, AnswerInvalid("x")), (False, ValueError("x"))])
async def test_only_an_error_of_the_contract_is_a_refusal(refused: bool, error: Exception) -> None:
    """Any other is returned, too, and not raised."""
    assert refused is is_refused(await ask(_Fixed(error=error).platform(), ASKED))


def _chained(how: str) -> Exception:
    outer, inner = ValueError("quiet"), ValueError(f"no {KNOWN}")
    if how == "note":
        outer.add_note(KNOWN)
    if how == "cause":
        outer.__cause__ = inner
    if how in ("context", "suppressed"):
        outer.__context__ = inner
        outer.__suppress_context__ = how == "suppressed"
    return inner if how == "itself" else outer


@pytest.mark.parametrize("how", ["itself", "note", "cause", "context"])
async def test_an_error_that_shows_a_key_is_heard(how: str) -> None:
    """In its text, in a note, and in an error that it was raised from."""
    assert shows_key(_chained(how), ASKED)
    assert (await ask(_Fixed(error=_chained(how)).platform(), ASKED)).telling


@pytest.mark.parametrize("how", ["nothing", "suppressed"])
def test_an_error_that_shows_no_key_is_silent(how: str) -> None:
    """What no traceback would show is not held against it."""
    assert not shows_key(_chained(how), ASKED)


def test_an_outcome_does_not_show_what_it_holds() -> None:
    """Its rows are people's."""
    assert KNOWN not in repr(Outcome((AnswerPage({"a": [KNOWN]}),), None, False))


async def test_an_answer_is_gathered_row_by_row_over_its_pages() -> None:
    """In order."""
    outcome = await ask(_Fixed({"a": [1, 2], "b": ["x", "y"]}, {"a": [3], "b": ["z"]}).platform(), ASKED)
    assert [{"a": 1, "b": "x"}, {"a": 2, "b": "y"}, {"a": 3, "b": "z"}] == outcome.rows()
    assert (None, "", False, [2, 1]) == (outcome.error, outcome.fault, outcome.telling, outcome.sizes())


def test_a_question_is_for_all_fields_of_the_items_version_unless_said_otherwise() -> None:
    """Keys that no row has are left out."""
    assert tuple(one.name for one in ITEM.fields) == ASKED.fields
    assert (("x",), ITEM.version + 1) == (
        question(ITEM, [ITEM.known], fields=["x"]).fields,
        question(ITEM, [ITEM.known], version=ITEM.version + 1).item_version,
    )
    assert {} == question(ITEM, [{}]).keys
