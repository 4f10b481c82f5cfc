"""`chuanyu doctor`: looks at the machine and, with a node's settings, at what is around the node."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gateway.cli.screen import AsJson, Finding, show_findings
from gateway.cli.settings_file import findings_of
from gateway.item import Label

if TYPE_CHECKING:
    from gateway.settings import Settings

app = typer.Typer()


@app.command()
def doctor(
    config: Annotated[
        Path | None, typer.Option("--config", help="节点配置文件。A node's settings file; else the machine alone.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """诊断。Look at the machine, the peers and the platform, and say what to do about what is wrong."""
    from gateway.cli.machine import look
    from gateway.settings import Settings, SettingsError

    findings = look()
    if config is not None:
        try:
            settings = Settings.load(config)
        except SettingsError as error:
            findings += findings_of(error.faults)
        else:
            findings += judge_surroundings(settings, datetime.now(UTC))
    if not show_findings(findings, title=Label("诊断", "diagnosis"), as_json=as_json):
        raise typer.Exit(1)


def judge_surroundings(settings: Settings, now: datetime) -> Iterator[Finding]:
    """Yield what is around a node: disk, ports, clocks as the node saw them, peers, platform."""
    from gateway.cli.checks_clocks import check_clocks
    from gateway.cli.checks_keys import open_passphrase
    from gateway.cli.checks_peers import check_peers, check_platform
    from gateway.cli.log_driver import check_driver
    from gateway.cli.machine import look_at_node

    yield from look_at_node(settings)
    yield from check_driver(settings)
    yield from check_clocks(settings)
    finding, passphrase = open_passphrase(settings)
    if passphrase is None:
        yield finding
    else:
        yield from check_peers(settings, passphrase, now)
    yield check_platform(settings)
