"""`chuanyu audit`: what a reviewer does with a node's audit log; one file a command.

Most read the log on disk and never write to it, but for `migrate`; the node may be running. `person`, `official`,
`open` and `recover` ask the running node, which holds the keys and records who asked.
"""

from __future__ import annotations

import typer

from gateway.cli.audit.approval import approve, request
from gateway.cli.audit.bundle import bundle
from gateway.cli.audit.consistency import consistency
from gateway.cli.audit.export import export
from gateway.cli.audit.open import open_entry
from gateway.cli.audit.person import official, person
from gateway.cli.audit.prove import prove
from gateway.cli.audit.reconcile import reconcile
from gateway.cli.audit.recover import recover
from gateway.cli.audit.replay import replay
from gateway.cli.audit.retain import archive, retain, shred
from gateway.cli.audit.search import search
from gateway.cli.audit.show import show
from gateway.cli.audit.twin import twin
from gateway.cli.audit.verify import migrate_log, verify

app = typer.Typer(
    no_args_is_help=True,
    help="审计日志：核验、查找、证明、导出、谁看过我的数据。The audit log: verify, search, prove, export, who looked.",
)
app.command("verify")(verify)
app.command("consistency")(consistency)
app.command("twin")(twin)
app.command("show")(show)
app.command("search")(search)
app.command("prove")(prove)
app.command("replay")(replay)
app.command("reconcile")(reconcile)
app.command("retain")(retain)
app.command("archive")(archive)
app.command("shred")(shred)
app.command("bundle")(bundle)
app.command("export")(export)
app.command("person")(person)
app.command("official")(official)
app.command("open")(open_entry)
app.command("recover")(recover)
app.command("request")(request)
app.command("approve")(approve)
app.command("migrate")(migrate_log)
