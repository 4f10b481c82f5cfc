"""The keys of one log or of one witness in the course of time, each with the term for which it stands.

A key of a log stands for the sizes of the checkpoints that it may sign, so that old proofs stay valid after a rotation
and an old key that leaks can sign nothing new. A witness's key stands for the seconds its cosignatures may bear.

A file of such keys has one C2SP vkey a line, those in force first; a line `# from <number>` or `# from <number> to
<number>` before a vkey is its term, and a vkey without one stands from 0 on. Programs that know no terms read the same
file and pass the lines that begin with # over.
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
"""What a log signs with: its receipts with the first alone, its stored checkpoints with both."""
WITNESS_SUITES: Final[tuple[Suite, ...]] = (ED25519_COSIGNING, ML_DSA_44_COSIGNING)
"""What a witness cosigns with."""

_TERM = re.compile(r"# from (0|[1-9][0-9]{0,18})(?: to (0|[1-9][0-9]{0,18}))?")


class TermsInvalid(ValueError):
    """The keys, or the terms for which they stand, are not in their form."""


@dataclass(frozen=True, slots=True)
class KeyTerm:
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

    def closed(self, last: int) -> KeyTerm:
        """Return the term as it ends."""
        return KeyTerm(self.vkey, self.first, last)


def read_terms(text: str) -> tuple[KeyTerm, ...]:
    """Read a file of keys; the keys themselves are not judged.

    Raises:
        TermsInvalid: a line has another form, there is no key, or there are too many.
    """
    found: list[KeyTerm] = []
    first, last = 0, None
    for line in (line.strip() for line in text.splitlines()):
        term = _TERM.fullmatch(line)
        if term is not None:
            first, last = int(term[1]), int(term[2]) if term[2] else None
        elif line.startswith("#") or not line:
            continue
        else:
            found.append(KeyTerm(line, first, last))
            first, last = 0, None
    return _checked(found)


def write_terms(terms: Iterable[KeyTerm]) -> str:
    """Return the text of a file of keys."""
    lines = []
    for term in terms:
        if term.first or term.last is not None:
            lines.append(f"# from {term.first}" + (f" to {term.last}" if term.last is not None else ""))
        lines.append(term.vkey)
    return "\n".join(lines) + "\n"


def terms_of(raw: Sequence[Mapping[str, object]]) -> tuple[KeyTerm, ...]:
    """Read the keys of a trust bundle.

    Raises:
        TermsInvalid: as `read_terms`.
    """
    found = []
    for one in raw:
        vkey, first, last = one.get("vkey"), one.get("first"), one.get("last")
        if isinstance(first, bool) or isinstance(last, bool) or len(one) != 3:
            raise _malformed()
        if not isinstance(vkey, str) or not isinstance(first, int) or not isinstance(last, int | None):
            raise _malformed()
        found.append(KeyTerm(vkey, first, last))
    return _checked(found)


def _malformed() -> TermsInvalid:
    return TermsInvalid("expected keys with vkey, first and last, found another form")


def in_force(terms: Sequence[KeyTerm], suite: Suite) -> Verifier:
    """Return the key of a suite that is in force; of several the first, while a new one is being introduced.

    Raises:
        TermsInvalid: there is none.
    """
    for term in terms:
        if term.last is None:
            try:
                return Verifier.parse(term.vkey, suite)
            except VkeyError:
                continue
    raise TermsInvalid(f"expected a key of {suite.name} in force, found none")


def _checked(terms: Sequence[KeyTerm]) -> tuple[KeyTerm, ...]:
    if not 0 < len(terms) <= MAX_KEYS:
        raise TermsInvalid(f"expected 1 to {MAX_KEYS} keys, found {len(terms)}")
    if len({term.vkey for term in terms}) != len(terms):
        raise TermsInvalid("expected each key once, found one twice")
    if any(term.first < 0 or (term.last is not None and term.last < term.first) for term in terms):
        raise TermsInvalid("expected terms that end after they begin, found another")
    return tuple(terms)
