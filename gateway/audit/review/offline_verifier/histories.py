"""The statement of a history: who is named by which entries of a log, and that these are all.

A second make of `completeness`, by its own lines, which travels with an evidence bundle. What is checked: the seals
cover the log to the tail without a gap; each segment that names a month proves which entries bear that month's token;
each entry of the tail is looked through; what was found is shown, and nothing else but seals, tail and acts; all of it
leads to the checkpoint's root. Whose signatures the checkpoint bears is for the caller to check.
"""

from __future__ import annotations

import hashlib
import json
from base64 import b64decode, b64encode
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator
from typing import Any

STATEMENT_FORMAT = "chuanyu-history@1"
STATEMENT_KINDS = {"subject": b"S", "operator": b"O", "department": b"D"}
STATEMENT_ASKED = {
    "subject": "subject_history",
    "operator": "official_history",
    "department": "department_history",
}
SEAL_IDS = {
    "seal_run": "00000000-0000-0000-0000-000000000001",
    "seal_month": "00000000-0000-0000-0000-000000000002",
}
MOST_FOUND, MOST_SEGMENTS, MOST_TAIL = 100_000, 1 << 16, 1 << 20


class StatementFails(Exception):
    """The statement does not prove what it claims, in both languages."""

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(en)
        self.zh = zh


def _require(good: object, zh: str, en: str) -> None:
    if not good:
        raise StatementFails(zh, en)


def _sha256(octets: bytes) -> bytes:
    return hashlib.sha256(octets).digest()


def _index(value: Any) -> int:
    _require(type(value) is int and -1 <= value < 1 << 63, "序号不符", "expected an index")
    return int(value)


def _count(value: Any) -> int:
    _require(type(value) is int and 0 <= value < 1 << 63, "数目不符", "expected a number")
    return int(value)


def _cut(text: Any, size: int) -> list[bytes]:
    """Return the parts of one size whose bytes stand end to end in canonical base64."""
    octets = b64decode(text, validate=True)
    good = b64encode(octets).decode() == text and not len(octets) % size
    _require(good, "base64 不符", f"expected canonical base64 of parts of {size} bytes")
    return [octets[at : at + size] for at in range(0, len(octets), size)]


def _object(line: bytes) -> dict[str, Any]:
    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        _require(len(dict(pairs)) == len(pairs), "JSON 有重复的名称", "expected each name of a JSON object once")
        return dict(pairs)

    fields = json.loads(line.decode(), object_pairs_hook=once)
    _require(isinstance(fields, dict), "不是 JSON 对象", "expected a JSON object")
    return dict(fields)


def _root(level: list[bytes]) -> bytes:
    while len(level) > 1:
        odd = level[-1:] if len(level) & 1 else []
        level = [_sha256(b"\x01" + level[at] + level[at + 1]) for at in range(0, len(level) - 1, 2)] + odd
    return level[0]


def _root_of_ranges(ranges: list[tuple[int, int]], leaves: list[bytes], size: int, hashes: list[bytes]) -> bytes:
    """Return the root to which some ranges of leaves, end to end in `leaves`, lead with the hashes of the rest."""
    starts, ends, outside, before = [one[0] for one in ranges], [one[1] for one in ranges], iter(hashes), [0]
    for start, end in ranges:
        before.append(before[-1] + end - start)

    def walk(low: int, high: int) -> bytes:
        first, after = bisect_right(ends, low), bisect_left(starts, high)
        if first == after:
            return next(outside)
        if starts[first] <= low and high <= ends[first]:
            at = before[first] + low - starts[first]
            return _root(leaves[at : at + high - low])
        middle = low + (1 << ((high - low - 1).bit_length() - 1))
        return _sha256(b"\x01" + walk(low, middle) + walk(middle, high))

    try:
        root = walk(0, size)
    except StopIteration:
        raise StatementFails("证明的散列不足", "a proof has too few hashes") from None
    _require(next(outside, None) is None, "证明的散列过多", "a proof has too many hashes")
    return root


def _named(entry: dict[str, Any], kind: str) -> set[bytes]:
    """Return the tokens of a kind that an entry bears."""
    if kind == "subject":
        return set(_cut(entry.get("subject_tokens", ""), 16))
    if kind == "operator":
        reference = entry.get("operator_ref", "")
        return {bytes.fromhex(reference)} if reference else set()
    department = entry.get("consumer_department", "")
    return {_sha256(b"chuanyu department\0" + department.encode())[:16]} if department else set()


def _prove(given: list[Any], root: bytes, size: int, kind: str, token: bytes) -> set[int]:
    """Return the entries of a segment that bear a token; the slice of its pairs goes from neighbour to neighbour."""
    start, pairs, path = _count(given[0]), _cut(given[1], 25), _cut(given[2], 32)
    if not size:
        _require(root == _sha256(b"") and not (start or pairs or path), "空段的证明不符", "expected an empty proof")
        return set()
    prefix = STATEMENT_KINDS[kind] + token
    own = [pair for pair in pairs if pair[:17] == prefix]
    before = sum(1 for pair in pairs if pair[:17] < prefix)
    after = len(pairs) - before - len(own)
    good = pairs and all(pairs[at] < pairs[at + 1] for at in range(len(pairs) - 1))
    good = good and (before == 1 or (before == 0 and start == 0)) and start + len(pairs) <= size < 1 << 32
    good = good and (after == 1 or (after == 0 and start + len(pairs) == size))
    _require(good, "证明缺少相邻的代称", "expected the pairs from neighbour to neighbour")
    leaves = [_sha256(b"\0" + pair) for pair in pairs]
    found = _root_of_ranges([(start, start + len(pairs))], leaves, size, path)
    _require(found == root, "证明与封存的根不符", "the pairs do not have the root of their seal")
    return {int.from_bytes(pair[17:], "big") for pair in own}


class _Shown:
    """What a statement claims and shows, as it is read."""

    def __init__(self, lines: Iterator[bytes], check_note: Callable[[bytes], tuple[str, int, bytes]]) -> None:
        self.claim = claim = _object(next(lines, b"{}"))
        _require(claim.get("format") == STATEMENT_FORMAT, "不是查阅说明", f"expected a {STATEMENT_FORMAT}")
        self.origin, self.size, self.root = check_note(claim["checkpoint"].encode())
        _require(self.origin == claim["origin"], "检查点属于另一日志", "expected a checkpoint of the log that is named")
        self.kind: str = claim["kind"]
        self.tokens = {month: _cut(text, 16)[0] for month, text in claim["tokens"].items()}
        self.tail, self.archived = _count(claim["tail"]), _count(claim["archived"])
        self.ranges = [(_count(start), _count(end)) for start, end in claim["ranges"]]
        self._check()
        self.parts = [_object(next(lines, b"{}")) for _ in range(_count(claim["segments"]))]
        self.acts = {_index(part["seal"]) for part in self.parts} | {_index(claim["act"]), _index(claim["retained"])}
        self.entries: dict[int, dict[str, Any]] = {}
        self._read(lines)

    def _check(self) -> None:
        claim, at, after = self.claim, -1, 0
        for start, end in self.ranges:
            _require(at < start < end <= self.size, "区间不符", "expected ranges in order, apart, under the checkpoint")
            at, after = end, after + max(0, end - max(start, self.tail))
        shown = sum(end - start for start, end in self.ranges) - after
        _require(after == self.size - self.tail, "封存之后有条目遗漏", "entries after the last seal are left out")
        _require(claim["segments"] <= MOST_SEGMENTS and after <= MOST_TAIL, "段或条目过多", "too many segments")
        _require(shown <= MOST_FOUND + claim["segments"] + 2, "条目过多", "too many entries")
        months = bool(self.tokens or claim["lost"]) and not self.tokens.keys() & set(claim["lost"])
        _require(months and self.kind in STATEMENT_KINDS, "月份或种类不符", "expected months and a kind")
        if self.kind == "department":
            token = _sha256(b"chuanyu department\0" + claim["name"].encode())[:16]
            _require(set(self.tokens.values()) == {token}, "不是该部门的代称", "expected the department's own token")
        else:
            _require(claim["name"] == "", "名称不符", "expected no name but that of a department")
        _require((self.archived > 0) == (claim["retained"] != -1), "归档不符", "expected an act of retention")

    def _read(self, lines: Iterator[bytes]) -> None:
        wanted, leaves, self.found = set(self.tokens.values()), [], set()
        for start, end in self.ranges:
            for index in range(start, end):
                line = next(lines, None)
                if line is None:
                    raise StatementFails("说明不完整", "expected more entries: the statement was cut short")
                leaves.append(_sha256(b"\0" + line))
                entry = _object(line)
                _require(entry.get("origin") == self.origin, f"条目 {index} 不符", f"entry {index} is of another log")
                bears = bool(_named(entry, self.kind) & wanted)
                if index >= self.tail and bears:
                    self.found.add(index)
                if index < self.tail or bears or index in self.acts:
                    self.entries[index] = entry
        _require(next(lines, None) is None, "条目之后还有内容", "expected no line after the entries")
        hashes = _cut(self.claim["hashes"], 32)
        root = _root_of_ranges(self.ranges, leaves, self.size, hashes) if self.ranges else _sha256(b"")
        _require(root == self.root, "条目与检查点的根不符", "the entries do not lead to the checkpoint's root")

    def act(self, index: int, action: str) -> dict[str, Any]:
        """Return an act that is shown."""
        entry = self.entries.get(index, {})
        good = entry.get("phase") == "admin" and entry.get("action") == action
        _require(good, f"条目 {index} 不是所称的操作", f"expected the act {action} at {index}")
        return entry


def check_statement_lines(
    lines: Iterator[bytes], check_note: Callable[[bytes], tuple[str, int, bytes]]
) -> dict[str, Any]:
    """Return what a statement proves: its kind, months, entries, and whether these are all.

    Args:
        lines: its lines, without their newlines.
        check_note: checks the signatures of a checkpoint, and returns its origin, size and root.

    Raises:
        StatementFails: it does not prove what it claims. Anything else that is raised says that it is none.
    """
    shown = _Shown(lines, check_note)
    sealed, archived = _read_segments(shown)
    unseen = {index for index in sealed if index < shown.archived and index not in shown.entries}
    found = (sealed - unseen) | shown.found
    _check_shown(shown, found)
    _check_act(shown)
    return {
        "origin": shown.origin,
        "size": shown.size,
        "kind": shown.kind,
        "name": shown.claim["name"],
        "months": sorted(shown.tokens.keys() - archived),
        "lost_months": sorted(shown.claim["lost"]),
        "archived_months": sorted(archived),
        "asked": shown.claim["act"] != -1,
        "entries": sorted(found),
        "complete": not (shown.claim["lost"] or archived or unseen),
    }


def _read_segments(shown: _Shown) -> tuple[set[int], set[str]]:
    """Return the entries that the segments prove, and the months that are not answered in full."""
    archived: set[str] = set()
    sealed: set[int] = set()
    at, begin, oldest = None, shown.tail, "9999-99"
    for part in shown.parts:
        seal = _read_seal(shown, part["seal"])
        begin = seal["seal_first"] if at is None else begin
        _require(at in (None, seal["seal_first"]), "封存段不相连", "the seals leave entries out")
        at, months = seal["seal_end"], seal["seal_months"]
        oldest = min([oldest, *months])
        needed = sorted(set(months) & shown.tokens.keys())
        if part["archived"] is True:
            good = at <= shown.archived and not part["proofs"]
            _require(good, "所称的归档不符", "expected proofs of a segment that is not archived")
            archived.update(needed)
            continue
        _require(sorted(part["proofs"]) == needed, "缺少某月的证明", "expected a proof for each month of a seal")
        for month in needed:
            root, pairs = bytes.fromhex(seal["seal_root"]), _count(seal["seal_pairs"])
            found = _prove(part["proofs"][month], root, pairs, shown.kind, shown.tokens[month])
            inside = all(seal["seal_first"] <= index < at for index in found)
            _require(inside, "段外的条目", "a seal names an entry beyond its segment")
            sealed |= found
            if any(index < shown.archived and index not in shown.entries for index in found):
                archived.update(months)
    _require(begin <= shown.archived and at in (None, shown.tail), "封存段未达末尾", "the seals do not reach the tail")
    if shown.archived:
        subject = str(shown.act(shown.claim["retained"], "retain")["subject"])
        covered = int(subject.split(" ", 1)[0].split("-")[1])
        good = shown.archived <= min(covered, shown.tail)
        _require(good, "没有记录的归档", "no recorded run of retention covers what is archived")
        if begin or not shown.parts:
            archived.update(month for month in shown.tokens if month <= oldest)
    return sealed, archived & shown.tokens.keys()


def _read_seal(shown: _Shown, index: int) -> dict[str, Any]:
    entry = shown.entries.get(index, {})
    action, months = entry.get("action"), entry.get("seal_months", [])
    good = entry.get("phase") == "admin" and entry.get("exchange_id") == SEAL_IDS.get(str(action), "")
    good = good and 0 <= _count(entry["seal_first"]) < _count(entry["seal_end"]) <= index
    _require(good and months == sorted(set(months)), f"条目 {index} 不是封存", f"entry {index} is no seal")
    return entry


def _check_shown(shown: _Shown, found: set[int]) -> None:
    wanted = set(shown.tokens.values())
    for index in sorted(found):
        _require(index in shown.entries, f"条目 {index} 遗漏", f"entry {index} bears the token and is left out")
        good = _named(shown.entries[index], shown.kind) & wanted
        _require(good, f"条目 {index} 不含该代称", f"entry {index} does not bear the token")
    extra = sorted(shown.entries.keys() - found - shown.acts)
    _require(not extra, f"无关的条目 {extra[:1]}", f"nothing proves that these entries belong here: {extra[:1]}")


def _check_act(shown: _Shown) -> None:
    """Check that the act of the question bears the person's own token of its month."""
    index = shown.claim["act"]
    if index == -1:
        _require(not shown.claim["withheld_scenes"], "不予告知的场景无查询的承诺", "nothing commits to withheld scenes")
        return
    act = shown.act(index, STATEMENT_ASKED[shown.kind])
    if shown.kind == "subject":
        tokens = _named(act, "subject")
        stated = shown.tokens.get(str(act.get("key_epoch")))
        good = len(tokens) == 1 and (stated is None or tokens == {stated})
        _require(good, "查阅的是另一人", "the act names another person than the statement does")
    claim = shown.claim
    asked = {name: claim[name] for name in ("kind", "lost", "name", "tokens", "withheld_scenes")}
    octets = json.dumps(asked, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode()
    (nonce,) = _cut(claim["nonce"], 32)
    good = act.get("request_hash") == _sha256(b"chuanyu history question\0" + nonce + octets).hex()
    _require(good, "查阅操作属于另一次查询", "the act is of another question: other months, tokens or withheld scenes")
