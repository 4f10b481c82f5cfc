"""Every refusal of a listener that never became an exchange: always counted, and logged within bounds.

Rules: a metric for each, whatever happens; a line for each, until more come than a person reads: then lines are left
out, a few a second still stand, and the next one says how many are missing. A line names the listener, the caller's
address, and the identity in the caller's certificate as far as one was shown, whether or not it is believed.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable
from enum import StrEnum
from typing import Final

import structlog

from gateway.ground.evidence import Sender
from gateway.ground.refusals import Reason, Refusal
from gateway.telemetry.metrics import Metrics
from keys.certificate import name_holder

CALLER_BURST: Final = 20
CALLER_PER_SECOND: Final = 1 / 60
"""Lines of one identity at one address about one reason."""
BURST: Final = 200
PER_SECOND: Final = 20.0
"""Lines of one listener, from however many addresses."""
CALLERS: Final = 1024
"""Callers that are remembered; a forgotten one has its burst again, within that of the listener."""
METHOD_CHARACTERS: Final = 100
UNKNOWN: Final = "unknown"


class Listener(StrEnum):
    """Where a caller was refused."""

    GRPC = "grpc"
    LINK = "link"
    WITNESS = "witness"
    METRICS = "metrics"


class _Bucket:
    __slots__ = ("_burst", "_level", "_per_second", "_then")

    def __init__(self, per_second: float, burst: int, now: float) -> None:
        self._per_second, self._burst = per_second, float(burst)
        self._level, self._then = float(burst), now

    def take(self, now: float) -> bool:
        self._level = min(self._burst, self._level + (now - self._then) * self._per_second)
        self._then = now
        if self._level < 1:
            return False
        self._level -= 1
        return True


class Refusals:
    """Counts and logs the refusals of one node's listeners. One thread owns it."""

    def __init__(self, metrics: Metrics, now: Callable[[], float] = time.monotonic) -> None:
        """`now` gives seconds that only grow."""
        self._metrics = metrics
        self._now = now
        self._callers: OrderedDict[tuple[str, ...], _Bucket] = OrderedDict()
        self._listeners = {listener: _Bucket(PER_SECOND, BURST, now()) for listener in Listener}
        self._left_out = dict.fromkeys(Listener, 0)
        self._calls = structlog.get_logger("exchange")
        self._handshakes = structlog.get_logger("handshake")

    def turn_away(
        self, listener: Listener, method: str, sender: Sender, refusal: Refusal, *, identity: str = ""
    ) -> None:
        """Take note of a call or a request that was refused; one that is a defect is described by type and place.

        `identity` is the caller's where it is known otherwise than by the certificate.
        """
        self._metrics.count_turned_away(str(refusal.reason), str(listener))
        identity = identity or name_holder(sender.certificate_pem) or UNKNOWN
        if not self._is_told(listener, refusal.reason, sender.address, identity):
            return
        told = self._calls.error if refusal.reason is Reason.INTERNAL else self._calls.warning
        told(
            "call turned away",
            listener=str(listener),
            method=method[:METHOD_CHARACTERS],
            peer=sender.address,
            identity=identity,
            reason=str(refusal.reason),
            detail=refusal.detail,
            **self._missing(listener),
            **({"exc_info": refusal.__cause__} if refusal.reason is Reason.INTERNAL else {}),
        )

    def refuse_handshake(self, listener: Listener, reason: Reason, detail: str, address: str = UNKNOWN) -> None:
        """Take note of a connection that was refused before anything was asked over it."""
        self._metrics.count_handshake_refused(str(reason), str(listener))
        if self._is_told(listener, reason, address, UNKNOWN):
            self._handshakes.warning(
                "handshake refused",
                listener=str(listener),
                peer=address,
                reason=str(reason),
                detail=detail,
                **self._missing(listener),
            )

    def _is_told(self, listener: Listener, reason: Reason, address: str, identity: str) -> bool:
        now, key = self._now(), (str(listener), str(reason), address.rpartition(":")[0], identity)
        caller = self._callers.get(key)
        if caller is None:
            caller = self._callers[key] = _Bucket(CALLER_PER_SECOND, CALLER_BURST, now)
            if len(self._callers) > CALLERS:
                self._callers.popitem(last=False)
        self._callers.move_to_end(key)
        if caller.take(now) and self._listeners[listener].take(now):
            return True
        self._left_out[listener] += 1
        return False

    def _missing(self, listener: Listener) -> dict[str, int]:
        missing, self._left_out[listener] = self._left_out[listener], 0
        return {"left_out": missing} if missing else {}
