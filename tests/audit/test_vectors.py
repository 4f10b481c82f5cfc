"""Our own vectors are what their generator makes, and they prove by the public functions alone."""

from __future__ import annotations

import json
from hashlib import sha256
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PublicKey

from gateway.audit.tlog.cosignature import cosigned_at, note_verifier
from gateway.audit.tlog.note import Ed25519Verifier, NoteInvalid, open_note, parse_checkpoint, parse_vkey, verify_note
from gateway.audit.tlog.proofs import verify_consistency, verify_inclusion
from gateway.audit.tlog.rangeproof import range_root
from gateway.audit.tlog.tlogproof import TlogProof, read_proof, verify_proof, write_proof
from gateway.audit.tlog.tree import leaf_hash, root_of, sm3
from tests.audit.vectors import octets, published
from tests.vectors import generate_audit

VECTORS: dict[str, Any] = json.loads(generate_audit.FILE.read_text(encoding="utf-8"))
VERIFIER = Ed25519Verifier(VECTORS["vkey"])


def test_the_file_is_what_its_generator_makes() -> None:
    """Run tests/vectors/generate_audit.py when this fails and the change is meant."""
    assert generate_audit.FILE.read_text(encoding="utf-8") == generate_audit.written()


@pytest.mark.parametrize("case", VECTORS["trees"], ids=lambda case: str(case["size"]))
def test_checkpoint_proof_and_consistency_of_each_size_hold(case: dict[str, Any]) -> None:
    """Verified as another implementation would."""
    tree = parse_checkpoint(verify_note(case["checkpoint"].encode(), [VERIFIER]))
    assert (case["size"], octets(case["root"])) == (tree.size, tree.root)
    proof = read_proof(case["proof_of_last"].encode())
    assert case["size"] == verify_proof(proof, leaf_hash(b"%d" % (tree.size - 1)), VERIFIER.name, [VERIFIER])
    last = VECTORS["trees"][-1]
    path = [octets(text) for text in case["consistency_to_300"]]
    verify_consistency(tree.size, 300, path, tree.root, octets(last["root"]))


@pytest.mark.parametrize("case", VECTORS["cosignatures"], ids=lambda case: f"0x{case['type']:02x}-{case['time']}")
def test_the_known_cosignatures_hold_over_their_messages(case: dict[str, Any]) -> None:
    """By the note, and by the raw signature over the message as the specification lays it out."""
    opened = open_note(case["note"].encode(), [VERIFIER, note_verifier(case["vkey"])])
    line = opened.good[1]
    assert (2, case["time"]) == (len(opened.good), cosigned_at(line))
    public = parse_vkey(case["vkey"]).public
    key = MLDSA44PublicKey if case["type"] == 6 else Ed25519PublicKey
    key.from_public_bytes(public).verify(line.signature[8:], octets(case["message"]))
    if case["type"] == 4:
        seed = Ed25519PrivateKey.from_private_bytes(octets(case["seed"]))
        assert seed.sign(octets(case["message"])) == line.signature[8:]


def test_the_same_entries_under_sm3_have_the_known_roots() -> None:
    """And the last entry's path leads to the last root."""
    hashed = [leaf_hash(b"%d" % number, sm3) for number in range(300)]
    for size, root in VECTORS["sm3"]["roots"].items():
        assert octets(root) == root_of(hashed[: int(size)], sm3)
    path = [octets(value) for value in VECTORS["sm3"]["path_of_last"]]
    verify_inclusion(299, 300, hashed[299], path, octets(VECTORS["sm3"]["roots"]["300"]), sm3)


def test_the_known_range_proof_leads_to_the_root() -> None:
    """Of four ranges of 300 entries."""
    case = VECTORS["range_proof"]
    given = [(start, [leaf_hash(b"%d" % number) for number in range(start, end)]) for start, end in case["ranges"]]
    root = range_root(given, 300, [octets(value) for value in case["hashes"]])
    assert octets(VECTORS["trees"][-1]["root"]) == root


@pytest.mark.parametrize("form", ["rows", "rows_before_4"])
def test_the_rows_are_committed_to_in_their_canonical_form(form: str) -> None:
    """From the texts in the file."""
    rows = VECTORS[form]
    leaves = [sha256(b"\x00" + octets(rows["salt"]) + text.encode()).digest() for text in rows["canonical"]]
    assert octets(rows["root"]) == root_of(leaves)


def test_published_proof_files_survive_and_malformed_ones_are_refused() -> None:
    """Cases of transparency-dev/formats."""
    vectors = published("transparency-dev-formats/formats.json")
    for case in vectors["tlog_proof_marshal"]:
        path = tuple(sha256(text.encode()).digest() for text in case["hashes_are_sha256_of"])
        proof = TlogProof(case["index"], path, case["checkpoint"].encode(), (case["extra"] or "").encode())
        assert proof == read_proof(write_proof(proof))
    for text in vectors["tlog_proof_unmarshal_errors"]:
        with pytest.raises(NoteInvalid):
            read_proof(text.encode())


@pytest.mark.parametrize(
    "text",
    [
        "",
        "c2sp.org/tlog-proof@v1\n",
        "c2sp.org/tlog-proof@v2\nindex 0\n\nnote",
        "c2sp.org/tlog-proof@v1\nindex 00\n\nnote",
        "c2sp.org/tlog-proof@v1\nindex ١\n\nnote",
        "c2sp.org/tlog-proof@v1\nindex 9223372036854775808\n\nnote",
        f"c2sp.org/tlog-proof@v1\nindex {'1' * 5_000}\n\nnote",
        "c2sp.org/tlog-proof@v1\nindex 0\nAAAA\n\nnote",
        "c2sp.org/tlog-proof@v1\nindex 0\nextra AAAA\n\nnote",
        "c2sp.org/tlog-proof@v1\nindex 0\n" + "A" * 43 + "=\n" * 64 + "\nnote",
    ],
)
def test_a_proof_file_in_another_form_is_refused(text: str) -> None:
    """Other headers, other numbers, hashes of another length, too many of them."""
    with pytest.raises(NoteInvalid):
        read_proof(text.encode())


def test_a_proof_of_another_log_is_refused() -> None:
    """Its key may be trusted for more than one log."""
    proof = read_proof(VECTORS["trees"][0]["proof_of_last"].encode())
    with pytest.raises(NoteInvalid, match="another log"):
        verify_proof(proof, leaf_hash(b"0"), "other.example", [VERIFIER])
