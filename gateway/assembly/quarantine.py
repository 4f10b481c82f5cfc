"""Keeps the quarantine in one small file beside the settings, written whole and made durable before it counts."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Final

from gateway.ground.refusals import Reason, Refusal
from gateway.leakguard.quarantine import Quarantine
from gateway.telemetry.metrics import Metrics
from keys.durable import sync
from keys.files import read_text

FILE: Final = "quarantine.json"


class QuarantineInvalid(Exception):
    """The file of the quarantine cannot be read; the message names it."""


def open_quarantine(directory: Path) -> Quarantine:
    """Open the quarantine of a node; where there is no file, nothing is in it.

    Raises:
        QuarantineInvalid: the file is there and cannot be read; which items are safe is not known then.
    """
    path = directory / FILE
    codes = _read(path) if path.exists() else []

    def keep(codes: tuple[str, ...]) -> None:
        fresh = path.with_suffix(".new")
        with fresh.open("w", encoding="utf-8") as file:
            json.dump(codes, file)
            file.flush()
            os.fsync(file.fileno())
        # The point of no return: with the directory synced the item is out of service (or back in it) after any crash.
        # An error before it leaves the former file, and the caller refuses.
        fresh.replace(path)
        sync(directory)

    return Quarantine(codes, keep)


def _read(path: Path) -> list[str]:
    try:
        found: object = json.loads(read_text(path))
    except OSError as error:
        raise QuarantineInvalid(f"{path}: expected a readable file, found: {error.strerror}") from error
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, list) or not all(isinstance(code, str) for code in found):
        raise QuarantineInvalid(f"{path}: expected a list of item codes, found something else")
    return found


def lift(quarantine: Quarantine, metrics: Metrics, code: str) -> bool:
    """Put an item back into service; return whether the leak guard had taken it out.

    Raises:
        Refusal: INTERNAL, where that cannot be made durable; the item stays out of service.
    """
    try:
        lifted = quarantine.lift(code)
    except OSError as error:
        raise Refusal(Reason.INTERNAL, f"not durable: {error.strerror}") from error
    metrics.report_quarantine(code, False)
    return lifted
