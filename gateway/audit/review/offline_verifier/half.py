"""One log's part of a bundle: its checkpoint, its entries with their proof, older checkpoints and opened bodies."""

from __future__ import annotations

import hashlib
import hmac
import io
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import IO, Any, Tuple, cast

from gateway.audit.review.offline_verifier.members import DECODER, Bundle, load_json, strict_base64
from gateway.audit.review.offline_verifier.notes import MOST_NOTE, MOST_POLICY, Note, Policy, check_note, parse_policy
from gateway.audit.review.offline_verifier.proofs import check_consistency, range_root
from gateway.audit.review.offline_verifier.sayings import Fails, spell_time, visible

LINE = 1 << 17
"""Bytes of the longest entry that is read."""
MOST_NAMED = 1 << 20
"""Entries that may be compared with those of another half."""

Naming = Tuple[int, str, str, int, str]
"""Index of an entry, its exchange, and origin, index and leaf hash of the other log's entry that it names."""


@dataclass
class Half:
    """What was verified of one log.

    `spans` are [start, end). `times` are the seconds of the earliest and the latest entry. `leaves` are leaf hash and
    exchange by index, `naming` the entries that name one of another log; both only where another half is at hand.
    """

    note: Note
    policy: Policy
    keys_given: bool
    spans: list[list[int]] = field(default_factory=list)
    phases: dict[str, int] = field(default_factory=dict)
    times: list[float] = field(default_factory=list)
    leaves: dict[int, tuple[str, str]] = field(default_factory=dict)
    naming: list[Naming] = field(default_factory=list)
    older: dict[int, Note] = field(default_factory=dict)
    opened: list[int] = field(default_factory=list)

    @property
    def count(self) -> int:
        """How many entries there are."""
        return sum(end - start for start, end in self.spans)

    def spell_spans(self) -> str:
        """Return the indexes, both ends included: 3-4, 7."""
        parts = [f"{start}-{end - 1}" if end - start > 1 else f"{start}" for start, end in self.spans[:20]]
        return ", ".join(parts) + (f", …({len(self.spans)})" if len(self.spans) > 20 else "")

    def describe(self) -> dict[str, Any]:
        """Return what was found, for a program."""
        note = self.note
        return {
            "origin": visible(note.origin),
            "size": note.size,
            "root": note.root.hex(),
            "signed_by": [key.describe() for key in note.signed],
            "cosigned_by": [
                {"witness": visible(name), **key.describe(), "time": spell_time(time_s), "time_s": time_s}
                for name, key, time_s in note.cosigned
            ],
            "quorum": visible(self.policy.quorum),
            "keys_from": "given" if self.keys_given else "bundle",
            "keys": [key.describe() for key in (*self.policy.logs, *self.policy.witnesses.values())],
            "entries": self.count,
            "indexes": self.spell_spans(),
            "phases": {visible(phase): count for phase, count in sorted(self.phases.items())},
            "first_time": spell_time(self.times[0]),
            "last_time": spell_time(self.times[1]),
            "older_checkpoints": sorted(self.older),
            "opened": self.opened,
        }


def check_half(bundle: Bundle, folder: str, policy_octets: bytes | None, *, named: bool) -> Half:
    """Check a log's part of a bundle, the files in `folder`; under a policy from elsewhere where one is given.

    `named` keeps what the comparison with another half needs.
    """
    octets = bundle.read(folder + "policy.txt", MOST_POLICY) if policy_octets is None else policy_octets
    policy = parse_policy(octets)
    note = check_note(bundle.read(folder + "checkpoint", MOST_NOTE), policy, quorum=True)
    half = Half(note, policy, policy_octets is not None)
    proof = load_json(bundle.read(folder + "proof.json"))
    half.spans = _read_spans(proof["ranges"], note.size)
    if named and half.count > MOST_NAMED:
        raise Fails(
            "条目过多，无法与另一半对照", f"expected at most {MOST_NAMED} entries beside another half, found more"
        )
    commitments = {} if folder else read_opened(bundle)
    with io.BufferedReader(cast(io.RawIOBase, bundle.open(folder + "entries.jsonl")), LINE) as file:
        leaves = _walk_entries(half, file, commitments, named)
        root = range_root(half.spans, leaves, note.size, [strict_base64(text) for text in proof["hashes"]])
        if next(leaves, None) is not None or file.read(1):
            raise Fails("条目比证明所列的多", "entries.jsonl: expected as many entries as the proof has, found more")
    if root != note.root:
        raise Fails(
            "条目不能得出检查点的根：有条目被改动或移位", "the entries do not lead to the root of the checkpoint"
        )
    if commitments:
        index = min(commitments)
        raise Fails(f"明文所属的条目 {index} 不在包中", f"opened.jsonl: expected entries of the bundle, found {index}")
    return half


def _read_spans(ranges: Any, size: int) -> list[list[int]]:
    at = 0
    for start, end in ranges:
        if not (type(start) is type(end) is int and at <= start < end <= size):
            raise Fails("证明的区间有误", "proof.json: expected ranges in order, apart and within the tree")
        at = end
    if not ranges:
        raise Fails("包中没有条目", "proof.json: expected at least one entry, found none")
    return [list(one) for one in ranges]


def _walk_entries(
    half: Half, file: IO[bytes], commitments: dict[int, tuple[bytes, str]], named: bool
) -> Iterator[bytes]:
    """Yield the leaf hash of each entry; note what it is, and hold what was opened of it to its commitment."""
    origin, phases, sha256 = half.note.origin, half.phases, hashlib.sha256
    first_us, last_us = 1 << 63, 0
    for index in (index for start, end in half.spans for index in range(start, end)):
        line = file.readline(LINE)
        if line[-1:] != b"\n":
            raise Fails(f"条目 {index} 缺失或不完整", f"entry {index}: expected a whole line, found none")
        entry, leaf = _read_entry(index, line[:-1], origin), sha256(b"\x00" + line[:-1]).digest()
        phase, time_us = entry["phase"], entry["time_utc_us"]
        phases[phase] = phases.get(phase, 0) + 1
        first_us, last_us = min(first_us, time_us), max(last_us, time_us)
        if index in commitments:
            _check_opened(index, entry, *commitments.pop(index))
            half.opened.append(index)
        if named:
            _note_names(half, index, entry, leaf.hex())
        yield leaf
    half.times = [first_us / 1_000_000, last_us / 1_000_000]


def _read_entry(index: int, octets: bytes, origin: str) -> dict[str, Any]:
    try:
        text = octets.decode()
        entry, end = DECODER.scan_once(text, 0)
        known = type(entry["phase"]) is str and type(entry["time_utc_us"]) is int
        if end == len(text) and known and entry["origin"] == origin:
            return cast("dict[str, Any]", entry)
    except (KeyError, RecursionError, StopIteration, TypeError, ValueError):
        pass
    zh, en = f"条目 {index} 不是此日志的条目", f"entry {index}: expected an entry of the checkpoint's log, as JSON"
    raise Fails(zh, en)


def _note_names(half: Half, index: int, entry: dict[str, Any], leaf: str) -> None:
    exchange = str(entry.get("exchange_id", ""))
    half.leaves[index] = (leaf, exchange)
    named = entry.get("peer_leaf")
    if named is not None:
        half.naming.append((index, exchange, str(named["origin"]), int(named["index"]), str(named["leaf_hash"])))


def read_opened(bundle: Bundle) -> dict[int, tuple[bytes, str]]:
    """Return salt and text of the opened bodies by index."""
    found: dict[int, tuple[bytes, str]] = {}
    if "opened.jsonl" in bundle.names:
        for line in bundle.read("opened.jsonl").splitlines():
            opened = load_json(line)
            if type(opened["index"]) is not int or opened["index"] in found:
                raise Fails("明文的序号有误或重复", "opened.jsonl: expected the index of an entry, each once")
            found[opened["index"]] = strict_base64(opened["salt"]), opened["text"]
    return found


def _check_opened(index: int, entry: dict[str, Any], salt: bytes, text: str) -> None:
    made = hmac.new(salt, text.encode(), "sha256").hexdigest()
    if len(salt) < 16 or not hmac.compare_digest(made, str(entry.get("commit", ""))):
        zh, en = f"条目 {index} 的明文与其承诺不符", f"entry {index}: the opened body is not the one that it commits to"
        raise Fails(zh, en)


def list_entries(bundle: Bundle, folder: str, half: Half) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yield index and content of each entry of a part that was verified."""
    with io.BufferedReader(cast(io.RawIOBase, bundle.open(folder + "entries.jsonl")), LINE) as file:
        for start, end in half.spans:
            for index in range(start, end):
                yield index, load_json(file.readline(LINE))


MOST_OLDER = 100
"""Older checkpoints of a bundle: each costs the verification of its signatures."""


def check_older(bundle: Bundle, half: Half) -> None:
    """Check each older checkpoint against the bundle's: signed by the log, and its tree the beginning."""
    if sum(1 for name in bundle.names if name.endswith(".checkpoint")) > MOST_OLDER:
        raise Fails("旧检查点过多", f"expected at most {MOST_OLDER} older checkpoints, found more")
    for name in sorted(bundle.names):
        if name.startswith("history/") and name.endswith(".consistency"):
            bundle.open(name[: -len("consistency")] + "checkpoint").close()
        if not (name.startswith("history/") and name.endswith(".checkpoint")):
            continue
        old = check_note(bundle.read(name, MOST_NOTE), half.policy, quorum=False)
        path = [
            strict_base64(line) for line in bundle.read(name[: -len("checkpoint")] + "consistency").decode().split()
        ]
        if name != f"history/{old.size}.checkpoint" or old.origin != half.note.origin:
            raise Fails(f"{name} 不是此日志的旧检查点", f"{name}: expected an older checkpoint of the log")
        if not 0 < old.size < half.note.size:
            raise Fails(f"{name} 不比检查点旧", f"{name}: expected fewer entries than the checkpoint's")
        check_consistency(old.size, half.note.size, path, old.root, half.note.root)
        half.older[old.size] = old
