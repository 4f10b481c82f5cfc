"""Generates `audit.json`: vectors of the audit log for other implementations. Run it from the project's root.

Everything in it follows from fixed seeds; a test compares the file with what this makes. ML-DSA-44 signatures are drawn
anew each time, so that a note with one is kept as it is in the file as long as it verifies.
"""

from __future__ import annotations

import json
from base64 import b64encode
from datetime import date
from pathlib import Path
from typing import Any

from gateway.audit.entries.commitments import request_hash, rows_root
from gateway.audit.entries.references import References
from gateway.audit.tlog.cosignature import cosignature_message, cosigned_at, subtree_message
from gateway.audit.tlog.note import (
    COSIGNATURE,
    SUBTREE,
    Checkpoint,
    NoteInvalid,
    checkpoint_text,
    parse_note,
    sign_note,
    verify_note,
)
from gateway.audit.tlog.proofs import consistency_path
from gateway.audit.tlog.rangeproof import range_proof
from gateway.audit.tlog.tlogproof import TlogProof, write_proof
from gateway.audit.tlog.tree import Tree, leaf_hash, root_of, sm3
from gateway.ground.evidence import CellReason, Column, Page, RawIdentifier
from gateway.ground.item import Kind, Outcome
from tests.audit.cosigning import WitnessKey
from tests.audit.signing import LogKey
from tests.samples import NOW_US, NUMBER

KEY = LogKey("vectors.example/log")
SIZES = (1, 2, 3, 7, 8, 255, 256, 257, 300)
COSIGNERS = (
    ("vectors.example/witness", COSIGNATURE, 1_800_000_000),
    ("vectors.example/witness", SUBTREE, 1_800_000_000),
    ("vectors.example/log", SUBTREE, 0),
)
SALT = bytes(range(16))
ROOT_KEY = bytes(range(32))
FILE = Path(__file__).with_name("audit.json")


def leaves(size: int) -> list[bytes]:
    """The leaf hashes of the entries `0`, `1`, and so on, in decimal."""
    return [leaf_hash(b"%d" % number) for number in range(size)]


def node(level: int, number: int) -> bytes:
    """A whole node of that tree."""
    return root_of(leaves(SIZES[-1])[number << level : (number + 1) << level])


def text(octets: bytes) -> str:
    """Base64."""
    return b64encode(octets).decode()


def trees() -> list[dict[str, Any]]:
    """Roots, checkpoints and the proof of the last entry, for each size."""
    made = []
    for size in SIZES:
        tree = Tree()
        tree.extend(leaves(size))
        note = sign_note(checkpoint_text(Checkpoint(KEY.name, size, tree.root())), (KEY,))
        proof = write_proof(TlogProof(size - 1, tree.paths(size - 1)[0], note))
        consistency = [text(value) for value in consistency_path(size, SIZES[-1], node)]
        made.append(
            {
                "size": size,
                "root": text(tree.root()),
                "checkpoint": note.decode(),
                "proof_of_last": proof.decode(),
                "consistency_to_300": consistency,
            }
        )
    return made


def cosigned(key: WitnessKey, text: bytes, time_s: int, kept: str) -> str:
    """The checkpoint with the log's signature and one cosignature, the kept one if it still holds."""
    try:
        verify_note(kept.encode(), [key.verifier])
        if kept.encode().startswith(text) and time_s == cosigned_at(parse_note(kept.encode()).signatures[1]):
            return kept
    except (NoteInvalid, IndexError):
        pass
    return sign_note(text, (KEY, key.at(time_s))).decode()


def cosignatures() -> list[dict[str, Any]]:
    """Known answers of both types: what is signed, and the note; time 0 is a log's own second signature."""
    checkpoint = Checkpoint(KEY.name, 300, root_of(leaves(300)))
    text_of = checkpoint_text(checkpoint)
    try:
        kept = [case["note"] for case in json.loads(FILE.read_text(encoding="utf-8"))["cosignatures"]]
    except (OSError, KeyError, ValueError):
        kept = ["", "", ""]
    made = []
    for (name, kind, time_s), known in zip(COSIGNERS, kept, strict=True):
        key = WitnessKey(name, kind, 9)
        message = (
            cosignature_message(text_of, time_s) if kind == COSIGNATURE else subtree_message(name, time_s, checkpoint)
        )
        note = cosigned(key, text_of, time_s, known)
        made.append(
            {
                "type": kind,
                "seed": text(b"\x09" * 32),
                "vkey": key.vkey,
                "time": time_s,
                "message": text(message),
                "note": note,
            }
        )
    return made


def national() -> dict[str, Any]:
    """The same entries under SM3: roots, and the path of the last entry of 300."""
    hashed = [leaf_hash(b"%d" % number, sm3) for number in range(300)]
    tree = Tree(hashing=sm3)
    tree.extend(hashed)
    roots = {str(size): text(root_of(hashed[:size], sm3)) for size in SIZES}
    return {"roots": roots, "path_of_last": [text(value) for value in tree.paths(299)[0]]}


def ranges() -> dict[str, Any]:
    """The proof of several ranges of 300 entries."""
    wanted = [(0, 1), (7, 9), (255, 258), (299, 300)]
    return {"ranges": [*map(list, wanted)], "hashes": [text(value) for value in range_proof(wanted, 300, node)]}


def page(*, told: bool) -> Page:
    """Two rows of each type; where they are told, the second can be asked later."""
    reasons = (CellReason.NONE, CellReason.NOT_ANSWERED) if told else ()
    columns = (
        Column("name", Kind.STRING, ("王*", None), reasons),
        Column("months", Kind.INTEGER, (12, None), reasons),
        Column("active", Kind.BOOLEAN, (True, None), reasons),
        Column("since", Kind.DATE, (date(2020, 1, 31), None), reasons),
        Column("amount", Kind.DECIMAL, ("12.50", None), reasons),
        Column("sealed", Kind.SEALED, (b"\x00\xff", None), reasons),
    )
    return Page(2, columns, (Outcome.FOUND, Outcome.LATER), 1_800_000_000) if told else Page(2, columns)


def make() -> dict[str, Any]:
    """All vectors."""
    references = References(ROOT_KEY, "510000")
    return {
        "entries": "entry number i is the decimal text of i",
        "vkey": KEY.vkey,
        "trees": trees(),
        "cosignatures": cosignatures(),
        "sm3": national(),
        "range_proof": ranges(),
        "rows": {
            "salt": text(SALT),
            "canonical": [
                '["found",["王*",12,true,"2020-01-31","12.50","AP8="],[],0]',
                '["later",[null,null,null,null,null,null],'
                '["not_answered","not_answered","not_answered","not_answered","not_answered","not_answered"],1800000000]',
            ],
            "root": text(rows_root(SALT, page(told=True), 4)),
        },
        "rows_before_4": {
            "salt": text(SALT),
            "canonical": ['["王*",12,true,"2020-01-31","12.50","AP8="]', "[null,null,null,null,null,null]"],
            "root": text(rows_root(SALT, page(told=False), 3)),
        },
        "request": {"salt": text(SALT), "ask": text(b"ask"), "hash": text(request_hash(SALT, b"ask"))},
        "references": {
            "root_key": text(ROOT_KEY),
            "province": "510000",
            "epoch": references.epoch(NOW_US),
            "number": NUMBER,
            "subject": references.subject(RawIdentifier(NUMBER), NOW_US).hex(),
            "operator": references.operator("staff-9", "window-3", NOW_US),
            "business": references.business("YW-1", "cq-hrss", NOW_US),
        },
    }


def written() -> str:
    """The file's text."""
    return json.dumps(make(), ensure_ascii=False, indent=1) + "\n"


if __name__ == "__main__":
    FILE.write_text(written(), encoding="utf-8")
