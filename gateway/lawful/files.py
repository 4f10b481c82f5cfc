"""The consents of a node on disk: one file each, written whole and durable before it counts, named by its digest.

A file holds the nonce, by which a person could be found among all numbers: it is readable by its owner alone. What a
file says is held to the log when the node starts: nothing that is put here by hand or put back allows anything.
"""

from __future__ import annotations

import os
from base64 import b64decode, b64encode
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import orjson
import structlog

from gateway.lawful.consents import MOST, HeldConsent
from keys.consent import MAX_FILE, NONCE_BYTES, ConsentInvalid, read
from keys.durable import sync
from keys.files import read_file

_MAX_BYTES: Final = 2 * MAX_FILE
_FLAGS: Final = ("withdrawn", "recorded", "told")


class ConsentFiles:
    """The directory of one node's consents. All calls block on the disk."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def read(self) -> Iterator[HeldConsent]:
        """Yield what is held; a file that is none is left where it is, and allows nothing.

        Raises:
            OSError: the directory cannot be read.
        """
        self._directory.mkdir(mode=0o700, exist_ok=True)
        for path in sorted(self._directory.glob("*.json"))[:MOST]:
            try:
                held = _decode(read_file(path, _MAX_BYTES))
                if self._path(held) != path:
                    raise ConsentInvalid("expected the name of the file to be the digest of its record, found another")
            except (ConsentInvalid, OSError) as error:
                structlog.get_logger("node").error("consent not read", file=path.name, why=str(error))
                continue
            yield held

    def write(self, held: HeldConsent) -> None:
        """Make the state of a consent durable; raises OSError."""
        path = self._path(held)
        fresh = path.with_suffix(".new")
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(_encode(held))
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(path)  # the point of no return: whole before or whole after, whatever ends the process
        sync(self._directory)

    def remove(self, held: HeldConsent) -> None:
        """Remove a consent that is over; raises OSError."""
        self._path(held).unlink(missing_ok=True)

    def _path(self, held: HeldConsent) -> Path:
        return self._directory / f"{held.digest}.json"


def _encode(held: HeldConsent) -> bytes:
    file = {
        "consent": held.signed.octets().decode(),
        "nonce": b64encode(held.nonce).decode(),
        **{flag: getattr(held, flag) for flag in _FLAGS},
    }
    return orjson.dumps(file)


def _decode(octets: bytes) -> HeldConsent:
    try:
        file = orjson.loads(octets)
        signed, nonce = read(file["consent"].encode()), b64decode(file["nonce"], validate=True)
        flags = [file[flag] for flag in _FLAGS]
    except (ValueError, TypeError, KeyError, AttributeError):
        raise ConsentInvalid("expected a held consent, found another form") from None
    if len(nonce) != NONCE_BYTES or not all(type(flag) is bool for flag in flags):
        raise ConsentInvalid("expected a held consent, found another form")
    return HeldConsent(signed, nonce, *flags)
