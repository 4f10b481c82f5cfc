"""A witness cosigns what grows, once, in order, for logs that it knows; it answers the rest as the protocol says."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.audit.tlog.cosignature import cosigned_at, note_verifier
from gateway.audit.tlog.note import COSIGNATURE, SUBTREE, Checkpoint, checkpoint_text, make_vkey, open_note, sign_note
from gateway.audit.tlog.submission import (
    Cosigned,
    WitnessAhead,
    WitnessBehind,
    WitnessRefused,
    read_answer,
    request_from,
)
from gateway.audit.tlog.tree import EMPTY_ROOT, leaf_hash, root_of
from gateway.audit.tlog.witness import (
    MAX_REQUEST_BYTES,
    SIZE_TYPE,
    Decision,
    LastCosigned,
    WitnessRequestInvalid,
    decide,
    read_request,
    refuse_malformed,
    write_request,
)
from tests.audit.cosigning import TIME_S, WitnessKey
from tests.audit.signing import LogKey
from tests.audit.vectors import published

ORIGIN = "log.sichuan.example/1"
LOG = LogKey(ORIGIN)
KNOWN = [note_verifier(LOG.vkey)]
OLD_KIND, NEW_KIND = WitnessKey("witness.example", COSIGNATURE), WitnessKey("witness.example", SUBTREE)
COSIGNERS = [OLD_KIND.at(), NEW_KIND.at()]
WITNESS = [OLD_KIND.verifier, NEW_KIND.verifier]
LEAVES = [leaf_hash(b"%d" % number) for number in range(70)]


def node(level: int, number: int) -> bytes:
    """A whole node of that tree."""
    return root_of(LEAVES[number << level : (number + 1) << level])


def note(size: int, root: bytes | None = None, key: LogKey = LOG) -> bytes:
    """The log's checkpoint of a size."""
    return sign_note(checkpoint_text(Checkpoint(ORIGIN, size, root or root_of(LEAVES[:size]))), [key])


def ask(body: bytes, stored: LastCosigned | None = None) -> Decision:
    """What the witness decides about a body."""
    return decide(read_request(body), KNOWN, stored, COSIGNERS)


def state(size: int) -> LastCosigned:
    """What the witness holds after it has cosigned that size."""
    found = ask(request_from(0, note(size), node)).witnessed
    assert found is not None
    return found


def test_the_recorded_transcript_of_another_witness_is_answered_alike() -> None:
    """Nine requests in order; for an unknown log the present text says 404 where the recording has 403."""
    vectors = published("torchwood/litewitness_add_checkpoint.json")
    logs = {
        vectors["origin"]: [note_verifier(str(make_vkey(vectors["origin"], bytes.fromhex(vectors["log_pub_hex"]))))]
    }
    witness = WitnessKey(vectors["witness_name"], COSIGNATURE, bytes.fromhex(vectors["witness_seed_hex"]))
    stored: dict[str, LastCosigned] = {}
    for step in vectors["steps"]:
        request = read_request(step["request"].encode())
        origin = request.checkpoint.origin
        decision = decide(request, logs.get(origin, []), stored.get(origin), [witness.at()])
        if decision.witnessed:
            stored[origin] = decision.witnessed
        assert (404 if "unknown log" in step["assert"] else step["status"]) == decision.status
        said = re.search(r'"(.+)"', step["assert"])
        if said and "unknown log" not in step["assert"]:
            assert said[1].replace("\\n", "\n") in decision.body.decode()


@pytest.mark.parametrize("name", ["sumdb", "mldsa"])
def test_checkpoints_of_other_logs_are_cosigned(name: str) -> None:
    """The Go checksum database, whose key has another name than its origin; a log that signs with ML-DSA-44."""
    vectors = published(f"torchwood/{name}_add_checkpoint.json")
    request = read_request(vectors["request"].encode())
    decision = decide(request, [note_verifier(vectors["log_vkey"])], None, COSIGNERS)
    assert vectors["status"] == decision.status


def test_the_request_of_the_specification_is_read() -> None:
    """C2SP tlog-witness, its example, with a signature line in the place of the dots."""
    example = published("c2sp/spec_examples.json")["examples"]["tlog-witness.md"]["request_syntax_example"]
    line = note(1).split(b"\n\n")[1].decode()
    request = read_request(example.replace("...", line).encode())
    assert (20852014, 4, 20852163) == (request.old, len(request.proof), request.checkpoint.size)


def test_a_log_that_grows_is_cosigned_and_its_state_follows() -> None:
    """The kept note verifies with the log's key and both of ours; the lines bear our time."""
    stored = None
    old = 0
    for size in (0, 1, 2, 7, 7, 64, 70):
        decision = ask(request_from(old, note(size), node), stored)
        assert 200 == decision.status
        stored = decision.witnessed
        assert stored is not None
        assert (size, root_of(LEAVES[:size])) == (stored.size, stored.root)
        opened = open_note(stored.note, [*KNOWN, *WITNESS])
        assert 3 == len(opened.good)
        answer = read_answer(decision.status, decision.body, note(size), WITNESS)
        assert isinstance(answer, Cosigned)
        assert [TIME_S, TIME_S] == [cosigned_at(line) for line in answer.lines]
        old = size


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"old 0\n",
        b"old 0\n\n",
        b"old 00\n\n" + note(1),
        b"old -1\n\n" + note(1),
        b"old 1 \n\n" + note(1),
        b"size 0\n\n" + note(1),
        b"old 2\n\n" + note(1),
        b"old 0\n\nno checkpoint\n\n" + note(1).split(b"\n\n")[1],
        b"old 0\nAAAA\n\n" + note(1),
        b"old 0\n!\n\n" + note(1),
        write_request(0, [b"h" * 32] * 64, note(1)),
        b"old 0\n\n" + note(1) + b" " * MAX_REQUEST_BYTES,
        b"\xff\n\n" + note(1),
    ],
)
def test_a_malformed_body_is_answered_400(body: bytes) -> None:
    """Also an old size beyond the checkpoint, and whatever is too long."""
    with pytest.raises(WitnessRequestInvalid) as refused:
        read_request(body)
    assert 400 == refuse_malformed(refused.value).status


def test_an_unknown_log_is_answered_404_and_a_wrong_signature_403() -> None:
    """In this order; the state does not change."""
    request = read_request(request_from(0, note(3), node))
    other = read_request(request_from(0, note(3, key=LogKey(ORIGIN, seed=9)), node))
    found = [decide(request, [], None, COSIGNERS), decide(other, KNOWN, None, COSIGNERS)]
    broken = (note(3)[:-6] + b"AAA=\n", note(3)[:-1], note(3).replace(b" ", b"  "), note(3) + b"more\n")
    found += [ask(write_request(0, [], signed)) for signed in broken]
    assert [(404, None), *[(403, None)] * 5] == [(one.status, one.witnessed) for one in found]


def test_another_old_size_is_answered_409_with_ours() -> None:
    """Before any proof is looked at."""
    for old, stored, size in ((0, state(5), b"5\n"), (3, None, b"0\n"), (3, state(5), b"5\n")):
        decision = ask(request_from(old, note(9), node), stored)
        assert (409, size, SIZE_TYPE, None) == (
            decision.status,
            decision.body,
            decision.content_type,
            decision.witnessed,
        )


@pytest.mark.parametrize(
    ("body", "stored"),
    [
        (write_request(0, [], note(0, b"r" * 32)), None),
        (write_request(0, [b"h" * 32], note(0, EMPTY_ROOT)), None),
        (write_request(0, [b"h" * 32], note(3)), None),
        (write_request(5, [], note(9)), state(5)),
        (write_request(5, [b"h" * 32], note(9)), state(5)),
        (write_request(5, [b"h" * 32], note(5)), state(5)),
        (write_request(5, [], note(5, b"r" * 32)), state(5)),
        (request_from(5, note(9, b"r" * 32), node), state(5)),
    ],
)
def test_a_checkpoint_that_does_not_grow_from_ours_is_answered_422(body: bytes, stored: LastCosigned | None) -> None:
    """Wrong empty root, hashes from size 0, absent and wrong proofs, other roots."""
    decision = ask(body, stored)
    assert (422, None) == (decision.status, decision.witnessed)


@pytest.mark.parametrize("old", [5, 3, 0])
def test_two_roots_for_one_size_are_kept_as_evidence(old: int) -> None:
    """Whatever old size the request names; both notes verify under the log's key."""
    stored = state(5)
    decision = ask(write_request(old, [], note(5, b"r" * 32)), stored)
    assert decision.status in (409, 422)
    assert decision.fork is not None
    roots = set()
    for signed in (decision.fork.ours, decision.fork.theirs):
        roots.add(open_note(signed, KNOWN).text)
    assert 2 == len(roots)
    assert ask(write_request(5, [], note(5)), stored).fork is None


def test_a_fork_that_the_log_did_not_sign_is_no_evidence() -> None:
    """Else anybody could accuse it."""
    decision = ask(write_request(5, [], note(5, b"r" * 32, LogKey(ORIGIN, seed=9))), state(5))
    assert (403, None) == (decision.status, decision.fork)


def test_a_witness_without_a_key_decides_nothing() -> None:
    """An empty list of cosigners would accept and say nothing."""
    with pytest.raises(ValueError, match="at least one key"):
        decide(read_request(request_from(0, note(1), node)), KNOWN, None, [])


@given(st.lists(st.integers(0, 70), min_size=1, max_size=8))
def test_a_log_that_obeys_the_answers_is_always_cosigned(sizes: list[int]) -> None:
    """Behind: it proves anew from the size that was answered. Ahead: it sees that it was rolled back."""
    stored = None
    for size in sizes:
        body = request_from(0, note(size), node)
        decision = ask(body, stored)
        try:
            answer = read_answer(decision.status, decision.body, note(size), WITNESS)
        except WitnessAhead as ahead:
            assert stored is not None
            assert size < stored.size == ahead.size
            continue
        if isinstance(answer, WitnessBehind):
            decision = ask(request_from(answer.size, note(size), node), stored)
            answer = read_answer(decision.status, decision.body, note(size), WITNESS)
        assert isinstance(answer, Cosigned)
        stored = decision.witnessed
    assert stored is None or stored.size == max(sizes)


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (400, b"malformed"),
        (404, b""),
        (403, b"invalid signature"),
        (422, b"consistency proof"),
        (500, b"\xff" * 9_000),
        (302, b"elsewhere"),
        (409, b""),
        (409, b"05\n"),
        (409, b"+5\n"),
        (409, b"5\n\n"),
        (409, b"9" * 20),
        (200, b""),
        (200, b"no line\n"),
        (200, note(9).split(b"\n\n")[1]),
        (200, NEW_KIND.at().line(checkpoint_text(Checkpoint(ORIGIN, 9, b"x" * 32))).octets),
        (200, NEW_KIND.at(0).line(note(9).split(b"\n\n")[0] + b"\n").octets),
    ],
)
def test_an_answer_that_cosigns_nothing_is_refused(status: int, body: bytes) -> None:
    """Other statuses, sizes in another form, lines of nobody, for another tree, or without a time."""
    with pytest.raises(WitnessRefused) as refused:
        read_answer(status, body, note(9), WITNESS)
    assert status == refused.value.status


def test_a_witness_that_is_ahead_means_that_the_log_was_rolled_back() -> None:
    """Its word is taken before and after asking."""
    with pytest.raises(WitnessAhead) as ahead:
        read_answer(409, b"10\n", note(9), WITNESS)
    assert 10 == ahead.value.size
    with pytest.raises(WitnessAhead):
        request_from(10, note(9), node)


def test_a_second_key_of_the_log_may_sign_too() -> None:
    """Both lines are kept for whoever reads the monitoring endpoint."""
    second = WitnessKey(ORIGIN, SUBTREE, 7)
    signed = sign_note(checkpoint_text(Checkpoint(ORIGIN, 3, root_of(LEAVES[:3]))), [LOG, second.at()])
    decision = decide(read_request(request_from(0, signed, node)), [*KNOWN, second.verifier], None, COSIGNERS)
    assert decision.witnessed is not None
    assert 4 == len(open_note(decision.witnessed.note, [*KNOWN, second.verifier, *WITNESS]).good)
    assert replace(decision.witnessed, note=b"") == LastCosigned(3, root_of(LEAVES[:3]), b"")
