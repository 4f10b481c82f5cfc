"""Generates `audit.json`: vectors of the audit log for other implementations. Run it from the project's root.

Everything in it follows from fixed seeds; a test compares the file with what this makes.
"""

from __future__ import annotations

import json
from base64 import b64encode
from datetime import date
from pathlib import Path
from typing import Any

from gateway.audit.commitments import request_hash, rows_root
from gateway.audit.note import Checkpoint, checkpoint_text, sign_note
from gateway.audit.proofs import consistency_path
from gateway.audit.references import References
from gateway.audit.tlogproof import TlogProof, write_proof
from gateway.audit.tree import Tree, leaf_hash, root_of
from gateway.evidence import Column, Page, RawIdentifier
from gateway.item import Kind
from tests.audit.signing import LogKey
from tests.samples import NOW_US, NUMBER

KEY = LogKey("vectors.example/log")
SIZES = (1, 2, 3, 7, 8, 255, 256, 257, 300)
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
        for leaf in leaves(size):
            tree.append(leaf)
        note = sign_note(checkpoint_text(Checkpoint(KEY.name, size, tree.root())), (KEY,))
        proof = write_proof(TlogProof(size - 1, tree.path(size - 1), note))
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


def page() -> Page:
    """Two rows of each type."""
    return Page(
        2,
        (
            Column("name", Kind.STRING, ("王*", None)),
            Column("months", Kind.INTEGER, (12, None)),
            Column("active", Kind.BOOLEAN, (True, None)),
            Column("since", Kind.DATE, (date(2020, 1, 31), None)),
            Column("amount", Kind.DECIMAL, ("12.50", None)),
            Column("sealed", Kind.SEALED, (b"\x00\xff", None)),
        ),
    )


def make() -> dict[str, Any]:
    """All vectors."""
    references = References(ROOT_KEY, "510000")
    return {
        "entries": "entry number i is the decimal text of i",
        "vkey": KEY.vkey,
        "trees": trees(),
        "rows": {
            "salt": text(SALT),
            "canonical": ['["王*",12,true,"2020-01-31","12.50","AP8="]', "[null,null,null,null,null,null]"],
            "root": text(rows_root(SALT, page())),
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
