"""Who stands behind a checkpoint is said exactly: witnesses that were given, the log's key alone, or nobody."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from gateway.audit.tlog.note import (
    COSIGNATURE,
    Checkpoint,
    Ed25519Verifier,
    NoteInvalid,
    add_signatures,
    checkpoint_text,
    parse_note,
    sign_note,
)
from gateway.audit.verification.backing import Lack, judge_checkpoint
from gateway.audit.verification.conclusion import Trusted, Verdict
from gateway.audit.verification.signatures import Cosigner
from tests.audit.cosigning import TIME_S, WitnessKey
from tests.audit.logs import ASKER, PROVIDER
from tests.audit.signing import LogKey

LOG = Ed25519Verifier(PROVIDER.vkey)
WITNESS = WitnessKey("witness.example/1", COSIGNATURE, 7)
OTHER = WitnessKey("witness.example/2", COSIGNATURE, 8)
TEXT = checkpoint_text(Checkpoint(PROVIDER.name, 5, b"r" * 32))
SIGNED = sign_note(TEXT, [PROVIDER])
COSIGNED = add_signatures(SIGNED, [WITNESS.at().line(parse_note(SIGNED).text)])


def given(*keys: WitnessKey, outside: bool = True, quorum: bool = True) -> Trusted:
    """Witnesses whose keys came from elsewhere; any one of them is enough."""
    names = {(key.name, key.key_id) for key in keys}

    def accept(cosigned: Mapping[Cosigner, int]) -> Mapping[str, int]:
        return {key[0]: time_s for key, time_s in cosigned.items() if key in names}

    return Trusted([key.verifier for key in keys], accept, outside, (), quorum)


def test_a_witness_that_was_given_makes_it_witnessed() -> None:
    """With the second that it bears."""
    found = judge_checkpoint(COSIGNED, [LOG], [WITNESS.verifier], given(WITNESS))
    assert (Verdict.WITNESSED, None, {WITNESS.name: TIME_S}) == (found.verdict, found.lack, found.witnesses)


def test_a_witness_whose_key_lies_beside_the_log_makes_it_no_better() -> None:
    """Who owns the disk owns that key."""
    trusted = given(WITNESS, outside=False, quorum=False)
    found = judge_checkpoint(COSIGNED, [LOG], [WITNESS.verifier], trusted)
    assert (Verdict.SIGNED, None) == (found.verdict, found.lack)


@pytest.mark.parametrize("note", [SIGNED, COSIGNED])
def test_where_a_witness_was_asked_for_the_log_alone_is_not_enough(note: bytes) -> None:
    """Nor is another witness."""
    found = judge_checkpoint(note, [LOG], [OTHER.verifier], given(OTHER))
    assert (Verdict.UNPROVEN, Lack.QUORUM_MISSING) == (found.verdict, found.lack)


def test_nothing_is_proven_without_a_key_of_the_log() -> None:
    """Whoever cosigned; another log's key is none."""
    for keys in ([], [Ed25519Verifier(ASKER.vkey)]):
        found = judge_checkpoint(COSIGNED, keys, [WITNESS.verifier], given(WITNESS))
        assert (Verdict.UNPROVEN, Lack.NO_KEY) == (found.verdict, found.lack)


def test_nothing_is_proven_where_another_key_signed() -> None:
    """Under the log's name, or beside a witness that cosigned."""
    stranger = LogKey(PROVIDER.name, seed=9)
    note = sign_note(TEXT, [stranger])
    found = judge_checkpoint(note, [LOG], [], Trusted())
    assert (Verdict.UNPROVEN, Lack.NOT_SIGNED) == (found.verdict, found.lack)
    note = add_signatures(note, [WITNESS.at().line(TEXT)])
    found = judge_checkpoint(note, [LOG], [WITNESS.verifier], given(WITNESS))
    assert (Verdict.UNPROVEN, Lack.NOT_SIGNED) == (found.verdict, found.lack)


def test_a_line_of_a_known_key_that_does_not_hold_is_a_fault() -> None:
    """And no lack."""
    moved = COSIGNED.replace(b"\n5\n", b"\n6\n")
    with pytest.raises(NoteInvalid, match="does not hold"):
        judge_checkpoint(moved, [LOG], [], Trusted())
    with pytest.raises(NoteInvalid, match="does not hold"):
        judge_checkpoint(moved, [], [WITNESS.verifier], given(WITNESS))
    with pytest.raises(NoteInvalid):
        judge_checkpoint(b"no note", [LOG], [], Trusted())
