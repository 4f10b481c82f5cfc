"""Looks at the text that a question brings along: each free field, and the identifiers that seem to be drawn by chance.

Every field is looked at alike: for signs that cannot be seen, for numbers of persons, for the keys of the question as
they stand, and for both in any dress. The dear look is spared where a cheap one shows that it would find nothing: in a
text that the engine finds plain, and in a serial number, which is made of digits and of short words before them.

A key is looked for in dress beside the first `CLOSE` subjects of a question, as it stands beside all of them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Final

from gateway.ground.evidence import Ask, Column, Page
from gateway.ground.visible import unseen_in
from gateway.leakguard.engines import Engine
from gateway.leakguard.examine import Reading
from gateway.leakguard.found import Detector
from gateway.leakguard.known import SHORTEST_TEXT, STRIDE, TAIL, WINDOW, FoldedText, Known, fold
from gateway.leakguard.numbers import find_numbers, suspicious
from gateway.leakguard.record import RawRecord, days_of
from gateway.leakguard.signs import digits_of
from gateway.leakguard.suspicion import STRANGE
from gateway.leakguard.text import scan_text
from gateway.leakguard.view import View

PERSONAL_KEYS: Final = frozenset(
    {"social_security_no", "id_no", "name", "card_no", "bank_account", "phone", "birth_date", "address"}
)
"""Keys whose values may not be repeated in a question's text. A payment's number may well be its business number."""
FEW: Final = 16
"""Subjects of a question up to which its texts get the cheap look first."""
CLOSE: Final = 16
"""Subjects of a question beside whom its texts are read closely."""
_WITH_CARDS: Final = frozenset({"purpose", "business_no"})
"""The fields in which cards are looked for: references and codes of bodies may well be long numbers."""
_SERIAL: Final = re.compile(r"[A-Za-z]{0,6}[0-9]{0,24}(?:[._/-](?:[A-Za-z]{1,6}|[A-Za-z]{0,4}[0-9]{1,24})){0,8}")
_IDENTITY: Final = re.compile("[0-9]{17}[0-9X]")
_IDENTIFIER: Final = 10
"""Signs in a row that an identifier drawn by chance shares with no key."""


def free_texts(ask: Ask) -> dict[str, str]:
    """Return the fields of a question that people and programs fill in freely, by name."""
    return {
        "purpose": ask.purpose,
        "business_no": ask.business_no,
        "operator.ref": ask.operator.ref,
        "operator.unit": ask.operator.unit,
        "end_user_org": ask.end_user_org,
        "consent_ref": ask.consent_ref,
        "onward_consent_no": ask.onward_consent_no,
        "batch_no": ask.batch_no,
        "emergency_reason": ask.emergency_reason,
    }


def inspect_texts(ask: Ask, engine: Engine) -> dict[str, str]:
    """Return for each free field that may not leave what was expected and what was found, without any of its text."""
    texts = free_texts(ask)
    wrong = {
        name: f"expected signs that can be seen, found {unseen.en}"
        for name, text in texts.items()
        if (unseen := unseen_in(text))
    }
    strange = engine.classes(tuple(texts.values()))
    keys = [column for column in ask.keys.columns if column.name in PERSONAL_KEYS]
    close = {
        name: text
        for at, (name, text) in enumerate(texts.items())
        if (strange.get(at) == STRANGE and not _is_plain_serial(text, keys, ask.keys.rows))
        or (at in strange and _names_day(text, keys))
        or _names_someone(text, keys)
    }
    if not close and _plainly_clean(texts.values(), keys, ask.keys.rows):
        return wrong
    known = [Known(column.kind, column.values, by_row=True) for column in keys]
    for name, text in texts.items():
        found: set[str] = set(scan_text(text))
        if text and _any_comes_back(known, FoldedText((text,) * ask.keys.rows)):
            found.add(Detector.RAW_VALUE)
        if name in close:
            found |= _detect_in_dress(text, keys, ask.keys.rows)
        if name not in _WITH_CARDS:
            found.discard(Detector.BANK_CARD)
        if found:
            wrong.setdefault(name, f"expected no personal number or name, found {', '.join(sorted(found))}")
    return wrong


def repeats_key(identifier: str, keys: Page) -> bool:
    """Tell whether an identifier that should be drawn by chance holds a person's number, or ten signs of a key.

    By chance the first happens once in three million identifiers, the second once in a thousand million for each key.
    """
    signs = identifier.replace("-", "").upper()
    if _IDENTITY.search(signs) and Detector.IDENTITY_NUMBER in find_numbers(identifier):
        return True
    columns = (column.values for column in keys.columns if column.name in PERSONAL_KEYS)
    told = "\n".join(fold([value for values in columns for value in values if type(value) is str and value.isascii()]))
    windows = (signs[at : at + _IDENTIFIER] for at in range(len(signs) - _IDENTIFIER + 1))
    return any(window in told or window[::-1] in told for window in windows)


def _names_day(text: str, keys: Sequence[Column]) -> bool:
    """Tell whether a text names a day that a key is or holds, in whatever writing."""
    days = View(text).days
    return bool(days) and any(not days.isdisjoint(days_of(value)) for key in keys for value in key.values[:CLOSE])


def _names_someone(text: str, keys: Sequence[Column]) -> bool:
    """Tell whether the first and the last sign of a name stand in a text, so that all of it may, with words between."""
    names = (value for key in keys if key.name == "name" for value in key.values[:CLOSE])
    return any(type(name) is str and len(name) > 1 and name[0] in text and name[-1] in text for name in names)


def _is_plain_serial(text: str, keys: Sequence[Column], rows: int) -> bool:
    """Tell, at little cost, that a serial number holds no key: not four digits in a row at every fifth place of one.

    It has fewer digits than any key, so that none stands there whole and shifted, swapped or in another base.
    """
    if rows > CLOSE or not _SERIAL.fullmatch(text):
        return False
    digits = digits_of(text)
    both = f"{digits}\n{digits[::-1]}"
    for column in keys:
        for value in column.values:
            own = digits_of(value) if type(value) is str else ""
            if len(own) >= SHORTEST_TEXT and own in both:
                return False
            if len(own) > WINDOW and len(digits) >= len(own):
                return False
            if any(own[at : at + WINDOW] in both for at in range(0, len(own) - WINDOW + 1, STRIDE)):
                return False
    return True


def _detect_in_dress(text: str, keys: Iterable[Column], rows: int) -> frozenset[Detector]:
    """Return what sounds on a text in a dress that the plain look does not see through."""
    reading = Reading(text)
    columns = tuple(keys)
    return frozenset().union(
        *(
            reading.beside(RawRecord((column.name, column.values[row]) for column in columns))
            for row in range(min(rows, CLOSE))
        )
    )


def _plainly_clean(texts: Iterable[str], keys: Sequence[Column], rows: int) -> bool:
    """Tell of nearly every question, at little cost, that a closer look would find nothing.

    No number is suspected in them, or none is found in any; of each key neither the whole, nor its last six characters,
    nor four in a row at every fifth place stand there; `Known` finds nothing without one of these.
    """
    told = tuple(filter(None, texts))
    text = "\x1f".join(told)
    if rows > FEW or (suspicious(text) and any(map(scan_text, told))):
        return False
    values = [value for column in keys for value in column.values if value is not None]
    text_folded, *folded = fold([text, *values])
    for key in folded:
        if len(key) < SHORTEST_TEXT:
            continue
        if key in text_folded or (len(key) >= TAIL and key[-TAIL:] in text_folded):
            return False
        if any(key[at : at + WINDOW] in text_folded for at in range(0, len(key) - WINDOW + 1, STRIDE)):
            return False
    return True


def _any_comes_back(known: list[Known], text: FoldedText) -> bool:
    return any(values.comes_back(text) for values in known)
