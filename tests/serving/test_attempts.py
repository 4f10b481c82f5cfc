"""What is tried and refused stands in the log, in bounds: nobody fills it by being refused."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from gateway.audit.entries.acts import REFUSED, ActDetails
from gateway.ground.documents import NumberedDocument
from gateway.ground.refusals import Reason, Refusal
from gateway.serving import attempts as module
from gateway.serving.attempts import HOUR_US, PER_CALLER, Attempts, RefusedAttempt

INVALID = Refusal(Reason.APPROVAL_INVALID, "expected an approval")


class World:
    """Attempts over a log that notes them, and a clock that stands."""

    def __init__(self) -> None:
        self.found: list[tuple[str, str, str, str, str]] = []
        self.known: list[tuple[str, bytes]] = []
        self.now_us = 7 * HOUR_US
        self.fault: Refusal | None = None
        self.attempts = Attempts(self.record, lambda: self.now_us)

    async def record(
        self, action: str, subject: str, actor: str, documents: Sequence[NumberedDocument], details: ActDetails
    ) -> None:
        """Note an act, or refuse it."""
        assert () == documents
        if self.fault is not None:
            raise self.fault
        self.found.append((action, subject, actor, details.caller_fp, details.reason_code))
        self.known.append((details.approval, details.subjects))


async def test_an_attempt_says_who_tried_what_and_why_it_was_refused() -> None:
    """By the certificate, and without the words of the refusal."""
    world = World()
    await world.attempts.record("Ledger/OpenBody", INVALID, actor="uri", caller_fp="f" * 64)
    assert [(REFUSED, "Ledger/OpenBody", "uri", "f" * 64, "APPROVAL_INVALID")] == world.found


async def test_what_is_known_of_an_attempt_stands_in_its_entry() -> None:
    """The approval's digest and the person's reference; the caller is the one that was shown."""
    world = World()
    known = ActDetails(approval="a" * 64, subjects=b"p" * 16, caller_fp="0" * 64)
    refusal = RefusedAttempt(INVALID, known)
    assert (INVALID.reason, str(INVALID)) == (refusal.reason, str(refusal))
    await world.attempts.record("Ledger/OpenBody", refusal, actor="uri", caller_fp="f" * 64)
    await world.attempts.record("Ledger/OpenBody", INVALID, actor="uri", caller_fp="f" * 64)
    assert [(REFUSED, "Ledger/OpenBody", "uri", "f" * 64, "APPROVAL_INVALID")] * 2 == world.found
    assert [("a" * 64, b"p" * 16), ("", b"")] == world.known


async def test_files_that_are_dropped_are_bounded_and_hide_no_refused_command() -> None:
    """They are counted apart from what their user was refused."""
    world = World()
    for _ in range(PER_CALLER + 5):
        await world.attempts.record_file("request_file", actor="local:7")
    assert [(REFUSED, "request_file", "local:7", "", "REQUEST_INVALID")] * PER_CALLER == world.found
    await world.attempts.record("shred", INVALID, actor="local:7")
    assert (REFUSED, "shred", "local:7", "", "APPROVAL_INVALID") == world.found[-1]
    world.fault = Refusal(Reason.AUDIT_NOT_DURABLE)
    await world.attempts.record_file("request_file", actor="local:8")
    assert PER_CALLER + 1 == len(world.found)


@pytest.mark.parametrize(
    "reason", [Reason.REQUEST_INVALID, Reason.RATE_LIMITED, Reason.AUDIT_NOT_DURABLE, Reason.INTERNAL]
)
async def test_what_says_nothing_of_who_tried_is_no_attempt(reason: Reason) -> None:
    """A wrong form, a busy node and a defect have their lines and their counts."""
    world = World()
    await world.attempts.record("Ledger/OpenBody", Refusal(reason), actor="uri")
    assert [] == world.found


async def test_one_certificate_fills_no_log_and_hides_no_other() -> None:
    """Its number comes again with the next hour."""
    world = World()
    for _ in range(PER_CALLER + 5):
        await world.attempts.record("a", INVALID, actor="one", caller_fp="1" * 64)
    assert PER_CALLER == len(world.found)
    await world.attempts.record("a", INVALID, actor="two", caller_fp="2" * 64)
    assert PER_CALLER + 1 == len(world.found)
    world.now_us += HOUR_US
    await world.attempts.record("a", INVALID, actor="one", caller_fp="1" * 64)
    assert PER_CALLER + 2 == len(world.found)


async def test_all_certificates_together_fill_no_log(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nor the memory of who tried."""
    monkeypatch.setattr(module, "PER_NODE", 4)
    monkeypatch.setattr(module, "CALLERS", 2)
    world = World()
    for number in range(9):
        await world.attempts.record("a", INVALID, actor=str(number))
    assert 4 == len(world.found)
    assert 2 == len(world.attempts._callers)


async def test_a_log_that_takes_no_entry_changes_nothing_for_who_is_refused() -> None:
    """The attempt raises nothing of its own."""
    world = World()
    world.fault = Refusal(Reason.AUDIT_NOT_DURABLE)
    await world.attempts.record("a", INVALID, actor="uri")
    assert [] == world.found
