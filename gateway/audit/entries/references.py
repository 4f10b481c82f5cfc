"""Keyed references: the only form in which a person, an official or a business number stands in the audit log.

Pure. A reference is HMAC-SHA256 under a key of the month and the province, cut to 16 bytes: equal inputs of one month
give equal references, references of two months or two provinces never meet, and without the root key nothing can be
guessed. A month's key needs the root and the month's own salt: destroying the salt unlinks its references for good.
"""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import lru_cache
from hashlib import sha256
from typing import Final
from unicodedata import normalize

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from gateway.audit.entries.entry import Entry, EntryInvalid
from gateway.audit.tlog.pairs import Kind
from gateway.ground.evidence import RawIdentifier, SubjectRef
from gateway.ground.looks import Stems
from gateway.ground.refusals import Refusal
from keys.hmac import Hmac

REF_SIZE: Final = 16
"""Bytes of a reference."""
MIN_ROOT_BYTES: Final = 32
"""Shortest root key."""
_DEPARTMENT, _OPERATOR, _SUBJECT = (kind.value for kind in (Kind.DEPARTMENT, Kind.OPERATOR, Kind.SUBJECT))
_MICROSECONDS: Final = 1_000_000
_NEAR_DAYS: Final = 4
_REST_OF_DAY_US: Final = 16 * 3600 * _MICROSECONDS
"""A month begins at 08:00 in China; so long lasts the rest of that day."""


def no_salt(epoch: str) -> bytes:
    """The salt of every month before there were salts: none."""
    return b""


@dataclass(frozen=True, slots=True)
class _Epoch:
    name: str
    subject: Hmac
    operator: Hmac
    business: Hmac


def normalise(value: str) -> str:
    """Return an identity number as it is referenced: NFKC, without outer space, the check character in upper case."""
    return normalize("NFKC", value).strip().upper()


def split(references: bytes) -> tuple[bytes, ...]:
    """Return the references that stand end to end."""
    return tuple(references[at : at + REF_SIZE] for at in range(0, len(references), REF_SIZE))


def tokens_of(entry: Entry) -> set[bytes]:
    """Return the references of the cardholders that an entry names."""
    return set(split(b64decode(entry.text("subject_tokens"))))


@lru_cache(1_024)
def reference_department(code: str) -> bytes:
    """Return the token of a department: its code is no secret, so the token has no key."""
    return sha256(b"chuanyu department\0" + code.encode()).digest()[:REF_SIZE]


def pairs_of(entry: Entry, index: int) -> list[bytes]:
    """Return the pairs of all whom an entry names, sorted, each once: cardholders, the official, the department.

    Raises:
        EntryInvalid: when its references of cardholders are not whole.
    """
    at, subjects = index.to_bytes(8), entry.text("subject_tokens")
    operator, department = entry.text("operator_ref"), entry.text("consumer_department")
    pairs = [_DEPARTMENT + reference_department(department) + at] if department else []
    if operator:
        pairs.append(_OPERATOR + bytes.fromhex(operator) + at)
    if subjects:
        tokens = b64decode(subjects)
        if len(tokens) % REF_SIZE:
            raise EntryInvalid(f"expected references of {REF_SIZE} bytes each, found {len(tokens)} bytes in all")
        pairs += [_SUBJECT + token + at for token in sorted({*split(tokens)})]
    return pairs


def epoch_of(time_us: int) -> str:
    """Return the month (UTC) of a time, as `YYYY-MM`."""
    return datetime.fromtimestamp(time_us // _MICROSECONDS, UTC).strftime("%Y-%m")


def stems_of(identifier: RawIdentifier) -> Stems:
    """Return what tells whether an identity number is next to another one."""
    number = normalise(identifier.reveal())
    region, born, order = number[:6], number[6:14], number[14:17]
    try:
        days = date(int(born[:4]), int(born[4:6]), int(born[6:])).toordinal() // _NEAR_DAYS
    except ValueError:
        days = -1
    return Stems(hash(number), hash((region, born)), hash((region, order, days)))


class References:
    """Makes the references of one province from its root key. Keeps the derived keys of the last month used."""

    __slots__ = ("_epoch", "_former", "_next_us", "_province", "_root", "_salt", "_since_us")

    def __init__(self, root_key: bytes, province: str, salt: Callable[[str], bytes] = no_salt) -> None:
        """Take the root key (at least 32 bytes), the province's six digits, and what gives the salt of a month.

        Raises:
            ValueError: when the key is too short, or the province has another length.
        """
        if len(root_key) < MIN_ROOT_BYTES:
            raise ValueError(f"expected a root key of at least {MIN_ROOT_BYTES} bytes, found {len(root_key)}")
        if len(province) != 6:
            raise ValueError(f"expected a province of six digits, found {province!r}")
        self._root = root_key
        self._province = province
        self._salt = salt
        self._since_us = self._next_us = 0
        self._epoch = _Epoch("", Hmac(b""), Hmac(b""), Hmac(b""))
        self._former: References | None = None

    def epoch(self, time_us: int) -> str:
        """Return the name of the epoch in which references of that time are made."""
        return self._at(time_us).name

    def subject(self, identifier: RawIdentifier, time_us: int) -> SubjectRef:
        """Return the reference of a cardholder."""
        return SubjectRef(_cut(self._at(time_us).subject, b"subject", normalise(identifier.reveal())))

    def subjects(self, identifiers: Iterable[RawIdentifier], time_us: int) -> bytes:
        """Return the references of many cardholders end to end, in their order."""
        return b"".join([self.subject(identifier, time_us) for identifier in identifiers])

    def operator(self, ref: str, unit: str, time_us: int) -> str:
        """Return the reference of an official in hex; empty where nobody acts in person."""
        return _cut(self._at(time_us).operator, b"operator", f"{unit}\0{ref}").hex() if ref else ""

    def business(self, number: str, department: str, time_us: int) -> str:
        """Return the reference of a department's business number in hex."""
        return _cut(self._at(time_us).business, b"business", f"{department}\0{number}").hex()

    def application(self, uri: str, time_us: int) -> str:
        """Return the reference of an application in hex."""
        return _cut(self._at(time_us).business, b"application", uri).hex()

    def before(self, time_us: int) -> References | None:
        """Return the references of the month before, on its last day in China; None on every other day.

        The first day of a month began in the month before: until it ends, whoever acts has two references.
        """
        self._at(time_us)
        if time_us >= self._since_us + _REST_OF_DAY_US:
            return None
        if self._former is None or self._former._next_us != self._since_us:
            former = References(self._root, self._province, self._salt)
            try:
                former._at(self._since_us - 1)
            except Refusal:  # that month has no key: nothing was recorded in it
                return None
            self._former = former
        return self._former

    @property
    def last_us(self) -> int:
        """The last microsecond of the month that was used last."""
        return self._next_us - 1

    def _at(self, time_us: int) -> _Epoch:
        if not self._since_us <= time_us < self._next_us:
            self._turn(time_us)
        return self._epoch

    def _turn(self, time_us: int) -> None:
        moment = datetime.fromtimestamp(time_us // _MICROSECONDS, UTC)
        since = datetime(moment.year, moment.month, 1, tzinfo=UTC)
        following = datetime(moment.year + moment.month // 12, moment.month % 12 + 1, 1, tzinfo=UTC)
        name = epoch_of(time_us)
        self._epoch = _Epoch(name, *(Hmac(self._derive(context, name)) for context in (b"subj", b"oper", b"busi")))
        self._since_us = int(since.timestamp()) * _MICROSECONDS
        self._next_us = int(following.timestamp()) * _MICROSECONDS

    def _derive(self, context: bytes, epoch: str) -> bytes:
        """HKDF (RFC 5869) with the context, month and province as info; all three are of fixed length."""
        info = context + epoch.encode() + self._province.encode()
        return HKDF(algorithm=SHA256(), length=32, salt=self._salt(epoch), info=info).derive(self._root)


def _cut(key: Hmac, context: bytes, text: str) -> bytes:
    return key.digest(context + text.encode())[:REF_SIZE]
