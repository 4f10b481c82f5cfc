"""The replay memory: a request id serves once."""

from __future__ import annotations

import pytest

from gateway.gatehouse.replay import ReplayMemory
from gateway.ground.evidence import NO_ENTRY, RequestId
from gateway.ground.refusals import Reason, Refusal

ID = RequestId("01980000-0000-7000-8000-000000000001")
OTHER = RequestId("01980000-0000-7000-8000-000000000002")


def refused(memory: ReplayMemory, request_id: RequestId, content: bytes, *, repeated: bool, now_us: int) -> Reason:
    """Return the reason for which a use is refused."""
    with pytest.raises(Refusal) as caught:
        memory.admit(request_id, content, repeated=repeated, now_us=now_us)
    return caught.value.reason


def test_a_new_id_repeats_nothing() -> None:
    """The first use is free."""
    assert NO_ENTRY == ReplayMemory(1000).admit(ID, b"a", repeated=False, now_us=0)


def test_a_second_use_is_a_replay() -> None:
    """Whatever its content."""
    memory = ReplayMemory(1000)
    memory.admit(ID, b"a", repeated=False, now_us=0)
    assert Reason.REQUEST_REPLAYED == refused(memory, ID, b"a", repeated=False, now_us=1)
    assert Reason.REQUEST_REPLAYED == refused(memory, ID, b"b", repeated=False, now_us=1)


def test_a_repeat_over_a_broken_link_names_the_first_entry() -> None:
    """One exchange never counts as two."""
    memory = ReplayMemory(1000)
    memory.admit(ID, b"a", repeated=False, now_us=0)
    memory.answered(ID, 7)
    memory.answered(ID, 9)
    assert 7 == memory.admit(ID, b"a", repeated=True, now_us=1)


def test_a_repeat_with_other_content_is_a_replay() -> None:
    """A repeat is the same question."""
    memory = ReplayMemory(1000)
    memory.admit(ID, b"a", repeated=False, now_us=0)
    assert Reason.REQUEST_REPLAYED == refused(memory, ID, b"b", repeated=True, now_us=1)


def test_a_repeat_after_the_acknowledgement_is_a_replay() -> None:
    """Who has the answer need not ask again."""
    memory = ReplayMemory(1000)
    memory.admit(ID, b"a", repeated=False, now_us=0)
    memory.close(ID)
    assert Reason.REQUEST_REPLAYED == refused(memory, ID, b"a", repeated=True, now_us=1)


def test_an_id_from_the_log_is_a_replay() -> None:
    """A restart opens no window."""
    memory = ReplayMemory(1000)
    memory.restore(ID, 3, 0)
    assert Reason.REQUEST_REPLAYED == refused(memory, ID, b"a", repeated=True, now_us=1)


def test_an_id_is_forgotten_only_after_its_window() -> None:
    """By then the question is stale anyway."""
    memory = ReplayMemory(1000)
    memory.admit(ID, b"a", repeated=False, now_us=0)
    assert Reason.REQUEST_REPLAYED == refused(memory, ID, b"a", repeated=False, now_us=999)
    assert NO_ENTRY == memory.admit(ID, b"a", repeated=False, now_us=1000)


def test_a_full_memory_refuses_rather_than_forgets() -> None:
    """Flooding does not open a window for replays."""
    memory = ReplayMemory(1000, capacity=1)
    memory.admit(ID, b"a", repeated=False, now_us=0)
    assert Reason.OVERLOADED == refused(memory, OTHER, b"a", repeated=False, now_us=1)
    assert Reason.REQUEST_REPLAYED == refused(memory, ID, b"a", repeated=False, now_us=2)


def test_an_id_that_was_forgotten_meanwhile_is_left_alone() -> None:
    """An answer or an acknowledgement that comes after the window finds nothing, and harms nothing."""
    memory = ReplayMemory(1000)
    memory.admit(ID, b"a", repeated=False, now_us=0)
    memory.admit(OTHER, b"b", repeated=False, now_us=1000)
    memory.answered(ID, 7)
    memory.close(ID)
    assert 1 == len(memory)
    assert NO_ENTRY == memory.admit(ID, b"a", repeated=False, now_us=1001)
