"""`chuanyu node check`: judges everything that a node needs to start, and says what to do about what is wrong."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from gateway.cli.choices import PlatformKind
from gateway.cli.names import NAMES
from gateway.cli.screen import AsJson, CheckFinding, CheckStatus, report_error, report_right, show_findings
from gateway.cli.settings_file import ConfigFile, report_faults
from gateway.ground.item import Label

if TYPE_CHECKING:
    from gateway.settings import Settings


def check(config: ConfigFile, as_json: AsJson = False) -> None:
    """检查节点的配置、文件、密钥、证书、信任、事项目录、脱敏方案和审计日志。
    Judge settings, files, keys, certificate, trust, catalogue, masks and audit log.
    """
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
    from gateway.cli.checks.log import check_log, check_waiting_acts, check_witness
    from gateway.cli.checks.months import check_months
    from gateway.cli.checks.parts import Part, run_parts
    from gateway.cli.checks.trust import check_trust
    from gateway.cli.machine import look_at_ports

    finding, passphrase = open_passphrase(settings)
    parts: list[Part] = [
        (Label("文件", "the files"), lambda: check_files(config, settings)),
        (Label("磁盘空间", "the disk"), lambda: _check_disk(settings)),
        (Label("密钥口令", "the passphrase of the keys"), lambda: [finding]),
    ]
    if passphrase is not None:
        parts += [
            (Label("密钥", "the keys"), lambda: check_keys(settings, passphrase)),
            (Label("节点证书", "the node's certificate"), lambda: check_certificate(settings, passphrase, now)),
            (Label("各月的密钥", "the secrets of the months"), lambda: check_months(settings, passphrase, now)),
        ]
    parts += [
        (Label("信任", "the trust"), lambda: check_trust(settings, now)),
        (Label("审计日志", "the audit log"), lambda: check_log(settings)),
        (Label("等待见证方确认的操作", "the acts that wait"), lambda: check_waiting_acts(settings)),
        (Label("见证", "the witness"), lambda: check_witness(settings)),
        (Label("事项与授权", "the catalogue"), lambda: check_catalogue(settings, passphrase, now)),
        (Label("文件与日志所载编号", "the documents' numbers"), lambda: check_documents(settings, now)),
        (Label("平台适配器", "the platform's adapter"), lambda: [_check_platform(settings)]),
        (Label("端口", "the ports"), lambda: look_at_ports(settings)),
    ]
    yield from run_parts(parts)


def _check_disk(settings: Settings) -> Iterator[CheckFinding]:
    """Yield the room of the disk where a node could not start on it."""
    from gateway.cli.machine import look_at_disk

    finding = look_at_disk(settings)
    if finding.status is CheckStatus.WRONG:
        yield finding


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
    kind = settings.platform.kind
    named = NAMES[PlatformKind].get(kind, Label(kind, kind))
    return report_right(subject, f"{named.zh}可打开", f"{named.en} opens")
