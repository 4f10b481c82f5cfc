"""What a column may hold, by the level that its item declares: worked out here, not asked of masking.

A level other than CLEAR is a closed form: a token of letters, a year, a band, at most four characters beside stars.
A cell in that form cannot say more, so nothing else is looked for in it. A clear column must be what the platform gave.
One of codes, dates, truth values, region codes or small numbers is closed, too; any other is open text, which the other
looks search.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType, NoneType
from typing import Any, Final

from gateway.evidence import Column
from gateway.item import Field, Kind, LegalClass, Level
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
    }
)
_GENERAL_FORMS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "year": "[0-9]{4}",
        "year_month": "[0-9]{4}-[0-9]{2}",
        "age_band": r"[0-9]{1,2}-[0-9]{2}|[0-9]{2}\+",
        "city": "[1-9][0-9]{3}00",
        "amount_band": r"<0|0|[0-9]{1,5}-[0-9]{3,6}|[0-9]{6}\+",
    }
)
_LETTERS: Final = "[a-p]{32}"
_REGION: Final = "[1-9][0-9]{5}"
_SMALL_DECIMAL: Final = r"-?[0-9]{1,9}(?:\.[0-9]{1,4})?"
_SMALL: Final = 10**10
"""An integer from here on has as many digits as a telephone number."""
_REGION_FIELDS: Final = frozenset({"region_code", "issuing_region", "insured_region"})
_PHONE_FIELDS: Final = frozenset({"phone", "mobile", "hotline", "contact_phone", "service_phone"})
_PUBLIC: Final = frozenset({LegalClass.NONE, LegalClass.BUSINESS})
_MOST_KEPT: Final = 4


@dataclass(frozen=True, slots=True)
class Rule:
    """What one field's column may hold.

    `form` matches cells each followed by a line feed, or is nothing where no form is demanded. `codes` are all the
    cells that there may be, where there are codes. `kept` is how many characters a partly shown cell may take from its
    value. `allowed` are the detectors of numbers that the column may sound, for it is declared to hold such numbers.
    """

    name: str
    kind: Kind
    types: frozenset[type]
    level: Level
    form: re.Pattern[str] | None
    codes: frozenset[str | None]
    kept: int
    allowed: frozenset[Detector]

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
            self._formed(self.form, values, raw)
        return False

    def _clear_is_open(self, values: tuple[Any, ...]) -> bool:
        if self.codes:
            if not self.codes.issuperset(values):
                raise LeakFound(self.name, Detector.FORM)
            return False
        if self.kind is Kind.INTEGER:
            return any(not -_SMALL < value < _SMALL for value in values if value is not None)
        if self.kind is Kind.STRING or self.kind is Kind.DECIMAL:
            return self.form is None or not fits(self.form, values)
        return False

    def _formed(self, form: re.Pattern[str], values: tuple[Any, ...], raw: tuple[Any, ...]) -> None:
        if not fits(form, values):
            raise LeakFound(self.name, Detector.FORM)
        if self.kept:
            for value, cell in zip(raw, values, strict=True):
                if value is not None and cell is not None and len(value) <= self.kept + 2 and _tells_all(value, cell):
                    raise LeakFound(self.name, Detector.RAW_VALUE)
        elif self.level is Level.PSEUDONYM and not {cell for cell in values if cell is not None}.isdisjoint(raw):
            raise LeakFound(self.name, Detector.RAW_VALUE)


def rule_of(field: Field) -> Rule | None:
    """Return the rule of a field's column; nothing where the field is dropped, so that no column may be there.

    Raises:
        ValueError: the level is unknown, or a level's form cannot be told from its parameters.
    """
    if field.level is Level.DROP:
        return None
    params = dict(field.params)
    kind, form, kept = Kind.STRING, "", 0
    if field.level is Level.CLEAR:
        kind = field.kind
        if field.hrss_code == "AAB301" or field.name in _REGION_FIELDS:
            form = _REGION
        elif kind is Kind.DECIMAL:
            form = _SMALL_DECIMAL
    elif field.level is Level.PREDICATE:
        kind = Kind.BOOLEAN
    elif field.level is Level.PSEUDONYM:
        form = _LETTERS
    elif field.level is Level.GENERALISE:
        form = _GENERAL_FORMS.get(str(params.get("to")), "")
    elif field.level is Level.PARTIAL:
        form, kept = _partial_form(params)
    else:
        raise ValueError(f"field {field.name}: expected a level that can be guarded, found {field.level}")
    if kind not in _TYPES or (not form and field.level in (Level.GENERALISE, Level.PARTIAL)):
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
    )


def fits(form: re.Pattern[str], values: tuple[Any, ...]) -> bool:
    """Tell whether every cell but null has the form; a cell with a line feed never has."""
    cells = [value for value in values if value is not None] if None in values else values
    text = "\n".join(cells)
    return not cells or (text.count("\n") == len(cells) - 1 and form.fullmatch(text + "\n") is not None)


def _partial_form(params: Mapping[str, str | int]) -> tuple[str, int]:
    if params.get("unit") == "surname":
        return r"[^\n]{0,2}\*{2,3}", 2
    first, last = params.get("keep_first", 0), params.get("keep_last", 0)
    if not isinstance(first, int) or not isinstance(last, int) or not 1 <= first + last <= _MOST_KEPT:
        return "", 0
    return rf"[^\n]{{0,{first}}}\*{{2,8}}[^\n]{{0,{last}}}", first + last


def _tells_all(value: str, cell: str) -> bool:
    """Tell whether a cell shows all that a short value has."""
    text = value.strip()
    return bool(text.strip("*")) and text in cell


def _allowed(field: Field) -> frozenset[Detector]:
    """What numbers a clear column is declared to hold: telephones by name, and codes of bodies that look like cards."""
    if field.level is not Level.CLEAR:
        return frozenset()
    if field.hrss_code == "AAE005" or field.name in _PHONE_FIELDS:
        return frozenset({Detector.MOBILE_PHONE, Detector.BANK_CARD})
    if field.legal_class in _PUBLIC and field.name.rpartition("_")[2] in ("code", "no", "id"):
        return frozenset({Detector.BANK_CARD})
    return frozenset()
