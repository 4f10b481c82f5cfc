"""What each masking level takes: the kinds of column and the parameters that it knows.

Rule: a parameter that a level does not know, or a level on a kind that it cannot mask, is a fault when the item loads,
long before a record could meet it. How a level masks is the masking room's business.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Final

from gateway.item import Field, Kind, Level

_ANY: Final = frozenset(Kind) - {Kind.SEALED}
GENERALISATIONS: Final[Mapping[str, frozenset[Kind]]] = MappingProxyType(
    {
        "year": frozenset({Kind.DATE}),
        "year_month": frozenset({Kind.DATE}),
        "age_band": frozenset({Kind.DATE}),
        "city": frozenset({Kind.STRING}),
        "amount_band": frozenset({Kind.DECIMAL}),
    }
)
"""What a value may be generalised to, and from which kinds."""
QUESTIONS: Final[Mapping[str, frozenset[Kind]]] = MappingProxyType(
    {
        "is_true": frozenset({Kind.BOOLEAN}),
        "age_at_least": frozenset({Kind.DATE}),
        "is_one_of": frozenset({Kind.STRING}),
        "is_present": _ANY,
    }
)
"""What may be asked of a value that is answered with yes or no, and of which kinds."""
AGES: Final = (18, 60, 65, 70)
"""The ages that `age_at_least` may ask for, in years."""
MAX_KEPT: Final = 4
"""Characters that `partial` may keep at both ends together."""


def level_faults(field: Field) -> Iterator[str]:
    """Yield what is wrong with a field's level, kind and parameters, as sentences; nothing where all is well."""
    if field.kind is Kind.SEALED:
        yield "expected a kind that a platform can give, found sealed"
        return
    params = dict(field.params)
    match field.level:
        case Level.CLEAR | Level.DROP:
            yield from _exactly(params, ())
        case Level.PSEUDONYM:
            yield from _exactly(params, ())
            yield from _of_kind(field, frozenset({Kind.STRING}))
        case Level.PARTIAL:
            yield from _exactly(params, ("keep_first", "keep_last"))
            yield from _of_kind(field, frozenset({Kind.STRING}))
            yield from _kept(params)
        case Level.GENERALISE:
            yield from _exactly(params, ("to",))
            yield from _listed(field, params, "to", GENERALISATIONS)
        case Level.PREDICATE:
            question = params.get("question")
            more = {"age_at_least": ("years",), "is_one_of": ("values",)}.get(str(question), ())
            yield from _exactly(params, ("question", *more))
            yield from _listed(field, params, "question", QUESTIONS)
            yield from _answerable(field, params)


def _exactly(params: Mapping[str, str | int], names: tuple[str, ...]) -> Iterator[str]:
    if set(params) != set(names):
        yield f"expected the parameters {_join(names)}, found {_join(tuple(params))}"


def _of_kind(field: Field, kinds: frozenset[Kind]) -> Iterator[str]:
    if field.kind not in kinds:
        yield f"expected the kind {_join(tuple(sorted(kinds)))} for the level {field.level}, found {field.kind}"


def _listed(
    field: Field, params: Mapping[str, str | int], name: str, table: Mapping[str, frozenset[Kind]]
) -> Iterator[str]:
    if params.get(name) not in table:
        yield f"expected {name} to be one of {_join(tuple(table))}, found {params.get(name)!r}"
    else:
        yield from _of_kind(field, table[str(params[name])])


def _kept(params: Mapping[str, str | int]) -> Iterator[str]:
    kept = [params.get("keep_first", 0), params.get("keep_last", 0)]
    numbers = [number for number in kept if isinstance(number, int) and number >= 0]
    if len(numbers) < len(kept) or not 0 < sum(numbers) <= MAX_KEPT:
        yield f"expected keep_first and keep_last to be 1 to {MAX_KEPT} characters together, found another sum"


def _answerable(field: Field, params: Mapping[str, str | int]) -> Iterator[str]:
    if "years" in params and params["years"] not in AGES:
        yield f"expected years to be one of {_join(tuple(map(str, AGES)))}, found {params['years']!r}"
    if "values" in params:
        values = str(params["values"]).split(",")
        if not all(values) or not set(values) <= set(field.codes):
            yield f"expected values among the field's codes {_join(field.codes)}, found {params['values']!r}"


def _join(names: tuple[str, ...]) -> str:
    return ", ".join(names) or "none"
