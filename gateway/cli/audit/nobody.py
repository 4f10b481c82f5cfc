"""What an answer that found nobody is told with: a mistyped department or official reads as if nothing had happened."""

from __future__ import annotations

import re
from collections.abc import Set
from typing import Final

from gateway.audit.review.completeness import History
from gateway.audit.review.whole import WholeLog
from gateway.audit.tlog.pairs import Kind
from gateway.cli.codes import find_nearest
from gateway.cli.names import list_department_codes
from gateway.ground.item import Label

_DEPARTMENT: Final = re.compile(rb'"consumer_department":"([^"\\]{1,200})"')


def list_departments(log: WholeLog) -> frozenset[str]:
    """Return the codes of all departments that the entries at hand name; raises EntryUnreadable."""
    found = {code for rows in log.rows(0, log.size) for _, _, octets in rows for code in _DEPARTMENT.findall(octets)}
    return frozenset(code.decode("utf-8", "replace") for code in found)


def describe_nobody(history: History, departments: Set[str] | None = None) -> Label | None:
    """Return what is to be known of a history in which nothing was found; None for a person's, and where there is.

    Args:
        history: the history.
        departments: the departments that the log names, where it is at hand.
    """
    if history.found or history.unseen or history.claim.kind is Kind.SUBJECT:
        return None
    if history.claim.kind is Kind.OPERATOR:
        return Label(
            "所问月份没有该经办人的条目：编号、单位或代称有误时，结果也是如此；可用 --known 以已知属于其本人的条目核对",
            "no entry of these months names the official; a mistyped number, unit or reference is answered alike: "
            "hold it against an entry known to be theirs with --known",
        )
    code, known = history.claim.name, list_department_codes()
    near = find_nearest(code, known | (departments or set())) if code not in known else []
    near_zh, near_en = (f"；最接近的是 {'、'.join(near)}", f"; nearest: {', '.join(near)}") if near else ("", "")
    if departments is not None and code not in departments:
        return Label(
            f"日志中没有部门 {code} 的条目{near_zh}", f"no entry of the log names the department {code}{near_en}"
        )
    return Label(
        f"所问月份没有部门 {code} 的条目：编码有误时，结果也是如此{near_zh}",
        f"no entry of these months names the department {code}; a mistyped code is answered alike{near_en}",
    )
