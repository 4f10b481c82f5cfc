"""`chuanyu doctor`: looks at the machine and, with a node's settings, at what is around the node."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gateway.cli.details import put_detail
from gateway.cli.node.check import judge_node
from gateway.cli.screen import AsJson, CheckFinding, report_doubt, report_right, show_findings
from gateway.cli.settings_file import report_faults
from gateway.ground.item import Label

if TYPE_CHECKING:
    from gateway.settings import Settings
    from keys.keystore import Passphrase


def doctor(
    config: Annotated[
        Path | None,
        typer.Option(
            "--config", help="节点配置文件；不给则只检查本机。A node's settings file; else the machine alone."
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """检查本机、对方和平台，并说明有问题的如何处理。
    Look at the machine, the peers and the platform, and say what to do about what is wrong.
    """
    from gateway.cli.machine import look_at_machine
    from gateway.settings import Settings, SettingsError

    findings = look_at_machine()
    if config is not None:
        try:
            settings = Settings.load(config)
        except SettingsError as error:
            findings += report_faults(error.faults)
        else:
            now = datetime.now(UTC)
            findings += judge_node(config, settings, now)
            findings += judge_surroundings(settings, now)
    if not show_findings(findings, title=Label("诊断", "diagnosis"), as_json=as_json):
        raise typer.Exit(1)


def judge_surroundings(settings: Settings, now: datetime) -> Iterator[CheckFinding]:
    """Yield the findings around a node: disk, lag and clocks by a running node's metrics, peers, platform."""
    from gateway.cli.checks.parts import run_parts
    from gateway.cli.checks.peers import check_platform
    from gateway.cli.machine import look_at_disk

    yield from run_parts(
        [
            (Label("磁盘空间", "the disk"), lambda: [look_at_disk(settings)]),
            (Label("节点与对方", "the node and its peers"), lambda: _judge_links(settings, now)),
            (Label("本方平台", "our own platform"), lambda: [check_platform(settings)]),
        ]
    )


def _judge_links(settings: Settings, now: datetime) -> Iterator[CheckFinding]:
    """Yield what needs our own key and certificate: the running node's metrics, and each peer."""
    from gateway.cli.checks.peers import check_peers
    from keys.keystore import KeystoreError, Passphrase
    from keys.rotation import load_certified_key

    try:
        passphrase = Passphrase.read(settings.keys.passphrase_file)
        load_certified_key(settings.tls_key_path, settings.tls_certificate_path, passphrase)
    except KeystoreError as error:
        yield report_doubt(
            Label("运行中的节点与对方", "the running node and its peers"),
            Label(
                f"未检查，因本节点的密钥或证书不可用：{error.zh}",
                f"not looked at, since our own pair fails: {error}",
            ),
            Label(f"先处理：{error.remedy_zh}", f"first do this: {error.remedy}"),
        )
        return
    yield from judge_running(settings, passphrase)
    yield from check_peers(settings, passphrase, now)


def judge_running(settings: Settings, passphrase: Passphrase) -> Iterator[CheckFinding]:
    """Yield findings by the metrics of the node that runs here: its witnesses' lag and its peers' clocks."""
    from gateway.cli.checks.clocks import check_clocks
    from gateway.cli.checks.own_metrics import read_metrics
    from gateway.cli.checks.witnesses import check_lag

    subject = Label("运行中节点的指标", "the metrics of the running node")
    try:
        metrics = read_metrics(settings, passphrase)
        yield report_right(subject, "双向 TLS 可读", "read over mutual TLS")
    except OSError as error:
        metrics = ""
        why = str(error) or type(error).__name__
        remedy = Label(
            "启动节点，或核对 metrics_port 与证书", "start the node, or check metrics_port and its certificate"
        )
        yield report_doubt(subject, Label(f"读不到：{put_detail(error).zh}", f"not read: {why}"), remedy)
    yield from check_lag(settings, metrics)
    yield from check_clocks(settings, metrics)
