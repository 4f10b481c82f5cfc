"""The keys of the months: made before they are needed, never made again where entries or a destruction need the old."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import cast

import pytest

from gateway.assembly import epoch_keys as module
from gateway.assembly.epoch_keys import epochs_in_use, keep_epoch_keys, open_epoch_keys, take_epoch_key
from gateway.audit.entries.epochs import EpochKey, Epochs
from gateway.audit.storage.recovery import StoreInvalid
from gateway.audit.storage.store import Store
from gateway.ground.alarms import ActiveAlarm, Alarm, Alarms
from keys.epochs import EpochSecrets
from keys.keystore import KeystoreError, Passphrase


def at(year: int, month: int, day: int, second: int = 0) -> int:
    """A moment (UTC) in microseconds: a second after the beginning of a day, or before it."""
    return (int(datetime(year, month, day, tzinfo=UTC).timestamp()) + second) * 1_000_000


class FakeStore:
    """A log with bodies of some months."""

    def __init__(self, *months: str) -> None:
        self.months = months

    async def has_epoch(self, epoch: str) -> bool:
        """Whether there are bodies of a month."""
        return epoch in self.months


def store(*months: str) -> Store:
    """A log with bodies of some months."""
    return cast(Store, FakeStore(*months))


@pytest.fixture
def secrets(tmp_path: Path) -> EpochSecrets:
    """The secrets of a directory without any."""
    return EpochSecrets(tmp_path / "epochs", Passphrase(b"correct horse battery"))


async def test_a_secret_that_entries_need_is_never_made_anew(secrets: EpochSecrets) -> None:
    """Their bodies would stay closed for good; nothing is written."""
    with pytest.raises(StoreInvalid, match=r"month 2026-11, found none.*Restore keys/epochs"):
        await open_epoch_keys(secrets, store("2026-11"), at(2026, 11, 10))
    assert () == secrets.names()


async def test_a_secret_that_was_destroyed_is_never_made_anew(secrets: EpochSecrets) -> None:
    """Neither at the start nor later."""
    secrets.make("2026-11")
    secrets.destroy("2026-11")
    with pytest.raises(KeystoreError, match="destroyed"):
        await open_epoch_keys(secrets, store(), at(2026, 11, 10))
    epochs = Epochs({})
    with pytest.raises(KeystoreError, match="destroyed"):
        take_epoch_key(secrets, epochs, "2026-11")
    assert "2026-11" not in epochs


async def test_a_secret_that_cannot_be_read_stops_the_start(secrets: EpochSecrets, tmp_path: Path) -> None:
    """It is not replaced by a fresh one."""
    secrets.make("2026-11")
    path = tmp_path / "epochs" / "2026-11.secret"
    path.write_bytes(b"damaged")
    with pytest.raises(KeystoreError):
        await open_epoch_keys(secrets, store(), at(2026, 11, 10))
    assert b"damaged" == path.read_bytes()


async def test_the_secret_of_a_month_that_never_was_is_made_and_then_kept(secrets: EpochSecrets) -> None:
    """A second start reads the same one, also once entries need it."""
    first = await open_epoch_keys(secrets, store(), at(2026, 11, 10))
    assert ("2026-11",) == secrets.names() == tuple(first.names())
    again = await open_epoch_keys(secrets, store("2026-11"), at(2026, 11, 11))
    assert first.salt("2026-11") == again.salt("2026-11")


@pytest.mark.parametrize(
    ("now_us", "expected"),
    [
        (at(2026, 11, 24, -1), ("2026-11",)),
        (at(2026, 11, 24), ("2026-11", "2026-12")),
        (at(2026, 12, 1), ("2026-12",)),
        (at(2026, 12, 25), ("2026-12", "2027-01")),
    ],
)
def test_the_next_month_is_needed_seven_days_before_it_begins(now_us: int, expected: tuple[str, ...]) -> None:
    """The present one stands first."""
    assert expected == epochs_in_use(now_us)


MONTHS = ("2026-11", "2026-12")


class Rung:
    """What alarms tell, in order: the month, what was found, and whether it begins."""

    def __init__(self) -> None:
        self._told: asyncio.Queue[tuple[str, str, bool]] = asyncio.Queue()
        self.alarms = Alarms(self.take)

    def take(self, one: ActiveAlarm, begins: bool) -> None:
        """Take a change of an alarm."""
        assert Alarm.MONTH_KEY_MISSING is one.alarm
        self._told.put_nowait((one.subject, one.detail, begins))

    async def next(self) -> tuple[str, str, bool]:
        """Return the next change."""
        async with asyncio.timeout(10):
            return await self._told.get()


@asynccontextmanager
async def keeping(secrets: EpochSecrets, epochs: Epochs) -> AsyncIterator[Rung]:
    """Keep the keys of the months that are in use; give the alarms."""
    rung = Rung()
    task = asyncio.create_task(keep_epoch_keys(secrets, epochs, rung.alarms, 0))
    yield rung
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


def made(secrets: EpochSecrets) -> Epochs:
    """Make the secrets of two months and return their keys."""
    return Epochs({name: EpochKey.of(secrets.make(name)) for name in MONTHS})


async def test_a_month_whose_secret_fails_is_tried_again_and_holds_no_other_back(
    secrets: EpochSecrets, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The alarm rings once, names the month, and ends when the secret is at hand; the node goes on."""
    attempts: list[str] = []
    faults: list[Exception] = [
        OSError("disk full"),
        KeystoreError("no passphrase", "没有口令", ("give it", "给出口令")),
    ]

    def take(given: EpochSecrets, epochs: Epochs, name: str) -> None:
        attempts.append(name)
        if name == "2026-11" and faults:
            raise faults.pop(0)
        epochs.add(name, EpochKey.of(given.make(name)))

    monkeypatch.setattr(module, "take_epoch_key", take)
    monkeypatch.setattr(module, "epochs_in_use", lambda now_us: MONTHS)
    epochs = Epochs({})
    async with keeping(secrets, epochs) as rung:
        assert ("2026-11", "disk full", True) == await rung.next()
        assert ("2026-11", "no passphrase", False) == await rung.next()
    assert ["2026-11", "2026-12", "2026-11", "2026-11"] == attempts
    assert MONTHS == tuple(sorted(epochs.names()))


@pytest.mark.parametrize("name", MONTHS)
async def test_a_secret_that_goes_while_the_node_runs_rings_until_it_is_back(
    name: str, secrets: EpochSecrets, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The key in memory serves on, but no start would find it: nothing is made in its place."""
    monkeypatch.setattr(module, "epochs_in_use", lambda now_us: MONTHS)
    async with keeping(secrets, made(secrets)) as rung:
        path = secrets.directory / f"{name}.secret"
        kept = path.rename(path.with_suffix(".kept"))
        assert (name, f"{path} 不在 / is gone", True) == await rung.next()
        assert not path.exists()
        kept.rename(path)
        assert (name, f"{path} 不在 / is gone", False) == await rung.next()


async def test_a_month_that_is_over_rings_no_more(secrets: EpochSecrets, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is missing of the past is found by those who read it."""
    months = [*MONTHS]
    monkeypatch.setattr(module, "epochs_in_use", lambda now_us: tuple(months))
    async with keeping(secrets, made(secrets)) as rung:
        secrets.destroy("2026-11")
        assert ("2026-11", True) == (await rung.next())[::2]
        months.remove("2026-11")
        assert ("2026-11", False) == (await rung.next())[::2]
