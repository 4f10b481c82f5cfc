"""Reads the whole log again and again, slowly, and compares every stored byte with what was signed.

A bit that flips in an entry that nobody reads would else be found by the auditor. Off the event loop, by a reader of
its own, at a bounded rate, so that no exchange waits for it.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Sequence
from typing import Final

from gateway.audit.storage.database import LogPlace
from gateway.audit.tlog.note import NoteVerifier
from gateway.audit.verification.fault import VerificationFault
from gateway.audit.verification.verify import LogVerdict, Stage, verify_log

RATE: Final = 5_000
"""Entries a second: a million takes three minutes and a half, and two hundredths of a core."""
PAUSE_SECONDS: Final = 6 * 3600.0
"""From the end of one pass to the beginning of the next."""


class _Ended(Exception):
    pass


class Scrub:
    """Passes over one log until cancelled. `notify_verdict` takes the verdict of each pass.

    `keys` gives, for each pass anew, the keys of the log and those of its witnesses.
    """

    def __init__(
        self,
        place: LogPlace,
        keys: Callable[[], tuple[Sequence[NoteVerifier], Sequence[NoteVerifier]]],
        notify_verdict: Callable[[LogVerdict], None],
        *,
        rate: float = RATE,
        pause_seconds: float = PAUSE_SECONDS,
    ) -> None:
        self._place = place
        self._keys = keys
        self._notify_verdict = notify_verdict
        self._rate = rate
        self._pause = pause_seconds
        self._ending = threading.Event()

    async def run(self) -> None:
        """Pass, report, pause, for ever; a pass that is cancelled ends within a moment and is not reported."""
        try:
            while True:
                verdict = await asyncio.to_thread(self._pass)
                if (
                    verdict is not None and verdict.faults
                ):  # a key may have turned: only a fault that is found twice counts
                    verdict = await asyncio.to_thread(self._pass)
                if verdict is not None:
                    self._notify_verdict(verdict)
                await asyncio.sleep(self._pause)
        finally:
            self._ending.set()

    def _pass(self) -> LogVerdict | None:
        begun = time.monotonic()

        def slowly(done: int, total: int) -> None:
            ahead = done / self._rate - (time.monotonic() - begun)
            if self._ending.wait(max(ahead, 0.0)):
                raise _Ended

        try:
            own, witnesses = self._keys()
            return verify_log(self._place, own, witnesses=witnesses, progress=slowly, stages=(Stage.INTEGRITY,))
        except _Ended:
            return None
        except Exception as error:  # whatever it is, somebody must be told, and the next pass begins
            return LogVerdict(
                "", 0, b"", 0, 0, (), (VerificationFault("database", -1, f"{type(error).__name__}: {error}"),)
            )
