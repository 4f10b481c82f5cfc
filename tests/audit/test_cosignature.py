"""Cosignatures hold for one checkpoint, one time and one cosigner, and for nothing else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.audit.tlog.cosignature import (
    MAX_TIME,
    CosignatureVerifier,
    Cosigner,
    cosignature_message,
    cosigned_at,
    note_verifier,
    read_vkeys,
    subtree_message,
)
from gateway.audit.tlog.note import (
    COSIGNATURE,
    ED25519,
    SUBTREE,
    Checkpoint,
    NoteInvalid,
    add_signatures,
    checkpoint_text,
    open_note,
    parse_note,
    parse_vkey,
    sign_note,
    verify_note,
)
from keys.keystore import new_cosigning_key
from keys.signer import Signer, Verifier
from keys.suite import ED25519_COSIGNING, ML_DSA_44_COSIGNING
from tests.audit.cosigning import TIME_S, WitnessKey
from tests.audit.signing import LogKey
from tests.audit.vectors import published

ORIGIN = "log.example"
LOG = LogKey(ORIGIN)
CHECKPOINT = Checkpoint(ORIGIN, 7, b"r" * 32)
TEXT = checkpoint_text(CHECKPOINT)
KINDS = [COSIGNATURE, SUBTREE]
KEYS = {kind: WitnessKey("witness.example", kind) for kind in KINDS}
NOTES = {kind: sign_note(TEXT, [KEYS[kind].at()]) for kind in KINDS}


def test_the_signed_message_is_that_of_the_specification() -> None:
    """C2SP tlog-cosignature, its example of type 0x04."""
    example = published("c2sp/spec_examples.json")["examples"]["tlog-cosignature.md"]["signed_message_v1"]
    text = example.split("\n", 2)[2].encode()
    assert example.encode() == cosignature_message(text, 1679315147)


def test_the_subtree_message_has_the_published_layout() -> None:
    """Twelve bytes of label, then names by length, time, range and root."""
    expected = b"subtree/v1\n\0" + b"\x01w" + (5).to_bytes(8) + b"\x0blog.example" + bytes(8) + (7).to_bytes(8)
    assert expected + b"r" * 32 == subtree_message("w", 5, CHECKPOINT)


def test_a_checkpoint_of_another_implementation_verifies() -> None:
    """Signed by Go's ML-DSA-44, without a time, as a log may."""
    vectors = published("torchwood/mldsa_add_checkpoint.json")
    note = vectors["request"].split("\n\n", 1)[1].encode()
    opened = open_note(note, [note_verifier(vectors["log_vkey"])])
    assert [0] == [cosigned_at(line) for line in opened.good]


@pytest.mark.parametrize("kind", KINDS)
def test_a_cosigned_checkpoint_verifies_and_bears_its_time(kind: int) -> None:
    """Beside the log's own signature, whose verifier does not know the other line."""
    note = add_signatures(sign_note(TEXT, [LOG]), [KEYS[kind].at().line(TEXT)])
    opened = open_note(note, [note_verifier(LOG.vkey), KEYS[kind].verifier])
    assert (TEXT, [ORIGIN, "witness.example"]) == (opened.text, [line.name for line in opened.good])
    assert TIME_S == cosigned_at(opened.good[1])
    assert ["witness.example"] == [line.name for line in open_note(note, [note_verifier(LOG.vkey)]).unknown]


@pytest.mark.parametrize("kind", KINDS)
def test_a_newer_line_of_a_key_takes_the_place_of_the_older(kind: int) -> None:
    """A note never has two lines of one key."""
    note = add_signatures(NOTES[kind], [KEYS[kind].at(TIME_S + 1).line(TEXT)])
    assert [TIME_S + 1] == [cosigned_at(line) for line in parse_note(note).signatures]


@pytest.mark.parametrize("kind", KINDS)
@given(data=st.data())
def test_no_note_with_one_bit_changed_verifies(kind: int, data: st.DataObject) -> None:
    """In text, name, key id, time or signature."""
    note = NOTES[kind]
    at = data.draw(st.integers(0, 8 * len(note) - 1))
    changed = bytearray(note)
    changed[at // 8] ^= 1 << at % 8
    with pytest.raises(NoteInvalid):
        verify_note(bytes(changed), [KEYS[kind].verifier])


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("keep", [0, 7, 8, 9])
def test_a_cosignature_that_was_cut_is_refused(kind: int, keep: int) -> None:
    """Down to its time, and below it."""
    signature = parse_note(NOTES[kind]).signatures[0].signature
    with pytest.raises(NoteInvalid):
        KEYS[kind].verifier.verify(TEXT, signature[:keep])


@pytest.mark.parametrize("kind", KINDS)
def test_a_time_beyond_the_allowed_is_refused(kind: int) -> None:
    """Although it was signed."""
    key = KEYS[kind]
    assert TEXT == verify_note(sign_note(TEXT, [key.at(MAX_TIME)]), [key.verifier])
    with pytest.raises(NoteInvalid):
        verify_note(sign_note(TEXT, [key.at(MAX_TIME + 1)]), [key.verifier])


def test_a_subtree_cosignature_covers_no_extension_lines() -> None:
    """So a text with such lines is neither signed nor verified with it."""
    extended = TEXT + b"extension\n"
    with pytest.raises(NoteInvalid, match="extension"):
        sign_note(extended, [KEYS[SUBTREE].at()])
    note = extended + b"\n" + NOTES[SUBTREE].split(b"\n\n")[1]
    with pytest.raises(NoteInvalid):
        verify_note(note, [KEYS[SUBTREE].verifier])
    assert extended == verify_note(sign_note(extended, [KEYS[COSIGNATURE].at()]), [KEYS[COSIGNATURE].verifier])


def test_a_subtree_cosignature_binds_its_cosigner() -> None:
    """The same key under another name has made another statement."""
    other = WitnessKey("other.example", SUBTREE)
    line = NOTES[SUBTREE].split(b"\n\n")[1].replace(b"witness.example", b"other.example")
    moved = parse_note(TEXT + b"\n" + line).signatures[0]
    with pytest.raises(NoteInvalid):
        other.verifier.verify(TEXT, moved.signature)


@pytest.mark.parametrize("name", ["x" * 256, "界" * 86])
def test_a_name_beyond_255_bytes_cannot_be_cosigned(name: str) -> None:
    """Its length has one byte."""
    with pytest.raises(NoteInvalid, match="255"):
        subtree_message(name, 1, CHECKPOINT)
    with pytest.raises(NoteInvalid, match="255"):
        subtree_message("w", 1, Checkpoint(name, 1, b"r" * 32))


def test_each_type_has_a_verifier_and_no_other_takes_its_key() -> None:
    """The type byte decides, and it is part of the key id."""
    assert LOG.key_id == note_verifier(LOG.vkey).key_id
    for key in KEYS.values():
        assert key.key_id == note_verifier(key.vkey).key_id
    with pytest.raises(NoteInvalid, match="0x04 or 0x06"):
        CosignatureVerifier(parse_vkey(LOG.vkey))
    with pytest.raises(ValueError, match="0x04 or 0x06"):
        Cosigner(LOG, ED25519, lambda: 1)


def test_the_keys_of_the_house_make_the_same_lines() -> None:
    """`keys.signer` has both types as suites; vkeys agree in both readings."""
    for suite, kind in ((ED25519_COSIGNING, COSIGNATURE), (ML_DSA_44_COSIGNING, SUBTREE)):
        signer = Signer.generate("witness.example", suite)
        note = sign_note(TEXT, [Cosigner(signer, kind, lambda: TIME_S)])
        assert TEXT == verify_note(note, [note_verifier(signer.verifier.vkey)])
        assert signer.verifier == Verifier.parse(signer.verifier.vkey, suite)
    assert Signer("log.example", new_cosigning_key(), ML_DSA_44_COSIGNING).verifier.vkey


def test_the_present_and_former_keys_of_a_log_are_read_from_one_file() -> None:
    """Rotation: old checkpoints verify under the old line."""
    old, new = LogKey(ORIGIN, seed=1), LogKey(ORIGIN, seed=2)
    second = WitnessKey(ORIGIN, SUBTREE)
    verifiers = read_vkeys(f"# present\n{new.vkey}\n{second.vkey}\n\n# until 2026\n{old.vkey}\n")
    assert TEXT == verify_note(sign_note(TEXT, [old]), verifiers)
    assert TEXT == verify_note(sign_note(TEXT, [new]), verifiers)
    assert TEXT == verify_note(sign_note(TEXT, [new, second.at(0)]), verifiers)
    with pytest.raises(NoteInvalid):
        verify_note(sign_note(TEXT, [LogKey(ORIGIN, seed=3)]), verifiers)


@pytest.mark.parametrize("text", ["", "# none\n", "log.example\n", f"{LOG.vkey}\n" * 65, LOG.vkey.replace("+", " ")])
def test_a_file_that_is_no_list_of_keys_is_refused(text: str) -> None:
    """An empty list trusts nobody; a wrong line is not passed over."""
    with pytest.raises(NoteInvalid):
        read_vkeys(text)
