"""A receipt proves one page as the answer to one question, in the peer's log; what differs is refused by its name."""

from __future__ import annotations

import asyncio
from base64 import b64decode
from dataclasses import replace
from pathlib import Path

import orjson
import pytest

from gateway.audit.entries.commitments import rows_root
from gateway.audit.entries.entry import ANSWER_VERSION
from gateway.audit.entries.references import References
from gateway.audit.entries.writing import LogIdentity
from gateway.audit.exchange import AskerExchange
from gateway.audit.journal import Acknowledgement, Journal
from gateway.audit.receipts import REMEMBERED, PeerLog, prove, prove_refusal
from gateway.audit.tlog.note import Checkpoint, checkpoint_text, sign_note
from gateway.audit.tlog.tree import leaf_hash
from gateway.ground.evidence import CellReason, Column, Page, PeerAnswer, Receipt, RequestId
from gateway.ground.item import Kind, Outcome
from gateway.ground.refusals import PeerRefusal, Reason, Refusal
from tests.audit.logs import (
    ASKER,
    CALLER,
    CLEARED,
    EPOCHS,
    NODE,
    PAGE,
    PROVIDER,
    Verifying,
    create,
    journal,
    opened,
    question,
)
from tests.audit.logs import answer as whole_exchange
from tests.samples import NOW_US, arrival, ask, grant
from tests.wide import budgets

LOG = PeerLog(PROVIDER.name, [Verifying(PROVIDER)])
FIELDS = ("card_status", "valid_to")
QUESTION = question(1)


async def provided(directory: Path) -> tuple[PeerAnswer, Receipt, Receipt]:
    """An answer of the provider with its receipt; a receipt of its intent's neighbour; a receipt of a refusal."""
    async with opened(await create(directory)) as log:
        desk = journal(log)
        exchange, receipt = await whole_exchange(desk, 1)
        _, other = await whole_exchange(desk, 2)
        _, refusals = await desk.begin_provider(QUESTION).refuse(Refusal(Reason.GRANT_MISSING))
        return PeerAnswer(PAGE, 0, True, receipt, exchange.salt), other, refusals[0]


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> tuple[PeerAnswer, Receipt, Receipt]:
    """Made once."""
    return asyncio.run(provided(tmp_path_factory.mktemp("provider")))


def judge(answer: PeerAnswer, **changes: object) -> None:
    """Prove an answer as the one to our question."""
    expected: dict[str, object] = {
        "request_id": QUESTION.ask.request_id,
        "request_hash": QUESTION.request_hash,
        "fields": FIELDS,
        "number": 0,
    }
    proven = prove(LOG, answer, **(expected | changes))  # type: ignore[arg-type]  # the test names arguments
    assert answer == proven.answer
    assert rows_root(answer.salt, answer.page, ANSWER_VERSION).hex() == proven.rows_root


def refused(answer: PeerAnswer, cause: str, **changes: object) -> None:
    """It is refused, for this cause, and the message holds no value of the page."""
    with pytest.raises(Refusal, match=cause) as found:
        judge(answer, **changes)
    assert Reason.PEER_RECEIPT_INVALID is found.value.reason
    assert "2030" not in str(found.value)


Answers = tuple[PeerAnswer, Receipt, Receipt]


def test_a_page_with_its_receipt_is_proven(answers: Answers) -> None:
    """By the log's public key and our own question alone."""
    judge(answers[0])
    judge(answers[0], fields=(*FIELDS, "not_answered"))


def test_another_question_number_or_columns_are_refused(answers: Answers) -> None:
    """The receipt is of another exchange, question or page."""
    answer = answers[0]
    refused(answer, "another exchange", request_id="01980000-0000-7000-8000-000000000009")
    refused(answer, "another question", request_hash=b"x" * 32)
    refused(answer, "expected page 1", number=1)
    refused(replace(answer, number=1), "expected page 0")
    refused(replace(answer, last=False), "whether a page follows")
    refused(answer, "columns that were not asked for", fields=("card_status",))
    refused(answer, "columns that were not asked for", fields=())


def test_another_page_than_was_recorded_is_refused(answers: Answers) -> None:
    """One cell, one row, one name, one salt."""
    answer = answers[0]
    status, valid = PAGE.columns
    cell = replace(status, values=("2",))
    refused(replace(answer, page=replace(PAGE, columns=(cell, valid))), "other rows")
    refused(replace(answer, page=replace(PAGE, columns=(valid, status))), "other columns")
    refused(replace(answer, page=replace(PAGE, columns=(status,))), "other columns")
    refused(
        replace(answer, page=replace(PAGE, columns=(*PAGE.columns, Column("more", Kind.STRING, ("x",))))),
        "other columns",
    )
    twice = tuple(replace(column, values=column.values * 2) for column in PAGE.columns)
    refused(replace(answer, page=Page(2, twice)), "expected 2 records")
    refused(replace(answer, page=replace(PAGE, outcomes=(Outcome.NO_MATCH,))), "other outcomes")
    refused(replace(answer, page=replace(PAGE, outcomes=())), "other outcomes")
    told = replace(status, reasons=(CellReason.AS_DECLARED,))
    refused(replace(answer, page=replace(PAGE, columns=(told, valid))), "other rows")
    refused(
        replace(answer, page=replace(PAGE, columns=(replace(status, reasons=(CellReason.NONE,) * 2), valid))), "reasons"
    )
    refused(replace(answer, salt=b"x" * 16), "other rows")
    refused(replace(answer, salt=b"x" * 15), "salt of 16 bytes")


def test_another_receipt_is_refused(answers: Answers) -> None:
    """Of another log, another place, another entry, another checkpoint."""
    answer, other, refusal = answers
    receipt = answer.receipt
    entry = receipt.entry.replace(b'"page":0', b'"page":1')
    signed = sign_note(checkpoint_text(Checkpoint("another.log", 9, b"r" * 32)), (PROVIDER,))
    forged = sign_note(checkpoint_text(Checkpoint(PROVIDER.name, 9, b"r" * 32)), (ASKER,))
    forked = sign_note(checkpoint_text(Checkpoint(PROVIDER.name, 9, b"r" * 32)), (PROVIDER,))
    cases = {
        "one of another log": replace(receipt, origin="another.log"),
        "checkpoint: expected a checkpoint of": replace(receipt, checkpoint=signed),
        "checkpoint: expected a signature of a known key": replace(receipt, checkpoint=forged),
        "checkpoint: expected a text, a blank line": replace(receipt, checkpoint=b""),
        "inclusion: the path": replace(receipt, checkpoint=forked),
        "inclusion: expected an index": replace(receipt, index=-1),
        "inclusion: .*does not lead": replace(receipt, entry=entry),
        "inclusion: the path is too long": replace(receipt, path=(*receipt.path, b"x" * 32)),
        "inclusion: expected hashes": replace(receipt, path=(b"x",)),
        "another exchange": other,
        "expected an entry of phase release, found refusal": refusal,
    }
    for cause, wrong in cases.items():
        refused(replace(answer, receipt=wrong), cause)


def test_a_good_checkpoint_is_verified_once(answers: Answers) -> None:
    """One checkpoint serves all answers of a frame; a bad one is never remembered."""

    class Counting(Verifying):
        calls = 0

        def verify(self, message: bytes, signature: bytes) -> None:
            Counting.calls += 1
            super().verify(message, signature)

    log = PeerLog(PROVIDER.name, [Counting(PROVIDER)])
    for _ in range(5):
        log.verify_entry(answers[0].receipt)
    assert 1 == Counting.calls
    with pytest.raises(Refusal):
        log.verify_entry(replace(answers[0].receipt, checkpoint=answers[0].receipt.checkpoint[:-8] + b"AAAAAA=\n"))
    assert 1 == len(log._verified)


def test_a_log_without_a_key_is_refused() -> None:
    """Nothing of it could be proven."""
    with pytest.raises(ValueError, match="at least one key"):
        PeerLog(PROVIDER.name, [])


def test_a_refusal_is_proven_by_its_reason(answers: Answers) -> None:
    """For our question alone."""
    _, release, refusal = answers
    ask, octets = QUESTION.ask.request_id, QUESTION.request_hash
    prove_refusal(LOG, refusal, request_id=ask, request_hash=octets, reason=Reason.GRANT_MISSING)
    for receipt, request_id, reason in (
        (refusal, ask, Reason.GRANT_EXPIRED),
        (refusal, RequestId("x"), Reason.GRANT_MISSING),
        (release, ask, Reason.GRANT_MISSING),
    ):
        with pytest.raises(Refusal) as found:
            prove_refusal(LOG, receipt, request_id=request_id, request_hash=octets, reason=reason)
        assert Reason.PEER_RECEIPT_INVALID is found.value.reason


def asking(log: object) -> AskerExchange:
    """Our own exchange about the same question."""
    book = LogIdentity(ASKER.name, "spiffe://chongqing.example/node/1", References(b"c" * 32, "500000"), EPOCHS)
    desk = Journal(
        log,  # type: ignore[arg-type]  # an AuditLog
        book,
        peers={"510000": LOG},
        clock_us=lambda: NOW_US,
        random=lambda size: b"r" * size,
        require_witnessed=lambda _: None,
        persons=budgets(),
    )
    exchange = desk.begin_asker(QUESTION)
    exchange.intend(CALLER, grant())
    return exchange


def rewritten(receipt: Receipt, **fields: object) -> Receipt:
    """The receipt of a log that has this entry with other fields, alone in its tree, validly signed."""
    entry = orjson.dumps({**orjson.loads(receipt.entry), **fields}, option=orjson.OPT_SORT_KEYS)
    note = sign_note(checkpoint_text(Checkpoint(PROVIDER.name, 1, leaf_hash(entry))), (PROVIDER,))
    return Receipt(PROVIDER.name, 0, entry, (), note)


def test_an_entry_that_names_another_log_is_refused_in_the_peers_own_tree(answers: Answers) -> None:
    """A peer could else give an entry of some other log as its own."""
    answer = answers[0]
    judge(replace(answer, receipt=rewritten(answer.receipt)))
    refused(replace(answer, receipt=rewritten(answer.receipt, origin="another.log")), "another log than the one")


def test_a_peer_fills_no_memory_with_checkpoints() -> None:
    """Only the newest are remembered, and one that was forgotten is verified anew."""
    log = PeerLog(PROVIDER.name, [Verifying(PROVIDER)])
    notes = [
        sign_note(checkpoint_text(Checkpoint(PROVIDER.name, size, b"r" * 32)), (PROVIDER,))
        for size in range(1, REMEMBERED + 3)
    ]
    assert list(range(1, REMEMBERED + 3)) == [log.verify_checkpoint(note).size for note in notes]
    assert notes[2:] == list(log._verified)
    assert 1 == log.verify_checkpoint(notes[0]).size


async def test_our_receipt_entry_commits_to_the_peers_entry(tmp_path: Path, answers: Answers) -> None:
    """So that neither log can drop the exchange alone."""
    answer = answers[0]
    async with opened(await create(tmp_path, ASKER), key=ASKER) as log:
        exchange = asking(log)
        receipt = await exchange.receive(exchange.prove(answer))
        entry = PeerLog(ASKER.name, [Verifying(ASKER)]).verify_entry(receipt)
        expected = {"origin": PROVIDER.name, "index": answer.receipt.index, "leaf_hash": answer.receipt.leaf_hash.hex()}
        assert expected == entry.fields["peer_leaf"]
        assert LOG.verify_entry(answer.receipt).text("rows_root") == entry.text("rows_root")


async def test_a_refusal_by_the_peer_stands_with_both_receipts_if_it_proves(tmp_path: Path, answers: Answers) -> None:
    """If it does not prove, the refusal is our own; if the peer recorded none, there is none."""
    theirs = answers[2]
    async with opened(await create(tmp_path, ASKER), key=ASKER) as log:
        missing = Refusal(Reason.GRANT_MISSING)
        refusal, receipts = await asking(log).refuse(PeerRefusal(missing, (theirs,)))
        assert (Reason.GRANT_MISSING, theirs, 2) == (refusal.reason, receipts[1], len(receipts))
        refusal, receipts = await asking(log).refuse(PeerRefusal(missing, (replace(theirs, index=0),)))
        assert (Reason.PEER_RECEIPT_INVALID, 1) == (refusal.reason, len(receipts))
        refusal, receipts = await asking(log).refuse(PeerRefusal(missing, ()))
        assert (Reason.GRANT_MISSING, 1) == (refusal.reason, len(receipts))


async def test_an_acknowledgement_is_recorded_once_and_only_from_who_was_answered(tmp_path: Path) -> None:
    """Another node, another log, another page, a second time: no entry."""
    async with opened(await create(tmp_path)) as log:
        desk = journal(log)
        await whole_exchange(desk, 1)
        good: dict[str, object] = {
            "node": NODE,
            "request_id": QUESTION.ask.request_id,
            "number": 0,
            "origin": ASKER.name,
            "index": 4,
            "leaf_hash": b"l" * 32,
            "reason": "",
        }
        for changes in (
            {"node": "spiffe://other"},
            {"origin": "other.log"},
            {"number": 1},
            {"request_id": "x"},
            {"leaf_hash": b""},
        ):
            assert not desk.record_outcome(Acknowledgement(**(good | changes)))  # type: ignore[arg-type]  # the test names arguments
        assert desk.record_outcome(Acknowledgement(**good))  # type: ignore[arg-type]  # the test names arguments
        assert not desk.record_outcome(Acknowledgement(**good))  # type: ignore[arg-type]  # the test names arguments
    assert 3 == log.size


async def test_a_batch_names_the_subjects_of_each_page(tmp_path: Path) -> None:
    """The intent names all of them, a release those of its rows, in order."""
    async with opened(await create(tmp_path)) as log:
        exchange = journal(log).begin_provider(arrival(ask(subjects=1300), page_rows=650))
        exchange.intend(CALLER, grant())
        sizes = []
        for number in range(2):
            rows = tuple(replace(column, values=column.values * 650) for column in PAGE.columns)
            cleared = replace(CLEARED, page=Page(650, rows), number=number, last=number == 1)
            entry = LOG.verify_entry(await exchange.release(cleared))
            sizes.append(len(b64decode(entry.text("subject_tokens"))))
        assert [650 * 16] * 2 == sizes
        assert 4 == log.size
