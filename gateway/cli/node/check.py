"""`chuanyu node check`: judges everything that a node needs to start, and says what to do about what is wrong."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from gateway.cli.screen import AsJson, CheckFinding, report_error, report_right, show_findings
from gateway.cli.settings_file import ConfigFile, report_faults
from gateway.ground.item import Label

if TYPE_CHECKING:
    from gateway.settings import Settings


def check(config: ConfigFile, as_json: AsJson = False) -> None:
    """检查节点。Judge settings, files, keys, certificate, trust, catalogue, masks and audit log."""
    from gateway.settings import Settings, SettingsError

    title = Label("节点检查", "the node's check")
    try:
        settings = Settings.load(config)
    except SettingsError as error:
        findings = report_faults(error.faults)
    else:
        findings = list(judge_node(config, settings, datetime.now(UTC)))
    if not show_findings(findings, title=title, as_json=as_json):
        raise typer.Exit(1)


def judge_node(config: Path, settings: Settings, now: datetime) -> Iterator[CheckFinding]:
    """Yield all findings, in the order in which a node starts; a broken part does not hide the others."""
    from gateway.cli.checks.catalogue import check_catalogue
    from gateway.cli.checks.documents import check_documents
    from gateway.cli.checks.files import check_files
    from gateway.cli.checks.keys import check_certificate, check_keys, open_passphrase
    from gateway.cli.checks.log import check_log, check_witness
    from gateway.cli.checks.trust import check_trust

    yield from check_files(config, settings)
    finding, passphrase = open_passphrase(settings)
    yield finding
    if passphrase is not None:
        yield from check_keys(settings, passphrase)
        yield from check_certificate(settings, passphrase, now)
    yield from check_trust(settings, now)
    yield from check_log(settings)
    yield from check_witness(settings)
    yield from check_catalogue(settings, passphrase, now)
    yield from check_documents(settings, now)
    yield _check_platform(settings)


def _check_platform(settings: Settings) -> CheckFinding:
    """Open the adapter from its options, which reads files and asks nobody."""
    import asyncio

    from gateway.assembly.build import open_platform

    subject = Label("平台适配器", "the platform's adapter")
    try:
        platform = open_platform(settings)
    except ValueError as error:
        remedy = Label("改正 [platform.options]", "correct [platform.options]")
        return report_error(subject, error, remedy)
    asyncio.run(platform.close())
    return report_right(subject, f"{settings.platform.kind} 可打开", f"{settings.platform.kind} opens")
