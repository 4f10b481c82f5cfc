"""The options by which a reviewer searches, and the one way in which a range of time or of months is read.

Every range is inclusive: `--until` a day means the whole of that day, `--until` a time the whole of that second. A
range that ends before it begins is refused: an empty answer would read as if nothing had happened.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
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

Since = Annotated[str, typer.Option(help="起始时间（含），如 2026-11-24。From: a day, or a time with offset.")]
Until = Annotated[
    str,
    typer.Option(
        help="截止时间（含当日或该秒），日期或带时区的时间。Up to and including: a day, or a time with offset."
    ),
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
Action = Annotated[LoggedAction | None, typer.Option(metavar="ACTION", help="操作，如 reload。What was done.")]
Actor = Annotated[str, typer.Option(help="操作人，即其证书中的身份。Who acted: the certificate's identity.")]

_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_MONTH: Final = re.compile(r"[0-9]{4}-(0[1-9]|1[0-2])")


_SECOND: Final = timedelta(seconds=1)


def read_moment_us(text: str, option: str) -> int:
    """Return the beginning of a day or second in microseconds since 1970.

    Raises:
        Problem: it is neither a day nor a time with an offset.
    """
    return _count_us(_read_moment(text, option)[0])


def read_window_us(since: str, until: str) -> tuple[int, int]:
    """Return the first moment of a range and the first after it, in microseconds since 1970; an empty text is no bound.

    Raises:
        Problem: one is neither a day nor a time with an offset, or the range ends before it begins.
    """
    first = read_moment_us(since, "--since") if since else 0
    end = EVER_US
    if until:
        moment, length = _read_moment(until, "--until")
        end = _count_us(moment) + length // timedelta(microseconds=1)
    if end <= first:
        raise describe_reversed(f"--since {since[:40]} --until {until[:40]}", "--since", "--until")
    return first, end


def require_months(since: str, until: str) -> None:
    """Require two months, `YYYY-MM`, of which the last is not before the first; raises Problem."""
    for option, text in (("--since", since), ("--until", until)):
        if not _MONTH.fullmatch(text):
            raise Problem(
                Label(f"{option} 的值“{text[:40]}”", f"{option} {text[:40]!r}"),
                Label("月份 YYYY-MM", "a month as YYYY-MM"),
                Label(f"改正 {option}", f"correct {option}"),
                exit_code=2,
            )
    if until < since:
        raise describe_reversed(f"--since {since} --until {until}", "--since", "--until")


def describe_reversed(found: str, first: str, last: str) -> Problem:
    """Return the problem of a range that ends before it begins."""
    return Problem(
        Label(found, found),
        Label(f"{last} 不早于 {first}（均含）", f"{last} not before {first}; both are included"),
        Label(f"对调或改正 {first} 与 {last}", f"exchange or correct {first} and {last}"),
        exit_code=2,
    )


def _count_us(moment: datetime) -> int:
    return int(moment.timestamp()) * 1_000_000 + moment.microsecond


def _read_moment(text: str, option: str) -> tuple[datetime, timedelta]:
    """Return when a day or a second begins, and how long it is; a time with a fraction is one microsecond."""
    try:
        moment = datetime.fromisoformat(text)
        length = timedelta(microseconds=1) if moment.microsecond else _SECOND
        if _DAY.fullmatch(text):
            moment, length = moment.replace(tzinfo=CHINA), timedelta(days=1)
        if moment.tzinfo is not None:
            moment = moment.astimezone(UTC)
            return moment, length
    except (ValueError, OverflowError):
        pass
    raise Problem(
        Label(f"{option} 的值“{text[:40]}”", f"{option} {text[:40]!r}"),
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
    """Return the criteria of the options; raises Problem for what is no time, or a range that ends first."""
    first_us, end_us = read_window_us(since, until)
    return Criteria(
        since_us=first_us,
        until_us=end_us,
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
