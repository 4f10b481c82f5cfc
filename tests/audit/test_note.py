"""Signed notes are read strictly, and what nobody known has signed is no checkpoint."""

from __future__ import annotations

from base64 import b64decode, b64encode

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from gateway.audit.tlog.note import (
    MAX_NOTE_BYTES,
    MAX_SIGNATURES,
    Checkpoint,
    Ed25519Verifier,
    NoteInvalid,
    checkpoint_text,
    make_vkey,
    parse_checkpoint,
    parse_note,
    parse_vkey,
    sign_note,
    verify_note,
)
from gateway.audit.tlog.tree import EMPTY_ROOT
from tests.audit.signing import LogKey
from tests.audit.vectors import published

KEY = LogKey("log.example")
VERIFIER = Ed25519Verifier(KEY.vkey)
TEXT = checkpoint_text(Checkpoint("log.example", 0, EMPTY_ROOT))
NOTE = sign_note(TEXT, (KEY,))


class GoKey:
    """The private key that golang/mod publishes for its tests."""

    def __init__(self, skey: str) -> None:
        _, _, self.name, key_id, seed = skey.split("+", 4)
        self.key_id = bytes.fromhex(key_id)
        self._key = Ed25519PrivateKey.from_private_bytes(b64decode(seed)[1:])

    def sign(self, message: bytes) -> bytes:
        """Sign."""
        return self._key.sign(message)


def test_the_example_of_the_specification_verifies() -> None:
    """C2SP signed-note, its example."""
    example = published("c2sp/spec_examples.json")["examples"]["signed-note.md"]
    note = example["note"].encode()
    assert b"This is an example message.\n" == verify_note(note, [Ed25519Verifier(example["vkey"])])


def test_the_notes_of_golang_are_made_and_verified_alike() -> None:
    """The same key and text give the same line; both published lines verify."""
    vectors = published("golang-mod/sumdb_note.json")
    text, lines = vectors["text"].encode(), vectors["sig_lines"]
    made = sign_note(text, [GoKey(vectors["skey"])])
    assert text + b"\n" + lines["PeterNeumann"].encode() == made
    verifiers = [Ed25519Verifier(vkey) for vkey in vectors["vkey_ok"]]
    both = made + lines["EnochRoot"].encode()
    for some in (verifiers, verifiers[:1], verifiers[1:]):
        assert text == verify_note(both, some)


def test_every_proper_part_and_every_mutation_of_a_published_key_is_refused() -> None:
    """The mutation rule of golang/mod: substrings, and each byte plus one."""
    vectors = published("golang-mod/sumdb_note.json")
    good = vectors["vkey_ok"][0]
    wrong = {good[start:end] for start in range(len(good)) for end in range(start, len(good) + 1)} - {good}
    wrong |= {good[:at] + chr(ord(good[at]) + 1) + good[at + 1 :] for at in range(len(good))}
    for vkey in [*sorted(wrong), *vectors["vkey_bad"]]:
        with pytest.raises(NoteInvalid):
            Ed25519Verifier(vkey)


def test_the_published_malformed_notes_are_refused() -> None:
    """The forms that golang/mod lists."""
    vectors = published("golang-mod/sumdb_note.json")
    text, line = vectors["text"], vectors["sig_lines"]["PeterNeumann"]
    verifier = Ed25519Verifier(vectors["vkey_ok"][0])
    assert text.encode() == verify_note(f"{text}\n{line}".encode(), [verifier])
    malformed = [
        text.encode(),
        f"{text}\n".encode(),
        f"{text}\n{line[:-1]}".encode(),
        f"\x01{text}\n{line}".encode(),
        b"\xff" + f"{text}\n{line}".encode(),
        f"{text}\n{line.replace('PeterNeumann', 'Bad Name')}".encode(),
        f"{text}\n{line}Unexpected line.\n".encode(),
        f"{text}\n{line * 101}".encode(),
    ]
    assert len(vectors["malformed_notes"]) == len(malformed)
    for note in malformed:
        with pytest.raises(NoteInvalid):
            verify_note(note, [verifier])


def test_a_real_checkpoint_of_the_go_checksum_database_verifies() -> None:
    """Its key's name differs from its origin, which a verifier's configuration allows for."""
    vectors = published("torchwood/sumdb_add_checkpoint.json")
    note = vectors["request"].split("\n\n", 1)[1].encode()
    found = parse_checkpoint(verify_note(note, [Ed25519Verifier(vectors["log_vkey"])]))
    assert (vectors["origin"], 35_225_469) == (found.origin, found.size)


def test_the_checkpoints_of_litewitness_are_judged_by_their_signatures() -> None:
    """Steps that the transcript refuses for their signature do not verify; the others do."""
    vectors = published("torchwood/litewitness_add_checkpoint.json")
    vkey = str(make_vkey(vectors["origin"], bytes.fromhex(vectors["log_pub_hex"])))
    verdicts = []
    for step in vectors["steps"]:
        note = step["request"].split("\n\n", 1)[1].encode()
        try:
            verify_note(note, [Ed25519Verifier(vkey)])
            verdicts.append(True)
        except NoteInvalid:
            verdicts.append(False)
    expected = [step["status"] != 403 for step in vectors["steps"]]
    assert expected == verdicts


def test_published_keys_are_judged_as_published_and_one_more_strictly() -> None:
    """A key whose id does not follow from it is refused, also the one that its own project accepts."""
    vectors = published("transparency-dev-formats/formats.json")
    for case in vectors["vkeys_ok"]:
        assert case["vkey"] == str(parse_vkey(case["vkey"]))
    wrong = vectors["vkeys_upstream_accepts_but_spec_key_id_mismatch"][0]
    with pytest.raises(NoteInvalid, match=wrong["spec_key_id"]):
        parse_vkey(wrong["vkey"])
    for vkey in vectors["vkeys_bad"]:
        with pytest.raises(NoteInvalid):
            parse_vkey(vkey)


def test_a_key_of_another_type_is_not_taken_for_an_ed25519_key() -> None:
    """A cosignature key (0x04) has the same bytes, and signs something else."""
    public = b64decode(KEY.vkey.split("+", 2)[2])[1:]
    with pytest.raises(NoteInvalid, match="type 0x01"):
        Ed25519Verifier(str(make_vkey("log.example", public, 0x04)))


@given(st.integers(0, len(NOTE) - 1), st.integers(1, 255))
def test_no_note_with_one_byte_changed_verifies(at: int, change: int) -> None:
    """Whatever byte it is, in text, name, key id or signature."""
    changed = NOTE[:at] + bytes([NOTE[at] ^ change]) + NOTE[at + 1 :]
    with pytest.raises(NoteInvalid):
        verify_note(changed, [VERIFIER])


@given(st.binary(max_size=200))
def test_bytes_that_are_no_note_are_refused(octets: bytes) -> None:
    """Nothing else than NoteInvalid comes out of the parser."""
    with pytest.raises(NoteInvalid):
        verify_note(octets, [VERIFIER])


@given(st.integers(0, len(NOTE) - 1))
def test_no_beginning_of_a_note_verifies(end: int) -> None:
    """A note that was cut is none."""
    with pytest.raises(NoteInvalid):
        verify_note(NOTE[:end], [VERIFIER])


def test_a_known_key_that_fails_condemns_the_note_even_beside_a_good_one() -> None:
    """A bad line of a known key is never passed over."""
    other = LogKey("other.example")
    both = sign_note(TEXT, (KEY, other))
    bad = both[:-6] + (b"AAAA" if both[-6:-2] != b"AAAA" else b"BBBB") + both[-2:]
    assert TEXT == verify_note(bad, [VERIFIER])
    with pytest.raises(NoteInvalid):
        verify_note(bad, [VERIFIER, Ed25519Verifier(other.vkey)])


def test_a_note_that_only_unknown_keys_signed_is_refused() -> None:
    """Also when its name is the known one: the key id differs."""
    with pytest.raises(NoteInvalid, match="expected a signature of a known key"):
        verify_note(sign_note(TEXT, (LogKey("log.example", seed=9),)), [VERIFIER])
    with pytest.raises(NoteInvalid, match="expected a signature of a known key"):
        verify_note(NOTE, [])


def test_verifiers_that_cannot_be_told_apart_are_refused() -> None:
    """Two keys of one name and id are an error of the configuration."""
    with pytest.raises(NoteInvalid, match="differ"):
        verify_note(NOTE, [VERIFIER, Ed25519Verifier(KEY.vkey)])


def test_whatever_a_verifier_raises_condemns_the_note() -> None:
    """A verifier of another make raises its own exceptions; they become one."""

    class Broken:
        name, key_id = KEY.name, KEY.key_id

        def verify(self, message: bytes, signature: bytes) -> None:
            raise ZeroDivisionError

    with pytest.raises(NoteInvalid, match="does not hold"):
        verify_note(NOTE, [Broken()])


def test_a_note_is_bounded_in_bytes_and_lines() -> None:
    """What is longer is not read."""
    line = NOTE.split(b"\n\n")[1]
    assert MAX_SIGNATURES == len(parse_note(TEXT + b"\n" + line * MAX_SIGNATURES).signatures)
    with pytest.raises(NoteInvalid, match="signature lines"):
        parse_note(TEXT + b"\n" + line * (MAX_SIGNATURES + 1))
    with pytest.raises(NoteInvalid, match="bytes"):
        parse_note(b"x" * MAX_NOTE_BYTES + NOTE)


def test_the_text_ends_at_the_last_blank_line() -> None:
    """A text may hold blank lines itself."""
    text = b"one\n\ntwo\n"
    assert text == verify_note(sign_note(text, (KEY,)), [VERIFIER])


@pytest.mark.parametrize(
    "body",
    [
        "",
        "log.example\n",
        "log.example\n1\n",
        "log.example\n01\nROOT\n",
        "log.example\n-1\nROOT\n",
        "log.example\n+1\nROOT\n",
        "log.example\n1.0\nROOT\n",
        "log.example\n１\nROOT\n",
        "log.example\n99999999999999999999\nROOT\n",
        "\n1\nROOT\n",
        "log.example\n1\nROOT",
        "log.example\n1\nAAAA\n",
        "log.example\n1\n!!!\n",
        "log.example\n1\nROOT\n\n",
    ],
)
def test_a_checkpoint_that_is_not_well_formed_is_refused(body: str) -> None:
    """Sizes with leading zeros, signs or other digits, roots of another length, missing lines."""
    with pytest.raises(NoteInvalid):
        parse_checkpoint(body.replace("ROOT", b64encode(EMPTY_ROOT).decode()).encode())


@given(st.integers(0, (1 << 62) - 1), st.binary(min_size=32, max_size=32))
def test_a_checkpoint_is_read_as_it_was_written(size: int, root: bytes) -> None:
    """Origin, size and root survive."""
    made = Checkpoint("四川.example/log", size, root)
    assert made == parse_checkpoint(checkpoint_text(made))


def test_extension_lines_are_passed_over() -> None:
    """Other logs may have them; ours has none."""
    assert parse_checkpoint(TEXT) == parse_checkpoint(TEXT + b"extension\n")


@pytest.mark.parametrize("name", ["", "a b", "a+b", "a\u2003b", "a\x01b"])
def test_a_name_with_spaces_or_plus_signs_is_no_key_name(name: str) -> None:
    """It could not be told apart from what follows it."""
    with pytest.raises(NoteInvalid):
        make_vkey(name, b"k" * 32)
