"""The command line of the verifier: what a person reads, in one language, or one JSON value."""

from __future__ import annotations

import argparse
import hashlib
import io
import json
import os
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, cast

from gateway.audit.review.offline_verifier.half import Half, list_entries, read_opened
from gateway.audit.review.offline_verifier.members import Bundle
from gateway.audit.review.offline_verifier.sayings import Text, spell_time, visible
from gateway.audit.review.offline_verifier.verdict import HOLDS, NOT_WHOSE, OWN_KEYS, SAID, Verdict, Wish, judge

LOCALE = ("LC_ALL", "LC_MESSAGES", "LANG")
LANGUAGES = {"zh": ["zh"], "en": ["en"], "both": ["zh", "en"]}
MARKS = {HOLDS: "✓", OWN_KEYS: "!", NOT_WHOSE: "!"}
SHOWN = ("phase", "result", "reason_code", "action", "consumer_department", "item_code", "exchange_id", "actor")
"""The fields of an entry that a line shows, where it has them."""


def find_languages(arguments: Sequence[str], environment: Mapping[str, str]) -> list[str]:
    """Return zh, en or both: as `--lang` says, else CHUANYU_LANG, else the locale."""
    words = [*arguments, ""]
    asked = [words[at + 1] for at, word in enumerate(arguments) if word == "--lang"]
    asked += [word[len("--lang=") :] for word in arguments if word.startswith("--lang=")]
    locale = next((environment[name] for name in LOCALE if environment.get(name)), "")
    spoken = "zh" if re.match(r"zh\b|zh_", locale, re.IGNORECASE) else "en"
    for word in (*asked, environment.get("CHUANYU_LANG", ""), spoken):
        if word in LANGUAGES:
            return LANGUAGES[word]
    return ["en"]


def make_parser(language: str) -> argparse.ArgumentParser:
    """Return the parser of the command line, with help in one language."""
    zh = language == "zh"
    parser = argparse.ArgumentParser(description="核验证据包" if zh else "verify an evidence bundle")
    for name, metavar, said in (
        ("--policy", "FILE", Text("他处取得的策略与公钥", "policy and keys from elsewhere")),
        ("--peer", "BUNDLE", Text("对方的证据包", "the other province's bundle")),
        ("--peer-policy", "FILE", Text("对方的策略与公钥", "policy and keys of the other province")),
        ("--tsa", "FILE", Text("时间戳机构的根证书（PEM）", "roots of the time-stamp authority (PEM)")),
    ):
        parser.add_argument(name, metavar=metavar, type=Path, help=said.zh if zh else said.en)
    parser.add_argument("bundle", metavar="BUNDLE", type=Path, help="ZIP 或文件夹" if zh else "a ZIP or a folder")
    parser.add_argument("--at-least", metavar="N", type=int, default=0, help="已知的条目数" if zh else "a size known")
    parser.add_argument("--entries", action="store_true", help="列出条目" if zh else "list the entries")
    parser.add_argument("--json", action="store_true", help="输出 JSON" if zh else "write JSON")
    parser.add_argument("--lang", choices=tuple(LANGUAGES), help="语言" if zh else "the language")
    return parser


def tell_verdict(verdict: Verdict, language: str) -> Iterator[str]:
    """Yield the lines that a person reads, the verdict last."""
    zh = language == "zh"

    def say(text: Text) -> str:
        return text.zh if zh else text.en

    for number, half in enumerate(verdict.halves):
        if number:
            yield "另一半：" if zh else "the other half:"
        yield from _tell_half(half, zh)
    if verdict.peers is not None:
        count, absent = verdict.peers["compared"], verdict.peers["not_shown_count"]
        yield (
            f"两半互指且相符 {count} 处，所指未出示 {absent} 处"
            if zh
            else (f"entries of the halves that name each other: {count} agree, {absent} name one that is not shown")
        )
    for stamp in verdict.stamps:
        yield (
            f"时间戳：{stamp['size']} 条，{stamp['time']}"
            if zh
            else f"time stamp: {stamp['size']} entries, {stamp['time']}"
        )
    for one in verdict.statements:
        yield _tell_statement(one, zh)
    for text in verdict.skipped:
        yield ("! 未核验：" if zh else "! not looked at: ") + say(text)
    for text in verdict.caveats:
        yield "! " + say(text)
    why = ("：" if zh else ": ") + say(verdict.why) if verdict.why is not None else ""
    yield f"{MARKS.get(verdict.word, '✗')} {say(SAID[verdict.word])}{why}"


KINDS = {"subject": Text("某人", "a person"), "operator": Text("某经办人", "an official")}


def _tell_statement(one: dict[str, Any], zh: bool) -> str:
    kind = KINDS.get(one["kind"], Text(visible(one["name"]), visible(one["name"])))
    if one["kind"] != "department" and not one["asked"]:
        kind = Text(f"{kind.zh}（属于谁未获证明）", f"{kind.en}, whose is not proven")
    months, entries = ", ".join(map(visible, one["months"])), ", ".join(map(str, one["entries"][:50]))
    count, size = len(one["entries"]), one["size"]
    if zh:
        return f"完整性说明核验通过（{one['file']}）：{kind.zh}，{months}，前 {size} 条中共 {count} 条：{entries}"
    return f"the statement of completeness holds ({one['file']}): {kind.en}, {months}, {count} of {size}: {entries}"


def _tell_half(half: Half, zh: bool) -> Iterator[str]:
    found = half.describe()
    rows: list[tuple[str, str, Any]] = [
        ("日志", "log", found["origin"]),
        ("检查点条目数", "checkpoint of", found["size"]),
        ("根", "root", found["root"]),
    ]
    for zh_name, en_name, keys in (("日志签名", "signed by", "signed_by"), ("见证", "cosigned by", "cosigned_by")):
        rows += [(zh_name, en_name, _tell_key(key)) for key in found[keys]]
    rows += [
        ("公钥来源", "keys from", ("由外部提供" if half.keys_given else "证据包自带") if zh else found["keys_from"]),
        ("条目", "entries", f"{found['entries']} ({found['indexes']})"),
        ("时间", "times", f"{found['first_time']} – {found['last_time']}"),
        ("阶段", "phases", ", ".join(f"{name} {count}" for name, count in found["phases"].items())),
    ]
    if half.older:
        rows.append(("旧检查点", "older checkpoints", ", ".join(map(str, found["older_checkpoints"]))))
    if half.opened:
        rows.append(("已开明文", "opened bodies", ", ".join(map(str, half.opened))))
    for zh_name, en_name, value in rows:
        yield f"{zh_name}：{value}" if zh else f"{en_name}: {value}"


def _tell_key(key: dict[str, str]) -> str:
    time = f", {key['time']}" if "time" in key else ""
    return f"{key['name']}+{key['key_id']} {key['algorithm']}{time}"


def tell_entries(wish: Wish, verdict: Verdict) -> Iterator[str]:
    """Yield a line an entry, with its time in UTC, and the texts that were opened."""
    bundle = Bundle(wish.bundle)
    opened = read_opened(bundle)
    places = [(bundle, ""), (Bundle(wish.peer), "") if wish.peer is not None else (bundle, "peer/")]
    for at, half in enumerate(verdict.halves):
        for index, entry in list_entries(*places[at], half):
            words = [visible(entry[name]) for name in SHOWN if entry.get(name)]
            time_s = int(entry.get("time_utc_us", 0)) / 1_000_000
            yield f"{visible(half.note.origin)} {index}  {spell_time(time_s)}  " + " ".join(words)
            if not at and index in opened:
                yield f"    {visible(opened[index][1].strip(), most=4000)}"


def main(arguments: Sequence[str] | None = None) -> int:
    """Verify the bundle that the command line names, and say so."""
    given = sys.argv[1:] if arguments is None else list(arguments)
    languages = find_languages(given, os.environ)
    options = make_parser(languages[0]).parse_args(given)
    wish = Wish(options.bundle, options.policy, options.peer, options.peer_policy, options.tsa, options.at_least)
    verdict = judge(wish)
    own = hashlib.sha256(Path(__file__).read_bytes()).hexdigest()
    if options.json:
        print(json.dumps({**verdict.describe(), "verifier_sha256": own}, ensure_ascii=True))
        return verdict.code
    if options.entries and verdict.halves:
        for line in tell_entries(wish, verdict):
            print(line)
    for language in languages:
        *lines, last = tell_verdict(verdict, language)
        name = "此核验程序的 SHA-256：" if language == "zh" else "SHA-256 of this verifier: "
        print("\n".join([*lines, name + own, last]))
    return verdict.code


if __name__ == "__main__":
    cast(io.TextIOWrapper, sys.stdout).reconfigure(errors="replace")  # a console may lack a sign, and ends nothing
    sys.exit(main())
