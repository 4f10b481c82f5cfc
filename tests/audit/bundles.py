"""Evidence bundles of two provinces' logs, for tests: a good one, its files, and the same put together anew."""

from __future__ import annotations

import asyncio
import io
import json
import shutil
import zipfile
from collections.abc import Callable
from functools import cache
from hashlib import sha256
from pathlib import Path

from gateway.audit.entries.bodies import open_body
from gateway.audit.entries.entry import decode
from gateway.audit.review.bundle import BodyText, Evidence, PeerEvidence, write_evidence
from gateway.audit.review.offline_verifier.sm3 import new_sm3
from gateway.audit.storage.reader import LogReader
from gateway.audit.tlog.note import COSIGNATURE, SUBTREE, Checkpoint, NoteSigner, checkpoint_text, parse_note, sign_note
from gateway.audit.tlog.policy import read_policy
from gateway.audit.tlog.tree import root_of
from tests.audit.cosigning import TIME_S, WitnessKey
from tests.audit.logs import ASKER, EPOCHS, PROVIDER, database
from tests.audit.provinces import world
from tests.audit.signing import LogKey

SECOND = WitnessKey(PROVIDER.name, SUBTREE, 5)
NEW_KIND = WitnessKey("peer.example/witness", SUBTREE, 6)
WITNESS = WitnessKey("third.example/witness", COSIGNATURE, 7)
POLICY = f"""log {PROVIDER.vkey}
log {SECOND.vkey}
witness peer {NEW_KIND.vkey}
witness third {WITNESS.vkey}
group both any peer third
quorum both
"""
PEER_POLICY = f"log {ASKER.vkey}\nwitness third {WITNESS.vkey}\nquorum third\n"
EXCHANGES = 6
CHOSEN = (2, 4)
"""The exchanges that are in the good bundle."""
OLD = 7
"""The size of the older checkpoint, which has the time stamp."""
Files = dict[str, bytes]
Change = Callable[[Files], None]


def write_provinces(directory: Path) -> Path:
    """Write both logs, a few whole exchanges, below a directory; return it."""

    async def write() -> None:
        async with world(directory) as both:
            for number in range(1, EXCHANGES + 1):
                await both.whole(number)

    asyncio.run(write())
    return directory


@cache
def note_of(directory: Path, province: str, size: int = 0) -> bytes:
    """A checkpoint of a log, of a size or of all, signed and cosigned."""
    with LogReader(database(directory / province)) as reader:
        size = size or reader.count()
        root = root_of([row[0] for rows in reader.leaves(0, size) for row in rows])
        text = checkpoint_text(Checkpoint(reader.origin, size, root))
    signers: list[NoteSigner] = [PROVIDER, SECOND.at(), NEW_KIND.at(), WITNESS.at(TIME_S + 1)]
    if province == "cq":
        signers = [ASKER, WITNESS.at(TIME_S + 2)]
    return sign_note(text, signers)


def spans_of(reader: LogReader, exchanges: tuple[int, ...] = CHOSEN) -> list[tuple[int, int]]:
    """The entries of some exchanges, by the number with which each was begun."""
    ids = list(dict.fromkeys(reader.entry(index).exchange_id for index in range(reader.count())))
    rows = sorted(row.index for number in exchanges for row in reader.exchange(ids[number - 1]))
    return [(index, index + 1) for index in rows]


def body_of(reader: LogReader, index: int) -> BodyText:
    """The body of an entry, opened."""
    kept = reader.wrap(index)
    assert kept is not None
    body = open_body(decode(reader.entry(index).octets), reader.body(index), kept[1], EPOCHS.key(kept[0]))
    return BodyText(body.salt, body.text)


def make_files(directory: Path, policy: str = POLICY) -> Files:
    """The files of the good bundle: two exchanges of both provinces, a body, an older checkpoint with a stamp."""
    out = io.BytesIO()
    with LogReader(database(directory / "sc")) as reader, LogReader(database(directory / "cq")) as other:
        spans = spans_of(reader)
        stamp = b"a token of " + sha256(parse_note(note_of(directory, "sc", OLD)).text).digest()
        evidence = Evidence(
            spans,
            note_of(directory, "sc"),
            policy,
            {OLD: note_of(directory, "sc", OLD)},
            {spans[0][0]: body_of(reader, spans[0][0])},
            {OLD: stamp},
            {},
            PeerEvidence(other, spans_of(other), note_of(directory, "cq"), PEER_POLICY),
        )
        write_evidence(out, reader, evidence, read_policy(policy))
    return files_of(out.getvalue())


def files_of(octets: bytes) -> Files:
    """The files of a ZIP."""
    with zipfile.ZipFile(io.BytesIO(octets)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def sm3_of(octets: bytes) -> str:
    """The SM3 of a file, in hex."""
    digest = new_sm3()
    digest.update(octets)
    return str(digest.hexdigest())


def make_honest(files: Files) -> Files:
    """The files with a manifest that fits them."""
    manifest = json.loads(files["manifest.json"])
    manifest["files"] = {
        name: {"bytes": len(octets), "sha256": sha256(octets).hexdigest(), "sm3": sm3_of(octets)}
        for name, octets in files.items()
        if name != "manifest.json"
    }
    return files | {"manifest.json": json.dumps(manifest).encode()}


def lay_folder(files: Files, directory: Path, *, honest: bool = True) -> Path:
    """The files in a folder; an honest manifest is made to fit."""
    shutil.rmtree(directory, ignore_errors=True)
    for name, octets in (make_honest(files) if honest else files).items():
        path = directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(octets)
    return directory


def zip_files(files: Files, path: Path) -> Path:
    """The files in a ZIP, as they are."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, octets in files.items():
            archive.writestr(name, octets)
    return path


def forge(directory: Path) -> tuple[Files, str]:
    """A bundle of another log under the same origin, by a forger's own keys, complete in itself; and its policy."""
    key, witness = LogKey(PROVIDER.name, seed=66), WitnessKey(WITNESS.name, COSIGNATURE, 67)
    policy = f"log {key.vkey}\nwitness third {witness.vkey}\nquorum third\n"
    out = io.BytesIO()
    with LogReader(database(write_provinces(directory) / "sc")) as reader:
        root = root_of([row[0] for rows in reader.leaves(0, reader.count()) for row in rows])
        note = sign_note(checkpoint_text(Checkpoint(reader.origin, reader.count(), root)), [key, witness.at()])
        write_evidence(out, reader, Evidence(spans_of(reader), note, policy, {}, {}, {}), read_policy(policy))
    return files_of(out.getvalue()), policy
