"""One witness of our log: proven to from where it stands, and not believed once it has forgotten what it cosigned."""

from __future__ import annotations

from http import HTTPStatus

import pytest

from gateway.audit.tlog.note import COSIGNATURE, Checkpoint, checkpoint_text, parse_note, sign_note, write_note
from gateway.audit.tlog.submission import WitnessAhead, WitnessRefused
from gateway.audit.tlog.tree import EMPTY_ROOT
from gateway.witness.submission import ATTEMPTS, Address, Submission, Unreachable, WitnessForgot
from tests.audit.cosigning import WitnessKey
from tests.audit.signing import LogKey

LOG = LogKey("log.sichuan.example/1")
WITNESS, OTHER = WitnessKey("witness.example", COSIGNATURE), WitnessKey("witness.example", COSIGNATURE, seed=2)
Answer = tuple[int, bytes] | Exception


def note(size: int) -> bytes:
    """Our checkpoint of a size; these tests look at no proof."""
    return sign_note(checkpoint_text(Checkpoint(LOG.name, size, EMPTY_ROOT)), [LOG])


def cosign(size: int, key: WitnessKey = WITNESS) -> tuple[int, bytes]:
    """What a witness answers that cosigns our checkpoint."""
    return 200, key.at().line(parse_note(note(size)).text).octets


def behind(size: int) -> tuple[int, bytes]:
    """What a witness answers that stands at another size."""
    return 409, b"%d\n" % size


class Way:
    """Gives these answers in order, and notes from which sizes it was proven."""

    def __init__(self, *answers: Answer) -> None:
        self.answers = list(answers)
        self.proven: list[int] = []
        self.submission = Submission(Address("w", (WITNESS.verifier,), self.send), self.prove)

    def prove(self, old: int, octets: bytes) -> bytes:
        """Note the old size."""
        self.proven.append(old)
        return b"%d" % old

    async def send(self, body: bytes) -> tuple[int, bytes]:
        """Give the next answer; the body is the one that was just proven."""
        assert b"%d" % self.proven[-1] == body
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


async def test_a_witness_that_forgot_what_it_cosigned_is_not_proven_to_again() -> None:
    """It could cosign a second history; what we know of it stays."""
    way = Way(cosign(5), behind(3))
    await way.submission.submit(note(5))
    with pytest.raises(WitnessForgot, match="5 entries and says 3"):
        await way.submission.submit(note(8))
    assert (5, [0, 5]) == (way.submission.known, way.proven)


async def test_a_witness_that_moves_faster_than_it_is_proven_to_is_given_up() -> None:
    """After three requests; it refuses, and is tried again with a newer checkpoint."""
    way = Way(behind(1), behind(2), behind(3), behind(4))
    with pytest.raises(WitnessRefused) as caught:
        await way.submission.submit(note(9))
    assert (HTTPStatus.CONFLICT, [0, 1, 2], ATTEMPTS) == (caught.value.status, way.proven, len(way.proven))


async def test_a_witness_that_is_ahead_of_us_shows_that_our_log_was_rolled_back() -> None:
    """It is not proven to again."""
    way = Way(behind(9))
    with pytest.raises(WitnessAhead):
        await way.submission.submit(note(5))
    assert [0] == way.proven


@pytest.mark.parametrize(
    "answer",
    [
        (200, b""),
        (200, b"not a signature\n"),
        cosign(4),
        cosign(5, OTHER),
        (422, b"proof\n"),
        (404, b""),
        (409, b"x\n"),
    ],
    ids=["empty", "no signature", "another checkpoint", "another key", "unprocessable", "unknown", "no size"],
)
async def test_an_answer_that_does_not_cosign_this_checkpoint_counts_for_nothing(
    answer: tuple[int, bytes],
) -> None:
    """The witness stays known for what it cosigned before."""
    way = Way(answer)
    with pytest.raises(WitnessRefused) as caught:
        await way.submission.submit(note(5))
    assert (answer[0], 0) == (caught.value.status, way.submission.known)


async def test_a_witness_that_does_not_answer_changes_nothing() -> None:
    """The next request proves from the same size."""
    way = Way(Unreachable("no route"), cosign(5))
    with pytest.raises(Unreachable):
        await way.submission.submit(note(5))
    assert 0 == way.submission.known
    await way.submission.submit(note(5))
    assert [0, 0] == way.proven


async def test_a_witness_that_is_behind_says_its_size_and_is_proven_to_from_there() -> None:
    """We restarted, or its answer was lost."""
    way = Way(behind(3), cosign(5))
    lines = await way.submission.submit(note(5))
    assert (1, 5, [0, 3]) == (len(lines), way.submission.known, way.proven)


def test_what_a_witness_cosigned_before_is_taken_up_from_the_newest_note_that_bears_its_line() -> None:
    """Lines of other keys are passed over; a note that is none counts for nothing."""

    def kept(size: int, key: WitnessKey) -> bytes:
        parsed = parse_note(note(size))
        return write_note(parsed.text, (*parsed.signatures, key.at().line(parsed.text)))

    submission = Way().submission
    submission.begin([b"", b"no note"])
    assert 0 == submission.known
    assert () == submission.lines_in(kept(9, OTHER))
    submission.begin([kept(9, OTHER), kept(7, WITNESS), kept(5, WITNESS)])
    assert 7 == submission.known


async def test_a_witness_that_began_anew_under_new_keys_has_forgotten_nothing() -> None:
    """What its ended keys cosigned tells nothing of the new ones; else a lost state could never be mended."""
    answers = [behind(0), cosign(9, OTHER)]

    async def send(body: bytes) -> tuple[int, bytes]:
        return answers.pop(0)

    verifiers = (OTHER.verifier, WITNESS.verifier)
    former = write_note((parsed := parse_note(note(7))).text, (*parsed.signatures, WITNESS.at().line(parsed.text)))
    for ended, known in ((frozenset[bytes](), 7), (frozenset({WITNESS.verifier.key_id}), 0)):
        submission = Submission(Address("w", verifiers, send, ended), lambda old, octets: b"")
        submission.begin([former])
        assert known == submission.known
    assert 1 == len(await submission.submit(note(9)))
    assert 9 == submission.known
