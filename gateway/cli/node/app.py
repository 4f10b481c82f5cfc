"""`chuanyu node`: makes a node, checks it, runs it, asks how it is."""

from __future__ import annotations

from typing import Final

from gateway.cli.commands import make_app

COMMANDS: Final = {
    "init": "gateway.cli.node.init:init",
    "check": "gateway.cli.node.check:check",
    "run": "gateway.cli.node.run:run",
    "status": "gateway.cli.node.steward:status",
    "reload": "gateway.cli.node.steward:reload",
    "rotate-log": "gateway.cli.node.keys:rotate_log",
    "renew-witness": "gateway.cli.node.keys:renew_witness",
    "witnessed": "gateway.cli.node.witnessed:witnessed",
    "lift": "gateway.cli.node.steward:lift",
}
"""The commands in the order of the help, and where each is found."""

app = make_app(COMMANDS, "网关节点：建立、检查、运行。A gateway node: make, check and run it.")
