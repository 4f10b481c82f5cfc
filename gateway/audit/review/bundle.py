"""An evidence bundle: some entries of a log with all that proves them, in one ZIP that anybody verifies offline.

What stands in it, and how it is verified, is in docs/reference/evidence-bundle.md; the verifier (`verifier_file`)
travels along. Entries, proofs and checkpoints are checked against each other and the policy as they are written.
"""

from __future__ import annotations

import hmac
import zipfile
from base64 import b64encode
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import IO, Final

import orjson

from gateway.audit.review.offline_verifier import members
from gateway.audit.review.verifier_file import compose_verifier
from gateway.audit.storage.reader import LogReader
from gateway.audit.tlog.note import NoteInvalid, parse_checkpoint, parse_note
from gateway.audit.tlog.policy import LogUnnamed, Policy, QuorumMissing, read_policy
from gateway.audit.tlog.proofs import consistency_path
from gateway.audit.tlog.rangeproof import range_proof, range_root
from gateway.audit.tlog.tree import sm3
from keys.hmac import Hmac

FORMAT: Final = members.FORMAT
"""The format that the manifest names."""
_WHEN: Final = (1980, 1, 1, 0, 0, 0)
"""The time of every file in the ZIP: the same evidence is the same bytes."""

README: Final = """证据包 · evidence bundle

核验 verify:  python3 verify.py . --policy FILE    (Python 3.9+)

策略与公钥须取自他处；不带 --policy 时只用包内的公钥，退出码 3，不证明公钥属谁。
Take policy and keys from elsewhere; without --policy the keys are the bundle's own: exit code 3, whose they are is not
proven. 先将 verify.py 的 SHA-256 与公布的比对 · first compare the SHA-256 of verify.py with the published one.

entries.jsonl   条目，一行一条，逐字节即所记录者 · the entries as recorded, one a line
proof.json      区间与证明散列 · ranges, and the hashes of what lies outside
checkpoint      签名并经见证的检查点 · the signed and cosigned checkpoint
policy.txt      制作者所知的公钥 · the keys as whoever made this knows them
history/        旧检查点及其一致性证明、完整性说明（如有） · older checkpoints, statements of a history, if any
opened.jsonl    经授权打开的明文及盐值（如有） · bodies that were opened, with their salts, if any
stamps/         时间戳（RFC 3161，如有） · time stamps, if any
peer/           对方的一半（如有） · the other province's half, if any
manifest.json   全部文件的大小、SHA-256 与 SM3 · size, SHA-256 and SM3 of every file
"""


class EvidenceInvalid(Exception):
    """The evidence cannot be made as it was asked for; the message says what to do. The log may well be intact."""


class EvidenceAltered(EvidenceInvalid):
    """The evidence contradicts itself: a signature of the checkpoint does not hold, or the log does not lead to it."""


class EvidenceArchived(EvidenceInvalid):
    """Entries of the range have left the log for an archive; what was signed over them still holds."""


class OpenedOther(EvidenceInvalid):
    """A body that was opened is not the one that its entry commits to: the file is of another log, or was altered."""


class CheckpointAwaited(EvidenceInvalid):
    """No kept checkpoint over the range is signed and cosigned as the policy asks, but a later one can be."""


@dataclass(frozen=True, slots=True)
class BodyText:
    """The body of an entry, opened: its text as it was committed to, and the salt."""

    salt: bytes
    text: str


@dataclass(frozen=True, slots=True)
class PeerEvidence:
    """The other province's half: its log, ranges of entries, and the note under whose policy they are proven."""

    reader: LogReader
    ranges: Sequence[tuple[int, int]]
    checkpoint: bytes
    policy: str


@dataclass(frozen=True, slots=True)
class Evidence:
    """The content of a bundle to be written.

    `ranges` are the entries, (start, end), in order and apart. `checkpoint` is the note under which they are proven,
    `history` older notes by size. `policy` is the text of the policy, with the keys. `stamps` are RFC 3161 tokens by
    the size of the checkpoint that they stamp, `statements` the files of histories by name.
    """

    ranges: Sequence[tuple[int, int]]
    checkpoint: bytes
    policy: str
    history: Mapping[int, bytes]
    opened: Mapping[int, BodyText]
    stamps: Mapping[int, bytes]
    statements: Mapping[str, bytes] = field(default_factory=dict)
    peer: PeerEvidence | None = None


def write_evidence(out: IO[bytes], reader: LogReader, evidence: Evidence, policy: Policy) -> dict[str, object]:
    """Write a bundle; return its manifest. `policy` is that of `evidence.policy`, read.

    Raises:
        EvidenceAltered: a signature of the checkpoint does not hold, or the log on disk does not lead to it.
        EvidenceArchived: entries of the ranges have left the log for an archive.
        EvidenceInvalid: the checkpoint does not satisfy the policy, does not cover the ranges, or is of another log.
        OpenedOther: an opened body is not the one that its entry commits to.
    """
    size = _covered_size(reader, evidence.checkpoint, evidence.ranges, policy)
    if any(not 0 < old < size for old in evidence.history):
        raise EvidenceInvalid(f"expected older checkpoints of 1 to {size - 1} entries")
    for index, body in evidence.opened.items():
        _require_committed(reader, index, body)
    files: dict[str, dict[str, object]] = {}
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        bundle = _Files(archive, files)
        bundle.add("README.txt", README.encode())
        bundle.add("verify.py", compose_verifier())
        _half(bundle, "", reader, evidence.policy, evidence.checkpoint, evidence.ranges)
        for old, note in sorted(evidence.history.items()):
            path = consistency_path(old, size, reader.node)
            bundle.add(f"history/{old}.checkpoint", note)
            bundle.add(f"history/{old}.consistency", b"".join(b64encode(value) + b"\n" for value in path))
        for name, octets in sorted(evidence.statements.items()):
            bundle.add(f"history/{name}.json", octets)
        for old, token in sorted(evidence.stamps.items()):
            bundle.add(f"stamps/{old}.tsr", token)
        if evidence.opened:
            bundle.stream("opened.jsonl", _opened_lines(evidence.opened))
        if (peer := evidence.peer) is not None:
            _covered_size(peer.reader, peer.checkpoint, peer.ranges, read_policy(peer.policy))
            _half(bundle, "peer/", peer.reader, peer.policy, peer.checkpoint, peer.ranges)
        manifest: dict[str, object] = {"files": dict(files), "format": FORMAT, "origin": reader.origin, "size": size}
        bundle.add("manifest.json", orjson.dumps(manifest, option=orjson.OPT_SORT_KEYS | orjson.OPT_INDENT_2))
    return manifest


def _half(
    bundle: _Files, folder: str, reader: LogReader, policy: str, note: bytes, ranges: Sequence[tuple[int, int]]
) -> None:
    """Write what proves entries of one log."""
    bundle.add(folder + "policy.txt", policy.encode())
    bundle.add(folder + "checkpoint", note)
    checkpoint = parse_checkpoint(parse_note(note).text)
    hashes = _entries(bundle, folder, reader, ranges, checkpoint.size, checkpoint.root)
    proof = {"hashes": [b64encode(value).decode() for value in hashes], "ranges": [*map(list, ranges)]}
    bundle.add(folder + "proof.json", orjson.dumps(proof))


def find_checkpoint(reader: LogReader, policy: Policy, entries: int) -> tuple[int, bytes]:
    """Return size and note of the newest kept checkpoint over at least `entries` entries that satisfies the policy.

    The newest of all is often not cosigned yet: the witnesses answer a moment after it was signed. A policy may name
    a former key of the log alone, so that only older checkpoints satisfy it.

    Raises:
        CheckpointAwaited: too few witnesses have cosigned a checkpoint over so many entries, or there is none yet.
        EvidenceAltered: a signature of such a checkpoint does not hold.
        EvidenceInvalid: no log of the policy signed any of them.
    """
    unnamed: LogUnnamed | None = None
    missing: QuorumMissing | None = None
    for size, note in reader.checkpoints_over(max(entries, 1)):
        try:
            policy.check(note)
        except LogUnnamed as error:
            unnamed = error
        except QuorumMissing as error:
            missing = error
        except NoteInvalid as error:
            raise EvidenceAltered(f"the checkpoint of {size} entries does not hold: {error}") from error
        else:
            return size, note
    if missing is not None or unnamed is None:
        found = missing or f"no checkpoint over {entries} entries is kept yet"
        raise CheckpointAwaited(str(found)) from missing
    raise EvidenceInvalid(str(unnamed)) from unnamed


def _covered_size(reader: LogReader, note: bytes, ranges: Sequence[tuple[int, int]], policy: Policy) -> int:
    """Return the size of the checkpoint, if all that is asked for lies under it."""
    try:
        found = policy.check(note).checkpoint
    except (LogUnnamed, QuorumMissing) as error:
        raise EvidenceInvalid(f"the checkpoint does not satisfy the policy: {error}") from error
    except NoteInvalid as error:
        raise EvidenceAltered(f"the checkpoint does not hold: {error}") from error
    if found.origin != reader.origin:
        raise EvidenceInvalid(f"expected a checkpoint of {reader.origin}, found one of another log")
    ends = [end for _, end in ranges]
    if not ends or max(ends) > found.size:
        raise EvidenceInvalid(f"the checkpoint covers {found.size} entries: wait for one that covers all of the range")
    return found.size


def _entries(
    bundle: _Files, folder: str, reader: LogReader, ranges: Sequence[tuple[int, int]], size: int, root: bytes
) -> tuple[bytes, ...]:
    """Write the entries and return the hashes that prove them, verified."""
    leaves: list[tuple[int, list[bytes]]] = []

    def lines() -> Iterator[bytes]:
        for start, end in ranges:
            hashed: list[bytes] = []
            leaves.append((start, hashed))
            for rows in reader.leaves(start, end):
                for _, octets, _ in rows:
                    if not octets:
                        raise EvidenceArchived(f"the entry {start + len(hashed)} has left the log for an archive")
                    if b"\n" in octets:
                        raise EvidenceAltered(f"the entry {start + len(hashed)} is not one line")
                    hashed.append(sha256(b"\x00" + octets).digest())
                    yield octets + b"\n"

    bundle.stream(folder + "entries.jsonl", lines())
    hashes = range_proof(ranges, size, reader.node)
    if [len(hashed) for _, hashed in leaves] != [end - start for start, end in ranges]:
        raise EvidenceArchived("some entries of the ranges are no longer stored: restore them from the archive")
    if range_root(leaves, size, hashes) != root:
        raise EvidenceAltered("the log on disk does not lead to the checkpoint. Run chuanyu audit verify")
    return hashes


def _require_committed(reader: LogReader, index: int, body: BodyText) -> None:
    try:
        octets = reader.entry(index).octets
        commit = orjson.loads(octets).get("commit", "") if octets else ""
    except (IndexError, OverflowError):
        commit = ""
    if not hmac.compare_digest(Hmac(body.salt).digest(body.text.encode()).hex(), str(commit)):
        raise OpenedOther(f"the opened body of the entry {index} is not the one that it commits to")


def _opened_lines(opened: Mapping[int, BodyText]) -> Iterator[bytes]:
    for index, body in sorted(opened.items()):
        yield orjson.dumps({"index": index, "salt": b64encode(body.salt).decode(), "text": body.text}) + b"\n"


class _Files:
    """The files of a ZIP in the making, each with its size and hashes."""

    def __init__(self, archive: zipfile.ZipFile, files: dict[str, dict[str, object]]) -> None:
        self._archive = archive
        self._files = files

    def add(self, name: str, octets: bytes) -> None:
        self.stream(name, iter([octets]))

    def stream(self, name: str, parts: Iterator[bytes]) -> None:
        info = zipfile.ZipInfo(name, _WHEN)
        info.compress_type = zipfile.ZIP_DEFLATED
        info.external_attr = 0o644 << 16
        plain, national, count = sha256(), sm3(b""), 0
        with self._archive.open(info, "w", force_zip64=True) as file:
            for part in parts:
                file.write(part)
                plain.update(part)
                national.update(part)
                count += len(part)
        self._files[name] = {"bytes": count, "sha256": plain.hexdigest(), "sm3": national.hexdigest()}
