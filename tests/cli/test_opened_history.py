"""The bodies of a history are held to their entries, and shown with every entry of their exchange."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from gateway.audit.entries.bodies import Body, open_body
from gateway.audit.review.shown import read_shown
from gateway.audit.review.statement_entries import ProvenEntry
from gateway.audit.storage.reader import LogReader
from gateway.cli.audit.history_shown import count_entries
from gateway.cli.audit.opened_history import describe_inputs, read_opened, show_opened
from gateway.cli.language import Language, choose
from gateway.cli.screen import Problem
from gateway.ground.evidence import Operator
from gateway.ground.refusals import Reason, Refusal
from gateway.wire.v1 import ledger_pb2
from tests.audit.logs import CALLER, CLEARED, MONTH, create, journal, opened, question
from tests.samples import arrival, ask, grant

O77 = Operator("O-77", "cq-hrss-1")


async def write(directory: Path) -> Path:
    """A question that was answered, and one that was refused before its intent."""
    place = await create(directory)
    async with opened(place) as log:
        desk = journal(log)
        exchange = desk.begin_provider(arrival(ask(operator=O77, purpose="补办社保卡")))
        exchange.intend(CALLER, grant())
        await exchange.release(CLEARED)
        await desk.begin_provider(question(3)).refuse(Refusal(Reason.GRANT_MISSING))
    return place


@pytest.fixture(scope="module")
def bodies(tmp_path_factory: pytest.TempPathFactory) -> tuple[list[ProvenEntry], list[ledger_pb2.OpenedBody]]:
    """The entries, and the bodies of those that have one."""
    with LogReader(asyncio.run(write(tmp_path_factory.mktemp("log")))) as reader:
        entries, made = [], []
        for index in range(3):
            row = reader.entry(index)
            entry = read_shown(row.index, row.leaf_hash, row.octets)
            entries.append(ProvenEntry(index, row.octets, entry))
            kept = reader.wrap(index)
            if kept is not None:
                body: Body = open_body(entry, reader.body(index), kept[1], MONTH)
                made.append(ledger_pb2.OpenedBody(index=index, text=body.text.encode(), salt=body.salt))
    return entries, made


@pytest.fixture(autouse=True)
def _afterwards() -> Iterator[None]:
    """The language is the process's; the next test begins without one."""
    yield
    choose(None)


def history(entries: list[ProvenEntry]) -> Any:
    """As much of a history as is looked at."""
    return SimpleNamespace(found=tuple(entries))


def test_every_entry_of_an_exchange_has_what_its_intent_rested_on(
    bodies: tuple[list[ProvenEntry], list[ledger_pb2.OpenedBody]],
) -> None:
    """The release too, which has no body; a refusal without an intent has its own."""
    entries, made = bodies
    assert [0, 2] == [body.index for body in made]
    inputs = read_opened(history(entries), made)
    described = [describe_inputs(one, inputs)["inputs"] for one in entries]
    assert ["O-77", "O-77", ""] == [one["operator"] for one in described if isinstance(one, dict)]
    assert {} == describe_inputs(entries[0], None)
    assert {"inputs": None} == describe_inputs(entries[0], {})


@pytest.mark.parametrize("part", ["text", "salt", "index"])
def test_a_body_that_its_entry_does_not_commit_to_is_refused(
    bodies: tuple[list[ProvenEntry], list[ledger_pb2.OpenedBody]], part: str
) -> None:
    """Another text, another salt, or the body of another entry."""
    entries, (first, second) = bodies
    changed = {
        "text": ledger_pb2.OpenedBody(index=0, text=first.text.replace(b"O-77", b"O-88"), salt=first.salt),
        "salt": ledger_pb2.OpenedBody(index=0, text=first.text, salt=bytes(32)),
        "index": ledger_pb2.OpenedBody(index=0, text=second.text, salt=second.salt),
    }[part]
    with pytest.raises(Problem) as caught:
        read_opened(history(entries), [changed])
    assert "the body of the entry 0 does not hold" in caught.value.found.en


def test_a_body_whose_entry_is_not_in_the_history_is_not_shown(
    bodies: tuple[list[ProvenEntry], list[ledger_pb2.OpenedBody]],
) -> None:
    """Nothing proves it."""
    entries, made = bodies
    assert {} == read_opened(history(entries[1:2]), made)


@pytest.mark.parametrize(
    ("language", "words"),
    [
        (Language.ZH, ("经办人、用途与依据", "O-77", "cq-hrss-1", "补办社保卡", "履行法定职责", "2 条的正文不能打开")),
        (Language.EN, ("official, purpose and basis", "O-77", "statutory duty", "bodies that cannot be opened: 2")),
    ],
)
def test_the_table_names_official_unit_purpose_and_basis_and_counts_what_stays_closed(
    bodies: tuple[list[ProvenEntry], list[ledger_pb2.OpenedBody]],
    capsys: pytest.CaptureFixture[str],
    language: Language,
    words: tuple[str, ...],
) -> None:
    """In the language of the run."""
    entries, made = bodies
    choose(language)
    show_opened([*entries, entries[2]], read_opened(history(entries), made[:1]))
    shown = capsys.readouterr().out
    assert [] == [word for word in words if word not in shown]


def test_entries_are_counted_by_phase_and_refusals_by_reason(
    bodies: tuple[list[ProvenEntry], list[ledger_pb2.OpenedBody]],
) -> None:
    """All that an official did, with how often it was refused and why."""
    entries, _ = bodies
    counts = count_entries([*entries, entries[2]])
    expected = {"phases": {"intent": 1, "refusal": 2, "release": 1}, "refusals": {"GRANT_MISSING": 2}}
    assert expected == json.loads(json.dumps(counts))
