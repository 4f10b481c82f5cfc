"""From a field to its operator: one entry for each record of the vocabulary.

An operator is a pure function of a column and its context; it returns as many cells as it got. Its cells have the types
of the field's kind, or are null: `apply` holds them to that before. A mask that no record describes, or a parameter or
a kind that its record does not take, has no operator.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

from gateway.ground.evidence import Value
from gateway.ground.item import Field, Kind, LegalClass, Level
from gateway.ground.vocabulary.checks import mismatches
from gateway.ground.vocabulary.facts import chosen_values, kept_ends
from gateway.ground.vocabulary.masks import RECORDS, record_of, require_names
from gateway.ground.vocabulary.names import BlockCipher, Hash, NumberForm
from gateway.ground.vocabulary.records import UnknownMask
from gateway.masking import generalise, predicate, rounding
from gateway.masking.context import Context, Operator
from gateway.masking.date_shift import date_shift
from gateway.masking.faults import PlanError
from gateway.masking.format_preserving import FormatPreserving
from gateway.masking.keyed_hash import keyed_hash
from gateway.masking.keys import FieldKey
from gateway.masking.partial import keep_column, surname_column
from gateway.masking.places import NO_PLACES, Places
from gateway.masking.pseudonym import pseudonym, use_of
from gateway.masking.redact import redact
from gateway.masking.sealed import encrypt, key_id_of
from gateway.masking.substitute import substitute


@dataclass(frozen=True, slots=True)
class Material:
    """The material from which operators are made, beside the field.

    `derive` gives the field's key for a use; `derive_shift` the key by which a person's dates move, which is the
    recipient's alone. `sealing_key` is the consuming department's public key, empty where there is none. `places` are
    the regions.
    """

    derive: Callable[[str], FieldKey]
    derive_shift: Callable[[str], FieldKey]
    sealing_key: bytes = b""
    places: Places = NO_PLACES


@dataclass(frozen=True, slots=True)
class _Recipe:
    """One operator to make: the field, its parameters with those that were not given, and the material."""

    item: str
    field: Field
    params: Mapping[str, str | int]
    material: Material

    def text(self, name: str) -> str:
        return str(self.params[name])

    def number(self, name: str) -> int:
        return int(self.params[name])

    def fault(self, expected: str, found: str) -> PlanError:
        return PlanError(self.item, self.field.name, expected, found)


_Made = tuple[Operator | None, str]
"""An operator, and the identifier of its key where it has one; no operator where nothing leaves."""


def operator_of(item: str, field: Field, material: Material) -> _Made:
    """Return a field's operator, and the identifier of its key where it has one; no operator where it is dropped.

    Raises:
        PlanError: class, level, kind or parameters are not what an operator takes, or the key is missing.
    """
    _require_classified(item, field)
    params = dict(field.params)
    if len(params) != len(field.params):
        raise PlanError(item, field.name, "each parameter once", "one twice")
    try:
        record = record_of(field.level, params)
    except UnknownMask as error:
        raise PlanError(item, field.name, error.expected, error.found) from None
    for expected, found in mismatches(record, field.kind, params, field.codes):
        raise PlanError(item, field.name, expected, found)
    return _MAKERS[record.level, record.choice](_Recipe(item, field, record.complete(params), material))


def _require_classified(item: str, field: Field) -> None:
    for what, value, enumeration in (
        ("legal class", field.legal_class, LegalClass),
        ("level", field.level, Level),
        ("kind", field.kind, Kind),
    ):
        if type(value) is not enumeration:
            raise PlanError(item, field.name, f"a {what}", repr(value))
    if field.kind is Kind.SEALED:
        raise PlanError(item, field.name, "a kind that a platform gives", "sealed")


def _make_clear(recipe: _Recipe) -> _Made:
    return (_decimals if recipe.field.kind is Kind.DECIMAL else _clear), ""


def _make_nothing(recipe: _Recipe) -> _Made:
    return None, ""


def _make_partial(recipe: _Recipe) -> _Made:
    first, last = kept_ends(recipe.params)
    return (lambda values, context: keep_column(values, first, last)), ""


def _make_rounding(recipe: _Recipe) -> _Made:
    to = recipe.number("to")
    rounded = rounding.decimals if recipe.field.kind is Kind.DECIMAL else rounding.integers
    return (lambda values, context: rounded(values, to)), ""


def _make_shift(recipe: _Recipe) -> _Made:
    max_days = recipe.number("max_days")
    key = recipe.material.derive_shift(f"{Level.DATE_SHIFT} {max_days}")
    return date_shift(key.secret, max_days), key.key_id


def _make_pseudonym(recipe: _Recipe) -> _Made:
    cipher = BlockCipher(recipe.text("cipher"))
    key = recipe.material.derive(use_of(cipher))
    return _of_values(pseudonym(key.secret, cipher)), key.key_id


def _make_keyed_hash(recipe: _Recipe) -> _Made:
    hashed = Hash(recipe.text("hash"))
    key = recipe.material.derive(f"{Level.KEYED_HASH} {hashed}")
    try:
        return _of_values(keyed_hash(key.secret, hashed)), key.key_id
    except ValueError:
        raise recipe.fault("a hash that this machine's OpenSSL has", "another") from None


def _make_number(recipe: _Recipe) -> _Made:
    form, cipher = NumberForm(recipe.text("form")), BlockCipher(recipe.text("cipher"))
    key = recipe.material.derive(f"{Level.FORMAT_PRESERVING} {form} {cipher}")
    return _of_values(FormatPreserving(form, cipher, key.secret)), key.key_id


def _make_sealed(recipe: _Recipe) -> _Made:
    if not recipe.material.sealing_key:
        raise recipe.fault("the consuming department's sealing key", "none")
    return encrypt(recipe.field.name), key_id_of(recipe.material.sealing_key)


def _make_substitute(recipe: _Recipe) -> _Made:
    dictionary = recipe.text("dictionary")
    key = recipe.material.derive(f"{Level.SUBSTITUTE} {dictionary}")
    return _of_values(substitute(key.secret, dictionary)), key.key_id


def _make_forbidden(recipe: _Recipe) -> _Made:
    raise recipe.fault("a field that may leave", recipe.field.level)


def _make_age_question(recipe: _Recipe) -> _Made:
    years = recipe.number("years")
    return (lambda values, context: predicate.age_at_least(values, years, context.today)), ""


def _make_code_question(recipe: _Recipe) -> _Made:
    codes = frozenset(chosen_values(recipe.params))
    return (lambda values, context: predicate.is_one_of(values, codes)), ""


def _of_values(masked: Callable[[tuple[Any, ...]], tuple[Value, ...]]) -> Operator:
    return lambda values, context: masked(values)


def _clear(values: tuple[Any, ...], context: Context) -> tuple[Value, ...]:
    return values


def _decimals(values: tuple[Any, ...], context: Context) -> tuple[Value, ...]:
    """CLEAR of decimals: what is no plain decimal may be anything, so it does not pass."""
    generalise.require_decimals(values)
    return values


_Maker = Callable[[_Recipe], _Made]


def _generalising(made: Callable[[Places], Operator]) -> _Maker:
    return lambda recipe: (made(recipe.material.places), "")


_MAKERS: Final[Mapping[tuple[Level, str], _Maker]] = MappingProxyType(
    {
        (Level.CLEAR, ""): _make_clear,
        (Level.DROP, ""): _make_nothing,
        (Level.REDACT, ""): lambda recipe: (redact, ""),
        (Level.PARTIAL, "character"): _make_partial,
        (Level.PARTIAL, "surname"): lambda recipe: (lambda values, context: surname_column(values), ""),
        **{(Level.GENERALISE, to): _generalising(made) for to, made in generalise.OPERATORS.items()},
        (Level.ROUND, ""): _make_rounding,
        (Level.PREDICATE, "is_true"): lambda recipe: (lambda values, context: predicate.is_true(values), ""),
        (Level.PREDICATE, "age_at_least"): _make_age_question,
        (Level.PREDICATE, "is_one_of"): _make_code_question,
        (Level.PREDICATE, "is_present"): lambda recipe: (lambda values, context: predicate.is_present(values), ""),
        (Level.DATE_SHIFT, ""): _make_shift,
        (Level.PSEUDONYM, ""): _make_pseudonym,
        (Level.KEYED_HASH, ""): _make_keyed_hash,
        **{(Level.FORMAT_PRESERVING, form.value): _make_number for form in NumberForm},
        (Level.ENCRYPT, ""): _make_sealed,
        (Level.SUBSTITUTE, ""): _make_substitute,
        (Level.FORBID, ""): _make_forbidden,
    }
)
"""The maker of the operator of each record, by level and choice."""
require_names(
    "gateway/masking/operators.py",
    [f"{level} {choice}".strip() for level, choice in _MAKERS],
    [record.name for record in RECORDS],
)
