"""The words of a verification: the verdict, how far it reaches, by whose keys, why it is no better; and the JSON."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Final

from gateway.audit.entries.entry import Phase
from gateway.audit.verification.conclusion import Conclusion, Finding, Ground, Verdict
from gateway.audit.verification.fault import VerificationFault
from gateway.audit.verification.verify import LogVerdict
from gateway.cli.audit.log import REMEDY
from gateway.cli.audit.trusted import Keys, describe_source, say_source
from gateway.cli.details import put_detail
from gateway.cli.language import lines_of, say, word
from gateway.cli.names import name_of
from gateway.cli.screen import NEXT, describe_label, make_console, print_under, quote
from gateway.cli.times import show_time
from gateway.ground.item import Label

VERDICTS: Final = {
    Verdict.WITNESSED: Label("已证明，且有见证", "proven and witnessed"),
    Verdict.SIGNED: Label("仅由日志自身密钥证明", "proven by the log's key alone"),
    Verdict.UNPROVEN: Label("未获证明", "not proven"),
    Verdict.ALTERED: Label("已被改动，日志核验不通过", "altered: the log does not hold"),
}
_GROUNDS: Final = {
    Ground.NO_CHECKPOINT: Label("没有检查点：条目 {span} 无签名", "no checkpoint: nothing signs {span}"),
    Ground.OTHER_KEY: Label(
        "所给公钥未签过此日志：检查点由 {names} 签名", "no key given signed this log: its checkpoints are by {names}"
    ),
    Ground.UNSIGNED: Label(
        "最近检查点之后的条目 {span} 早于两秒或时间在将来，无签名",
        "nothing signs {span}, older than two seconds or from the future",
    ),
    Ground.WITNESS_MISSING: Label("约定的见证方从未签名：{names}", "a promised witness has cosigned nothing: {names}"),
    Ground.QUORUM_MISSING: Label(
        "没有一个检查点有所给见证方足够的见证签名", "no checkpoint bears enough cosignatures of the witnesses given"
    ),
    Ground.TIME_APART: Label(
        "与前一条相隔一年以上：首条与末条为 {span}", "more than a year from the one before, first and last: {span}"
    ),
    Ground.DESTROYED_EARLY: Label(
        "归档或销毁早于日志获见证的时间所允许：首条与末条为 {span}",
        "retained or shredded before the log's witnessed time allows, first and last: {span}",
    ),
    Ground.UNAPPROVED: Label(
        "须经两人批准的操作未注明批准：首条与末条为 {span}",
        "acts that need two persons name no approval, first and last: {span}",
    ),
    Ground.TAKEN_UP: Label(
        "启动时接续了未签名的条目 {names}，记于条目 {span}：节点被终止前一秒所写，或他人追加",
        "a start took up unsigned {names}, as {span} say: a killed node's last second, or added by somebody",
    ),
    Ground.RESTORED: Label("曾从备份恢复：首条与末条为 {span}", "restored from a backup, first and last: {span}"),
    Ground.BY_KEY_ALONE: Label("条目 {span} 尚无见证，仅由日志自身密钥证明", "by the log's key alone so far: {span}"),
}
_RUN: Final = Label(
    "运行节点，由其约每秒签名一次并取得见证，再核验；若仍如此，即与对方核对",
    "run the node, which signs about every second, and verify again; if it stays so, compare with the other province",
)
_KEY: Final = Label(
    "核对公钥是否属于此日志；若是，则日志已以他人密钥全部重签：保留磁盘原样，与对方持有的回执和检查点核对",
    "check that the key is this log's; if it is, all was signed anew by another: keep the disk as it is, and compare "
    "with the receipts and checkpoints that others hold",
)
_STEPS: Final = {
    Ground.NO_CHECKPOINT: _RUN,
    Ground.OTHER_KEY: _KEY,
    Ground.UNSIGNED: _RUN,
    Ground.WITNESS_MISSING: Label(
        "与见证方联系，用其公钥 --witness-key 再核验", "ask the witness, verify again with its keys: --witness-key"
    ),
}
_COMPARE: Final = Label(
    "与对方持有的回执和检查点核对：chuanyu audit reconcile、audit consistency",
    "compare with the receipts and checkpoints that others hold: chuanyu audit reconcile, audit consistency",
)


def describe_finding(finding: Finding) -> Label:
    """Return a finding in words."""
    label = _GROUNDS[finding.ground]
    span = "-" if finding.first < 0 else f"{finding.first}"
    if finding.last != finding.first:
        span += f"-{finding.last}"
    names = ", ".join(finding.names)
    return Label(label.zh.format(span=span, names=names), label.en.format(span=f"entries {span}", names=names))


def describe_faults(verdict: LogVerdict) -> dict[str, object]:
    """Return what was found in a log, for JSON."""
    return {
        "holds": verdict.holds,
        "origin": verdict.origin,
        "size": verdict.size,
        "root": verdict.root.hex(),
        "checkpoints": verdict.checkpoints,
        "pruned": verdict.pruned,
        "phases": dict(verdict.phases),
        "faults": [
            {
                "place": fault.place,
                "index": fault.index,
                "detail": fault.detail,
                "next": describe_label(_find_step(fault)),
            }
            for fault in verdict.faults
        ],
    }


def describe_conclusion(verdict: LogVerdict, conclusion: Conclusion, keys: Keys) -> dict[str, object]:
    """Return what was found and what is proven, for JSON."""
    return describe_faults(verdict) | {
        "holds": conclusion.holds,
        "verdict": conclusion.verdict,
        "signed_to": conclusion.signed_to,
        "witnessed_to": conclusion.witnessed_to,
        "witnesses": list(conclusion.witnesses),
        "keys_from": describe_source(keys),
        "reasons": [_describe(one) for one in conclusion.reasons],
        "notes": [_describe(one) for one in conclusion.notes],
        "not_covered": list(conclusion.not_covered),
    }


def _describe(finding: Finding) -> dict[str, object]:
    described = {"code": finding.ground, "first": finding.first, "last": finding.last, "names": list(finding.names)}
    return described | {"detail": describe_label(describe_finding(finding))}


def _find_step(fault: VerificationFault) -> Label:
    """Return what to do about a fault."""
    return _KEY if fault.keys else REMEDY


def show_faults(verdict: LogVerdict) -> None:
    """Show what was found in a log, a line each."""
    screen = make_console()
    screen.print(f"[bold]{word('审计日志核验', 'audit log')}[/]")
    print_under(word("日志", "origin"), [verdict.origin])
    print_under(word("已核验条目", "entries verified"), [f"{verdict.size:,}"])
    print_under(word("根", "root"), [verdict.root.hex()])
    print_under(word("检查点", "checkpoints"), [f"{verdict.checkpoints:,}"])
    if verdict.pruned:
        print_under(word("已归档，仅核验散列", "archived, hashes verified"), [f"{verdict.pruned:,}"])
    for phase, count in verdict.phases:
        print_under(word(f"阶段“{name_of(Phase, phase)}”", f"phase {phase}"), [f"{count:,}"])
    show_faults_found(verdict.faults)


_PLACES: Final = {
    "entry": "第 {} 条", "checkpoint": "检查点 {}", "tile": "哈希块 {}", "tiles": "哈希块", "seal": "封存 {}",
    "pairs": "封存对 {}", "body": "明文 {}", "wrap": "封装密钥 {}", "end": "日志末尾", "retention": "归档",
    "table": "表 {}", "index": "索引 {}", "view": "视图 {}", "relation": "关系 {}", "trigger": "触发器 {}",
    "rule": "规则 {}", "policy": "行级策略 {}", "constraint": "约束 {}", "database": "数据库",
    "heir": "继承表 {}", "function": "函数 {}", "object": "对象 {}",
}  # fmt: skip
"""What the places of a fault are called in Chinese, by the first word of their names."""


def _name_place(place: str) -> Label:
    """Return where a fault is: the names of places are the program's own, in English."""
    kind, _, which = place.partition(" ")
    return Label(_PLACES[kind].format(which).strip(), place) if kind in _PLACES else Label(place, place)


def show_faults_found(faults: Iterable[VerificationFault]) -> None:
    """Show where each fault of a log is, what was found there, and the next step."""
    for fault in faults:
        print_under(f"[red]{word('位置', 'place')}[/]", [say(_name_place(fault.place))])
        print_under(f"[red]{word('问题', 'found')}[/]", [say(put_detail(fault.detail))])
        print_under(say(NEXT), lines_of(_find_step(fault)))


def show_conclusion(verdict: LogVerdict, conclusion: Conclusion, keys: Keys) -> None:
    """Show what is proven, up to which entry, by whom, by keys from where, and why it is no better."""
    screen = make_console()
    mark = "[green]✓[/] " if conclusion.holds else "[red]✗[/] "
    screen.print(mark + say(VERDICTS[conclusion.verdict]), soft_wrap=True)
    if conclusion.verdict is Verdict.ALTERED:
        return
    for line in _say_reach(verdict, conclusion, keys):
        screen.print(line, soft_wrap=True)
    for finding in conclusion.reasons:
        screen.print("[red]✗[/] " + quote(say(describe_finding(finding))), soft_wrap=True)
        screen.print("  " + say(NEXT) + word("：", ": ") + say(_STEPS.get(finding.ground, _COMPARE)), soft_wrap=True)
    for finding in conclusion.notes:
        screen.print("[yellow]![/] " + quote(say(describe_finding(finding))), soft_wrap=True)
    if conclusion.holds and conclusion.witnessed_to and not keys.trusted.from_outside:
        zh = "见证方公钥取自日志旁，不能证明有见证；从见证方取得后用 --witness-key 给出"
        en = "keys of witnesses beside the log do not show that it is witnessed: give theirs with --witness-key"
        screen.print("[yellow]![/] " + word(zh, en), soft_wrap=True)


def _say_reach(verdict: LogVerdict, conclusion: Conclusion, keys: Keys) -> tuple[str, ...]:
    """Return how far the log is signed, how far witnessed, and where the keys come from, a line each."""
    signed, seen = conclusion.signed_to, conclusion.witnessed_to
    lines = [word(f"已签名至 {signed:,} 条", f"signed up to {signed:,}")]
    if seen:
        by = quote(", ".join(conclusion.witnesses))
        at = show_time(datetime.fromtimestamp(verdict.signatures.witnessed_s, UTC))
        lines.append(word(f"已见证至 {seen:,} 条，{at}", f"witnessed up to {seen:,}, {at}"))
        lines.append(word(f"见证方：{by}", f"witnesses: {by}"))
    else:
        lines.append(word("无见证", "witnessed by nobody"))
    return (*lines, say_source(keys))
