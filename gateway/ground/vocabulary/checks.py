"""The one check of a field's kind, parameters and codes, for the catalogue and for plans."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from gateway.ground.item import Kind
from gateway.ground.vocabulary.records import MaskRecord, Mismatch, Param, Written
from gateway.ground.vocabulary.tells import Params

_NONE: Final = "none"


def mismatches(record: MaskRecord, kind: Kind, params: Params, codes: tuple[str, ...]) -> Iterator[Mismatch]:
    """Yield what was expected of a field and what was found instead; nothing where the record takes it."""
    if not record.kinds:
        yield "a field that may leave", f"{record.level}, which is never registered"
        return
    if kind not in record.kinds:
        yield f"the kind {_join(sorted(record.kinds))} for the level {record.level}", str(kind)
    if codes and record.relabels:
        yield f"a value that is no code for the level {record.level}", "codes, which how often each occurs tells apart"
    found = [mismatch for param in record.params for mismatch in _of_param(param, params)]
    yield from found
    if not found:
        yield from record.rule(record.complete(params), codes)
    unknown = sorted(set(params) - {param.name for param in record.params})
    if unknown:
        yield f"no other parameter for the level {record.level}", _join(unknown)


def unwritten_params(record: MaskRecord, params: Params) -> Iterator[Mismatch]:
    """Yield what is wrong with the parameters that an item writes: all that it must, and none that it may not."""
    must = {param.name for param in record.params if param.written is Written.ALWAYS}
    may = {param.name for param in record.params if param.written is Written.PERHAPS}
    if not must <= set(params) <= must | may:
        names = [param.name for param in record.params if param.name in must]
        perhaps = f" and perhaps {_join(sorted(may))}" if may else ""
        yield f"the parameters {_join(names)}{perhaps}", _join(params)


def _of_param(param: Param, params: Params) -> Iterator[Mismatch]:
    value = params.get(param.name, param.instead)
    numbers = [known for known in param.known if isinstance(known, int)]
    if numbers:
        if type(value) is not int or not min(numbers) <= value <= max(numbers):
            yield f"{param.name} to be {min(numbers)} to {max(numbers)}", _written(value)
        elif value not in numbers:
            yield f"{param.name} to be one of {_join(map(str, numbers))}", str(value)
    elif not isinstance(value, str) or not value or (param.known and value not in param.known):
        bounds = f"one of {_join(map(str, param.known))}" if param.known else "text"
        yield f"{param.name} to be {bounds}", _written(value)


def _written(value: str | int | None) -> str:
    return _NONE if value is None else repr(value)


def _join(names: Iterable[str]) -> str:
    return ", ".join(names) or _NONE
