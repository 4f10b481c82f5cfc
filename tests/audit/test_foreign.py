"""Whose keys signed a log, where none of those given did; what is no such log is left to the verification."""

from __future__ import annotations

import pytest

from gateway.audit.tlog.note import Checkpoint, Ed25519Verifier, checkpoint_text, sign_note
from gateway.audit.verification.foreign import blame_foreign, describe_foreign, name_foreign
from tests.audit.attacks import NOW_S, THIEF, WITNESS
from tests.audit.logs import ASKER, PROVIDER

KEY, OTHER = Ed25519Verifier(PROVIDER.vkey), Ed25519Verifier(ASKER.vkey)
STOLEN = Ed25519Verifier(THIEF.vkey)


def note(*signers: object, origin: str = PROVIDER.name) -> bytes:
    """A checkpoint under these keys."""
    return sign_note(checkpoint_text(Checkpoint(origin, 7, b"r" * 32)), signers)  # type: ignore[arg-type]  # any signer


def named(*keys: Ed25519Verifier) -> tuple[str, ...]:
    """Keys as they are named."""
    return tuple(sorted(f"{key.name}+{key.key_id.hex()}" for key in keys))


def test_the_keys_that_signed_are_named_where_none_given_did() -> None:
    """Each once, by name and id, also where the name is the same."""
    notes = [note(PROVIDER), note(PROVIDER, WITNESS.at(NOW_S))]
    assert named(KEY) == name_foreign(notes, [OTHER])
    assert named(KEY) == name_foreign(notes, [STOLEN])
    assert named(KEY, STOLEN) == name_foreign([*notes, note(THIEF)], [OTHER])


@pytest.mark.parametrize(
    "notes",
    [
        [],
        [note(PROVIDER)],
        [note(THIEF), note(PROVIDER)],
        [note(THIEF), note(THIEF, PROVIDER)],
        [note(THIEF), b"no note"],
        [note(THIEF), note(THIEF)[:-2]],
        [note(WITNESS.at(NOW_S))],
        [note(THIEF), note(WITNESS.at(NOW_S))],
    ],
    ids=["none", "ours", "one of ours", "both on one", "no note", "cut", "a witness alone", "one of a witness alone"],
)
def test_what_may_contradict_is_left_to_the_verification(notes: list[bytes]) -> None:
    """A key given stands under one, or there is what no log would have signed."""
    assert () == name_foreign(notes, [KEY])


def test_the_fault_says_which_keys_and_contradicts_nothing() -> None:
    """It is no alteration."""
    fault = blame_foreign(named(KEY), [OTHER])
    assert (True, named(KEY), describe_foreign(named(KEY), [OTHER])) == (fault.unsigned, fault.keys, fault.detail)
    assert all(name in fault.detail for name in (*named(KEY), *named(OTHER)))
