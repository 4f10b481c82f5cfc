"""The sentences of refusals and alarms in their pages, made from the tables of the code.

What a page says beyond the table, of whom a refusal reaches and of an alarm's subject, is written by hand and stays.
"""

from __future__ import annotations

import re
from typing import Final

from gateway.cli.language import Language
from gateway.cli.names import NAMES
from gateway.ground import alarms, refusals
from gateway.ground.alarms import Alarm, Severity
from gateway.ground.refusals import Reason

REFUSAL_ROWS: Final = {
    Language.EN: ("gRPC code", "fact", "next step", "who meets it"),
    Language.ZH: ("gRPC 状态码", "原因", "处理建议", "涉及对象"),
}
"""What the rows of a refusal's table are called; the last is written by hand."""


def refresh_refusals(page: str, language: Language) -> str:
    """Return the page on refusals with the rows of each table as the code has them.

    Raises:
        KeyError: a heading names a reason that does not exist.
        ValueError: a table has not exactly one row that is written by hand.
    """

    def write(found: re.Match[str]) -> str:
        reason = Reason[found["reason"]]
        sentence = refusals.TABLE[reason]
        code, fact, step, last = REFUSAL_ROWS[language]
        said = (sentence.zh, sentence.next_zh) if language is Language.ZH else (sentence.en, sentence.next_en)
        (by_hand,) = re.findall(rf"^\| {last} \|.*$", found["table"], re.MULTILINE)
        rows = [f"| {code} | `{sentence.code}` |", f"| {fact} | {said[0]} |", f"| {step} | {said[1]} |", by_hand]
        return "\n".join([f"### `{reason}`\n", "| | |", "|---|---|", *rows, ""])

    return re.sub(r"^### `(?P<reason>\w+)`\n\n(?P<table>(?:\|.*\n)+)", write, page, flags=re.MULTILINE)


def refresh_alarms(page: str, language: Language) -> str:
    """Return the page on alarms with each row of its table as the code has it, but for the subject.

    Raises:
        KeyError: a row names an alarm that does not exist.
    """

    def write(found: re.Match[str]) -> str:
        alarm = Alarm[found["alarm"]]
        sentence = alarms.TABLE[alarm]
        said = (sentence.zh, sentence.next_zh) if language is Language.ZH else (sentence.en, sentence.next_en)
        severity = f"`{sentence.severity}`"
        if language is Language.ZH:
            severity = f"{NAMES[Severity][sentence.severity].zh}（{severity}）"
        return f"| `{alarm}` | {severity} | {said[0]} | {said[1]} | {found['subject']} |"

    return re.sub(r"^\| `(?P<alarm>[A-Z_]+)` \|.*\| (?P<subject>[^|]+) \|$", write, page, flags=re.MULTILINE)
