"""Looks of synthetic persons."""

from __future__ import annotations

from datetime import datetime
from hashlib import sha256

from gateway.budgets.periods import CHINA
from gateway.ground.looks import Look

PERSON = 16
"""Bytes of a person's reference."""


def at(day: int, hour: int = 10, minute: int = 0, *, month: int = 12) -> int:
    """A moment of 2026 in China, in microseconds."""
    return int(datetime(2026, month, day, hour, minute, tzinfo=CHINA).timestamp()) * 1_000_000


def persons(*numbers: int) -> bytes:
    """The references of these persons end to end."""
    return b"".join(sha256(b"%d" % number).digest()[:PERSON] for number in numbers)


def look(
    *numbers: int,
    time_us: int | None = None,
    batch: bool = False,
    asking: str = "500000",
    department: str = "cq-hrss",
    item: str = "CY-ID-01",
    operators: tuple[str, ...] = ("a" * 32,),
    applications: tuple[str, ...] = ("b" * 32,),
) -> Look:
    """A question of Chongqing to Sichuan about these persons."""
    return Look(
        time_us=at(2) if time_us is None else time_us,
        batch=batch,
        asking=asking,
        provider="510000",
        department=department,
        item=item,
        operators=operators,
        applications=applications,
        tokens=persons(*numbers),
    )
