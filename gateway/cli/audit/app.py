"""`chuanyu audit`: what a reviewer does with a node's audit log; one file a command.

Most read the log on disk and never write to it, but for `migrate`; the node may be running. `person`, `official`,
`department`, `open` and `recover` ask the running node, which holds the keys and records who asked. `fetch` asks a
witness, and `watch` nodes and witnesses, from any machine.
"""

from __future__ import annotations

from typing import Final

from gateway.cli.commands import make_app

COMMANDS: Final = {
    "verify": "gateway.cli.audit.verify:verify",
    "consistency": "gateway.cli.audit.consistency:consistency",
    "fetch": "gateway.cli.audit.fetch:fetch",
    "watch": "gateway.cli.audit.watch:watch",
    "twin": "gateway.cli.audit.twin:twin",
    "show": "gateway.cli.audit.show:show",
    "search": "gateway.cli.audit.search:search",
    "stats": "gateway.cli.audit.stats:stats",
    "budget": "gateway.cli.audit.budget:budget",
    "prove": "gateway.cli.audit.prove:prove",
    "replay": "gateway.cli.audit.replay:replay",
    "reconcile": "gateway.cli.audit.reconcile:reconcile",
    "retain": "gateway.cli.audit.retain:retain",
    "archive": "gateway.cli.audit.archive:archive",
    "shred": "gateway.cli.audit.retain:shred",
    "widen": "gateway.cli.audit.widen:widen",
    "bundle": "gateway.cli.audit.bundle:bundle",
    "check-bundle": "gateway.cli.audit.check_bundle:check_bundle",
    "export": "gateway.cli.audit.export:export",
    "person": "gateway.cli.audit.person:person",
    "official": "gateway.cli.audit.official:official",
    "department": "gateway.cli.audit.official:department",
    "named": "gateway.cli.audit.named:named",
    "check-history": "gateway.cli.audit.named:check_history",
    "open": "gateway.cli.audit.open:open_entry",
    "recover": "gateway.cli.audit.recover:recover",
    "emergencies": "gateway.cli.audit.emergencies:emergencies",
    "close-emergency": "gateway.cli.audit.emergencies:close_emergency",
    "request": "gateway.cli.audit.approval:request",
    "approve": "gateway.cli.audit.approval:approve",
    "migrate": "gateway.cli.audit.verify:migrate_log",
}
"""The commands in the order of the help, and where each is found."""

app = make_app(
    COMMANDS,
    "审计日志：核验、查找、证明、导出、谁看过我的数据。The audit log: verify, search, prove, export, who looked.",
)
