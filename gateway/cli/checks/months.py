"""Checks that the secrets of the months that a node needs now are at hand, or can be made when it starts."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING

from gateway.cli.checks.files import can_write
from gateway.cli.checks.keys import report_key
from gateway.cli.screen import CheckFinding, report_doubt, report_right, report_wrong
from gateway.cli.times import spell_month
from gateway.ground.item import Label

if TYPE_CHECKING:
    from gateway.settings import Settings
    from keys.keystore import Passphrase


def check_months(settings: Settings, passphrase: Passphrase, now: datetime) -> Iterator[CheckFinding]:
    """Yield one finding for each month that the node needs at a time, and one if the next cannot be made in time."""
    from gateway.assembly.epoch_keys import epochs_in_use

    for name in epochs_in_use(int(now.timestamp() * 1_000_000)):
        yield _check_month(settings, passphrase, name)
    if not _can_make(settings):
        directory = settings.epochs_directory
        yield report_doubt(
            Label("今后各月的密钥", "the secrets of the months to come"),
            Label(f"{directory} 不可写", f"{directory} cannot be written"),
            Label(
                f"月末前使其可写，否则下月起停止服务（systemd：ReadWritePaths={directory}）",
                f"make it writable before this month ends, else the node stops (systemd: ReadWritePaths={directory})",
            ),
        )


def _can_make(settings: Settings) -> bool:
    directory = settings.epochs_directory
    return can_write(next(place for place in (directory, *directory.parents) if place.exists()))


def _check_month(settings: Settings, passphrase: Passphrase, name: str) -> CheckFinding:
    from keys.epochs import EpochSecrets
    from keys.keystore import KeystoreError

    subject = Label(f"{spell_month(name)}的密钥", f"the secret of the month {name}")
    secrets = EpochSecrets(settings.epochs_directory, passphrase)
    if name in secrets.names() + secrets.destroyed_names():
        try:
            secrets.load(name)
        except KeystoreError as error:
            return report_key(subject, error)
        return report_right(subject, "可用", "it opens")
    if _is_used(settings, name):
        return report_wrong(
            subject,
            Label("没有，但日志中有该月的记录", "none, but entries of the log need it"),
            Label(f"从备份恢复 {settings.epochs_directory}", f"restore {settings.epochs_directory} from its backup"),
        )
    if _can_make(settings):
        return report_right(subject, "尚无，节点启动时生成", "none yet: the node makes it")
    directory = settings.epochs_directory
    return report_wrong(
        subject,
        Label(f"没有，且 {directory} 不可写", f"none, and {directory} cannot be written"),
        Label(
            f"使其可写（systemd：ReadWritePaths={directory}），节点随即生成",
            f"make it writable (systemd: ReadWritePaths={directory}); the node then makes the secret",
        ),
    )


def _is_used(settings: Settings, name: str) -> bool:
    """Tell whether a body of the log is closed under a month's secret; no, where the log cannot be read."""
    from gateway.audit.storage.database import place_of
    from gateway.audit.storage.reader import LogReader
    from gateway.audit.storage.recovery import StoreInvalid

    try:
        with LogReader(place_of(settings)) as reader:
            return reader.has_epoch(name)
    except (StoreInvalid, OSError):
        return False
