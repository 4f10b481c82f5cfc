"""The cells that a column may hold, by the level that its item declares: worked out here, not asked of masking.

A level other than CLEAR is a closed form: a token of letters, a year, a band, at most four characters beside stars.
A cell in that form cannot say more, so nothing else is looked for in it. A clear column must be what the platform gave.
One of codes, dates, truth values, region codes or small numbers is closed, too; any other is open text, which the other
looks search.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import compress
from operator import contains, eq
from types import MappingProxyType, NoneType
from typing import Any, Final

from gateway.ground.evidence import Column
from gateway.ground.item import Field, Kind, LegalClass, Level
from gateway.leakguard.found import Detector, LeakFound

UNDECLARED: Final = "undeclared"
"""Stands for the name of a column that the item does not declare."""
_TYPES: Final[Mapping[Kind, frozenset[type]]] = MappingProxyType(
    {
        Kind.STRING: frozenset({str, NoneType}),
        Kind.INTEGER: frozenset({int, NoneType}),
        Kind.BOOLEAN: frozenset({bool, NoneType}),
        Kind.DATE: frozenset({date, NoneType}),
        Kind.DECIMAL: frozenset({str, NoneType}),
        Kind.SEALED: frozenset({bytes, NoneType}),
    }
)
_GENERAL_FORMS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "year": "[0-9]{4}",
        "year_month": "[0-9]{4}-[0-9]{2}",
        "age_band": r"[0-9]{1,2}-[0-9]{2}|[0-9]{2}\+",
        "city": "[1-9][0-9]{3}00",
        "province": "[1-9][0-9]0000",
        "address_city": "000000|[1-9][0-9]{3}00",
        "icd_chapter": "[IVX]{1,5}",
        "amount_band": r"<0|0|[0-9]{1,5}-[0-9]{3,6}|[0-9]{6}\+",
    }
)
_NUMBER_FORMS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "identity": "9[0-9]{16}[0-9X]",
        "bank_card": "999999[0-9]{6,13}",
        "mobile": "2[0-9]{10}",
        "digits": "[0-9]{5,27}[a-j]",
    }
)
"""Numbers that keep their form begin or end as no real one does."""
_QUESTIONS: Final = frozenset({"is_true", "age_at_least", "is_one_of", "is_present"})
"""The questions that are answered with yes or no."""
_UNITS: Final = frozenset({"character", "surname"})
"""The units in which a partly shown cell is counted."""
_LETTERS: Final = "[a-p]{32}"
_ROUND_DECIMAL: Final = "0|-?[1-9][0-9]{0,15}0"
_SEALED_HEAD: Final = 80
_SEALED: Final = frozenset(_SEALED_HEAD + size + 16 for size in (64, 256, 1_024, 4_096, 20_480))
"""Bytes that a sealed cell may have: the page's head, a padded value, a tag."""
_REGION: Final = "[1-9][0-9]{5}"
_SMALL_DECIMAL: Final = r"-?[0-9]{1,9}(?:\.[0-9]{1,4})?"
_SMALL: Final = 10**10
"""An integer from here on has as many digits as a telephone number."""
_REGION_FIELDS: Final = frozenset({"region_code", "issuing_region", "insured_region"})
_PHONE_FIELDS: Final = frozenset({"phone", "mobile", "hotline", "contact_phone", "service_phone"})
_PUBLIC: Final = frozenset({LegalClass.NONE, LegalClass.BUSINESS})
_STRANGE: Final = frozenset({Level.PSEUDONYM, Level.KEYED_HASH, Level.FORMAT_PRESERVING})
"""Levels whose cells never equal a raw value of the column."""
_UNTEXTUAL: Final = frozenset({Level.ROUND, Level.ENCRYPT, Level.DATE_SHIFT})
"""Levels whose cells are held to more than a form of text."""
_FORMED: Final = frozenset({Level.GENERALISE, Level.PARTIAL, Level.FORMAT_PRESERVING})
"""Levels whose cells have a form that follows from the parameters."""
_MOST_KEPT: Final = 4


@dataclass(frozen=True, slots=True)
class Rule:
    """The rule of one field's column.

    `form` matches cells each followed by a line feed, or is nothing where no form is demanded. `codes` are all the
    cells that there may be, where there are codes. `kept` is how many characters a partly shown cell may take from its
    value. `allowed` are the detectors of numbers that the column may sound, for it is declared to hold such numbers.
    `step` is what every number is a multiple of, where it was rounded.
    """

    name: str
    kind: Kind
    types: frozenset[type]
    level: Level
    form: re.Pattern[str] | None
    codes: frozenset[str | None]
    kept: int
    allowed: frozenset[Detector]
    step: int

    def look(self, column: Column, raw: tuple[Any, ...]) -> bool:
        """Return whether the column is open text, so that the other looks must search it; `raw` is its raw column.

        Raises:
            LeakFound: a kind, type, cell or the whole column is not what the level gives.
        """
        values: tuple[Any, ...] = column.values
        if column.kind is not self.kind or not self.types.issuperset(map(type, values)):
            raise LeakFound(self.name, Detector.KIND)
        if self.level is Level.CLEAR:
            if values != raw:
                raise LeakFound(self.name, Detector.ALTERED)
            return self._clear_is_open(values)
        if self.form is not None:
            self._require_form(self.form, values, raw)
        if self.level in _UNTEXTUAL:
            self._require_hidden(values, raw)
        return self.level is Level.SUBSTITUTE

    def may_give(self, values: tuple[Any, ...]) -> bool:
        """Tell whether cells are of the types and the form that the level gives; what they were is not known here."""
        if not self.types.issuperset(map(type, values)):
            return False
        present = [value for value in values if value is not None]
        if self.level is Level.CLEAR:
            return True
        if self.form is not None and not fits(self.form, set(present)):
            return False
        match self.level:
            case Level.ROUND:
                return not any(int(value) % self.step for value in present)
            case Level.ENCRYPT:
                return _sealed(present)
        return True

    def _require_hidden(self, values: tuple[Any, ...], raw: tuple[Any, ...]) -> None:
        present = [value for value in values if value is not None]
        match self.level:
            case Level.ROUND if any(int(value) % self.step for value in present):
                raise LeakFound(self.name, Detector.FORM)
            case Level.ENCRYPT if not _sealed(present):
                raise LeakFound(self.name, Detector.FORM)
            case Level.DATE_SHIFT if any(map(eq, present, compress(raw, [value is not None for value in values]))):
                raise LeakFound(self.name, Detector.RAW_VALUE)

    def _clear_is_open(self, values: tuple[Any, ...]) -> bool:
        if self.codes:
            if not self.codes.issuperset(values):
                raise LeakFound(self.name, Detector.FORM)
            return False
        if self.kind is Kind.INTEGER:
            return any(not -_SMALL < value < _SMALL for value in values if value is not None)
        if self.kind is Kind.STRING or self.kind is Kind.DECIMAL:
            return self.form is None or not fits(self.form, set(values) - {None})
        return False

    def _require_form(self, form: re.Pattern[str], values: tuple[Any, ...], raw: tuple[Any, ...]) -> None:
        distinct = set(values)
        distinct.discard(None)
        if not fits(form, distinct):
            raise LeakFound(self.name, Detector.FORM)
        if self.kept:
            if self._tells_all(values, raw):
                raise LeakFound(self.name, Detector.RAW_VALUE)
        elif self.level in _STRANGE and not distinct.isdisjoint(raw):
            raise LeakFound(self.name, Detector.RAW_VALUE)

    def _tells_all(self, values: tuple[Any, ...], raw: tuple[Any, ...]) -> bool:
        """Tell whether a cell shows all that a short value has; only a cell that holds its value is asked further."""
        longest = self.kept + 2
        if min(map(len, filter(None, raw)), default=0) > longest:
            return False
        texts = [value.strip() if value else "" for value in raw]
        cells = [cell or "" for cell in values] if None in values else values
        held = compress(zip(texts, raw, strict=True), map(contains, cells, texts))
        return any(text.strip("*") and len(value) <= longest for text, value in held)


def rule_of(field: Field) -> Rule | None:
    """Return the rule of a field's column; nothing where the field is dropped, so that no column may be there.

    Raises:
        ValueError: the level is unknown, or a level's form cannot be told from its parameters.
    """
    if field.level is Level.DROP:
        return None
    params = dict(field.params)
    kind, form, kept = _demanded(field, params)
    if field.kind not in _TYPES or field.kind is Kind.SEALED or (not form and field.level in _FORMED):
        raise ValueError(f"field {field.name}: expected a level whose form is known, found {field.level}")
    return Rule(
        name=field.name,
        kind=kind,
        types=_TYPES[kind],
        level=field.level,
        form=re.compile(rf"(?:(?:{form})\n)*") if form else None,
        codes=frozenset({None, *field.codes}) if field.codes else frozenset(),
        kept=kept,
        allowed=_allowed(field),
        step=int(params["to"]) if field.level is Level.ROUND else 1,
    )


def _demanded(field: Field, params: Mapping[str, str | int]) -> tuple[Kind, str, int]:
    """Return the kind of the column, the form of its cells if it is text of one, and how many characters it keeps."""
    match field.level:
        case Level.CLEAR:
            if field.hrss_code == "AAB301" or field.name in _REGION_FIELDS:
                return field.kind, _REGION, 0
            return field.kind, _SMALL_DECIMAL if field.kind is Kind.DECIMAL else "", 0
        case Level.PREDICATE if params.get("question") in _QUESTIONS:
            return Kind.BOOLEAN, "", 0
        case Level.REDACT:
            return Kind.STRING, r"\*{3}", 0
        case Level.PSEUDONYM | Level.KEYED_HASH:
            return Kind.STRING, _LETTERS, 0
        case Level.GENERALISE:
            return Kind.STRING, _GENERAL_FORMS.get(str(params.get("to")), ""), 0
        case Level.FORMAT_PRESERVING:
            return Kind.STRING, _NUMBER_FORMS.get(str(params.get("form")), ""), 0
        case Level.PARTIAL:
            return Kind.STRING, *_partial_form(params)
        case Level.ROUND:
            return field.kind, _ROUND_DECIMAL if field.kind is Kind.DECIMAL else "", 0
        case Level.DATE_SHIFT:
            return Kind.DATE, "", 0
        case Level.ENCRYPT:
            return Kind.SEALED, "", 0
        case Level.SUBSTITUTE:
            return Kind.STRING, "", 0
        case _:
            raise ValueError(f"field {field.name}: expected a level that can be guarded, found {field.level}")


def _sealed(cells: list[bytes]) -> bool:
    """Tell whether cells look like the sealed column of one page: one head, and one length of those there are."""
    lengths = {len(cell) for cell in cells}
    return len(lengths) <= 1 and lengths <= _SEALED and len({cell[:_SEALED_HEAD] for cell in cells}) <= 1


def fits(form: re.Pattern[str], cells: Collection[str]) -> bool:
    """Tell whether every cell has the form; one with a line feed never has."""
    text = "\n".join(cells)
    return not cells or (text.count("\n") == len(cells) - 1 and form.fullmatch(text + "\n") is not None)


def _partial_form(params: Mapping[str, str | int]) -> tuple[str, int]:
    unit = params.get("unit", "character")
    if unit not in _UNITS:
        return "", 0
    if unit == "surname":
        return r"[^\n]{0,2}\*{2,3}", 2
    first, last = params.get("keep_first", 0), params.get("keep_last", 0)
    if not isinstance(first, int) or not isinstance(last, int) or not 1 <= first + last <= _MOST_KEPT:
        return "", 0
    return rf"[^\n]{{0,{first}}}\*{{2,8}}[^\n]{{0,{last}}}", first + last


def _allowed(field: Field) -> frozenset[Detector]:
    """Return the numbers that a clear column is declared to hold: telephones, and codes of bodies like cards."""
    if field.level is not Level.CLEAR:
        return frozenset()
    if field.hrss_code == "AAE005" or field.name in _PHONE_FIELDS:
        return frozenset({Detector.MOBILE_PHONE, Detector.BANK_CARD})
    if field.legal_class in _PUBLIC and field.name.rpartition("_")[2] in ("code", "no", "id"):
        return frozenset({Detector.BANK_CARD, Detector.CREDIT_CODE})
    return frozenset()
