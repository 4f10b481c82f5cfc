"""From a field to its operator: which kinds and parameters each level takes, and what kind of column comes out.

An operator is a pure function of a column and its context; it returns as many cells as it got. Its cells have the types
of the field's kind, or are null: `apply` holds them to that before. A level that is met with a parameter or a kind that
it does not know has no operator.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Final

from gateway.evidence import Value
from gateway.item import Field, Kind, LegalClass, Level
from gateway.masking import generalise, predicate
from gateway.masking.context import Context, Operator
from gateway.masking.faults import PlanError
from gateway.masking.keys import FieldKey
from gateway.masking.partial import keep_column, surname_column
from gateway.masking.pseudonym import pseudonym

MAX_KEPT: Final = 4
"""Characters that PARTIAL may show at both ends together."""
MAX_YEARS: Final = 150
"""Greatest age that may be asked for."""
_GENERALISE: Final[Mapping[str, tuple[Kind, Operator]]] = MappingProxyType(
    {
        "year": (Kind.DATE, generalise.year),
        "year_month": (Kind.DATE, generalise.year_month),
        "age_band": (Kind.DATE, generalise.age_band),
        "city": (Kind.STRING, generalise.city),
        "amount_band": (Kind.DECIMAL, generalise.amount_band),
    }
)


def masked_kind(field: Field) -> Kind:
    """Return the kind of the masked column.

    Raises:
        ValueError: the field is dropped, so it has no column.
    """
    match field.level:
        case Level.CLEAR:
            return field.kind
        case Level.PARTIAL | Level.GENERALISE | Level.PSEUDONYM:
            return Kind.STRING
        case Level.PREDICATE:
            return Kind.BOOLEAN
        case _:
            raise ValueError(f"field {field.name}: expected a field that leaves, found the level {field.level}")


def operator_of(item: str, field: Field, derive: Callable[[], FieldKey]) -> tuple[Operator | None, str]:
    """Return a field's operator, and the identifier of its key where it has one; no operator where it is dropped.

    `derive` gives the field's key, and is called for PSEUDONYM alone.

    Raises:
        PlanError: class, level, kind or parameters are not what an operator takes.
    """
    _classified(item, field)
    params = _Params(item, field)
    match field.level:
        case Level.CLEAR:
            params.end()
            return (_decimals if field.kind is Kind.DECIMAL else _clear), ""
        case Level.PARTIAL:
            return _partial(params), ""
        case Level.GENERALISE:
            to = params.text("to", tuple(_GENERALISE))
            kind, operator = _GENERALISE[to]
            params.of_kind(kind)
            params.end()
            return operator, ""
        case Level.PREDICATE:
            return _predicate(params), ""
        case Level.PSEUDONYM:
            params.of_kind(Kind.STRING)
            params.end()
            key = derive()
            tokens = pseudonym(key.secret)
            return (lambda values, context: tokens(values)), key.key_id
        case Level.DROP:
            params.end()
            return None, ""
        case _:
            raise params.fault("a level that has an operator", field.level)


class _Params:
    """A field's parameters, taken one by one; what is left at the end is unknown."""

    def __init__(self, item: str, field: Field) -> None:
        self._item, self.field, self._left = item, field, dict(field.params)
        if len(self._left) != len(field.params):
            raise self.fault("each parameter once", "one twice")

    def fault(self, expected: str, found: str) -> PlanError:
        return PlanError(self._item, self.field.name, expected, found)

    def of_kind(self, kind: Kind) -> None:
        if self.field.kind is not kind:
            raise self.fault(f"the kind {kind} for the level {self.field.level}", str(self.field.kind))

    def text(self, name: str, known: tuple[str, ...] = (), default: str = "") -> str:
        value = self._left.pop(name, default)
        if not isinstance(value, str) or not value or (known and value not in known):
            raise self.fault(f"{name} to be {'one of ' + ', '.join(known) if known else 'text'}", repr(value))
        return value

    def number(self, name: str, least: int, most: int, default: int = -1) -> int:
        value = self._left.pop(name, default)
        if type(value) is not int or not least <= value <= most:
            raise self.fault(f"{name} to be {least} to {most}", repr(value))
        return value

    def end(self) -> None:
        if self._left:
            raise self.fault(f"no other parameter for the level {self.field.level}", ", ".join(sorted(self._left)))


def _classified(item: str, field: Field) -> None:
    for what, value, enumeration in (
        ("legal class", field.legal_class, LegalClass),
        ("level", field.level, Level),
        ("kind", field.kind, Kind),
    ):
        if type(value) is not enumeration:
            raise PlanError(item, field.name, f"a {what}", repr(value))
    if field.kind is Kind.SEALED:
        raise PlanError(item, field.name, "a kind that a platform gives", "sealed")


def _partial(params: _Params) -> Operator:
    params.of_kind(Kind.STRING)
    if params.text("unit", ("character", "surname"), "character") == "surname":
        params.number("keep_first", 1, 1, 1)
        params.number("keep_last", 0, 0, 0)
        params.end()
        return lambda values, context: surname_column(values)
    first = params.number("keep_first", 0, MAX_KEPT, 0)
    last = params.number("keep_last", 0, MAX_KEPT, 0)
    if not 1 <= first + last <= MAX_KEPT:
        raise params.fault(f"1 to {MAX_KEPT} characters kept at both ends together", str(first + last))
    params.end()
    return lambda values, context: keep_column(values, first, last)


def _predicate(params: _Params) -> Operator:
    match params.text("question", ("is_true", "age_at_least", "is_one_of", "is_present")):
        case "is_true":
            params.of_kind(Kind.BOOLEAN)
            params.end()
            return lambda values, context: predicate.is_true(values)
        case "age_at_least":
            params.of_kind(Kind.DATE)
            years = params.number("years", 1, MAX_YEARS)
            params.end()
            return lambda values, context: predicate.age_at_least(values, years, context.today)
        case "is_one_of":
            params.of_kind(Kind.STRING)
            chosen = params.text("values").split(",")
            params.end()
            if not all(chosen):
                raise params.fault("values parted by single commas", "an empty one")
            codes = frozenset(chosen)
            return lambda values, context: predicate.is_one_of(values, codes)
        case _:
            params.end()
            return lambda values, context: predicate.is_present(values)


def _clear(values: tuple[Any, ...], context: Context) -> tuple[Value, ...]:
    return values


def _decimals(values: tuple[Any, ...], context: Context) -> tuple[Value, ...]:
    """CLEAR of decimals: what is no plain decimal may be anything, so it does not pass."""
    generalise.hold_decimals(values)
    return values
