"""The suite has teeth: every departure from the contract is found, by the check that is for it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from adapters.conformance import ExpectedItem, ItemsInvalid, read_items, run
from adapters.conformance.__main__ import main
from adapters.conformance.suite import _turns
from adapters.contract import AnswerPage, Columns, Description, Health, Platform, Question
from adapters.people.samples import samples
from tests.adapters.stand_ins import ITEMS, SEED, expectations

WANTED = {item.code: item for item in expectations("sichuan")}
ITEM = WANTED["CY-ID-02"]
KNOWN = str(ITEM.known["social_security_no"])


class _Altered:
    """The sound platform with one departure."""

    def __init__(
        self,
        sound: Platform,
        page: Callable[[Columns], Any] = lambda page: page,
        question: Callable[[Question], Question] = lambda question: question,
        health: Health | None = None,
        description: Callable[[Description], Description] = lambda description: description,
        error: Exception | None = None,
        deaf: bool = False,
    ) -> None:
        self._sound = sound
        self._page = page
        self._question = question
        self._health = health
        self._description = description
        self._error = error
        self._deaf = deaf
        self._answered = 0

    async def describe(self) -> Description:
        return self._description(await self._sound.describe())

    async def fetch(self, question: Question) -> AsyncIterator[AnswerPage]:
        if self._error is not None:
            raise self._error
        if self._deaf:
            try:
                await asyncio.sleep(0.01)
            except asyncio.CancelledError:
                await asyncio.sleep(1.5)
        async for page in self._sound.fetch(self._question(question)):
            yield replace(page, columns=self._page(page.columns))

    async def health(self) -> Health:
        return self._health or await self._sound.health()

    async def close(self) -> None:
        """The sound platform is closed by its owner."""


async def _checks(platform: Platform, item: ExpectedItem = ITEM) -> set[str]:
    return {finding.check for finding in await run(platform, [item])}


async def test_the_sound_platform_passes(sichuan: Platform) -> None:
    """So that each finding below is about its departure."""
    assert [] == await run(_Altered(sichuan), [ITEM])


@pytest.mark.parametrize(
    ("page", "check"),
    [
        (lambda page: {**page, "phone": page["card_no"]}, "answer"),
        (lambda page: {name: values for name, values in page.items() if name != "card_no"}, "answer"),
        (lambda page: {name: [None for _ in values] for name, values in page.items()}, "answer"),
        (lambda page: {name: ["1" for _ in values] for name, values in page.items()}, "answer"),
        (lambda page: {name: [*values, *values] for name, values in page.items()}, "answer"),
        (lambda page: {**page, "card_no": [*page.get("card_no", ()), None]}, "answer"),
        (lambda page: {**page, "issue_date": [str(value) for value in page["issue_date"]]}, "answer"),
        (
            lambda page: {name: [*values][::-1] if len(values) == 2 else values[:2] for name, values in page.items()},
            "order",
        ),
        (lambda page: {name: [values[0]] * len(values) for name, values in page.items()}, "order"),
        (lambda page: {name: [value or "active" for value in values] for name, values in page.items()}, "order"),
    ],
)
async def test_a_page_that_departs_is_found(sichuan: Platform, page: Callable[[Columns], Any], check: str) -> None:
    """Fields, kinds, codes, nulls, order."""
    assert check in await _checks(_Altered(sichuan, page=page))


@pytest.mark.parametrize(
    ("question", "check"),
    [
        (lambda one: replace(one, page_rows=10_000), "bounds"),
        (lambda one: replace(one, fields=tuple(rule.name for rule in ITEM.fields)), "subset"),
        (
            lambda one: replace(
                one, fields=tuple(name for name in one.fields if name != "never_declared") or ("card_no",)
            ),
            "refusal",
        ),
        (lambda one: replace(one, item_version=1), "refusal"),
    ],
)
async def test_a_question_that_is_not_heard_is_found(
    sichuan: Platform, question: Callable[[Question], Question], check: str
) -> None:
    """Bounds, fields and versions are the gateway's to say."""
    assert check in await _checks(_Altered(sichuan, question=question))


@pytest.mark.parametrize("error", [RuntimeError("oops"), KeyError("oops"), OSError("oops")])
async def test_an_error_that_is_not_of_the_contract_is_found(sichuan: Platform, error: Exception) -> None:
    """Everywhere."""
    found = await _checks(_Altered(sichuan, error=error))
    assert {"answer", "refusal", "deadline", "concurrency", "cancellation"} <= found
    assert "silence" not in found


class _Doubling(_Altered):
    """Gives an answer a second time, so that all later questions of one person get the answer before theirs (A1)."""

    def __init__(self, sound: Platform, at: int) -> None:
        super().__init__(sound)
        self._left = at
        self._held: list[list[AnswerPage]] = []

    async def fetch(self, question: Question) -> AsyncIterator[AnswerPage]:
        pages = [page async for page in self._sound.fetch(question)]
        self._left -= 1
        self._held += [pages] * (2 if self._left == 0 else 1)
        for page in self._held.pop(0):
            yield page


@pytest.mark.parametrize("at", range(1, 5))
async def test_an_answer_that_is_given_twice_is_found(sichuan: Platform, at: int) -> None:
    """A1: by the turns themselves, whichever answer it was that came twice."""
    assert await _turns(_Doubling(sichuan, at), ITEM)
    assert [] == await _turns(sichuan, ITEM)
    assert "turns" in {finding.check for finding in await run(_Doubling(sichuan, 1), [ITEM])}


async def test_an_error_that_shows_a_key_is_found_and_not_repeated(sichuan: Platform) -> None:
    """Also where it hides in the cause."""
    from adapters.contract import PlatformError

    hidden = PlatformError("harmless")
    hidden.__cause__ = ValueError(f"no such person: {KNOWN}")
    for error in (PlatformError(f"no such person: {KNOWN}"), hidden):
        findings = await run(_Altered(sichuan, error=error), [ITEM])
        assert "silence" in {finding.check for finding in findings}
        assert KNOWN not in str(findings)


async def test_a_platform_that_does_not_stop_is_found(sichuan: Platform) -> None:
    """It keeps working after nobody waits."""
    assert "cancellation" in await _checks(_Altered(sichuan, deaf=True))


async def test_a_platform_that_does_not_serve_is_found(sichuan: Platform) -> None:
    """By its own word."""
    assert "health" in await _checks(_Altered(sichuan, health=Health(False, "down")))


def _without(description: Description) -> Description:
    return replace(description, items=description.items[3:])


def _later(description: Description) -> Description:
    return replace(description, items=tuple(replace(item, version=2) for item in description.items))


def _keyless(description: Description) -> Description:
    return replace(description, items=tuple(replace(item, keys=item.keys[1:]) for item in description.items))


def _other_kind(description: Description) -> Description:
    fields = {item.code: tuple(replace(one, kind="string") for one in item.fields) for item in description.items}
    return replace(description, items=tuple(replace(item, fields=fields[item.code]) for item in description.items))


@pytest.mark.parametrize("change", [_later, _keyless, _other_kind, lambda one: replace(one, items=())])
async def test_a_description_that_departs_is_found(
    sichuan: Platform, change: Callable[[Description], Description]
) -> None:
    """Items, versions, keys and kinds."""
    assert {"describe"} == await _checks(_Altered(sichuan, description=change))


async def test_nothing_expected_is_no_pass(sichuan: Platform) -> None:
    """An empty list refuses."""
    with pytest.raises(ValueError, match="at least one item"):
        await run(sichuan, [])


def test_items_without_samples_are_refused(tmp_path: Path) -> None:
    """And so is a directory without items, or a sample without its keys."""
    known = samples("sichuan", SEED)
    for directory, rows in (
        (tmp_path, known),
        (ITEMS, {}),
        (ITEMS, {**known, "CY-ID-01": {"name": "x"}}),
        (ITEMS, {**known, "CY-ID-01": {**known["CY-ID-01"], "phone": "1"}}),
    ):
        with pytest.raises(ItemsInvalid):
            read_items(directory, rows)


def test_the_command_needs_all_that_it_is_told_to_check(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A suite that could not begin does not end with a pass."""
    (tmp_path / "samples.json").write_text(json.dumps(samples("sichuan", SEED)), encoding="utf-8")
    arguments = [
        *("--target", "127.0.0.1:1", "--ca", "none", "--certificate", "none", "--key", "none"),
        *("--items", str(ITEMS), "--samples", str(tmp_path / "samples.json")),
    ]
    for wrong in ([], arguments[:6], arguments):
        with pytest.raises(SystemExit) as caught:
            main(wrong)
        assert 2 == caught.value.code
    capsys.readouterr()
