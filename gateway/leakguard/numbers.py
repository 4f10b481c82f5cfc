"""Finds numbers of persons and bodies in text by their form, whatever record stands beside.

 identity_number  18 characters (GB 11643): a region, a date, three digits, a digit or X; or 15 digits of the old form.
                  The region is not looked up: numbers of abolished regions are numbers of persons all the same. Nor is
                  the check digit, except where a serial number looks the same: inside longer numbers, in groups that
                  are not usual, and where the date is of 2021 or later, as in numbers made of region, day and count
 mobile_phone     11 digits that begin with 13 to 19 (or 100, as synthetic ones do), also behind 0, 86, +86 or 0086
 bank_card        14 to 19 digits that begin as cards do; outside UnionPay's 62, with Luhn's check digit; and any run of
                  12 to 22 digits to which the text says that it is a card or an account
 credit_code      18 characters (GB 32100) with their check character
 others           documents of travellers and foreigners, landlines, mailboxes: see `documents`; what one sign of any
                  kind sets apart: see `uniform`; what stands apart in another unusual way, or runs together with
                  other digits: see `apart`

Up to six separators may stand between two digits, of one kind or of several, brackets among them; not what ends a
clause, and no comma, since figures stand in lists. A run is judged as a whole, in its parts, and in the neighbouring
parts that make a usual group, or a card in any. Set aside first are decimals, whose digits come by chance, and
identifiers of machines: UUIDs (RFC 9562), digests in hexadecimal of 32 digits and more with a letter among them, in
which a whole identity number is looked for all the same; and counts of milliseconds or microseconds since 1970.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from gateway.leakguard.apart import numbers_apart
from gateway.leakguard.called import ACCOUNTS, TELEPHONES
from gateway.leakguard.credit import holds_credit_code
from gateway.leakguard.documents import documents_in, holds_mixed_passport, may_hold_document
from gateway.leakguard.families import (
    BETWEEN,
    CODES,
    GROUPS,
    SHORTEST_NUMBER,
    is_card_in_groups,
    is_checked,
    is_date,
    kind_of,
)
from gateway.leakguard.found import Detector
from gateway.leakguard.landlines import may_hold_landline
from gateway.leakguard.mailboxes import may_hold_mailbox
from gateway.leakguard.signs import BREAK, level, numerals_as_digits

_RUN: Final = re.compile(
    rf"[0-9](?:(?:{BETWEEN}{{0,6}}|(?<=[0-9]{{3}}):(?=[0-9]{{4}}))[0-9])*(?:{BETWEEN}{{0,6}}[Xx](?![0-9A-Za-z]))?"
)
"""A colon separates only where the digits beside it are no hours and minutes."""
_PARTS: Final = re.compile("[0-9]+[Xx]?|[Xx]")
_LABELLED: Final = re.compile(
    rf"{ACCOUNTS}[^0-9A-Za-z]{{0,6}}(?:no|number|num|id|号码|为|是)?[^0-9A-Za-z]{{0,4}}$", re.IGNORECASE
)
_CALLED: Final = re.compile(rf"{TELEPHONES}[^0-9A-Za-z]{{0,6}}$", re.IGNORECASE)
_SUM: Final = re.compile(r"[0-9]{1,16}(?:\.[0-9]{1,2})?")
_OF_MONEY: Final = re.compile("[ ]?[万亿]?(?:元|圆|yuan|\u052a)", re.IGNORECASE)
"""A figure with a currency right behind is a sum, unless the text calls it a telephone or an account.

U+052A is what 元 of GB 18030 reads as in UTF-8."""
_SPACED_DATE: Final = re.compile("[0-9]{4}[-./][0-9]{1,2}[-./]")
_OCTET: Final = "(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])"
_ADDRESS: Final = re.compile(rf"(?<![0-9.])(?:{_OCTET}\.){{3}}{_OCTET}(?::[0-9]{{1,5}}|/[0-9]{{1,2}})?(?![0-9.])")
"""An address of a machine, with its port or its net."""
_DECIMAL: Final = re.compile(r"(?<![0-9.+])[0-9]{1,9}\.[0-9]{9,}(?![0-9]|\.[0-9])|(?<![0-9.,])0,[0-9]{9,}(?![0-9])")
_LABEL: Final = 24
_ASCII_BETWEEN: Final = b" \t\r\n_./\\|*~+-'\"`:#()[]{}<>"
_SEPARATORS: Final = re.compile(f"(?:{BETWEEN}|:)+")
_SHAPE: Final = bytes.maketrans(b"0123456789", b"0" * 10)
_ELEVEN: Final = b"0" * SHORTEST_NUMBER
"""ASCII is searched by taking all separators out, which is much quicker than the pattern and finds no less."""
_EIGHT: Final = b"0" * 6
_CODE_SHAPE: Final = re.compile(rb"[0-9A-HJ-NPQRTUWXYa-hj-npqrtuwxy]{2}0{6}")
_GAPS: Final = re.compile("[0-9]+[Xx]?|[Xx]")
_MOST_GROUPS: Final = 8
_MOST_DIGITS: Final = 23
_MACHINE: Final = re.compile(
    r"(?<![0-9A-Za-z])(?:"
    r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
    r"|(?=[0-9]*[a-f])[0-9a-f]{32,}"
    r"|1[6-9][0-9]{11}(?:[0-9]{3})?"
    r")(?![0-9A-Za-z])",
    re.IGNORECASE,
)


def suspicious(text: str) -> bool:
    """Tell whether a text may hold a number: eleven digits with nothing but separators between, a code or a document.

    Never misses what `find_numbers` finds in one of the texts that are joined by U+001F.
    """
    pieces = text.split("\x1f")
    if text.isascii():
        shape = text.encode().translate(_SHAPE, _ASCII_BETWEEN)
    else:
        pieces = [numerals_as_digits(level(piece)) for piece in pieces]
        text = "".join(pieces)
        shape = _SEPARATORS.sub("", text).encode("utf-8", "replace").translate(_SHAPE)
    if _ELEVEN in shape or may_hold_mailbox(text):
        return True
    if _EIGHT not in shape:
        documents = may_hold_landline(text) or holds_mixed_passport(text)
    else:
        documents = _CODE_SHAPE.search(shape) is not None or may_hold_document(text)
    return documents or any(map(numbers_apart, pieces))


def find_numbers(text: str) -> frozenset[Detector]:
    """Return the detectors that sound on a text, whatever its signs."""
    return numbers_in(numerals_as_digits(level(text)))


def numbers_in(text: str) -> frozenset[Detector]:
    """Return the detectors that sound on a text that is levelled and has its numerals as digits."""
    found: set[Detector] = set()
    if any(map(_holds_identity, _MACHINE.findall(text))):
        found.add(Detector.IDENTITY_NUMBER)
    text = _ADDRESS.sub(BREAK, _DECIMAL.sub(BREAK, _MACHINE.sub(BREAK, text)))
    for match in _RUN.finditer(text):
        run = match.group()
        if len(run) < SHORTEST_NUMBER:
            continue
        parts = [part.upper() for part in _PARTS.findall(run)]
        before = text[max(0, match.start() - _LABEL) : match.start()]
        account = _LABELLED.search(before) is not None
        named = account or before.endswith("+") or _CALLED.search(before) is not None
        if not named and _SUM.fullmatch(run) and _OF_MONEY.match(text, match.end()):
            continue
        gaps = _GAPS.split(run)[1:-1]
        if parts[:2] == ["00", "86"]:
            parts, gaps, named = ["0086", *parts[2:]], gaps[1:], True
        for one in _written(parts, gaps, named=named):
            if kind := kind_of(one):
                found.add(kind)
        whole = "".join(parts)
        if account and 12 <= len(whole) <= 22 and not _SPACED_DATE.match(run):
            found.add(Detector.BANK_CARD)
    found |= numbers_apart(text)
    if holds_credit_code(text):
        found.add(Detector.CREDIT_CODE)
    return frozenset(found | documents_in(text))


def _holds_identity(identifier: str) -> bool:
    """Tell whether an identifier of a machine holds a whole identity number with its check digit."""
    signs = identifier.replace("-", "").upper()
    return any(is_checked(signs[at : at + 18]) for at in range(len(signs) - 17))


def _written(parts: list[str], gaps: list[str], *, named: bool) -> Iterator[str]:
    """Yield each part of a run, and what neighbouring parts make where people write one number so.

    `gaps` are the separators between the parts; `named` says that the text calls the run a telephone or an account.
    """
    yield from parts
    for first in range(len(parts) - 1):
        size = len(parts[first])
        for last in range(first + 1, len(parts)):
            size += len(parts[last])
            if size > _MOST_DIGITS:
                break
            if size < SHORTEST_NUMBER:
                continue
            inner, bounds = gaps[first:last], (first, last) == (0, len(parts) - 1) or (named and first == 0)
            if bounds and "\t" not in "".join(inner) and _is_card(parts[first : last + 1], inner):
                yield "".join(parts[first : last + 1])
            if "\n" in (lines := "".join(inner)) or "\r" in lines or "\t" in lines:
                if (first, last) != (0, len(parts) - 1):
                    continue
            elif not (named and first == 0) and _goes_on(inner, gaps[:first][-1:] + gaps[last : last + 1]):
                continue
            digits = "".join(parts[first : last + 1])
            if _is_written_so(parts[first : last + 1], inner, named) or (
                last - first < _MOST_GROUPS and is_checked(digits)
            ):
                yield digits


def _goes_on(inner: Sequence[str], outer: Sequence[str]) -> bool:
    """Tell whether parts belong to a longer list: all have one separator between, and so has a neighbour."""
    return len(set(inner)) == 1 and inner[0] in outer


def _is_card(parts: Sequence[str], gaps: Sequence[str]) -> bool:
    """Tell whether groups make a card, in whatever sizes; a point separates only where nothing else does."""
    signs = {*"".join(gaps)}
    return not ("." in signs and (len(signs) > 1 or len(parts) == 2)) and is_card_in_groups(
        parts, everyday=not signs.isdisjoint(" \r\n")
    )


def _is_written_so(parts: Sequence[str], gaps: Sequence[str], named: bool) -> bool:
    """Tell whether people write one number in such groups: all of one size, or as is usual."""
    sizes = tuple(map(len, parts))
    if len(sizes) > 2 and len(set(sizes[:-1])) == 1 and sizes[-1] <= sizes[0]:
        return sizes[0] < 3 or len(set(gaps)) == 1 or (sizes[0] > 3 and not {*"".join(gaps)} & {*"\n\r\t"})
    if {*"".join(gaps)} & {*"\n\r\t"}:
        return False
    if len(sizes) == 2 and gaps[0] == "." and not named:  # a decimal
        return False
    if sizes not in GROUPS and not (parts[0] in CODES and sizes[1:] in (*GROUPS, (11,))):
        return False
    return not is_date("".join(parts)[-8:]) or sum(sizes) > 13
