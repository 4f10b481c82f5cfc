"""From a field to its operator: which kinds and parameters each level takes, and what kind of column comes out.

An operator is a pure function of a column and its context; it returns as many cells as it got. Its cells have the types
of the field's kind, or are null: `apply` holds them to that before. A level that is met with a parameter or a kind that
it does not know has no operator.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

from gateway.ground.evidence import Value
from gateway.ground.item import Field, Kind, LegalClass, Level
from gateway.masking import generalise, predicate, rounding
from gateway.masking.ciphers import BlockCipher
from gateway.masking.context import Context, Operator
from gateway.masking.date_shift import date_shift
from gateway.masking.diagnosis import icd_chapter
from gateway.masking.faults import PlanError
from gateway.masking.format_preserving import Form, FormatPreserving
from gateway.masking.keyed_hash import Hash, keyed_hash
from gateway.masking.keys import FieldKey
from gateway.masking.partial import keep_column, surname_column
from gateway.masking.places import NO_PLACES, Places
from gateway.masking.pseudonym import pseudonym, use_of
from gateway.masking.redact import redact
from gateway.masking.sealed import encrypt, key_id_of
from gateway.masking.substitute import DICTIONARIES, substitute

MAX_KEPT: Final = 4
"""Characters that PARTIAL may show at both ends together."""
ASKED_AGES: Final = (14, 16, 18, 60, 65, 70, 80)
"""Ages in years that may be asked for: no threshold is free, else two of them would tell a birthday."""
ROUNDINGS: Final = (10, 100, 1_000, 10_000)
SHIFT_DAYS: Final = (30, 365)
"""Least and greatest bound of a shift, in days."""
SEALED_KINDS: Final = (Kind.STRING, Kind.DECIMAL, Kind.DATE, Kind.INTEGER)
_GENERALISE: Final[Mapping[str, tuple[Kind, Callable[[Places], Operator]]]] = MappingProxyType(
    {
        "year": (Kind.DATE, lambda places: generalise.year),
        "year_month": (Kind.DATE, lambda places: generalise.year_month),
        "age_band": (Kind.DATE, lambda places: generalise.age_band),
        "city": (Kind.STRING, generalise.city),
        "province": (Kind.STRING, generalise.province),
        "address_city": (Kind.STRING, generalise.address_city),
        "icd_chapter": (Kind.STRING, lambda places: icd_chapter),
        "amount_band": (Kind.DECIMAL, lambda places: generalise.amount_band),
    }
)


@dataclass(frozen=True, slots=True)
class Material:
    """What operators are made from beside the field.

    `derive` gives the field's key for a use; `derive_shift` the key by which a person's dates move, which is the
    recipient's alone. `sealing_key` is the consuming department's public key, empty where there is none. `places` are
    the regions.
    """

    derive: Callable[[str], FieldKey]
    derive_shift: Callable[[str], FieldKey]
    sealing_key: bytes = b""
    places: Places = NO_PLACES


def masked_kind(field: Field) -> Kind:
    """Return the kind of the masked column.

    Raises:
        ValueError: the field does not leave, so it has no column.
    """
    match field.level:
        case Level.CLEAR | Level.ROUND | Level.DATE_SHIFT:
            return field.kind
        case Level.PREDICATE:
            return Kind.BOOLEAN
        case Level.ENCRYPT:
            return Kind.SEALED
        case Level.DROP | Level.FORBID:
            raise ValueError(f"field {field.name}: expected a field that leaves, found the level {field.level}")
        case _:
            return Kind.STRING


def operator_of(item: str, field: Field, material: Material) -> tuple[Operator | None, str]:
    """Return a field's operator, and the identifier of its key where it has one; no operator where it is dropped.

    Raises:
        PlanError: class, level, kind or parameters are not what an operator takes, or the key is missing.
    """
    _classified(item, field)
    params = _Params(item, field)
    match field.level:
        case Level.DROP:
            operator, key_id = None, ""
        case Level.PSEUDONYM | Level.KEYED_HASH | Level.FORMAT_PRESERVING | Level.SUBSTITUTE:
            operator, key_id = _keyed(params, material.derive)
        case Level.DATE_SHIFT:
            params.of_kind(Kind.DATE)
            max_days = params.number("max_days", *SHIFT_DAYS)
            key = material.derive_shift(f"{Level.DATE_SHIFT} {max_days}")
            operator, key_id = date_shift(key.secret, max_days), key.key_id
        case Level.ENCRYPT:
            params.of_kind(*SEALED_KINDS)
            if not material.sealing_key:
                raise params.fault("the consuming department's sealing key", "none")
            operator, key_id = encrypt(field.name), key_id_of(material.sealing_key)
        case _:
            operator, key_id = _unkeyed(params, material.places), ""
    params.end()
    return operator, key_id


def _unkeyed(params: _Params, places: Places) -> Operator:
    field = params.field
    match field.level:
        case Level.CLEAR:
            return _decimals if field.kind is Kind.DECIMAL else _clear
        case Level.REDACT:
            return redact
        case Level.PARTIAL:
            return _partial(params)
        case Level.GENERALISE:
            kind, made = _GENERALISE[params.text("to", tuple(_GENERALISE))]
            params.of_kind(kind)
            return made(places)
        case Level.ROUND:
            params.of_kind(Kind.DECIMAL, Kind.INTEGER)
            to = params.one_of("to", ROUNDINGS)
            rounded = rounding.decimals if field.kind is Kind.DECIMAL else rounding.integers
            return lambda values, context: rounded(values, to)
        case Level.PREDICATE:
            return _predicate(params)
        case _:
            raise params.fault("a level that has an operator", field.level)


def _keyed(params: _Params, derive: Callable[[str], FieldKey]) -> tuple[Operator, str]:
    params.of_kind(Kind.STRING)
    if params.field.codes:
        raise params.fault(f"a value that is no code for the level {params.field.level}", "codes, which few keep apart")
    level = params.field.level
    masked: Callable[[tuple[Any, ...]], tuple[Value, ...]]
    match level:
        case Level.PSEUDONYM:
            cipher = BlockCipher(params.text("cipher", tuple(BlockCipher), BlockCipher.AES))
            key = derive(use_of(cipher))
            masked = pseudonym(key.secret, cipher)
        case Level.KEYED_HASH:
            hashed = Hash(params.text("hash", tuple(Hash), Hash.SHA256))
            key = derive(f"{level} {hashed}")
            try:
                masked = keyed_hash(key.secret, hashed)
            except ValueError:
                raise params.fault("a hash that this machine's OpenSSL has", "another") from None
        case Level.FORMAT_PRESERVING:
            form = Form(params.text("form", tuple(Form)))
            cipher = BlockCipher(params.text("cipher", tuple(BlockCipher), BlockCipher.AES))
            key = derive(f"{level} {form} {cipher}")
            masked = FormatPreserving(form, cipher, key.secret)
        case _:
            dictionary = params.text("dictionary", tuple(DICTIONARIES))
            key = derive(f"{level} {dictionary}")
            masked = substitute(key.secret, dictionary)
    return (lambda values, context: masked(values)), key.key_id


class _Params:
    """A field's parameters, taken one by one; what is left at the end is unknown."""

    def __init__(self, item: str, field: Field) -> None:
        self._item, self.field, self._left = item, field, dict(field.params)
        if len(self._left) != len(field.params):
            raise self.fault("each parameter once", "one twice")

    def fault(self, expected: str, found: str) -> PlanError:
        return PlanError(self._item, self.field.name, expected, found)

    def of_kind(self, *kinds: Kind) -> None:
        if self.field.kind not in kinds:
            raise self.fault(f"the kind {', '.join(kinds)} for the level {self.field.level}", str(self.field.kind))

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

    def one_of(self, name: str, known: tuple[int, ...]) -> int:
        value = self.number(name, min(known), max(known))
        if value not in known:
            raise self.fault(f"{name} to be one of {', '.join(map(str, known))}", str(value))
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
        return lambda values, context: surname_column(values)
    first = params.number("keep_first", 0, MAX_KEPT, 0)
    last = params.number("keep_last", 0, MAX_KEPT, 0)
    if not 1 <= first + last <= MAX_KEPT:
        raise params.fault(f"1 to {MAX_KEPT} characters kept at both ends together", str(first + last))
    return lambda values, context: keep_column(values, first, last)


def _predicate(params: _Params) -> Operator:
    match params.text("question", ("is_true", "age_at_least", "is_one_of", "is_present")):
        case "is_true":
            params.of_kind(Kind.BOOLEAN)
            return lambda values, context: predicate.is_true(values)
        case "age_at_least":
            params.of_kind(Kind.DATE)
            years = params.one_of("years", ASKED_AGES)
            return lambda values, context: predicate.age_at_least(values, years, context.today)
        case "is_one_of":
            params.of_kind(Kind.STRING)
            chosen = params.text("values").split(",")
            if not all(chosen):
                raise params.fault("values parted by single commas", "an empty one")
            codes = frozenset(chosen)
            return lambda values, context: predicate.is_one_of(values, codes)
        case _:
            return lambda values, context: predicate.is_present(values)


def _clear(values: tuple[Any, ...], context: Context) -> tuple[Value, ...]:
    return values


def _decimals(values: tuple[Any, ...], context: Context) -> tuple[Value, ...]:
    """CLEAR of decimals: what is no plain decimal may be anything, so it does not pass."""
    generalise.hold_decimals(values)
    return values
