"""The options by which a reviewer searches: `audit search`, and the times of `audit official`."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Annotated, Final

import typer

from gateway.audit.entries.entry import Phase as EntryPhase
from gateway.audit.entries.entry import Result
from gateway.audit.review.search import EVER_US, Criteria
from gateway.cli.choices import LoggedAction
from gateway.cli.screen import Problem
from gateway.cli.times import CHINA
from gateway.ground.item import Label
from gateway.ground.refusals import Reason

Since = Annotated[
    str,
    typer.Option(help="起始时间（含）：日期，或带时区的时间，如 2026-11-24。Not before: a day, or a time with offset."),
]
Until = Annotated[
    str, typer.Option(help="截止时间（不含）：日期，或带时区的时间。Before: a day, or a time with offset.")
]
RequestId = Annotated[str, typer.Option(help="请求编号。The exchange's request id.")]
Phase = Annotated[EntryPhase | None, typer.Option(help="条目所记的阶段。What the entry records.")]
Department = Annotated[str, typer.Option(help="需求部门。The asking department.")]
ItemCode = Annotated[str, typer.Option("--item", help="事项编码。The item's code.")]
Scene = Annotated[str, typer.Option(help="使用场景。The scene.")]
UseBasis = Annotated[str, typer.Option(help="使用依据。The use basis.")]
Decision = Annotated[Result | None, typer.Option("--result", help="处理结论。How it went.")]
ReasonCode = Annotated[
    Reason | None,
    typer.Option("--reason", metavar="REASON", help="拒绝原因，如 LEAK_BLOCKED。The reason of a refusal."),
]
Action = Annotated[LoggedAction | None, typer.Option(metavar="ACTION", help="动作，如 reload。What was done.")]
Actor = Annotated[str, typer.Option(help="行为人，即其证书中的身份。Who acted: the certificate's identity.")]

_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def read_moment_us(text: str, option: str) -> int:
    """Return a moment in microseconds since 1970.

    Raises:
        Problem: it is neither a day nor a time with an offset.
    """
    try:
        moment = datetime.fromisoformat(text)
        if _DAY.fullmatch(text):
            moment = moment.replace(tzinfo=CHINA)
        if moment.tzinfo is not None:
            return int(moment.astimezone(UTC).timestamp() * 1_000_000)
    except (ValueError, OverflowError):
        pass
    raise Problem(
        Label(f"{option} {text[:40]!r}", f"{option} {text[:40]!r}"),
        Label("日期或带时区的时间", "a day such as 2026-11-24, or a time such as 2026-11-24T08:00:00+08:00"),
        Label(f"改正 {option}", f"correct {option}"),
        exit_code=2,
    )


def make_criteria(
    *,
    since: str,
    until: str,
    request_id: str,
    phase: EntryPhase | None,
    department: str,
    item: str,
    scene: str,
    use_basis: str,
    result: Result | None,
    reason: Reason | None,
    action: LoggedAction | None,
    actor: str,
) -> Criteria:
    """Return the criteria of the options; raises Problem for what is no time."""
    return Criteria(
        since_us=read_moment_us(since, "--since") if since else 0,
        until_us=read_moment_us(until, "--until") if until else EVER_US,
        exchange_id=request_id,
        phase=str(phase or ""),
        department=department,
        item_code=item,
        scene=scene,
        use_basis=use_basis,
        result=str(result or ""),
        reason_code=str(reason or ""),
        action=str(action or ""),
        actor=actor,
    )
