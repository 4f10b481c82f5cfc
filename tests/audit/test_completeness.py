"""A history is all there is, proven to whoever asks: a node that leaves out, adds or bends anything is found."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.audit.entries.references import pairs_of, reference_department
from gateway.audit.review.completeness import check_statement
from gateway.audit.review.history import Asked, ask_department, read_entries
from gateway.audit.review.shown import EntryUnreadable
from gateway.audit.review.statement import MAX_TAIL, SegmentPart, StatementInvalid
from gateway.audit.review.statement_entries import bears
from gateway.audit.review.whole import WholeLog
from gateway.audit.tlog.pairs import Kind, PairProof, make_pair, prove, root_of_pairs
from tests.audit.sealedlog import CHALLENGE, Lie, SealedLog, act_of, named
from tests.audit.stored import read

A, B, C, D = (letter * 16 for letter in (b"a", b"b", b"c", b"d"))
OCTOBER, NOVEMBER = "2026-10", "2026-11"
ASKED = Asked(Kind.SUBJECT, {OCTOBER: A, NOVEMBER: B})


def sealed() -> SealedLog:
    """A log of two months with three runs; the person is A in October and B in November, others are C and D."""
    log = SealedLog(named(A, month=OCTOBER), named(C, month=OCTOBER), named(C, A, month=OCTOBER))
    log.seal(3)
    log.add(named(D), named(B), named(C))
    log.seal(7)
    log.add(named(C), named(D))
    log.seal(10)
    log.add(named(D), named(B, C), named(C))
    return log


def honest(asked: Asked = ASKED) -> tuple[SealedLog, list[bytes]]:
    """The log, and the statement that it makes of itself."""
    log = sealed()
    act = log.ask(asked)
    log.add(named(C))
    return log, log.state(asked, act=act)


def found(lines: Sequence[bytes]) -> list[int]:
    """The entries that a statement proves."""
    return [one.index for one in check_statement(lines, CHALLENGE).found]


def test_an_honest_history_is_complete_and_names_its_entries() -> None:
    """Those of sealed segments, those of the tail, and the act by which it was asked for."""
    log, lines = honest()
    history = check_statement(lines, CHALLENGE)
    assert [0, 2, 5, 12, 14] == [one.index for one in history.found]
    assert [log.stored[one.index][2] for one in history.found] == [one.octets for one in history.found]
    assert history.complete
    assert ((OCTOBER, NOVEMBER), (), (), 10, 3) == (
        history.months,
        history.archived_months,
        history.unseen,
        history.sealed,
        history.segments,
    )
    assert (len(log.stored), log.origin) == (history.checkpoint.size, history.checkpoint.origin)
    assert history.act is not None and "subject_history" == history.act.text("action")


def test_a_person_whom_no_entry_names_has_an_empty_history_that_is_complete() -> None:
    """Absence is proven in each segment, but for the act that asks."""
    log = sealed()
    asked = Asked(Kind.SUBJECT, {NOVEMBER: b"x" * 16})
    act = log.ask(asked)
    history = check_statement(log.state(asked, act=act), CHALLENGE)
    assert history.complete
    assert [act] == [one.index for one in history.found]


def test_a_log_without_seals_is_read_whole() -> None:
    """The tail is all."""
    log = SealedLog(named(A, month=OCTOBER), named(C), named(B))
    act = log.ask(ASKED)
    history = check_statement(log.state(ASKED, act=act), CHALLENGE)
    assert ([0, 2, 3], 0, 0) == ([one.index for one in history.found], history.sealed, history.segments)
    assert history.complete


def test_officials_and_departments_are_proven_alike() -> None:
    """The department's token is made by who checks."""
    log = SealedLog(named(A, operator=C, department="sc-hrss"), named(A, operator=D, department="cq-hrss"))
    log.seal(2)
    log.add(named(B, operator=C, department="sc-hrss"))
    official = Asked(Kind.OPERATOR, {NOVEMBER: C})
    assert [0, 3] == [one.index for one in check_statement(log.state(official)).found]
    department = ask_department("sc-hrss", [NOVEMBER])
    assert [0, 3] == [one.index for one in check_statement(log.state(department)).found]
    other = replace(ask_department("cq-hrss", [NOVEMBER]), name="sc-hrss")
    with pytest.raises(StatementInvalid, match="the department's own token"):
        check_statement(log.state(other))


def test_the_number_of_the_question_shows_that_the_checkpoint_is_no_older() -> None:
    """A statement of an earlier question is refused, and so is one without an act; a kept one is checked without."""
    _, lines = honest()
    with pytest.raises(StatementInvalid, match="not of this question"):
        check_statement(lines, bytes(16))
    log = sealed()
    with pytest.raises(StatementInvalid, match="the act by which this was asked for"):
        check_statement(log.state(ASKED), CHALLENGE)
    assert check_statement(log.state(ASKED)).act is None
    assert check_statement(lines).complete


def drop(index: int) -> Callable[[Lie], None]:
    """Leave an entry out."""

    def lie(of: Lie) -> None:
        del of.shown[index]

    return lie


def leave_out_a_pair(of: Lie) -> None:
    """A proof of another slice: the person's pair is not among it."""
    pairs = of.log.pairs(0, 3)
    cut = [pair for pair in pairs if pair != make_pair(Kind.SUBJECT, A, 2)]
    of.parts[0] = replace(of.parts[0], proofs={OCTOBER: prove(cut, Kind.SUBJECT, A)})
    del of.shown[2]


def narrow_a_slice(of: Lie) -> None:
    """The right tree, but the slice ends with the person's first pair."""
    proof = of.parts[0].proofs[OCTOBER]
    of.parts[0] = replace(of.parts[0], proofs={OCTOBER: PairProof(proof.start, proof.pairs[:2], proof.path)})
    del of.shown[2]


def leave_out_a_segment(of: Lie) -> None:
    """With its seal and its entries."""
    del of.parts[1], of.shown[7], of.shown[5]


def leave_out_the_first_segment(of: Lie) -> None:
    """With its seal and its entries."""
    del of.parts[0], of.shown[0], of.shown[2], of.shown[3]


def leave_out_the_last_segment(of: Lie) -> None:
    """With its seal."""
    del of.parts[2], of.shown[10]


def leave_out_a_proof(of: Lie) -> None:
    """A month that the seal names."""
    of.parts[1] = replace(of.parts[1], proofs={})
    del of.shown[5]


def call_a_segment_archived(of: Lie) -> None:
    """Without an act of retention."""
    of.parts[0] = SegmentPart(of.parts[0].seal, {}, archived=True)


def take_a_seal_for_another(of: Lie) -> None:
    """A seal whose segment has other pairs."""
    of.parts[0] = SegmentPart(of.parts[2].seal, of.parts[2].proofs)


def take_an_entry_for_a_seal(of: Lie) -> None:
    """An entry that seals nothing."""
    of.parts[0] = replace(of.parts[0], seal=4)
    of.shown[4] = of.log.stored[4][2]


def show_an_entry_of_another(of: Lie) -> None:
    """An entry that names somebody else, as if it belonged here."""
    of.shown[1] = of.log.stored[1][2]


def change_an_entry(of: Lie) -> None:
    """Another operator, say."""
    of.shown[5] = of.shown[5].replace(b'"item_version":1', b'"item_version":2')


LIES: Mapping[str, tuple[Callable[[Lie], None], Mapping[str, object], str]] = {
    "a pair left out": (leave_out_a_pair, {}, "does not hold"),
    "a narrower slice": (narrow_a_slice, {}, "does not hold"),
    "a segment left out": (leave_out_a_segment, {}, "does not follow the one before: entries are left out"),
    "the last segment left out": (leave_out_the_last_segment, {}, "every entry after the last seal|up to its tail"),
    "the first segment left out": (leave_out_the_first_segment, {}, "up to its tail"),
    "a proof left out": (leave_out_a_proof, {}, "a proof for each month"),
    "a segment called archived": (call_a_segment_archived, {}, "is not archived"),
    "another seal": (take_a_seal_for_another, {}, "does not follow|do not cover"),
    "no seal": (take_an_entry_for_a_seal, {}, "the entry 4 is no seal"),
    "a seal that is not shown": (drop(3), {}, "expected a seal at 3"),
    "an entry left out": (drop(0), {}, "the entry 0 bears the token and is left out"),
    "an entry of the tail left out": (drop(12), {}, "every entry after the last seal"),
    "the newest entry left out": (drop(15), {}, "every entry after the last seal"),
    "a shorter tail": (drop(11), {"tail": 12}, "up to its tail"),
    "a longer tail": (lambda of: None, {"tail": 9}, "every entry after the last seal"),
    "an entry of another": (show_an_entry_of_another, {}, "the entry 1 is shown and nothing proves"),
    "an entry changed": (change_an_entry, {}, "do not lead to the root"),
    "another token": (lambda of: None, {"tokens": {OCTOBER: C, NOVEMBER: B}}, "does not hold"),
    "another token for this month": (lambda of: None, {"tokens": {OCTOBER: A, NOVEMBER: D}}, "does not hold|another"),
    "a month left out": (lambda of: None, {"tokens": {NOVEMBER: B}}, "a proof for each month"),
    "a month lost and answered": (lambda of: None, {"lost": (OCTOBER,)}, "each with its token or lost"),
    "no month": (lambda of: None, {"tokens": {}}, "expected months"),
    "another log": (lambda of: None, {"origin": "log.other/1"}, "one of another log"),
    "a name that is a person's": (lambda of: None, {"name": "x"}, "no name but that of a department"),
    "archived without an act": (lambda of: None, {"archived": 3}, "an act of retention"),
    "archived by another act": (lambda of: None, {"archived": 3, "retained": 14}, "act of retention at 14"),
    "another act": (lambda of: None, {"act": 12}, "an act of the question at 12"),
    "no proof": (lambda of: None, {"hashes": ()}, "not proven"),
}


@pytest.mark.parametrize("name", sorted(LIES))
def test_a_node_that_lies_is_found_out(name: str) -> None:
    """Though everything else of its statement is put right again."""
    change, claimed, why = LIES[name]
    log, lines = honest()
    of = Lie.of(log, lines)
    change(of)
    with pytest.raises(StatementInvalid, match=why):
        check_statement(of.lines(**claimed), CHALLENGE)


def test_a_statement_that_was_cut_short_or_goes_on_is_refused() -> None:
    """At each line."""
    _, lines = honest()
    for end in range(len(lines)):
        with pytest.raises(StatementInvalid):
            check_statement(lines[:end], CHALLENGE)
    with pytest.raises(StatementInvalid, match="no line after the entries"):
        check_statement([*lines, b""], CHALLENGE)


def test_two_entries_that_changed_places_are_refused() -> None:
    """Each is proven at its own index."""
    log, lines = honest()
    of = Lie.of(log, lines)
    of.shown[11], of.shown[13] = of.shown[13], of.shown[11]
    with pytest.raises(StatementInvalid, match="do not lead to the root"):
        check_statement(of.lines(), CHALLENGE)


FALSE_SEALS: Mapping[str, tuple[dict[str, object], str]] = {
    "a gap": ({"seal_first": 4}, "does not follow the one before"),
    "an overlap": ({"seal_first": 2}, "does not follow the one before"),
    "a segment that ends where it begins": ({"seal_first": 3, "seal_end": 3}, "is no seal"),
    "a segment beyond the seal": ({"seal_end": 100}, "is no seal"),
    "another root": ({"seal_root": "0" * 64}, "does not hold"),
    "another number of pairs": ({"seal_pairs": 4}, "does not hold"),
    "no pairs": ({"seal_pairs": 0}, "does not hold"),
}


@pytest.mark.parametrize("name", sorted(FALSE_SEALS))
def test_a_seal_that_is_false_in_itself_proves_nothing(name: str) -> None:
    """It is under the checkpoint all the same."""
    lies, why = FALSE_SEALS[name]
    log = SealedLog(named(A, month=OCTOBER), named(C, month=OCTOBER), named(B))
    log.seal(3)
    log.add(named(B), named(C))
    log.seal(6, **lies)  # type: ignore[arg-type] # any field
    act = log.ask(ASKED)
    with pytest.raises(StatementInvalid, match=why):
        check_statement(log.state(ASKED, act=act), CHALLENGE)


def test_a_seal_of_another_log_is_refused() -> None:
    """Its origin is in it."""
    log = SealedLog(named(C))
    log.seal(1, origin="log.other/1")
    with pytest.raises(StatementInvalid, match="the entry 1 is of another log"):
        check_statement(log.state(ASKED))


def test_a_seal_that_names_an_entry_beyond_its_segment_is_refused() -> None:
    """No true seal does."""
    log = SealedLog(named(B), named(B))
    log.seal(1)
    log.seal(2, seal_root=root_of_pairs([make_pair(Kind.SUBJECT, B, 0)]).hex(), seal_pairs=1)
    of = Lie.of(log, log.state(Asked(Kind.SUBJECT, {NOVEMBER: C})))
    pairs = [make_pair(Kind.SUBJECT, B, 0)]
    part = replace(of.parts[1], proofs={NOVEMBER: prove(pairs, Kind.SUBJECT, B)})
    of.parts = [replace(of.parts[0], proofs={NOVEMBER: prove(pairs, Kind.SUBJECT, B)}), part]
    of.shown[0] = log.stored[0][2]
    with pytest.raises(StatementInvalid, match="beyond its segment"):
        check_statement(of.lines(tokens={NOVEMBER: B}))


@pytest.mark.parametrize(
    "more",
    [
        {"subject_tokens": b64encode(D).decode()},
        {"subject_tokens": ""},
        {"subject_tokens": b64encode(B + D).decode()},
        {"key_epoch": OCTOBER},
    ],
    ids=["another", "nobody", "two", "another month"],
)
def test_the_act_bears_the_person_s_own_token(more: dict[str, str]) -> None:
    """A node that answers about somebody else than the act says is found out."""
    log = sealed()
    act = log.ask(ASKED, **more)
    with pytest.raises(StatementInvalid, match="names another person"):
        check_statement(log.state(ASKED, act=act), CHALLENGE)


def test_an_act_of_a_month_that_was_not_asked_for_names_somebody() -> None:
    """Its token cannot be compared, and it is no part of the history of other months."""
    log = sealed()
    asked = Asked(Kind.SUBJECT, {OCTOBER: A})
    act = log.ask(asked, key_epoch=NOVEMBER, subject_tokens=b64encode(B).decode())
    history = check_statement(log.state(asked, act=act), CHALLENGE)
    assert ([0, 2], True) == ([one.index for one in history.found], history.complete)


def test_months_without_keys_are_named() -> None:
    """The history is not complete then."""
    log = sealed()
    history = check_statement(log.state(replace(ASKED, lost=("2020-01",))))
    assert (False, ("2020-01",)) == (history.complete, history.claim.lost)


class Held:
    """Archives that hold the entries of some ranges."""

    def __init__(self, log: SealedLog, *ranges: tuple[int, int]) -> None:
        self._ranges = ranges
        self._octets = {index: log.stored[index][2] for start, end in ranges for index in range(start, end)}

    def read(self, start: int, end: int) -> dict[int, bytes]:
        """The entries at hand."""
        return {index: octets for index, octets in self._octets.items() if start <= index < end}

    def ranges(self) -> Sequence[tuple[int, int]]:
        """The ranges at hand."""
        return self._ranges


def pruned(end: int, covered: int, *held: tuple[int, int]) -> tuple[SealedLog, Held]:
    """The log after entries before `end` left; an act covers `covered` of them."""
    log = sealed()
    log.add(act_of("retain", subject=f"0-{covered} sha256:{'0' * 64} years:3"))
    archives = Held(log, *held)
    log.prune(end)
    return log, archives


def test_months_in_archives_that_are_not_at_hand_are_named() -> None:
    """The others are answered in full."""
    log, none = pruned(3, 3)
    history = check_statement(log.state(ASKED, archives=none))
    assert (False, (OCTOBER,), (NOVEMBER,)) == (history.complete, history.archived_months, history.months)
    assert [5, 12] == [one.index for one in history.found]


def test_a_log_says_since_when_it_names_anybody() -> None:
    """By its seals, or by its first entry where no seal tells yet; not where the first have left for an archive."""
    september = Asked(Kind.SUBJECT, {NOVEMBER: B}, (OCTOBER, "2026-09"))
    log = sealed()
    history = check_statement(log.state(september, act=log.ask(september)))
    assert (OCTOBER, ("2026-09",), False) == (history.begins, history.before_log, history.complete)
    young = SealedLog(named(B, month=NOVEMBER), named(C))
    history = check_statement(young.state(september, act=young.ask(september)))
    assert (NOVEMBER, ("2026-09", OCTOBER)) == (history.begins, tuple(sorted(history.before_log)))
    log, none = pruned(3, 3)
    history = check_statement(log.state(september, archives=none))
    assert ("", ()) == (history.begins, history.before_log)


def test_archives_at_hand_are_searched() -> None:
    """Their pairs have the root of the seal, their entries the hashes of the log."""
    log, archives = pruned(3, 3, (0, 3))
    history = check_statement(log.state(ASKED, archives=archives))
    assert ([0, 2, 5, 12], True) == ([one.index for one in history.found], history.complete)


def test_an_entry_whose_bytes_have_left_is_named_where_the_pairs_have_not() -> None:
    """A segment part of which is archived still proves what it holds."""
    log, none = pruned(2, 2)
    history = check_statement(log.state(ASKED, archives=none))
    assert ([2, 5, 12], (0,)) == ([one.index for one in history.found], history.unseen)
    assert (False, (OCTOBER,)) == (history.complete, history.archived_months)


def test_seals_that_have_left_make_every_older_month_unanswered() -> None:
    """Nothing shows what lay before the first seal that is there."""
    log, none = pruned(8, 8)
    history = check_statement(log.state(ASKED, archives=none))
    assert (False, (OCTOBER, NOVEMBER)) == (history.complete, history.archived_months)
    assert [12] == [one.index for one in history.found]


def test_blanked_entries_that_no_run_of_retention_covers_are_refused() -> None:
    """By who makes the statement and by who checks it."""
    log, none = pruned(3, 2)
    with pytest.raises(EntryUnreadable, match="no recorded run of retention"):
        log.state(ASKED, archives=none)
    log, none = pruned(2, 2)
    of = Lie.of(log, log.state(ASKED, archives=none))
    of.parts[0] = SegmentPart(of.parts[0].seal, {}, archived=True)
    of.shown.pop(2)
    with pytest.raises(StatementInvalid, match="no recorded run of retention covers 3"):
        check_statement(of.lines(archived=3))


def test_an_archive_with_other_bytes_is_refused() -> None:
    """The log has kept the hashes."""
    log, archives = pruned(3, 3, (0, 3))
    archives._octets[0] = archives._octets[1]
    with pytest.raises(EntryUnreadable, match="in its archive"):
        log.state(ASKED, archives=archives)


def test_an_entry_that_is_not_at_hand_is_not_passed_over() -> None:
    """Else the next one would stand in its place."""
    log, archives = pruned(3, 3, (0, 2))
    with pytest.raises(EntryUnreadable, match="the entry 2 has left"):
        list(read_entries(WholeLog(log.reader(), archives), [(0, 5)]))


def test_too_long_a_tail_is_refused() -> None:
    """Who seals nothing makes the asker read everything."""
    log, lines = honest()
    of = Lie.of(log, lines)
    note = of.claim.checkpoint.replace(b"\n16\n", b"\n%d\n" % (of.claim.tail + MAX_TAIL + 1))
    with pytest.raises(StatementInvalid, match="entries after them"):
        check_statement(of.lines() and [of.lines(checkpoint=note)[0], *lines[1:]], CHALLENGE)


TEXTS = st.text(max_size=6) | st.sampled_from(['"', "\\", '\\"subject_tokens\\":\\"', "sc-hrss"])


@given(st.data())
def test_whether_an_entry_bears_a_token_is_read_from_its_bytes_as_its_pairs_have_it(data: st.DataObject) -> None:
    """The look before the reading passes over no entry."""
    tokens = data.draw(st.lists(st.sampled_from([A, B, C]), max_size=3))
    department = data.draw(TEXTS)
    octets = named(
        *tokens, operator=data.draw(st.sampled_from([b"", A, B])), department=department, scene=data.draw(TEXTS)
    )
    pairs = pairs_of(read(octets), 7)
    for kind, token in [
        *((kind, token) for kind in Kind for token in (A, B, C)),
        (Kind.DEPARTMENT, reference_department(department)),
    ]:
        assert (make_pair(kind, token, 7) in pairs) == bears(7, octets, kind, frozenset({token}))


@settings(max_examples=60)
@given(st.data())
def test_a_random_log_gives_exactly_the_entries_that_a_reading_of_all_gives(data: st.DataObject) -> None:
    """With random segments, months and tokens; and whatever entry is struck from the statement is missed."""
    log = SealedLog()
    for _ in range(data.draw(st.integers(1, 4))):
        for _ in range(data.draw(st.integers(1, 5))):
            month = data.draw(st.sampled_from([OCTOBER, NOVEMBER]))
            whose = [A if month == OCTOBER else B, C]
            log.add(named(*data.draw(st.sets(st.sampled_from(whose), max_size=2)), month=month))
        if data.draw(st.booleans()):
            log.seal(max(log_end(log) + 1, len(log.stored) - data.draw(st.integers(0, 1))))
    asked = Asked(Kind.SUBJECT, {OCTOBER: A, NOVEMBER: B})
    lines = log.state(asked)
    expected = [index for index, row in enumerate(log.stored) if named_in(row[2], asked)]
    history = check_statement(lines)
    assert expected == [one.index for one in history.found]
    assert history.complete
    of = Lie.of(log, lines)
    if of.shown:
        del of.shown[data.draw(st.sampled_from(sorted(of.shown)))]
        if of.shown:
            with pytest.raises(StatementInvalid):
                check_statement(of.lines())


def log_end(log: SealedLog) -> int:
    """Where the sealed part ends."""
    return log.segments[-1].end if log.segments else 0


def named_in(octets: bytes, asked: Asked) -> bool:
    """Whether an entry bears any of the tokens."""
    pairs = pairs_of(read(octets), 0)
    return any(make_pair(asked.kind, token, 0) in pairs for token in asked.tokens.values())
