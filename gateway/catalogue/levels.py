"""What each masking level takes: the kinds of column and the parameters that it knows, and the kind that leaves.

Rule: a parameter that a level does not know, or a level on a kind that it cannot mask, is a fault when the item loads,
long before a record could meet it. How a level masks is the masking room's business.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Final

from gateway.ground.item import Field, Kind, Level

_ANY: Final = frozenset(Kind) - {Kind.SEALED}
_STRING: Final = frozenset({Kind.STRING})
GENERALISATIONS: Final[Mapping[str, frozenset[Kind]]] = MappingProxyType(
    {
        "year": frozenset({Kind.DATE}),
        "year_month": frozenset({Kind.DATE}),
        "age_band": frozenset({Kind.DATE}),
        "city": _STRING,
        "province": _STRING,
        "address_city": _STRING,
        "icd_chapter": _STRING,
        "amount_band": frozenset({Kind.DECIMAL}),
    }
)
"""What a value may be generalised to, and from which kinds."""
QUESTIONS: Final[Mapping[str, frozenset[Kind]]] = MappingProxyType(
    {
        "is_true": frozenset({Kind.BOOLEAN}),
        "age_at_least": frozenset({Kind.DATE}),
        "is_one_of": _STRING,
        "is_present": _ANY,
    }
)
"""What may be asked of a value that is answered with yes or no, and of which kinds."""
KINDS: Final[Mapping[Level, frozenset[Kind]]] = MappingProxyType(
    {
        Level.CLEAR: _ANY,
        Level.DROP: _ANY,
        Level.REDACT: _ANY,
        Level.PARTIAL: _STRING,
        Level.ROUND: frozenset({Kind.DECIMAL, Kind.INTEGER}),
        Level.DATE_SHIFT: frozenset({Kind.DATE}),
        Level.PSEUDONYM: _STRING,
        Level.KEYED_HASH: _STRING,
        Level.FORMAT_PRESERVING: _STRING,
        Level.ENCRYPT: frozenset({Kind.STRING, Kind.DECIMAL, Kind.DATE, Kind.INTEGER}),
        Level.SUBSTITUTE: _STRING,
    }
)
"""Which kinds each level masks; those of GENERALISE and PREDICATE depend on the parameter."""
RELABELLING: Final = frozenset({Level.PSEUDONYM, Level.KEYED_HASH, Level.FORMAT_PRESERVING, Level.SUBSTITUTE})
"""Levels that give each value another name: of few values, how often a name occurs tells the value."""
AGES: Final = (14, 16, 18, 60, 65, 70, 80)
"""The ages that `age_at_least` may ask for, in years."""
MAX_KEPT: Final = 4
"""Characters that `partial` may keep at both ends together."""
ROUNDINGS: Final = (10, 100, 1000, 10000)
"""What `round` may round to."""
SHIFT_DAYS: Final = (30, 365)
"""Fewest and most days that `max_days` of `date_shift` may say."""
FORMS: Final = ("identity", "bank_card", "mobile", "digits")
"""The forms that `format_preserving` keeps."""
CIPHERS: Final = ("aes", "sm4")
HASHES: Final = ("sha256", "sm3")


def level_faults(field: Field) -> Iterator[str]:
    """Yield what is wrong with a field's level, kind and parameters, as sentences; nothing where all is well."""
    yield from _faults(field.kind, field.level, dict(field.params), field.codes)


def minor_level_faults(field: Field) -> Iterator[str]:
    """Yield what is wrong with the level, kind and parameters for a minor."""
    yield from _faults(field.kind, field.minor_level, dict(field.minor_params), field.codes)


def leaving_kind(kind: Kind, level: Level) -> Kind:
    """Return the kind of the column that leaves; for a dropped field its own, though no column leaves."""
    match level:
        case Level.CLEAR | Level.DROP | Level.ROUND | Level.DATE_SHIFT | Level.FORBID:
            return kind
        case Level.PREDICATE:
            return Kind.BOOLEAN
        case Level.ENCRYPT:
            return Kind.SEALED
        case _:
            return Kind.STRING


def _faults(kind: Kind, level: Level, params: Mapping[str, str | int], codes: tuple[str, ...]) -> Iterator[str]:
    if kind is Kind.SEALED:
        yield "expected a kind that a platform can give, found sealed"
        return
    if level in KINDS:
        yield from _of_kind(kind, KINDS[level], level)
    if codes and level in RELABELLING:
        yield f"expected a field without codes for the level {level}, found some: how often each occurs tells it"
    match level:
        case Level.CLEAR | Level.DROP | Level.REDACT | Level.ENCRYPT:
            yield from _names(params, ())
        case Level.PARTIAL:
            yield from _kept(params)
        case Level.GENERALISE:
            yield from _names(params, ("to",))
            yield from _listed(kind, level, params, "to", GENERALISATIONS)
        case Level.ROUND:
            yield from _names(params, ("to",))
            yield from _one_of(params, "to", ROUNDINGS)
        case Level.PREDICATE:
            more = {"age_at_least": ("years",), "is_one_of": ("values",)}.get(str(params.get("question")), ())
            yield from _names(params, ("question", *more))
            yield from _listed(kind, level, params, "question", QUESTIONS)
            yield from _answerable(codes, params)
        case Level.DATE_SHIFT:
            yield from _names(params, ("max_days",))
            yield from _one_of(params, "max_days", range(SHIFT_DAYS[0], SHIFT_DAYS[1] + 1))
        case Level.PSEUDONYM:
            yield from _names(params, (), ("cipher",))
            yield from _one_of(params, "cipher", CIPHERS, CIPHERS[0])
        case Level.KEYED_HASH:
            yield from _names(params, (), ("hash",))
            yield from _one_of(params, "hash", HASHES, HASHES[0])
        case Level.FORMAT_PRESERVING:
            yield from _names(params, ("form",), ("cipher",))
            yield from _one_of(params, "form", FORMS)
            yield from _one_of(params, "cipher", CIPHERS, CIPHERS[0])
        case Level.SUBSTITUTE:
            yield from _names(params, ("dictionary",))
            if not isinstance(params.get("dictionary"), str):
                yield f"expected dictionary to be a name, found {params.get('dictionary')!r}"
        case Level.FORBID:
            yield "expected a field that may leave, found forbid, which is never registered"


def _names(params: Mapping[str, str | int], names: tuple[str, ...], more: tuple[str, ...] = ()) -> Iterator[str]:
    if not set(names) <= set(params) <= {*names, *more}:
        told = _join(names) if not more else f"{_join(names)} and perhaps {_join(more)}"
        yield f"expected the parameters {told}, found {_join(tuple(params))}"


def _of_kind(kind: Kind, kinds: frozenset[Kind], level: Level) -> Iterator[str]:
    if kind not in kinds:
        yield f"expected the kind {_join(tuple(sorted(kinds)))} for the level {level}, found {kind}"


def _one_of(
    params: Mapping[str, str | int], name: str, known: tuple[str, ...] | tuple[int, ...] | range, default: str = ""
) -> Iterator[str]:
    value = params.get(name, default)
    if isinstance(value, bool) or value not in known:
        told = f"{known[0]} to {known[-1]}" if isinstance(known, range) else _join(tuple(map(str, known)))
        yield f"expected {name} to be one of {told}, found {value!r}"


def _listed(
    kind: Kind, level: Level, params: Mapping[str, str | int], name: str, table: Mapping[str, frozenset[Kind]]
) -> Iterator[str]:
    if params.get(name) not in table:
        yield f"expected {name} to be one of {_join(tuple(table))}, found {params.get(name)!r}"
    else:
        yield from _of_kind(kind, table[str(params[name])], level)


def _kept(params: Mapping[str, str | int]) -> Iterator[str]:
    if "unit" in params:
        yield from _names(params, ("unit",))
        yield from _one_of(params, "unit", ("surname",))
        return
    yield from _names(params, ("keep_first", "keep_last"))
    kept = [params.get("keep_first", 0), params.get("keep_last", 0)]
    numbers = [number for number in kept if isinstance(number, int) and number >= 0]
    if len(numbers) < len(kept) or not 0 < sum(numbers) <= MAX_KEPT:
        yield f"expected keep_first and keep_last to be 1 to {MAX_KEPT} characters together, found another sum"


def _answerable(codes: tuple[str, ...], params: Mapping[str, str | int]) -> Iterator[str]:
    if "years" in params and params["years"] not in AGES:
        yield f"expected years to be one of {_join(tuple(map(str, AGES)))}, found {params['years']!r}"
    if "values" in params:
        values = str(params["values"]).split(",")
        if not all(values) or not set(values) <= set(codes):
            yield f"expected values among the field's codes {_join(codes)}, found {params['values']!r}"


def _join(names: tuple[str, ...]) -> str:
    return ", ".join(names) or "none"
