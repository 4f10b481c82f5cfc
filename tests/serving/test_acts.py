"""Acts are recorded before they are done, or wait for a witness, in order and within a bound."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

import pytest
import structlog

from gateway.audit.journal import Journal
from gateway.ground.refusals import Reason, Refusal
from gateway.serving import acts as module
from gateway.serving.acts import Acts
from tests.serving.test_account import standing


class Recorder:
    """A journal that notes acts, or refuses them."""

    def __init__(self) -> None:
        self.found: list[str] = []
        self.refuses: set[str] = set()

    async def record_act(self, *, action: str, subject: str, actor: str, documents: Sequence[object] = ()) -> None:
        """Note an act, and the documents that come into force by it."""
        if action in self.refuses:
            raise Refusal(Reason.AUDIT_NOT_DURABLE, "no room")
        self.found.append(" ".join((action, subject, actor, *map(str, documents))))


def acts_of(*, confirmed: bool) -> tuple[Acts, Recorder, Any]:
    """Acts over a recorder, and the standing of the log."""
    recorder, stands = Recorder(), standing(confirmed=confirmed)
    return Acts(cast(Journal, recorder), stands), recorder, stands


async def test_an_act_is_recorded_at_once_where_the_log_is_confirmed() -> None:
    """Before `record` returns."""
    acts, recorder, _ = acts_of(confirmed=True)
    await acts.record("reload", "catalogue", "uri")
    assert ["reload catalogue uri"] == recorder.found


async def test_an_act_that_cannot_be_recorded_is_refused() -> None:
    """And is not kept to be recorded later: it must not be done."""
    acts, recorder, _ = acts_of(confirmed=True)
    recorder.refuses = {"reload"}
    with pytest.raises(Refusal):
        await acts.record("reload", "catalogue", "uri")
    recorder.refuses = set()
    await acts.catch_up()
    assert [] == recorder.found


async def test_acts_before_a_witness_answered_are_logged_and_recorded_in_order_later() -> None:
    """Nothing is added to a log that may have been rolled back."""
    acts, recorder, stands = acts_of(confirmed=False)
    with structlog.testing.capture_logs() as lines:
        for action in ("a", "b", "c"):
            await acts.record(action, "s", "u")
    assert ["a", "b", "c"] == [line["action"] for line in lines]
    await acts.catch_up()
    assert [] == recorder.found
    stands.record("w", 1, 0.0)
    await acts.catch_up()
    await acts.catch_up()
    assert ["a s u", "b s u", "c s u"] == recorder.found


async def test_a_log_that_fails_while_catching_up_loses_and_doubles_no_act() -> None:
    """The next attempt goes on with the act that failed."""
    acts, recorder, stands = acts_of(confirmed=False)
    for action in ("a", "b", "c"):
        await acts.record(action, "s", "u")
    stands.record("w", 1, 0.0)
    recorder.refuses = {"b"}
    with pytest.raises(Refusal):
        await acts.catch_up()
    recorder.refuses = set()
    await acts.catch_up()
    assert ["a s u", "b s u", "c s u"] == recorder.found


async def test_a_log_that_is_contradicted_takes_no_act_that_waits() -> None:
    """Though a witness had cosigned it."""
    acts, recorder, stands = acts_of(confirmed=False)
    await acts.record("a", "s", "u")
    stands.record("w", 1, 0.0)
    stands.contradict("another log")
    await acts.catch_up()
    assert [] == recorder.found


async def test_no_more_acts_wait_than_the_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    """One more is refused, and says why."""
    monkeypatch.setattr(module, "MAX_DEFERRED", 2)
    acts, _, _ = acts_of(confirmed=False)
    await acts.record("a", "s", "u")
    await acts.record("b", "s", "u")
    with pytest.raises(Refusal) as caught:
        await acts.record("c", "s", "u")
    assert Reason.WITNESS_AWAITED == caught.value.reason
