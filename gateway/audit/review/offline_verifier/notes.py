"""Keys, policies and checkpoints (C2SP signed-note, tlog-checkpoint, tlog-cosignature, tlog-policy), read strictly."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import Any

from gateway.audit.review.offline_verifier.ed25519 import verify_ed25519
from gateway.audit.review.offline_verifier.members import strict_base64
from gateway.audit.review.offline_verifier.sayings import Fails, Unverifiable, visible

ED25519, COSIGNATURE, SUBTREE = 1, 4, 6
"""The types of keys: a log's Ed25519, a cosignature's Ed25519, ML-DSA-44 of either."""
MOST_POLICY, MOST_NOTE = 1 << 18, 1 << 16


@dataclass(frozen=True)
class Key:
    """A public key of a log or a witness: its name, key id, type and bytes."""

    name: str
    key_id: bytes
    kind: int
    public: bytes

    def describe(self) -> dict[str, str]:
        """Return what is shown of a key."""
        kind = "ML-DSA-44" if self.kind == SUBTREE else "Ed25519"
        return {"name": visible(self.name), "key_id": self.key_id.hex(), "algorithm": kind}


def parse_key(vkey: str) -> Key:
    """Read a vkey, name+key id+base64, whose three parts must agree."""
    name, said, encoded = vkey.split("+", 2)
    raw = strict_base64(encoded)
    kind, public = raw[0], raw[1:]
    key_id = hashlib.sha256(name.encode() + b"\n" + raw).digest()[:4]
    size = {ED25519: 32, COSIGNATURE: 32, SUBTREE: 1312}.get(kind)
    if not name or size != len(public) or key_id.hex() != said:
        zh, en = "公钥的三部分不一致", "expected a vkey of type 1, 4 or 6 whose key id follows from it, found another"
        raise Fails(zh, en)
    return Key(name, key_id, kind, public)


@dataclass
class Policy:
    """Logs, witnesses and groups by name, and the quorum."""

    logs: list[Key] = field(default_factory=list)
    witnesses: dict[str, Key] = field(default_factory=dict)
    groups: dict[str, tuple[int, list[str]]] = field(default_factory=dict)
    quorum: str = ""

    def is_satisfied(self, cosigners: set[str]) -> bool:
        """Tell whether cosignatures of the witnesses of these names are enough."""
        held = {"none"} | cosigners
        for group, (needed, members) in self.groups.items():  # a member is always of an earlier line
            if len(held.intersection(members)) >= needed:
                held.add(group)
        return self.quorum in held


def parse_policy(octets: bytes) -> Policy:
    """Read a tlog-policy."""
    policy = Policy()
    for number, line in enumerate(octets.decode().splitlines(), 1):
        words = line.split()
        if words and not words[0].startswith("#") and not _take(policy, words):
            raise Fails(f"策略第 {number} 行有误", f"policy, line {number}: expected log, witness, group or quorum")
    keys = [*policy.logs, *policy.witnesses.values()]
    if not policy.logs or not policy.quorum or len({key.public for key in keys}) != len(keys):
        zh, en = "策略缺少日志或法定人数，或公钥重复", "policy: expected a log, a quorum, and each key once"
        raise Fails(zh, en)
    return policy


def _take(policy: Policy, words: list[str]) -> bool:
    """Take one line of a policy; tell whether it is one."""
    known = policy.witnesses.keys() | policy.groups.keys()
    if words[0] == "log" and len(words) in (2, 3):
        policy.logs.append(parse_key(words[1]))
        return True
    if words[0] == "witness" and len(words) in (3, 4) and words[1] not in known | {"none"}:
        policy.witnesses[words[1]] = parse_key(words[2])
        return policy.witnesses[words[1]].kind != ED25519
    if words[0] == "group" and len(words) > 3 and words[1] not in known | {"none"}:
        members = words[3:]
        needed = {"all": len(members), "any": 1}.get(words[2]) or (int(words[2]) if words[2].isdigit() else 0)
        policy.groups[words[1]] = (needed, members)
        return 0 < needed <= len(members) == len(set(members)) and known >= set(members)
    if words[0] == "quorum" and len(words) == 2 and words[1] in known | {"none"} and not policy.quorum:
        policy.quorum = words[1]
        return True
    return False


@dataclass
class Note:
    """A checkpoint that holds: what it says, who signed and cosigned it when, whose lines could not be looked at."""

    text: bytes
    origin: str
    size: int
    root: bytes
    signed: list[Key] = field(default_factory=list)
    cosigned: list[tuple[str, Key, int]] = field(default_factory=list)
    skipped: list[Key] = field(default_factory=list)


def parse_checkpoint(text: bytes) -> Note:
    """Read the text of a checkpoint: origin, size, root."""
    lines = text.decode().split("\n")
    number = lines[1] if len(lines) > 3 else ""
    if lines[-1] or not all(lines[:-1]) or not number.isdigit() or len(number) > 19 or number != str(int(number)):
        raise Fails("检查点格式不符", "expected a checkpoint: an origin, a size, a root")
    root = strict_base64(lines[2])
    if len(root) != 32 or int(number) >= 1 << 63:
        raise Fails("检查点的根或条目数不符", "expected a root of 32 bytes and a size below 2^63")
    return Note(text, lines[0], int(number), root)


def find_mldsa() -> Any:
    """Return the class of ML-DSA-44 public keys of Python's `cryptography`; None where it has none."""
    try:
        from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PublicKey
    except Exception:  # no package, an older one, or one that does not load: all the same to the reader
        return None
    return MLDSA44PublicKey


def check_note(octets: bytes, policy: Policy, *, quorum: bool) -> Note:
    """Return what a checkpoint says, if its signatures satisfy the policy; `quorum` asks for the witnesses too."""
    text, _, tail = octets.rpartition(b"\n\n")
    note = parse_checkpoint(text + b"\n")
    names = {(key.name, key.key_id): name for name, key in policy.witnesses.items()}
    keys = {(key.name, key.key_id): key for key in (*policy.logs, *policy.witnesses.values())}
    lines = tail.decode().split("\n")
    if lines.pop() or not 0 < len(lines) <= 32:
        raise Fails("签名行数不符", "expected 1 to 32 signature lines")
    for line in lines:
        dash, name, encoded = line.split(" ")
        raw = strict_base64(encoded)
        key = keys.get((name, raw[:4]))
        if dash != "\u2014" or len(raw) < 5:
            raise Fails("签名行格式不符", "expected signature lines that begin with a dash")
        if key is None:
            continue
        time_s = _verify_line(key, note, raw[4:])
        witness = names.get((name, raw[:4]))
        if time_s is None:
            note.skipped.append(key)
        elif witness is not None and time_s:
            note.cosigned.append((witness, key, time_s))
        elif witness is None and key.name == note.origin:
            note.signed.append(key)
    _require_signers(note, policy, names, quorum)
    return note


def _require_signers(note: Note, policy: Policy, names: dict[tuple[str, bytes], str], quorum: bool) -> None:
    skipped = {names.get((key.name, key.key_id), "") for key in note.skipped}
    if not note.signed:
        if any(key.name == note.origin for key in note.skipped):
            raise Unverifiable(
                "日志只有 ML-DSA-44 签名可核对，而此处的 Python 不能核验：安装 cryptography 50",
                "only an ML-DSA-44 signature of the log could count, and it cannot be verified here: "
                "install cryptography 50",
            )
        zh, en = "检查点没有策略所列日志的签名", "expected a checkpoint that a log of the policy signed"
        raise Fails(zh, en)
    held = {name for name, _, _ in note.cosigned}
    if quorum and not policy.is_satisfied(held):
        if policy.is_satisfied(held | skipped - {""}):
            raise Unverifiable(
                "见证签名须核验 ML-DSA-44，而此处的 Python 不能核验：安装 cryptography 50",
                "the quorum needs ML-DSA-44 signatures, which cannot be verified here: install cryptography 50",
            )
        found = ", ".join(map(visible, sorted(held)))
        zh = "见证签名不足策略要求的 {}，实有：{}".format(visible(policy.quorum), found or "无")
        en = "expected cosignatures that satisfy {}, found: {}".format(visible(policy.quorum), found or "none")
        raise Fails(zh, en)


def _verify_line(key: Key, note: Note, signature: bytes) -> int | None:
    """Return the time that a signature bears, 0 for none, None where it cannot be verified; raise Fails if it fails."""
    time_s, message, raw = 0, note.text, signature
    if key.kind != ED25519:
        time_s, raw = int.from_bytes(signature[:8], "big"), signature[8:]
        message = b"cosignature/v1\ntime %d\n" % time_s + note.text
    if time_s >= 1 << 63:
        raise Fails("签名时间不符", "expected a time below 2^63")
    if key.kind != SUBTREE:
        holds = verify_ed25519(key.public, raw, message)
    else:
        library = find_mldsa()
        if library is None:
            return None
        try:
            library.from_public_bytes(key.public).verify(raw, _subtree(key, note, time_s))
            holds = True
        except Exception as error:
            if isinstance(error, Fails):
                raise
            holds = False
    if not holds:
        name = visible(key.name)
        raise Fails(name + " 的签名核验不通过", "the signature of " + name + " does not hold")
    return time_s


def _subtree(key: Key, note: Note, time_s: int) -> bytes:
    """Return what a cosignature of type 6 signs for a whole tree."""
    if note.text.count(b"\n") != 3:
        raise Fails("检查点有扩展行", "expected a checkpoint without extension lines")
    cosigner, log = (bytes([len(name)]) + name for name in (key.name.encode(), note.origin.encode()))
    whole = (0).to_bytes(8, "big") + note.size.to_bytes(8, "big")
    return b"subtree/v1\n\0" + cosigner + time_s.to_bytes(8, "big") + log + whole + note.root
