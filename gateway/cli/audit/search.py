"""`chuanyu audit search`: entries by time, department, item, scene, purpose, decision, reason, request id or actor."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Annotated, Final

import typer

from gateway.audit.entries.entry import Entry, Phase, Result
from gateway.audit.review.search import FoundEntry
from gateway.cli.audit import window
from gateway.cli.audit.absent import find_absent, show_absent
from gateway.cli.audit.log import Directory
from gateway.cli.audit.whole import NOT_WHOLE, ArchivesDirectory, describe_missing, open_whole, show_missing
from gateway.cli.choices import LoggedAction
from gateway.cli.items.named import name_item
from gateway.cli.language import word
from gateway.cli.names import name_department, name_of, name_over_code, shorten_identity
from gateway.cli.screen import AsJson, make_console, write_json
from gateway.cli.table import show_table
from gateway.cli.times import show_microseconds
from gateway.ground.refusals import Reason

Limit = Annotated[int, typer.Option(min=1, max=100_000, help="最多条数。The most entries.")]


def search(
    directory: Directory,
    since: window.Since = "",
    until: window.Until = "",
    request_id: window.RequestId = "",
    phase: window.Phase = None,
    department: window.Department = "",
    item: window.ItemCode = "",
    scene: window.Scene = "",
    use_basis: window.UseBasis = "",
    result: window.Decision = None,
    reason: window.ReasonCode = None,
    action: window.Action = None,
    actor: window.Actor = "",
    archives: ArchivesDirectory = None,
    limit: Limit = 100,
    as_json: AsJson = False,
) -> None:
    """查找符合全部条件的条目，包括已移入归档的。
    Find entries, archived ones too; every criterion that is given must hold.
    """
    from gateway.audit.review.search import search_whole

    criteria = window.make_criteria(
        since=since, until=until, request_id=request_id, phase=phase, department=department, item=item, scene=scene,
        use_basis=use_basis, result=result, reason=reason, action=action, actor=actor,
    )  # fmt: skip
    with open_whole(directory, archives) as log:
        found = list(search_whole(log, criteria, limit=limit))
        absent = (
            {}
            if found
            else find_absent(log, directory, department=department, item=item, scene=scene, use_basis=use_basis)
        )
    if as_json:
        entries = [{"index": one.index, "leaf_hash": one.leaf_hash.hex(), **one.entry.fields} for one in found]
        write_json(
            {
                "size": log.size,
                "found": len(found),
                "limited": len(found) == limit,
                **describe_missing(log),
                "absent": absent,
                "entries": entries,
            }
        )
    else:
        title = word(f"找到 {len(found)} 条，共 {log.size} 条", f"{len(found)} of {log.size} entries found")
        show_entries(found, title=title, limited=len(found) == limit)
        show_absent(absent)
        show_missing(log)
    if log.missing:
        raise typer.Exit(NOT_WHOLE)


_DIGEST: Final = re.compile(r"\b([0-9a-f]{16})[0-9a-f]{48}\b")


def _say_why(entry: Entry) -> list[str]:
    reason = entry.text("reason_code")
    return name_over_code(Reason, reason).split("\n") if reason else [name_of(LoggedAction, entry.text("action"))]


def _say_subject(entry: Entry) -> str:
    """Return what an act was done to, digests in short; of documents, the act by which they come into force."""
    subject = _DIGEST.sub(r"\1…", entry.text("subject"))
    return name_of(LoggedAction, subject) if entry.text("action") == LoggedAction.DOCUMENTS else subject


def _list_cells(one: FoundEntry) -> tuple[Sequence[str], ...]:
    entry = one.entry
    who = name_department(entry.text("consumer_department")) or entry.text("actor")
    what = name_item(entry.text("item_code")) or _say_subject(entry)
    said = [shorten_identity(text) for text in (who, what, *_say_why(entry)) if text]
    return (
        (str(one.index),),
        (show_microseconds(entry.number("time_utc_us"), zone=False),),
        (name_of(Phase, entry.phase), name_of(Result, entry.text("result"))),
        tuple(dict.fromkeys(said)),
    )


def show_entries(found: Sequence[FoundEntry], *, title: str, limited: bool) -> None:
    """Show entries as a table that a person can read, under a title in the language of the run."""
    heads = (
        (word("序号", "index"),),
        (word("北京时间", "Beijing time"),),
        (word("阶段与结论", "phase, result"),),
        (word("部门、事项与原因", "department, item, why"),),
    )
    show_table(title, heads, map(_list_cells, found))
    if limited:
        make_console().print(
            "[yellow]![/] "
            + word("可能还有更多，用 --limit 或 --since 继续", "there may be more: see --limit, --since")
        )
