"""`chuanyu budget`: how many persons are left to each budget of a node. It reads the node's log, which may run."""

from __future__ import annotations

import time

from gateway.assembly.budgets import batch_bounds, single_bounds
from gateway.cli.audit.budget import count, describe, describe_span, show_table
from gateway.cli.audit.log import Directory
from gateway.cli.audit.whole import open_whole
from gateway.cli.commands import make_app
from gateway.cli.own_log import load_node_settings
from gateway.cli.screen import AsJson, write_json

app = make_app(
    {"show": "gateway.cli.budget:show"},
    "查阅人数限额：可以查阅多少名持卡人。Budgets of persons: how many may be looked at.",
)


def show(directory: Directory, as_json: AsJson = False) -> None:
    """列出当日和当月已查阅的人数、限额和恢复时间。
    List how many persons were looked at today and this month, the limits, and when they reset.
    """
    settings = load_node_settings(directory)
    bounds = single_bounds(settings), batch_bounds(settings)
    with open_whole(directory, None) as log:
        counting = count(log, time.time_ns() // 1_000, shown=not as_json)
        size = log.size
    found = [*counting]
    if as_json:
        described = [describe(used, bounds[used.scope.batch]) for used in found]
        write_json({"size": size, **describe_span(counting.span), "budgets": described})
    else:
        show_table(found, counting.span, bounds)
