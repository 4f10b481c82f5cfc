"""The verdict on a bundle: what was proven, by whose keys, up to where, and what was not looked at."""

from __future__ import annotations

import subprocess  # its errors alone  # nosec B404
import zipfile
import zlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from gateway.audit.review.offline_verifier.half import Half, check_half, check_older
from gateway.audit.review.offline_verifier.members import Bundle, check_manifest, require_openable
from gateway.audit.review.offline_verifier.notes import MOST_POLICY, Key, parse_policy
from gateway.audit.review.offline_verifier.peers import compare_halves
from gateway.audit.review.offline_verifier.sayings import Fails, Text, Unverifiable, visible
from gateway.audit.review.offline_verifier.stamps import check_stamps
from gateway.audit.review.offline_verifier.statements import check_history

HOLDS, OWN_KEYS, FAILS, NOT_HERE = "holds", "holds_for_own_keys", "does_not_hold", "cannot_be_verified_here"
NOT_WHOSE = "holds_but_for_whose"
CODES = {HOLDS: 0, FAILS: 1, NOT_HERE: 2, OWN_KEYS: 3, NOT_WHOSE: 3}
"""The exit code of each verdict."""
SAID = {
    HOLDS: Text("证据包核验通过，依据由外部提供的公钥", "the bundle holds, by the keys that were given from elsewhere"),
    OWN_KEYS: Text(
        "证据包仅按其自带的公钥核验通过：公钥属谁未经证明，伪造的证据包也能如此",
        "the bundle holds only for the keys in this bundle: whose they are is not proven, and a forger's hold so too",
    ),
    NOT_WHOSE: Text(
        "证据包核验通过，但有说明的代称属于谁未获证明：其中没有查询的记录，任何人都能作出这样的说明",
        "the bundle holds, but whose the tokens of a statement are is not proven: it shows no act of a question, and "
        "anybody can make one like it",
    ),
    FAILS: Text("证据包核验不通过", "the bundle does not hold"),
    NOT_HERE: Text("证据包在此处无法核验", "the bundle cannot be verified here"),
}


@dataclass
class Verdict:
    """What is said of a bundle. `halves` are empty where it does not hold, and `why` says why."""

    word: str
    why: Text | None = None
    halves: list[Half] = field(default_factory=list)
    stamps: list[dict[str, Any]] = field(default_factory=list)
    statements: list[dict[str, Any]] = field(default_factory=list)
    peers: dict[str, Any] | None = None
    skipped: list[Text] = field(default_factory=list)
    caveats: list[Text] = field(default_factory=list)
    verifier_sha256: str = ""

    @property
    def code(self) -> int:
        """The exit code."""
        return CODES[self.word]

    def describe(self) -> dict[str, Any]:
        """Return the whole for a program."""
        found: dict[str, Any] = {"verdict": self.word, "holds": self.word == HOLDS, "exit_code": self.code}
        found["says"] = SAID[self.word]._asdict()
        if self.why is not None:
            return {**found, "found": self.why._asdict()}
        return {
            **found,
            **self.halves[0].describe(),
            "peer": self.halves[1].describe() if len(self.halves) > 1 else None,
            "peer_entries": self.peers,
            "stamps": self.stamps,
            "statements": self.statements,
            "not_looked_at": [text._asdict() for text in self.skipped],
            "caveats": [text._asdict() for text in self.caveats],
            "bundled_verifier_sha256": self.verifier_sha256,
        }


@dataclass(frozen=True)
class Wish:
    """What is to be verified: the bundle, keys from elsewhere, another bundle as its other half, a size known."""

    bundle: Path
    policy: Path | None = None
    peer: Path | None = None
    peer_policy: Path | None = None
    tsa: Path | None = None
    at_least: int = 0


def judge(wish: Wish) -> Verdict:
    """Return the verdict on a bundle; nothing that it holds makes this raise."""
    try:
        return _verify(wish)
    except Unverifiable as error:
        return Verdict(NOT_HERE, error.text)
    except Fails as error:
        return Verdict(FAILS, error.text)
    except (OSError, subprocess.SubprocessError) as error:
        kind = type(error).__name__
        return Verdict(NOT_HERE, Text(f"无法读取（{kind}）", f"a file cannot be read ({kind})"))
    except MemoryError:
        return Verdict(NOT_HERE, Text("内存不足", "there is too little memory"))
    except (EOFError, zipfile.BadZipFile, zlib.error):
        return Verdict(FAILS, Text("ZIP 已损坏", "expected a readable ZIP, found a broken one"))
    except (ArithmeticError, AttributeError, LookupError, RuntimeError, TypeError, ValueError) as error:
        kind = type(error).__name__
        return Verdict(
            FAILS, Text(f"不是证据包的格式（{kind}）", f"expected an evidence bundle, found another ({kind})")
        )


def _verify(wish: Wish) -> Verdict:
    for path in (wish.bundle, wish.policy, wish.peer, wish.peer_policy, wish.tsa):
        if path is not None:
            require_openable(path)
    given, given_peer = _read_policy(wish.policy), _read_policy(wish.peer_policy)
    slow: list[str] = []
    bundle = Bundle(wish.bundle)
    manifest = check_manifest(bundle, slow)
    inside = "peer/checkpoint" in bundle.names
    one = check_half(bundle, "", given, named=inside or wish.peer is not None)
    _require_named(manifest, one)
    if one.note.size < wish.at_least:
        zh, en = f"检查点只有 {one.note.size} 条", f"expected at least {wish.at_least} entries, found {one.note.size}"
        raise Fails(zh, en)
    check_older(bundle, one)
    verdict = Verdict(HOLDS, halves=[one])
    if inside and wish.peer is not None:
        raise Unverifiable("包内已有另一半，勿用 --peer", "the bundle has its other half: leave --peer out")
    if inside:
        verdict.halves.append(check_half(bundle, "peer/", given_peer, named=True))
    elif any(name.startswith("peer/") for name in bundle.names):
        raise Fails("缺少文件：peer/checkpoint", "expected a file peer/checkpoint, found none")
    elif wish.peer is not None:
        other = Bundle(wish.peer)
        named = check_manifest(other, slow)
        verdict.halves.append(check_half(other, "", given_peer, named=True))
        _require_named(named, verdict.halves[1])
        more = sorted(name for name in other.names if name.startswith(("history/", "peer/", "stamps/")))
        verdict.skipped += [Text(f"另一包的 {name}", f"{name} of the other bundle") for name in more]
    elif wish.peer_policy is not None:
        raise Unverifiable("没有另一半", "there is no other half for --peer-policy")
    if len(verdict.halves) > 1:
        verdict.peers = compare_halves(*verdict.halves)
    verdict.stamps, unstamped = check_stamps(bundle, one, wish.tsa)
    verdict.skipped += unstamped
    verdict.statements = check_history(bundle, one)
    verdict.skipped += [Text(f"{name}：未算 SM3", f"{name}: its SM3 was not computed") for name in slow]
    verdict.verifier_sha256 = manifest["files"]["verify.py"]["sha256"]
    _conclude(verdict)
    return verdict


def _require_named(manifest: dict[str, Any], half: Half) -> None:
    if (manifest["origin"], manifest["size"]) != (half.note.origin, half.note.size):
        zh, en = (
            "清单的日志或条目数与检查点不符",
            "manifest.json: expected the checkpoint's origin and size, found others",
        )
        raise Fails(zh, en)


def _read_policy(path: Path | None) -> bytes | None:
    """Return a policy that was given from elsewhere, if it is one."""
    if path is None:
        return None
    with path.open("rb") as file:
        octets = file.read(MOST_POLICY + 1)
    try:
        if len(octets) > MOST_POLICY:
            raise Fails("策略过长", "expected a policy of at most 256 KiB")
        parse_policy(octets)
    except (Fails, IndexError, ValueError) as error:
        text = error.text if isinstance(error, Fails) else Text("不是策略", "no tlog-policy")
        raise Unverifiable(
            f"给出的策略不可用：{text.zh}", f"the policy that was given is not usable: {text.en}"
        ) from error
    return octets


def _conclude(verdict: Verdict) -> None:
    """Set the word, and what the reader must know beside it."""
    for half in verdict.halves:
        origin = visible(half.note.origin)
        if not half.keys_given:
            verdict.word = OWN_KEYS
            zh = f"{origin} 的公钥取自证据包，来自制作者：用 --policy（另一半用 --peer-policy）给出他处取得的公钥"
            en = f"the keys of {origin} are the bundle's own, from whoever made it: give --policy or --peer-policy"
            verdict.caveats.append(Text(zh, en))
        skipped: list[Key] = [*half.note.skipped, *(key for old in half.older.values() for key in old.skipped)]
        for name in sorted({visible(key.name) for key in skipped}):
            zh = f"{name} 的 ML-DSA-44 签名：此处的 Python 不能核验"
            verdict.skipped.append(Text(zh, f"the ML-DSA-44 signature of {name}: this Python cannot verify it"))
        if half.policy.is_satisfied(set()):
            zh = f"策略不要求 {origin} 有见证：日志可能有另一版本"
            en = f"the policy asks for no witness of {origin}: there may be another version of the log"
            verdict.caveats.append(Text(zh, en))
    if verdict.peers is not None and not verdict.peers["compared"]:
        zh, en = "两半的条目没有互相指向的", "no entry of either half names one of the other that is shown"
        verdict.caveats.append(Text(zh, en))
    for one in verdict.statements:
        gone = ", ".join(map(visible, [*one["lost_months"], *one["archived_months"]]))
        if not one["complete"]:
            zh, en = f"{one['file']} 未能答复的月份：{gone}", f"{one['file']}: months not answered in full: {gone}"
            verdict.caveats.append(Text(zh, en))
        if one["kind"] != "department" and not one["asked"]:
            zh = f"{one['file']}：没有查询的记录，任何人都能作出，代称属于谁未获证明"
            en = f"{one['file']}: no act of a question; anybody can make it, and whose the tokens are is not proven"
            verdict.caveats.append(Text(zh, en))
            verdict.word = NOT_WHOSE if verdict.word == HOLDS else verdict.word
        elif one["kind"] != "department":
            zh = f"{one['file']}：所列代称属于谁，由作出说明的节点所称"
            en = f"{one['file']}: whose the tokens are is the word of the node that made it"
            verdict.caveats.append(Text(zh, en))
    zh = "除完整性说明所及者外，只证明所含的条目，不证明没有遗漏"
    en = "beyond the statements of completeness, it proves what it holds, and not that nothing was left out"
    verdict.caveats.append(Text(zh, en))
