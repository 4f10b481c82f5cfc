"""One log is followed: what contradicts what it showed, or what witnesses cosigned, is an alarm with its evidence."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from gateway.audit.tlog.note import Checkpoint, checkpoint_text, sign_note
from gateway.audit.tlog.policy import read_policy
from gateway.audit.tlog.tree import leaf_hash
from gateway.monitor import follower as module
from gateway.monitor.alarms import LASTING, MOST_OF_ONE, TABLE, WatchAlarm
from gateway.monitor.clock import CLOCK
from gateway.monitor.follower import ENTRIES, NODE, QUORUM, RECORD, Limits
from gateway.monitor.record import MAX_ACTS
from gateway.monitor.sources import AccessRefused, NothingShown
from gateway.witness.submission import Unreachable
from tests.audit.logs import ASKER, PROVIDER
from tests.audit.signing import LogKey
from tests.monitor.sources import ONE, TWO, Bench, MemoryLog, act

A = WatchAlarm
THIEF = LogKey(PROVIDER.name, seed=9)


@pytest.fixture
async def bench(tmp_path: Path) -> Bench:
    """A log that has been followed for two visits, all in order."""
    made = Bench(tmp_path / "records")
    assert [] == await made.turn(37)
    assert [] == await made.turn()
    return made


def forked(log: MemoryLog, at: int, count: int) -> MemoryLog:
    """The log as it would be had it gone another way from an entry on."""
    other = MemoryLog(log.entries_held[:at])
    other.grow(count, "other")
    return other


async def test_a_log_in_order_is_read_and_nothing_is_reported(bench: Bench) -> None:
    """In the steady state a visit is two calls, and what the witnesses cosigned is found in passing."""
    for _ in range(20):
        bench.log.asked.clear()
        size = len(bench.log.entries_held)
        assert [] == await bench.turn(7)
        assert ["checkpoint", f"entries {size}-{size + 7}"] == bench.log.asked
    assert [] == bench.raised()
    assert [] == bench.follower.record.unproven
    assert len(bench.log.entries_held) == bench.follower.record.read_size == bench.follower.witnessed_size(ONE.name)
    assert [] == bench.evidence()


@pytest.mark.parametrize("first", [0, 1, 2, 3, 31, 32, 33, 255, 257])
async def test_a_log_is_taken_up_at_any_size(tmp_path: Path, first: int) -> None:
    """The frontier comes with the proof of the newest entry."""
    bench = Bench(tmp_path / "records")
    bench.log.grow(first)
    bench.cosign()
    assert [] == await bench.visit()
    for count in (1, 2, 5):
        assert [] == await bench.turn(count)
    assert first + 8 == bench.follower.record.read_size


async def test_a_log_that_went_back_is_an_alarm_until_it_is_all_there_again(bench: Bench) -> None:
    """Raised once, with both notes; the record keeps the greater one."""
    whole = list(bench.log.entries_held)
    del bench.log.entries_held[20:]
    assert [(A.LOG_ROLLED_BACK, NODE, True)] == await bench.visit()
    bench.log.grow(3)
    assert [] == [one for one in await bench.visit() if one[0] is not A.LOG_FORKED]
    (evidence, *_) = bench.evidence()
    notes = json.loads(evidence.read_bytes())["notes"]
    assert ["40", "20"] == [note.split("\n")[1] for note in notes]
    bench.log.entries_held = whole
    assert (A.LOG_ROLLED_BACK, NODE, False) in await bench.turn()


async def test_a_log_that_signs_another_root_has_forked_for_good(bench: Bench) -> None:
    """At the size that it showed; evidence is kept, and no later note ends it."""
    true = list(bench.log.entries_held)
    bench.log.entries_held = forked(bench.log, 30, len(true) - 30).entries_held
    assert [(A.LOG_FORKED, NODE, True)] == await bench.visit()
    assert str(bench.evidence()[0]) == bench.alarms[-1].evidence
    bench.log.entries_held = true
    assert [] == await bench.turn()
    bench.open()
    assert [] == await bench.turn()
    assert [(A.LOG_FORKED, NODE)] == bench.raised()


@pytest.mark.parametrize("at", [0, 1, 31, 32, 38, 39])
async def test_a_log_that_went_another_way_and_grew_on_has_forked(bench: Bench, at: int) -> None:
    """Entries do not lead to the root, and no proof shows that it only grew."""
    bench.log.entries_held = forked(bench.log, at, 60 - at).entries_held
    assert (A.LOG_FORKED, NODE, True) in await bench.visit()
    assert 40 == bench.follower.record.read_size


async def test_entries_that_do_not_lead_to_the_root_are_an_alarm_and_no_fork(bench: Bench) -> None:
    """The node shows others than it signed; it ends when the true ones come."""

    def edited(entries: list[bytes]) -> list[bytes]:
        return [b"edited", *entries[1:]]

    for change in (edited, lambda entries: entries[:-1], lambda entries: [b"", *entries[1:]], lambda entries: []):
        bench.log.change = change
        assert [(A.ENTRIES_UNPROVEN, NODE, True)] == await bench.turn()
        bench.log.change = lambda entries: entries
        assert [(A.ENTRIES_UNPROVEN, NODE, False)] == await bench.visit()
    assert [] == bench.evidence()


async def test_a_witness_that_saw_another_log_shows_the_fork(bench: Bench) -> None:
    """Signed by the log's own key: two faces, one for the node's readers and one for the witness."""
    other = forked(bench.log, 35, 8)
    bench.log.grow(3)
    bench.cosign(of=other)
    assert (A.LOG_FORKED, NODE, True) in await bench.visit()
    assert 1 <= len(bench.evidence())


async def test_a_witness_that_saw_another_root_at_a_size_on_the_way_shows_the_fork(bench: Bench) -> None:
    """Found in passing, while entries are read."""
    bench.cosign(of=forked(bench.log, 40, 2))
    bench.log.grow(9)
    assert (A.LOG_FORKED, NODE, True) in await bench.visit()


async def test_a_witness_that_saw_more_than_the_node_shows_tells_of_a_rollback(bench: Bench) -> None:
    """The node never showed that much to this monitor."""
    ahead = MemoryLog(list(bench.log.entries_held))
    ahead.grow(9)
    bench.cosign(of=ahead)
    assert [(A.LOG_ROLLED_BACK, NODE, True)] == await bench.visit()
    bench.log.entries_held = ahead.entries_held
    assert [(A.LOG_ROLLED_BACK, NODE, False)] == await bench.visit()


async def test_a_witness_that_goes_back_is_named(bench: Bench) -> None:
    """Its state was lost or restored; both of its notes are kept, and the greater one counts."""
    bench.one.shown = bench.log.note(12, ONE.at(bench.now_s))
    assert [(A.WITNESS_ROLLED_BACK, ONE.name, True)] == await bench.visit(0)
    assert (40, 1) == (bench.follower.witnessed_size(ONE.name), len(bench.evidence()))
    assert (A.WITNESS_ROLLED_BACK, ONE.name, False) in await bench.turn()


async def test_a_witness_with_another_root_for_a_size_that_it_showed_tells_of_a_fork(bench: Bench) -> None:
    """The log signed both."""
    other = forked(bench.log, 39, 1)
    bench.one.shown = other.note(None, ONE.at(bench.now_s))
    assert [(A.LOG_FORKED, ONE.name, True)] == await bench.visit(0)


async def test_two_witnesses_that_saw_unlike_logs_show_the_fork_without_the_node(bench: Bench) -> None:
    """While it is silent: both notes are signed by the log, for a size that it never showed here."""
    bench.log.fault = Unreachable("no answer")
    bench.one.shown = forked(bench.log, 40, 8).note(None, ONE.at(bench.now_s))
    bench.two.shown = forked(bench.log, 39, 9).note(None, TWO.at(bench.now_s))
    assert [(A.LOG_FORKED, TWO.name, True)] == await bench.visit(0)
    assert 1 == len(bench.evidence())


async def test_a_node_that_shows_this_monitor_a_frozen_log_is_found_by_its_witnesses(bench: Bench) -> None:
    """Others see it grow."""
    bench.log.shown = bench.log.note()
    bench.log.grow(5)
    bench.cosign()
    assert [(A.LOG_ROLLED_BACK, NODE, True)] == await bench.visit()


@pytest.mark.parametrize(
    ("alarm", "change"),
    [
        (A.COSIGNATURE_MISSING, lambda bench: bench.log.note()),
        (A.WITNESS_UNKNOWN, lambda bench: bench.log.note(None, TWO.at(bench.now_s))),
        (A.SIGNATURE_INVALID, lambda bench: bench.log.note(None, ONE.at(bench.now_s)).replace(b"\n40\n", b"\n41\n")),
        (A.SIGNATURE_INVALID, lambda bench: sign_note(bench.log.text(), (THIEF, ONE.at(bench.now_s)))),
        (A.SIGNATURE_INVALID, lambda bench: b"<html>"),
        (A.ORIGIN_WRONG, lambda bench: MemoryLog(key=ASKER).note(None, ONE.at(bench.now_s))),
    ],
)
async def test_a_witness_that_shows_another_note_is_named_with_what_is_wrong(
    bench: Bench, alarm: WatchAlarm, change: object
) -> None:
    """Stripped, strange, forged or of another log; nothing of it is taken, and it ends with a good one."""
    assert callable(change)
    bench.one.shown = change(bench)
    assert [(alarm, ONE.name, True)] == await bench.visit(0)
    assert [] == await bench.visit(0)
    assert 40 == bench.follower.witnessed_size(ONE.name)
    assert [(alarm, ONE.name, False)] == await bench.turn()


@pytest.mark.parametrize(
    ("alarm", "note"),
    [
        (A.SIGNATURE_INVALID, MemoryLog([b"0"] * 50, THIEF).note()),
        (A.SIGNATURE_INVALID, b"-"),
        (A.ORIGIN_WRONG, MemoryLog([b"0"] * 50, ASKER).note()),
    ],
)
async def test_a_node_that_shows_another_note_is_named_with_what_is_wrong(
    bench: Bench, alarm: WatchAlarm, note: bytes
) -> None:
    """A key of the same name, nothing, another log."""
    bench.log.shown = note
    assert [(alarm, NODE, True)] == await bench.visit(0)
    bench.log.shown = b""
    assert [(alarm, NODE, False)] == await bench.turn()


@pytest.mark.parametrize("who", ["node", "witness"])
async def test_silence_is_an_alarm_after_its_time_and_a_refusal_at_once(bench: Bench, who: str) -> None:
    """Counted from the last answer; it ends with the next one."""
    source, subject = (bench.log, NODE) if who == "node" else (bench.one, ONE.name)
    silent = A.NODE_SILENT if who == "node" else A.WITNESS_SILENT

    async def visit(seconds: int) -> list[tuple[WatchAlarm, str, bool]]:
        bench.log.grow(1)
        bench.two.shown = bench.log.note(None, TWO.at(bench.now_s))
        return await bench.visit(seconds)

    source.fault = Unreachable("no answer within 10 s")
    assert [] == await visit(15)
    assert [] == await visit(15)
    assert [(silent, subject, True)] == await visit(15)
    assert [] == await visit(1)
    source.fault = None
    assert (silent, subject, False) in await bench.turn(seconds=1)
    source.fault = AccessRefused("PERMISSION_DENIED: CERTIFICATE_REVOKED")
    assert [(A.ACCESS_REFUSED, subject, True)] == await visit(1)
    source.fault = None
    assert [(A.ACCESS_REFUSED, subject, False)] == await bench.turn(seconds=1)


def withhold(log: MemoryLog, error: Exception) -> None:
    """Have a node show its checkpoint and answer nothing else."""

    async def refused(*_: int) -> object:
        raise error

    log.entries = log.entry = log.prove = refused  # type: ignore[method-assign,assignment]  # of a node that lies


@pytest.mark.parametrize("first", [True, False], ids=["at the first visit", "later"])
async def test_a_node_that_shows_a_checkpoint_and_nothing_under_it_is_named(tmp_path: Path, first: bool) -> None:
    """After the time of silence, at any visit; that is neither a log that stands still nor one without an answer."""
    bench = Bench(tmp_path / "records")
    bench.log.grow(10)
    if not first:
        await bench.turn()
    withhold(bench.log, Unreachable("no answer within 10 s"))
    found = [one for _ in range(3) for one in await bench.turn()]
    assert ([] if first else [(A.ENTRIES_WITHHELD, ENTRIES, True)]) == found
    found = [one for _ in range(30) for one in await bench.turn()]
    assert ([(A.ENTRIES_WITHHELD, ENTRIES, True)] if first else []) == found
    honest = MemoryLog(bench.log.entries_held)
    bench.log.entries, bench.log.entry, bench.log.prove = honest.entries, honest.entry, honest.prove  # type: ignore[method-assign]
    assert [(A.ENTRIES_WITHHELD, ENTRIES, False)] == await bench.visit()


async def test_a_refusal_of_entries_is_told_once(bench: Bench) -> None:
    """Though the checkpoint is shown at each visit."""
    withhold(bench.log, AccessRefused("PERMISSION_DENIED: ROLE_NOT_ALLOWED"))
    assert [(A.ACCESS_REFUSED, ENTRIES, True)] == [one for _ in range(9) for one in await bench.turn()]


@pytest.mark.parametrize("step", [-3600, 3600])
async def test_a_step_of_the_clock_neither_hides_nor_makes_silence(bench: Bench, step: int) -> None:
    """It is an alarm of its own, once; silence is counted by a clock that goes on."""
    bench.step(step)
    bench.log.fault = Unreachable("no answer")
    assert [(A.CLOCK_STEPPED, CLOCK, True)] == await bench.visit()
    assert f"{step:+d} s" == bench.alarms[-1].detail
    assert [(A.CLOCK_STEPPED, CLOCK, False)] == await bench.visit()
    assert (A.NODE_SILENT, NODE, True) in await bench.visit()
    bench.step(step)
    assert NODE in [subject for _, subject in bench.raised()]


async def test_a_clock_that_is_moved_by_its_time_service_is_no_alarm(bench: Bench) -> None:
    """A second or two."""
    for step in (2, -2, 1, -1):
        bench.step(step)
        assert [] == await bench.turn()


async def test_a_clock_that_went_back_while_no_monitor_ran_is_told(bench: Bench) -> None:
    """The record is of a later time; what it counts goes on from there."""
    bench.step(-3600)
    bench.log.fault = Unreachable("no answer")
    bench.open()
    assert [(A.CLOCK_STEPPED, CLOCK, True)] == bench.told[-1:]
    assert [(A.CLOCK_STEPPED, CLOCK)] == [one for one in bench.raised() if one[1] == CLOCK]
    found = [one for _ in range(4) for one in await bench.visit()]
    assert {(A.CLOCK_STEPPED, CLOCK, False), (A.NODE_SILENT, NODE, True)} <= set(found)


@pytest.mark.parametrize("pause", [60, 7 * 86_400])
async def test_time_in_which_no_monitor_ran_is_no_lag_and_no_standstill(bench: Bench, pause: int) -> None:
    """The node is asked before the witnesses have answered, and shows what it showed; then all goes on."""
    bench.log.grow(3)
    await bench.visit()
    assert {ONE.name, TWO.name} == set(bench.follower.record.waiting)
    bench.now_s += pause
    bench.open()
    await bench.follower.visit_node(bench.log)
    assert [] == bench.told
    assert [] == await bench.turn()


async def test_time_that_a_monitor_saw_counts_over_its_restarts(bench: Bench) -> None:
    """One that is restarted again and again still tells of a witness that lags."""
    found = []
    for _ in range(5):
        bench.log.grow(1)
        found += await bench.visit(20)
        bench.now_s += 500
        bench.open()
    assert {(A.WITNESS_LAG, ONE.name, True), (A.WITNESS_LAG, TWO.name, True)} == set(found)


async def test_between_the_runs_of_cron_time_counts(tmp_path: Path) -> None:
    """Each is a visit; the witnesses are asked before the node."""
    bench = Bench(tmp_path / "records", limits=Limits(0, 45, 45, pauses=True))
    await bench.turn(9)
    bench.log.grow(1)
    await bench.visit()
    bench.open()
    assert {(A.WITNESS_LAG, ONE.name, True), (A.WITNESS_LAG, TWO.name, True)} <= set(await bench.visit(3600))


async def test_a_witness_that_has_cosigned_nothing_is_silent_after_a_while(tmp_path: Path) -> None:
    """It answers that there is no note."""
    bench = Bench(tmp_path / "records")
    bench.log.grow(3)
    bench.one.fault = bench.two.fault = NothingShown("the witness answered 404: not found")
    await bench.visit()
    assert {(A.WITNESS_SILENT, ONE.name, True), (A.WITNESS_SILENT, TWO.name, True)} == set(await bench.visit(45))


async def test_a_node_that_answers_and_signs_nothing_new_stands_still(bench: Bench) -> None:
    """Each call is an entry of it: a log that does not grow takes none."""
    assert [] == await bench.visit(40)
    assert [(A.LOG_STILL, NODE, True)] == await bench.visit(40)
    assert [(A.LOG_STILL, NODE, False)] == await bench.turn()


async def test_a_witness_that_falls_behind_is_an_alarm_within_its_time(bench: Bench) -> None:
    """Counted from the first entry that it has not; the other witness is not blamed."""
    bench.follower.record.waiting.clear()
    for _ in range(3):
        bench.log.grow(5)
        bench.two.shown = bench.log.note(None, TWO.at(bench.now_s))
        assert [] == await bench.visit()
    bench.log.grow(5)
    bench.two.shown = bench.log.note(None, TWO.at(bench.now_s))
    assert [(A.WITNESS_LAG, ONE.name, True)] == await bench.visit(45)
    assert "40 cosigned" in bench.alarms[-1].detail
    assert [(A.WITNESS_LAG, ONE.name, False)] == await bench.turn()


@pytest.mark.parametrize(("needed", "expected"), [("any", False), ("all", True)])
async def test_a_policy_says_when_too_few_witnesses_keep_up(tmp_path: Path, needed: str, expected: bool) -> None:
    """One of two is silent."""
    policy = read_policy(
        f"log {PROVIDER.vkey}\nwitness a {ONE.vkey}\nwitness b {TWO.vkey}\ngroup q {needed} a b\nquorum q\n"
    )
    bench = Bench(tmp_path / "records", policy=policy)
    await bench.turn()
    bench.one.fault = Unreachable("no answer")
    await bench.turn(seconds=50)
    assert expected == ((A.QUORUM_MISSING, QUORUM) in bench.raised())
    bench.one.fault = None
    await bench.turn()
    assert [] == bench.raised()


@pytest.mark.parametrize("innocent", [0, MAX_ACTS - 1, MAX_ACTS, 3 * MAX_ACTS])
async def test_a_flood_of_innocent_acts_hides_none_that_came_early(bench: Bench, innocent: int) -> None:
    """Each is judged when it is read; what cannot wait for a witness's time besides is an alarm for good."""
    at = len(bench.log.entries_held)
    flood = [act("shred", "2015-01")] * innocent
    bench.log.entries_held += [*flood, act("shred", "2026-11"), act("shred", "2015-01")]
    bench.one.fault = bench.two.fault = Unreachable("no answer")
    found = await bench.visit()
    assert (A.DESTROYED_EARLY, f"entry {at + innocent}", True) in found
    assert (innocent + 1 > MAX_ACTS) is ((A.ACTS_UNJUDGED, NODE, True) in found)
    assert min(innocent + 1, MAX_ACTS) == len(bench.follower.record.acts)
    bench.one.fault = bench.two.fault = None
    await bench.turn()
    bench.open()
    assert (innocent + 1 > MAX_ACTS) is ((A.ACTS_UNJUDGED, NODE) in bench.raised())


async def test_a_flood_that_the_node_does_not_let_be_judged_is_told(bench: Bench) -> None:
    """Retentions whose entries it does not show: those beyond the bound are named."""
    bench.log.entries_held += [act("reload", "")]
    bench.follower.record.marks.clear()
    at = len(bench.log.entries_held)
    bench.log.entries_held += [act("retain", RETENTION)] * (MAX_ACTS + 1)

    async def silent(index: int) -> object:
        raise Unreachable("no answer")

    bench.log.entry = silent  # type: ignore[method-assign,assignment]  # the node answers all else
    assert (A.ACTS_UNJUDGED, NODE, True) in await bench.visit()
    assert f"1 acts beyond {MAX_ACTS}, from the entry {at + MAX_ACTS} on" in [one.detail for one in bench.alarms]


RETENTION = f"0-20 sha256:{'a' * 64} years:3"


@pytest.mark.parametrize(
    ("action", "subject", "early"),
    [
        ("shred", "2026-10", True),
        ("shred", "2023-11", True),
        ("shred", "2023-10", False),
        ("shred", "no month", True),
        ("retain", RETENTION, True),
        ("retain", RETENTION.replace("0-20", "0-9999"), True),
        ("retain", "of another form", True),
        ("reload", RETENTION, False),
    ],
)
async def test_destruction_before_its_time_is_an_alarm_for_good(
    tmp_path: Path, action: str, subject: str, early: bool
) -> None:
    """By this machine's clock or a witness's, whichever is earlier, and by the size of the log on earlier days."""
    bench = Bench(tmp_path / "records")
    await bench.turn(10)
    await bench.turn(11)
    bench.log.entries_held.append(act(action, subject))
    found = await bench.turn(2)
    assert ([(A.DESTROYED_EARLY, "entry 21", True)] if early else []) == found
    await bench.turn()
    bench.open()
    assert [] == await bench.turn()
    assert ([(A.DESTROYED_EARLY, "entry 21")] if early else []) == bench.raised()
    assert [] == bench.follower.record.acts


async def test_a_clock_of_this_machine_that_runs_ahead_does_not_allow_destruction(tmp_path: Path) -> None:
    """What the witness signed counts, once it has covered the act."""
    bench = Bench(tmp_path / "records")
    await bench.turn(10)
    ahead = 40 * 366 * 86_400
    bench.log.entries_held.append(act("shred", "2026-10"))
    bench.now_s += ahead
    await bench.follower.visit_node(bench.log)
    assert 1 == len(bench.follower.record.acts)
    bench.now_s -= ahead
    bench.log.grow(1)
    bench.cosign()
    bench.now_s += ahead
    assert (A.DESTROYED_EARLY, "entry 10", True) in await bench.visit()


async def test_entries_older_than_the_record_are_judged_by_their_own_time(tmp_path: Path) -> None:
    """While the node still shows them; what has left already is not judged, and not called early."""
    old, young = act("reload", "", 1_600_000_000), act("reload", "")
    for entry, early in ((old, False), (young, True)):
        bench = Bench(tmp_path / f"records-{early}")
        bench.log.entries_held = [entry] * 25
        await bench.turn(1)
        bench.log.entries_held.append(act("retain", RETENTION))
        found = await bench.turn()
        assert early == ((A.DESTROYED_EARLY, "entry 26", True) in found)
    bench = Bench(tmp_path / "records-gone")
    bench.log.entries_held = [young] * 25
    await bench.turn(1)
    bench.log.entries_held.append(act("retain", RETENTION))

    async def gone(index: int) -> object:
        raise NothingShown("archived")

    bench.log.entry = gone  # type: ignore[method-assign,assignment]  # the node has let go of the bytes
    assert [] == await bench.turn()


async def test_an_act_that_cannot_be_read_is_not_passed_over(bench: Bench) -> None:
    """An entry that says that it is an act, and is none of the schema."""
    bench.log.entries_held.append(b'{"phase":"admin"}')
    assert [(A.ENTRIES_UNPROVEN, NODE, True)] == await bench.turn()


async def test_a_log_that_is_far_ahead_is_caught_up_with_in_bounded_pieces(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Over several visits; each piece is proven, and growth is proven at once."""
    monkeypatch.setattr("gateway.monitor.reading.CHUNK", 8)
    monkeypatch.setattr(module, "PIECES", 2)
    bench.log.grow(45)
    bench.cosign()
    sizes = []
    for _ in range(4):
        bench.log.asked.clear()
        assert [] == await bench.visit(5)
        sizes.append(bench.follower.record.read_size)
        assert max((len(one) for one in bench.log.asked), default=0)
    assert [56, 72, 85, 85] == sizes
    assert 85 == (bench.follower.record.checkpoint or Checkpoint("", 0, b"")).size


async def test_a_slow_node_is_caught_up_with_over_several_visits(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """No piece is begun once the visit has taken its time, so that lag and silence are looked at."""
    monkeypatch.setattr("gateway.monitor.reading.CHUNK", 8)

    def slow(entries: list[bytes]) -> list[bytes]:
        bench.now_s += 9
        return entries

    bench.log.change = slow
    bench.log.grow(80)
    bench.cosign()
    await bench.visit(5)
    assert 64 == bench.follower.record.read_size


async def test_a_log_that_destroys_without_end_fills_no_record(tmp_path: Path) -> None:
    """The first acts are named; what comes after adds nothing that a person would read."""
    bench = Bench(tmp_path / "records")
    await bench.turn(3)
    bench.log.entries_held += [act("shred", "2026-10")] * (3 * MOST_OF_ONE)
    await bench.turn()
    await bench.turn()
    assert MOST_OF_ONE == len(bench.raised())
    assert (A.DESTROYED_EARLY, "entry 3") in bench.raised()
    bench.open()
    assert [] == await bench.turn()


async def test_a_fork_while_catching_up_is_found(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """The node showed more than was read, and goes another way below that."""
    monkeypatch.setattr("gateway.monitor.reading.CHUNK", 8)
    monkeypatch.setattr(module, "PIECES", 1)
    bench.log.grow(45)
    bench.cosign()
    await bench.visit(5)
    bench.log.entries_held = forked(bench.log, 60, 40).entries_held
    assert (A.LOG_FORKED, NODE, True) in await bench.visit(5)


async def test_a_restart_goes_on_where_it_was(bench: Bench) -> None:
    """And sees what happened in between: a rollback while nobody looked."""
    del bench.log.entries_held[30:]
    bench.open()
    assert (A.LOG_ROLLED_BACK, NODE, True) in await bench.visit()
    bench.open()
    assert [] == await bench.visit()
    assert (A.LOG_ROLLED_BACK, NODE) in bench.raised()


async def test_a_record_that_cannot_be_written_is_an_alarm_and_following_goes_on(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A full disk; what was seen before stays on it, and the alarm ends when there is room."""

    def full(path: Path, octets: bytes) -> None:
        raise OSError(28, "No space left on device", str(path))

    with monkeypatch.context() as patched:
        patched.setattr("gateway.monitor.record._replace", full)
        assert [(A.RECORD_NOT_DURABLE, RECORD, True)] == await bench.turn()
        assert [] == await bench.turn()
        del bench.log.entries_held[20:]
        assert (A.LOG_ROLLED_BACK, NODE, True) in await bench.visit()
    assert (A.RECORD_NOT_DURABLE, RECORD, False) in await bench.visit()
    bench.open()
    assert (A.LOG_ROLLED_BACK, NODE) in bench.raised()


async def test_evidence_is_bounded(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """A node that flaps fills no disk; the alarm is raised without it."""
    monkeypatch.setattr(module, "MOST_EVIDENCE", 1)
    whole = list(bench.log.entries_held)
    for cut in (20, 21, 22):
        bench.log.entries_held = whole[:cut]
        await bench.visit()
        bench.log.entries_held = whole
        await bench.visit()
    assert 1 == len(bench.evidence())
    assert 3 == bench.told.count((A.LOG_ROLLED_BACK, NODE, True))


async def test_a_certificate_that_is_about_to_end_is_told(bench: Bench) -> None:
    """And new files that do not fit."""
    bench.follower.look_at_certificate(86_400, 14 * 86_400, "")
    assert [(A.CERTIFICATE_ENDS, NODE)] == bench.raised()
    bench.follower.look_at_certificate(90 * 86_400, 14 * 86_400, "")
    assert [] == bench.raised()
    bench.follower.look_at_certificate(90 * 86_400, 14 * 86_400, "expected the certificate of tls.key")
    assert [(A.CERTIFICATE_ENDS, NODE)] == bench.raised()


async def test_when_run_once_silence_is_told_at_once(tmp_path: Path) -> None:
    """There is no second look a moment later."""
    bench = Bench(tmp_path / "records", limits=Limits(0, 45, 45))
    bench.log.fault = bench.one.fault = bench.two.fault = Unreachable("no answer")
    assert 3 == len(await bench.visit())


async def test_a_note_of_size_zero_contradicts_nothing(tmp_path: Path) -> None:
    """An empty log is a beginning of every log."""
    bench = Bench(tmp_path / "records")
    bench.cosign()
    assert [] == await bench.visit()
    bench.log.grow(5)
    assert [] == await bench.visit()
    text = checkpoint_text(Checkpoint(PROVIDER.name, 0, leaf_hash(b"")))
    bench.one.shown = sign_note(text, (PROVIDER, ONE.at(bench.now_s)))
    assert (A.LOG_FORKED, ONE.name, True) in await bench.visit(0)


def test_every_alarm_has_its_words() -> None:
    """Each its own, in both languages; those that never go are few."""
    assert set(WatchAlarm) == set(TABLE)
    assert len(TABLE) == len({one.en for one in TABLE.values()}) == len({one.zh for one in TABLE.values()})
    assert {A.LOG_FORKED, A.DESTROYED_EARLY, A.ACTS_UNJUDGED} == LASTING
