"""How a checked history is shown: its entries, under which checkpoint, by whose keys, what is missing, the verdict.

It ends with one of three answers: complete and proven; proven but not complete, with the months that are missing; not
proven, with why. One that contradicts itself was refused before.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

import typer

from gateway.audit.entries.entry import Entry, Phase, Result
from gateway.audit.review.completeness import History
from gateway.audit.review.history import is_withheld
from gateway.audit.review.statement import NONE
from gateway.audit.review.statement_entries import ProvenEntry
from gateway.audit.tlog.pairs import Kind
from gateway.audit.verification.backing import Lack
from gateway.audit.verification.conclusion import Verdict
from gateway.cli.audit.histories import Answer
from gateway.cli.audit.opened_history import Inputs, describe_inputs, show_opened
from gateway.cli.items.named import name_fields, name_item, name_scene
from gateway.cli.language import say, sign, word
from gateway.cli.names import name_department, name_of, name_over_code
from gateway.cli.screen import describe_label, make_console, quote, write_json
from gateway.cli.table import show_table
from gateway.cli.times import CHINA, show_microseconds, show_time
from gateway.ground.item import Label
from gateway.ground.refusals import Reason

NOT_WHOLE: Final = 3
"""The exit code of a history that is not proven, or not complete: nothing contradicts it."""
_LACKS: Final = {
    Lack.NO_KEY: Label("未给出此日志的公钥（--vkey 或 --policy）", "no key of this log was given: --vkey or --policy"),
    Lack.NOT_SIGNED: Label("检查点没有所给日志公钥的签名", "the checkpoint bears no signature of the log's key given"),
    Lack.QUORUM_MISSING: Label(
        "检查点没有足够的见证签名", "the checkpoint bears too few cosignatures of the witnesses given"
    ),
}
_NOT_WHOSE: Final = Label(
    "说明中没有查阅操作的条目，任何人都能作出这样的说明，代称属于谁无从证明",
    "the statement shows no act of a question: anybody can make one like it, nothing shows whose the references are",
)
_HELD: Final = {
    Kind.SUBJECT: Label(
        "仍凭节点所述：该人各月的代称。已记入本次查阅的条目，可用 --known 以已知属于该人的条目核对",
        "on the node's word: the person's token of each month. This reading's own entry bears it; "
        "hold it against an entry known to be the person's with --known",
    ),
    Kind.OPERATOR: Label(
        "仍凭节点所述：该经办人各月的代称，可用 --known 以已知属于该人的条目核对",
        "on the node's word: the official's token of each month; hold it against an entry known to be theirs: --known",
    ),
    Kind.DEPARTMENT: None,
}
_TITLES: Final = {
    Kind.SUBJECT: Label("谁看过我的数据", "who looked at my data"),
    Kind.OPERATOR: Label("该经办人的全部条目", "all that the official did"),
    Kind.DEPARTMENT: Label("该部门的全部条目", "all that the department did"),
}


def finish(
    answer: Answer,
    *,
    for_person: bool = False,
    opened: Mapping[str, Inputs] | None = None,
    beyond: int | None = None,
    nobody: Label | None = None,
    own_reference: bool = False,
    as_json: bool = False,
) -> None:
    """Show an answer, with the bodies that were opened, by exchange; end with 3 where it is not proven or complete.

    `beyond` entries of the log that was read stand after the checkpoint, of which nothing is said; None for a node.
    `nobody` is what is to be known where nothing was found.
    `own_reference` says that the reader himself named the reference of whom it is about.
    """
    history = answer.history
    lack = _find_lack(answer, own_reference=own_reference)
    scenes = frozenset(history.claim.withheld_scenes)
    held = [one for one in history.found if is_withheld(one.entry, scenes)]
    shown = [one for one in history.found if one not in held] if for_person else list(history.found)
    if as_json:
        after: dict[str, object] = {} if beyond is None else {"entries_after_checkpoint": beyond}
        after["nobody"] = None if nobody is None else describe_label(nobody)
        write_json({**_describe(answer, lack, shown, len(held), opened), **after})
    else:
        said = [*_say_beyond(beyond or 0), *([] if nobody is None else ["[yellow]![/] " + quote(say(nobody))])]
        _show(answer, lack, shown, len(held), opened, said)
    if lack is not None or not history.complete:
        raise typer.Exit(NOT_WHOLE)


def _find_lack(answer: Answer, *, own_reference: bool) -> Label | None:
    """Return why an answer is not proven; None where it is."""
    if answer.backing.lack is not None:
        return _LACKS[answer.backing.lack]
    return None if own_reference or answer.history.names_whose else _NOT_WHOSE


def _describe(
    answer: Answer,
    lack: Label | None,
    shown: Sequence[ProvenEntry],
    withheld: int,
    opened: Mapping[str, Inputs] | None,
) -> dict[str, object]:
    history, backing = answer.history, answer.backing
    held = _find_held(history)
    return {
        "kind": history.claim.kind.name.lower(),
        "entries": [{"index": one.index, **describe_entry(one.entry), **describe_inputs(one, opened)} for one in shown],
        "counts": count_entries(shown),
        "withheld": withheld,
        "complete": history.complete and lack is None,
        "verdict": backing.verdict if lack is None else Verdict.UNPROVEN,
        "why": None if lack is None else describe_label(lack),
        "size": history.checkpoint.size,
        "origin": history.checkpoint.origin,
        "witnesses": {name: _spell(time_s) for name, time_s in sorted(backing.witnesses.items())},
        "keys_from": {"log": answer.keys.log_from.en, "witnesses": answer.keys.witnesses_from.en},
        "months": list(history.months),
        "lost_months": list(history.claim.lost),
        "log_begins": history.begins or None,
        "before_log": list(history.before_log),
        "archived_months": list(history.archived_months),
        "archived_entries": list(history.unseen),
        "sealed": history.sealed,
        "proofs": history.segments,
        "act": None if history.claim.act == NONE else history.claim.act,
        "on_the_nodes_word": [] if held is None else [describe_label(held)],
        "checkpoint": history.claim.checkpoint.decode(),
    }


def describe_entry(entry: Entry) -> dict[str, object]:
    """Return what a person may read of one entry: its time, department, purpose and result."""
    return {
        "time": datetime.fromtimestamp(entry.number("time_utc_us") / 1e6, CHINA).isoformat(timespec="seconds"),
        "phase": str(entry.phase),
        "action": entry.text("action"),
        "department": entry.text("consumer_department"),
        "item": entry.text("item_code"),
        "scene": entry.text("scene"),
        "use_basis": entry.text("use_basis"),
        "fields": list(entry.names("fields")),
        "result": entry.text("result"),
        "reason": entry.text("reason_code"),
    }


def _spell(time_s: int) -> str:
    return datetime.fromtimestamp(time_s, UTC).isoformat()


def count_entries(shown: Iterable[ProvenEntry]) -> dict[str, Any]:
    """Return how many entries there are of each phase, and how many refusals of each reason."""
    phases = Counter(str(one.entry.phase) for one in shown)
    reasons = Counter(one.entry.text("reason_code") for one in shown if one.entry.phase is Phase.REFUSAL)
    return {"phases": dict(sorted(phases.items())), "refusals": dict(sorted(reasons.items()))}


def _show(
    answer: Answer,
    lack: Label | None,
    shown: Sequence[ProvenEntry],
    withheld: int,
    opened: Mapping[str, Inputs] | None,
    said: Iterable[str],
) -> None:
    screen = make_console()
    show_table(say(_TITLES[answer.history.claim.kind]), _list_heads(), map(_list_cells, shown))
    if opened is not None:
        show_opened(shown, opened)
    if shown:
        screen.print(_say_counts(shown), soft_wrap=True)
    if withheld:
        screen.print(word(f"依法可不予告知：{withheld} 条", f"may be withheld by law: {withheld}"))
    for line in (*_say_reach(answer), *_say_missing(answer.history), *said, _say_verdict(answer, lack)):
        screen.print(line, soft_wrap=True)


def _say_beyond(beyond: int) -> Iterator[str]:
    if beyond:
        yield "[yellow]![/] " + word(
            f"该检查点之后另有 {beyond:,} 条，未在核验之列，其中可能有该对象的条目",
            f"not covered: {beyond:,} entries after this checkpoint, which may name them too",
        )


def _list_heads() -> tuple[tuple[str, ...], ...]:
    return (
        (word("序号", "index"),),
        (word("北京时间", "Beijing time"),),
        (word("阶段与结论", "phase, result"),),
        (word("部门、事项与原因", "department, item, why"),),
    )


def _list_cells(one: ProvenEntry) -> tuple[tuple[str, ...], ...]:
    """Return the cells of an entry: who asked for what, in which scene, which fields, and why it was refused."""
    entry, reason = one.entry, one.entry.text("reason_code")
    told = (
        name_department(entry.text("consumer_department")) or entry.text("actor").rpartition("/")[2],
        name_item(entry.text("item_code")),
        name_scene(entry.text("item_code"), entry.text("scene")),
        name_fields(entry.text("item_code"), entry.names("fields")),
        *(name_over_code(Reason, reason).split("\n") if reason else ()),
    )
    return (
        (str(one.index),),
        (show_microseconds(entry.number("time_utc_us"), zone=False),),
        (name_of(Phase, entry.phase), name_of(Result, entry.text("result"))),
        tuple(filter(None, told)),
    )


def _say_counts(shown: Sequence[ProvenEntry]) -> str:
    """Say how many entries there are of each phase, and how many refusals of each reason."""
    counts = count_entries(shown)
    phases = sign("、", ", ").join(f"{name_of(Phase, phase)} {count}" for phase, count in counts["phases"].items())
    said = word(f"共 {len(shown)} 条：", f"entries {len(shown)}: ") + phases
    if counts["refusals"]:
        reasons = sign("；", "; ").join(
            f"{name_of(Reason, reason)} × {count}" for reason, count in counts["refusals"].items()
        )
        said += word("。拒绝原因：", ". Refusals: ") + reasons
    return quote(said)


def _say_reach(answer: Answer) -> Iterator[str]:
    """Say under which checkpoint it is, by whom, by keys from where, and what was checked for it."""
    history, backing = answer.history, answer.backing
    size = history.checkpoint.size
    origin = quote(history.checkpoint.origin)
    yield word(f"检查点 {size:,} 条，日志 {origin}", f"checkpoint of {size:,} entries, log {origin}")
    for name, time_s in sorted(backing.witnesses.items()):
        at = show_time(datetime.fromtimestamp(time_s, UTC))
        yield word(f"见证方 {quote(name)}，{at}", f"cosigned by {quote(name)}, {at}")
    log, witnesses = answer.keys.log_from, answer.keys.witnesses_from
    if answer.keys.log:
        zh = f"日志公钥{log.zh}，见证方公钥{witnesses.zh}"
        yield word(zh, f"keys: of the log {log.en}, of witnesses {witnesses.en}")
    months = sign("、", ", ").join(history.months) or "-"
    yield word(f"所答月份：{quote(months)}", f"months answered: {quote(months)}")
    proofs, read = history.segments, size - history.sealed
    yield word(
        f"已核验：{proofs:,} 个封存段的证明，另逐条读过封存之后的 {read:,} 条",
        f"checked: {proofs:,} proofs of sealed segments, and each of the {read:,} entries after the last seal",
    )
    held = _find_held(history)
    if held is not None:
        yield "[yellow]![/] " + quote(say(held))


def _find_held(history: History) -> Label | None:
    """Return what the answer rests on besides keys; without an act nothing says whose references these are."""
    if history.act is not None or history.claim.kind is not Kind.OPERATOR:
        return _HELD[history.claim.kind]
    listed = ", ".join(f"{month} {token.hex()}" for month, token in sorted(history.claim.tokens.items()))
    return Label(
        f"没有查阅操作的条目，只就所列代称而言，代称属于谁无从证明：{listed}",
        f"without the act of a question: of these references alone, and nothing shows whose they are: {listed}",
    )


def _say_missing(history: History) -> Iterator[str]:
    for months, zh, en in (
        (
            history.before_log,
            f"早于本日志的月份，日志自 {history.begins} 起才有记录",
            f"months before this log, which names nobody before {history.begins}",
        ),
        (
            tuple(month for month in history.claim.lost if month not in history.before_log),
            "密钥已销毁或不在，无法回答的月份",
            "months that cannot be answered, their keys being gone",
        ),
        (
            history.archived_months,
            "条目已归档、归档不在手边，答复不完整的月份",
            "months not answered in full, their entries lying in archives that are not at hand",
        ),
    ):
        if months:
            listed = quote(sign("、", ", ").join(months))
            yield "[yellow]![/] " + word(f"{zh}：{listed}", f"{en}: {listed}")
    if history.unseen:
        listed = sign("、", ", ").join(map(str, history.unseen[:20])) + (" …" if len(history.unseen) > 20 else "")
        yield "[yellow]![/] " + word(
            f"已归档而未显示的条目：{listed}", f"entries of theirs that lie in archives: {listed}"
        )


def _say_verdict(answer: Answer, lack: Label | None) -> str:
    history, backing = answer.history, answer.backing
    if lack is not None:
        return "[red]✗[/] " + word(f"未获证明：{lack.zh}", f"not proven: {lack.en}")
    last = history.checkpoint.size - 1
    by = (
        Label("已证明，且有见证", "proven and witnessed")
        if backing.verdict is Verdict.WITNESSED
        else Label("仅由日志自身密钥证明", "proven by the log's key alone")
    )
    if not history.complete:
        return "[yellow]![/] " + word(
            f"其余月份至条目 {last:,} 无遗漏：{by.zh}",
            f"of the other months this is all, up to entry {last:,}: {by.en}",
        )
    return "[green]✓[/] " + word(f"以上即全部，至条目 {last:,}：{by.zh}", f"this is all, up to entry {last:,}: {by.en}")
