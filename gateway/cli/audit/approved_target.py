"""The target of an act that needs two persons, as whoever signs states it: a person's is never on the command line.

Whoever signs as the second states it again, or reads it in the request; either way it is held against the digest that
is signed, so that nobody approves what is not known.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Final

import typer

from gateway.audit.entries.acts import DualControlAct
from gateway.cli.audit.pseudonym_token import read_token
from gateway.cli.audit.subject_number import read_number
from gateway.cli.screen import Problem
from gateway.ground.item import Label

EntryName = Annotated[
    str, typer.Option("--entry", help="条目，日志名称:序号，用于打开条目正文、还原假名。The entry, ORIGIN:INDEX.")
]
MonthName = Annotated[
    str,
    typer.Option("--month", help="月份，日志名称:YYYY-MM，用于销毁月份密钥，见其试运行。The month, as shred names it."),
]
EntriesName = Annotated[
    str,
    typer.Option(
        "--entries", help="条目范围，用于归档，照录其试运行所示。The range, as retain without --apply names it."
    ),
]
LimitsName = Annotated[
    str,
    typer.Option("--limits", help="限制，用于放宽，照录其试运行所示。The limits, as widen without --apply names them."),
]
EmergencyName = Annotated[
    str,
    typer.Option("--emergency", help="紧急使用，日志名称:编号，用于办结复核。The emergency, ORIGIN:NAME, to close it."),
]
OPTIONS: Final = {
    DualControlAct.SUBJECT_HISTORY: "--number-file",
    DualControlAct.OPEN_HISTORY: "--number-file",
    DualControlAct.OPEN_BODY: "--entry",
    DualControlAct.RECOVER_PSEUDONYM: "--entry --field --token-file",
    DualControlAct.RETAIN: "--entries",
    DualControlAct.SHRED: "--month",
    DualControlAct.WIDEN: "--limits",
    DualControlAct.CLOSE_EMERGENCY: "--emergency",
}
"""The option, or the options, by which each act's target is stated."""
_FORMS: Final = {
    DualControlAct.RETAIN: (
        re.compile(r"[^ :]+:[0-9]+-[0-9]+ years:[0-9]+"),
        Label(
            "日志名称:首条-末条 years:年数，见 chuanyu audit retain", "ORIGIN:FIRST-LAST years:N, as audit retain tells"
        ),
    ),
    DualControlAct.SHRED: (
        re.compile(r"[^ :]+:[0-9]{4}-[0-9]{2}"),
        Label(
            "日志名称:YYYY-MM：月份须写明是哪个日志的，见 chuanyu audit shred",
            "ORIGIN:YYYY-MM: two persons allow the month of one log, as chuanyu audit shred tells",
        ),
    ),
    DualControlAct.WIDEN: (
        re.compile(r"[^ :]+ years:[0-9]+ withheld:[a-z0-9,-]*"),
        Label(
            "日志名称 years:年数 withheld:场景，见 chuanyu audit widen",
            "ORIGIN years:N withheld:…, as audit widen tells",
        ),
    ),
    DualControlAct.CLOSE_EMERGENCY: (
        re.compile(r"[^ :]+:[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}"),
        Label("日志名称:编号，见 chuanyu audit emergencies", "ORIGIN:NAME, as chuanyu audit emergencies tells"),
    ),
}


@dataclass(frozen=True, slots=True)
class StatedTarget:
    """What the options of a command state; empty or None where an option was not given."""

    number: Path | None
    entry: str
    field: str
    token: Path | None
    month: str
    entries: str
    limits: str
    emergency: str = ""

    def states(self, act: DualControlAct) -> bool:
        """Return whether the target of an act is stated at all."""
        given = {
            DualControlAct.SUBJECT_HISTORY: self.number is not None,
            DualControlAct.OPEN_HISTORY: self.number is not None,
            DualControlAct.OPEN_BODY: bool(self.entry),
            DualControlAct.RECOVER_PSEUDONYM: bool(self.entry) or bool(self.field) or self.token is not None,
            DualControlAct.RETAIN: bool(self.entries),
            DualControlAct.SHRED: bool(self.month),
            DualControlAct.WIDEN: bool(self.limits),
            DualControlAct.CLOSE_EMERGENCY: bool(self.emergency),
        }
        return given[act]

    def read(self, act: DualControlAct) -> str:
        """Return the target in clear; raises Problem where it is not stated in its form."""
        from gateway.audit.entries.references import normalise

        if act in (DualControlAct.SUBJECT_HISTORY, DualControlAct.OPEN_HISTORY):
            return normalise(read_number(self.number))
        if act is DualControlAct.OPEN_BODY:
            return _read_entry_name(self.entry)
        if act is DualControlAct.RECOVER_PSEUDONYM:
            return self._read_pseudonym()
        text = {
            DualControlAct.RETAIN: self.entries,
            DualControlAct.SHRED: self.month,
            DualControlAct.WIDEN: self.limits,
            DualControlAct.CLOSE_EMERGENCY: self.emergency,
        }[act].strip()
        form, expected = _FORMS[act]
        if form.fullmatch(text) is None:
            raise _misuse(OPTIONS[act], text, expected)
        return text

    def _read_pseudonym(self) -> str:
        from gateway.services.pseudonyms import make_target

        origin, _, index = _read_entry_name(self.entry).rpartition(":")
        if not self.field:
            raise Problem(
                Label("没有 --field", "no --field"),
                Label("假名所在数据项", "the field of the pseudonym"),
                Label("用 --field 写明", "name it with --field"),
                exit_code=2,
            )
        return make_target(origin, int(index), self.field, read_token(self.token))


def _read_entry_name(text: str) -> str:
    origin, colon, index = text.rpartition(":")
    if not (origin and colon and index.isdecimal()):
        raise _misuse(
            "--entry", text, Label("日志名称:序号，见 chuanyu audit show", "ORIGIN:INDEX, as chuanyu audit show tells")
        )
    return f"{origin}:{int(index)}"


def _misuse(option: str, text: str, expected: Label) -> Problem:
    return Problem(
        Label(f"{option} 的值“{text[:80]}”写法不对", f"{option} does not take {text[:80]!r}"),
        expected,
        Label(f"改正 {option}", f"correct {option}"),
        exit_code=2,
    )
