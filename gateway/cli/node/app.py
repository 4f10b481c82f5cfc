"""`chuanyu node`: makes a node, checks it, runs it, asks how it is."""

from __future__ import annotations

import typer

from gateway.cli.node.check import check
from gateway.cli.node.init import init
from gateway.cli.node.keys import renew_witness, rotate_log
from gateway.cli.node.run import run
from gateway.cli.node.steward import lift, reload, status

app = typer.Typer(no_args_is_help=True, help="网关节点：建立、检查、运行。A gateway node: make, check and run it.")
app.command("init")(init)
app.command("check")(check)
app.command("run")(run)
app.command("status")(status)
app.command("reload")(reload)
app.command("rotate-log")(rotate_log)
app.command("renew-witness")(renew_witness)
app.command("lift")(lift)
