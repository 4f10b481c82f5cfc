"""The keys of one log or of one witness in the course of time, each with the bounds of its validity.

A key of a log stands for the sizes of the checkpoints that it may sign, so that old proofs stay valid after a rotation
and an old key that leaks can sign nothing new. A witness's key stands for the seconds its cosignatures may bear.

A file of such keys has one C2SP vkey a line, those in force first; a line `# from <number>` or `# from <number> to
<number>` before a vkey bounds its validity, and a vkey without one is valid from 0 on. Programs that know no bounds
read the same file and pass over the lines that begin with #.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from keys.signer import Verifier, VkeyError
from keys.suite import ED25519_COSIGNING, ED25519_SHA256, ML_DSA_44_COSIGNING, Suite

MAX_KEYS: Final = 64
"""Most keys of one log or one witness, former ones included."""
LOG_SUITES: Final[tuple[Suite, ...]] = (ED25519_SHA256, ML_DSA_44_COSIGNING)
"""The suites of a log: it signs its receipts with the first alone, its stored checkpoints with both."""
WITNESS_SUITES: Final[tuple[Suite, ...]] = (ED25519_COSIGNING, ML_DSA_44_COSIGNING)
"""The suites with which a witness cosigns."""

_BOUNDS = re.compile(r"# from (0|[1-9][0-9]{0,18})(?: to (0|[1-9][0-9]{0,18}))?")


class KeyFileInvalid(ValueError):
    """The keys, or the bounds of their validity, are not in their form."""


@dataclass(frozen=True, slots=True)
class KeyValidity:
    """A public key and the numbers from `first` to `last` for which it stands; `last` is None while it is in force."""

    vkey: str
    first: int = 0
    last: int | None = None

    def covers(self, number: int) -> bool:
        """Tell whether the key stands for a size, or a second."""
        return self.first <= number and (self.last is None or number <= self.last)

    def verifier(self, suites: Sequence[Suite]) -> Verifier:
        """Return the key, of one of these suites.

        Raises:
            VkeyError: it is of none of them, or damaged.
        """
        for suite in suites:
            try:
                return Verifier.parse(self.vkey, suite)
            except VkeyError as error:
                found = error
        raise found

    def end(self, last: int) -> KeyValidity:
        """Return the validity with an end."""
        return KeyValidity(self.vkey, self.first, last)


def read_key_file(text: str) -> tuple[KeyValidity, ...]:
    """Read a file of keys; the keys themselves are not judged.

    Raises:
        KeyFileInvalid: a line has another form, there is no key, or there are too many.
    """
    found: list[KeyValidity] = []
    first, last = 0, None
    for line in (line.strip() for line in text.splitlines()):
        key = _BOUNDS.fullmatch(line)
        if key is not None:
            first, last = int(key[1]), int(key[2]) if key[2] else None
        elif line.startswith("#") or not line:
            continue
        else:
            found.append(KeyValidity(line, first, last))
            first, last = 0, None
    return _require_keys(found)


def write_key_file(keys: Iterable[KeyValidity]) -> str:
    """Return the text of a file of keys."""
    lines = []
    for key in keys:
        if key.first or key.last is not None:
            lines.append(f"# from {key.first}" + (f" to {key.last}" if key.last is not None else ""))
        lines.append(key.vkey)
    return "\n".join(lines) + "\n"


def parse_keys(raw: Sequence[Mapping[str, object]]) -> tuple[KeyValidity, ...]:
    """Read the keys of a trust bundle.

    Raises:
        KeyFileInvalid: as `read_key_file`.
    """
    found = []
    for one in raw:
        vkey, first, last = one.get("vkey"), one.get("first"), one.get("last")
        if isinstance(first, bool) or isinstance(last, bool) or len(one) != 3:
            raise _form_error()
        if not isinstance(vkey, str) or not isinstance(first, int) or not isinstance(last, int | None):
            raise _form_error()
        found.append(KeyValidity(vkey, first, last))
    return _require_keys(found)


def _form_error() -> KeyFileInvalid:
    return KeyFileInvalid("expected keys with vkey, first and last, found another form")


def select_in_force(keys: Sequence[KeyValidity], suite: Suite) -> Verifier:
    """Return the key of a suite that is in force; of several the first, while a new one is being introduced.

    Raises:
        KeyFileInvalid: there is none.
    """
    for key in keys:
        if key.last is None:
            try:
                return Verifier.parse(key.vkey, suite)
            except VkeyError:
                continue
    raise KeyFileInvalid(f"expected a key of {suite.name} in force, found none")


def _require_keys(keys: Sequence[KeyValidity]) -> tuple[KeyValidity, ...]:
    if not 0 < len(keys) <= MAX_KEYS:
        raise KeyFileInvalid(f"expected 1 to {MAX_KEYS} keys, found {len(keys)}")
    if len({key.vkey for key in keys}) != len(keys):
        raise KeyFileInvalid("expected each key once, found one twice")
    if any(key.first < 0 or (key.last is not None and key.last < key.first) for key in keys):
        raise KeyFileInvalid("expected terms that end after they begin, found another")
    return tuple(keys)
