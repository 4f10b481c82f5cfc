"""`chuanyu audit`: what a reviewer does with a node's audit log; one file a command.

They read the log on disk and never write to it, but for `migrate`; the node may be running.
"""

from __future__ import annotations

import typer

from gateway.cli.audit_consistency import consistency
from gateway.cli.audit_export import export
from gateway.cli.audit_prove import prove
from gateway.cli.audit_search import search
from gateway.cli.audit_show import show
from gateway.cli.audit_verify import migrate_log, verify

app = typer.Typer(
    no_args_is_help=True,
    help="审计日志：核验、查看、查找、证明、导出。The audit log: verify, show, search, prove, export.",
)
app.command("verify")(verify)
app.command("consistency")(consistency)
app.command("show")(show)
app.command("search")(search)
app.command("prove")(prove)
app.command("export")(export)
app.command("migrate")(migrate_log)
