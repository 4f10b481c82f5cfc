"""核验证据包 · Verifies an evidence bundle of an audit log, without any part of the program that made it.

用法 usage: python verify.py BUNDLE [--policy FILE] [--at-least N] [--json]     (BUNDLE: a ZIP or a folder)

One file; Python 3.11 and `cryptography` are all it needs. Read it before you trust it. Formats: RFC 6962, C2SP. Checks:

1 the manifest names every file with its size and SHA-256, and there is no other file;
2 the checkpoint is signed by a log of the policy, and as many witnesses as its quorum asks for have cosigned it;
3 the entries, as they stand line by line, lead with the proof to the checkpoint's root, each at its own index;
4 each entry is a JSON object of that log;
5 each older checkpoint in `history/` is signed by the log, and its tree is a beginning of the checkpoint's;
6 each opened body is the one to which its entry commits (HMAC-SHA-256 under its salt).

Trust rests on the keys in the policy. Those of the bundle come from whoever made it: take them from elsewhere with
--policy, or compare the key ids that are shown. What this cannot see: entries that were not put into the bundle.
Exit code: 0 it holds, 1 it does not, 2 it cannot be read.
"""

from __future__ import annotations

import argparse
import hashlib
import hmac
import io
import json
import os
import sys
import zipfile
import zlib
from base64 import b64decode, b64encode
from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, cast

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

FORMAT = "chuanyu-evidence@1"
MOST_FILES = 10_000
SMALL, LINE = 1 << 26, 1 << 17
LABELS = ["日志", "条目数", "根", "见证", "公钥", "序号", "证据条目", "阶段", "旧检查点", "已开明文"]


class Fails(Exception):
    """The bundle does not prove what it should, or is no bundle."""


class Bundle:
    """The files of a ZIP or a folder, by name; nothing is unpacked."""

    def __init__(self, path: Path) -> None:
        self._place = path if path.is_dir() else zipfile.Path(path)
        names = [str(one.relative_to(path)) for one in path.rglob("*") if one.is_file()]
        if isinstance(self._place, zipfile.Path):
            names = [name for name in self._place.root.namelist() if not name.endswith("/")]
        if len(set(names)) != len(names) or len(names) > MOST_FILES:
            raise Fails(f"expected at most {MOST_FILES} files with names of their own, found {len(names)}")
        self.names = set(names)

    def open(self, name: str) -> IO[bytes]:
        """Open a file of the bundle."""
        if name not in self.names:
            raise Fails(f"expected a file {name}, found none")
        return self._place.joinpath(name).open("rb")

    def read(self, name: str) -> bytes:
        """Return a small file."""
        with self.open(name) as file:
            octets = file.read(SMALL)
        if len(octets) == SMALL:
            raise Fails(f"{name}: expected less than {SMALL} bytes")
        return octets


def strict_base64(text: str) -> bytes:
    """Return the bytes of canonical base64."""
    octets = b64decode(text, validate=True)
    if b64encode(octets).decode() != text:
        raise Fails("expected canonical base64, found another spelling")
    return octets


def check_manifest(bundle: Bundle) -> None:
    """Check that every file is as the manifest says and there is no other."""
    manifest = json.loads(bundle.read("manifest.json"))
    files = manifest["files"]
    if manifest["format"] != FORMAT or set(files) != bundle.names - {"manifest.json"}:
        raise Fails(f"expected the format {FORMAT} and the files that the manifest names, found others")
    for name, said in files.items():
        digest, count = hashlib.sha256(), 0
        with bundle.open(name) as file:
            while count <= said["bytes"] and (octets := file.read(1 << 20)):
                digest.update(octets)
                count += len(octets)
        if (count, digest.hexdigest()) != (said["bytes"], said["sha256"]):
            raise Fails(f"{name}: the file is not the one that the manifest names")


@dataclass(frozen=True)
class Key:
    """A public key of a log or a witness: its name, key id, type and bytes."""

    name: str
    key_id: bytes
    kind: int
    public: bytes

    def holds(self, text: bytes, signature: bytes) -> int:
        """Return the time that a signature of a checkpoint bears, 0 for none; raise Fails if it does not hold."""
        time_s, message, raw = 0, text, signature
        if self.kind != 1:
            time_s, raw = int.from_bytes(signature[:8], "big"), signature[8:]
            message = b"cosignature/v1\ntime %d\n" % time_s + text
        if self.kind == 6:
            message = self._subtree(text, time_s)
        try:
            if self.kind == 6:
                from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PublicKey

                MLDSA44PublicKey.from_public_bytes(self.public).verify(raw, message)
            else:
                Ed25519PublicKey.from_public_bytes(self.public).verify(raw, message)
        except ImportError:
            raise Fails("this version of cryptography has no ML-DSA-44: install 50 or later") from None
        except (InvalidSignature, ValueError):
            raise Fails(f"the signature of {self.name} does not hold") from None
        return time_s

    def _subtree(self, text: bytes, time_s: int) -> bytes:
        origin, size, root = checkpoint(text)
        if text.count(b"\n") != 3 or time_s >= 1 << 63:
            raise Fails("expected a checkpoint without extension lines and a time below 2^63")
        cosigner, log = (bytes([len(name)]) + name for name in (self.name.encode(), origin.encode()))
        whole = (0).to_bytes(8, "big") + size.to_bytes(8, "big")
        return b"subtree/v1\n\0" + cosigner + time_s.to_bytes(8, "big") + log + whole + root


def parse_key(vkey: str) -> Key:
    """Read a vkey, name+key id+base64, whose three parts must agree."""
    name, said, encoded = vkey.split("+", 2)
    raw = strict_base64(encoded)
    kind, public = raw[0], raw[1:]
    key_id = hashlib.sha256(name.encode() + b"\n" + raw).digest()[:4]
    if {1: 32, 4: 32, 6: 1312}.get(kind) != len(public) or key_id.hex() != said:
        raise Fails(f"expected a vkey of type 1, 4 or 6 whose key id follows from it, {key_id.hex()}, found {said}")
    return Key(name, key_id, kind, public)


@dataclass
class Policy:
    """Logs, witnesses and groups by name, and the quorum."""

    logs: list[Key]
    witnesses: dict[str, Key]
    groups: dict[str, tuple[int, list[str]]]
    quorum: str


def parse_policy(text: str) -> Policy:
    """Read a tlog-policy."""
    policy = Policy([], {}, {}, "")
    for line in text.splitlines():
        words = line.split()
        known = {"none"} | policy.witnesses.keys() | policy.groups.keys()
        if not words or words[0].startswith("#"):
            continue
        if words[0] == "log" and len(words) in (2, 3):
            policy.logs.append(parse_key(words[1]))
        elif words[0] == "witness" and len(words) in (3, 4) and words[1] not in known:
            policy.witnesses[words[1]] = parse_key(words[2])
            if policy.witnesses[words[1]].kind == 1:
                raise Fails("policy: expected witnesses' keys of type 4 or 6")
        elif words[0] == "group" and len(words) > 3 and words[1] not in known:
            members = words[3:]
            needed = {"all": len(members), "any": 1}.get(words[2]) or int(words[2])
            if not (0 < needed <= len(members) == len(set(members)) and set(members) <= known - {"none"}):
                raise Fails(f"policy: the group {words[1]} cannot be satisfied as it stands")
            policy.groups[words[1]] = (needed, members)
        elif words[0] == "quorum" and len(words) == 2 and words[1] in known and not policy.quorum:
            policy.quorum = words[1]
        else:
            raise Fails("policy: expected log, witness, group or one quorum, found another line")
    keys = [*policy.logs, *policy.witnesses.values()]
    if not policy.logs or not policy.quorum or len({key.public for key in keys}) != len(keys):
        raise Fails("policy: expected a log, a quorum that is defined, and each key once")
    return policy


def checkpoint(text: bytes) -> tuple[str, int, bytes]:
    """Read the text of a checkpoint: origin, size, root."""
    lines = text.decode().split("\n")
    if len(lines) < 4 or lines[-1] or not all(lines[:-1]) or lines[1] != str(int(lines[1])) or int(lines[1]) < 0:
        raise Fails("expected a checkpoint: an origin, a size, a root")
    root = strict_base64(lines[2])
    if len(root) != 32:
        raise Fails("expected a root of 32 bytes")
    return lines[0], int(lines[1]), root


def check_note(note: bytes, policy: Policy, *, quorum: bool) -> tuple[str, int, bytes, dict[str, int]]:
    """Return what a checkpoint says and who cosigned it when, if its signatures satisfy the policy."""
    text, _, tail = note.rpartition(b"\n\n")
    text += b"\n"
    witnesses = {(key.name, key.key_id): name for name, key in policy.witnesses.items()}
    keys = {(key.name, key.key_id): key for key in (*policy.logs, *policy.witnesses.values())}
    signed, cosigned = False, {}
    lines = tail.decode().split("\n")
    if lines.pop() or not 0 < len(lines) <= 32:
        raise Fails("expected 1 to 32 signature lines")
    for line in lines:
        dash, name, encoded = line.split(" ")
        raw = strict_base64(encoded)
        key = keys.get((name, raw[:4]))
        if dash != "\u2014":
            raise Fails("expected signature lines that begin with a dash")
        if key is None:
            continue
        time_s = key.holds(text, raw[4:])
        if (witness := witnesses.get((name, raw[:4]))) is None:
            signed = True
        elif time_s:
            cosigned[witness] = time_s
    if not signed:
        raise Fails("expected a checkpoint that a log of the policy signed")
    held = {"none", *cosigned}
    for group, (needed, members) in policy.groups.items():
        if len(held.intersection(members)) >= needed:
            held.add(group)
    if quorum and policy.quorum not in held:
        raise Fails(f"expected cosignatures that satisfy {policy.quorum}, found {', '.join(cosigned) or 'none'}")
    return (*checkpoint(text), cosigned)


def root_of(level: list[bytes]) -> bytes:
    """Return the root over leaf hashes, at least one."""
    sha256 = hashlib.sha256
    while len(level) > 1:
        odd = level[-1:] if len(level) & 1 else []
        pairs = iter(level)
        level = [sha256(b"\x01" + a + b).digest() for a, b in zip(pairs, pairs, strict=False)] + odd
    return level[0]


def range_root(ranges: list[list[int]], leaves: list[list[bytes]], size: int, hashes: list[bytes]) -> bytes:
    """Return the root to which the leaves of some ranges lead with the hashes of what lies outside, left to right."""
    starts, ends, outside = [start for start, _ in ranges], [end for _, end in ranges], iter(hashes)

    def walk(low: int, high: int) -> bytes:
        first, after = bisect_right(ends, low), bisect_left(starts, high)
        if first == after:
            return next(outside)
        if starts[first] <= low and high <= ends[first]:
            return root_of(leaves[first][low - starts[first] : high - starts[first]])
        middle = low + (1 << ((high - low - 1).bit_length() - 1))
        return hashlib.sha256(b"\x01" + walk(low, middle) + walk(middle, high)).digest()

    try:
        root = walk(0, size)
    except StopIteration:
        raise Fails("the proof has too few hashes") from None
    if next(outside, None) is not None or any(len(value) != 32 for value in hashes):
        raise Fails("the proof has too many hashes, or one of another length")
    return root


def check_entries(bundle: Bundle, found: dict[str, Any], root: bytes) -> dict[int, str]:
    """Check that the entries stand where the proof says; return the commitments of those that have a body."""
    proof = json.loads(bundle.read("proof.json"))
    ranges, at = proof["ranges"], 0
    for start, end in ranges:
        if not (type(start) is type(end) is int and at <= start < end <= found["size"] < 1 << 63):
            raise Fails("proof.json: expected ranges in order, apart and within the tree")
        at = end
    leaves: list[list[bytes]] = []
    commitments: dict[int, str] = {}
    phases: dict[str, int] = {}
    with io.BufferedReader(cast("io.RawIOBase", bundle.open("entries.jsonl")), LINE) as file:
        for start, end in ranges:
            leaves.append([])
            for index in range(start, end):
                line = file.readline(LINE)
                if not line.endswith(b"\n"):
                    raise Fails(f"entry {index}: expected a whole line, found none")
                leaves[-1].append(hashlib.sha256(b"\x00" + line[:-1]).digest())
                entry = json.loads(line.decode())
                if entry["origin"] != found["origin"]:
                    raise Fails(f"entry {index}: expected an entry of {found['origin']}")
                phases[entry["phase"]] = phases.get(entry["phase"], 0) + 1
                if "commit" in entry:
                    commitments[index] = entry["commit"]
        if not ranges or file.read(1):
            raise Fails("entries.jsonl: expected as many entries as the proof has, at least one")
    if range_root(ranges, leaves, found["size"], [strict_base64(text) for text in proof["hashes"]]) != root:
        raise Fails("the entries do not lead to the root of the checkpoint")
    found.update(ranges=ranges, entries=sum(map(len, leaves)), phases=phases)
    return commitments


def check_consistency(old: int, new: int, path: list[bytes], old_root: bytes, new_root: bytes) -> None:
    """Check that the tree of `old` leaves, at least one, is a beginning of that of `new` (RFC 9162 2.1.4.2)."""

    def node(left: bytes, right: bytes) -> bytes:
        return hashlib.sha256(b"\x01" + left + right).digest()

    steps = list(path) if old & (old - 1) else [old_root, *path]
    number, last = old - 1, new - 1
    while number & 1:
        number, last = number >> 1, last >> 1
    first = second = steps[0]
    for step in steps[1:]:
        if not last or len(step) != 32:
            raise Fails(f"history of {old}: the proof is too long, or a hash is of another length")
        if number & 1 or number == last:
            first, second = node(step, first), node(step, second)
            while number and not number & 1:
                number, last = number >> 1, last >> 1
        else:
            second = node(second, step)
        number, last = number >> 1, last >> 1
    if last or (first, second) != (old_root, new_root):
        raise Fails(f"history of {old}: its tree is not a beginning of the checkpoint's")


def check_history(bundle: Bundle, policy: Policy, found: dict[str, Any], root: bytes) -> list[int]:
    """Check each older checkpoint against the bundle's; return their sizes."""
    sizes = []
    for name in [one for one in bundle.names if one.endswith(".checkpoint")]:
        origin, size, old_root, _ = check_note(bundle.read(name), policy, quorum=False)
        path = [strict_base64(line) for line in bundle.read(f"history/{size}.consistency").decode().split()]
        if name != f"history/{size}.checkpoint" or origin != found["origin"] or not 0 < size < found["size"]:
            raise Fails(f"{name}: expected an older checkpoint of {found['origin']}")
        check_consistency(size, found["size"], path, old_root, root)
        sizes.append(size)
    return sorted(sizes)


def check_opened(bundle: Bundle, commitments: dict[int, str]) -> int:
    """Check that each opened body is what its entry commits to; return how many there are."""
    count = 0
    if "opened.jsonl" in bundle.names:
        with bundle.open("opened.jsonl") as file:
            for line in file:
                opened = json.loads(line)
                made = hmac.digest(strict_base64(opened["salt"]), opened["text"].encode(), "sha256").hex()
                if not hmac.compare_digest(made, commitments.get(opened["index"], "")):
                    raise Fails(f"entry {opened['index']}: the opened body is not the one that it commits to")
                count += 1
    return count


def verify(path: Path, policy_file: Path | None = None, at_least: int = 0) -> dict[str, Any]:
    """Return what was verified of a bundle; raise Fails, with what does not hold."""
    try:
        bundle = Bundle(path)
        check_manifest(bundle)
        text = policy_file.read_text(encoding="utf-8") if policy_file else bundle.read("policy.txt").decode()
        policy = parse_policy(text)
        origin, size, root, cosigned = check_note(bundle.read("checkpoint"), policy, quorum=True)
        keys = [f"{key.name}+{key.key_id.hex()}" for key in (*policy.logs, *policy.witnesses.values())]
        found: dict[str, Any] = {"origin": origin, "size": size, "root": root.hex(), "cosigned": cosigned, "keys": keys}
        if size < at_least:
            raise Fails(f"expected a checkpoint of at least {at_least} entries, found {size}")
        commitments = check_entries(bundle, found, root)
        found["history"] = check_history(bundle, policy, found, root)
        found["opened"] = check_opened(bundle, commitments)
        return found
    except (ArithmeticError, AttributeError, LookupError, RuntimeError, TypeError, ValueError) as error:
        raise Fails(f"expected an evidence bundle, found another form ({type(error).__name__})") from error
    except (EOFError, zipfile.BadZipFile, zlib.error) as error:
        raise Fails(f"expected a readable ZIP, found another ({type(error).__name__})") from error


def say(zh: str, en: str) -> str:
    """Return a sentence in the language of the locale, Chinese or English; both where CHUANYU_LANG says so."""
    locale = next((os.environ[name] for name in ("LC_ALL", "LC_MESSAGES", "LANG") if os.environ.get(name)), "")
    asked = os.environ.get("CHUANYU_LANG") or ("zh" if locale.lower().startswith("zh") else "en")
    return {"zh": zh, "both": f"{zh} {en}"}.get(asked, en)


def main() -> int:
    """Verify the bundle that the command line names, and say so."""
    parser = argparse.ArgumentParser(description=say("核验证据包", "verify an evidence bundle"))
    parser.add_argument("bundle", type=Path)
    parser.add_argument("--policy", type=Path, help=say("来自他处的策略与公钥", "policy and keys from elsewhere"))
    parser.add_argument("--at-least", type=int, default=0, help=say("已知的条目数", "a size known from elsewhere"))
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    try:
        found = verify(options.bundle, options.policy, options.at_least)
    except (Fails, OSError) as error:
        found = {"holds": False, "found": str(error)}
        told = say("证据包核验不通过，详情为英文", "the bundle does not hold")
        print(json.dumps(found) if options.json else f"✗ {told}: {error}")
        return 2 if isinstance(error, OSError) else 1
    if options.json:
        print(json.dumps({"holds": True, **found}))
        return 0
    for label, (name, value) in zip(LABELS, found.items(), strict=True):
        print(f"{say(label, name)}: {value}")
    if not options.policy:
        print(
            say(
                "! 公钥取自证据包本身，请与他处取得的公钥核对",
                "! the keys are the bundle's own: compare them with others",
            )
        )
    print(say("✓ 证据包核验通过", "✓ the bundle holds"))
    return 0


if __name__ == "__main__":
    cast(io.TextIOWrapper, sys.stdout).reconfigure(errors="replace")  # a console may lack a sign, and ends nothing
    sys.exit(main())
