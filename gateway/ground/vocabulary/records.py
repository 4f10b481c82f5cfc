"""The shape of the vocabulary: a mask's record and a parameter's bounds. Nothing in them has a default."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from gateway.ground.item import Kind, Label, Level
from gateway.ground.vocabulary.tells import Params, Tells

Mismatch = tuple[str, str]
"""The expected and the found, as parts of a sentence."""
Rule = Callable[[Params, tuple[str, ...]], Iterator[Mismatch]]
"""A check of parameters together, and beside the field's codes, after the bounds of each."""


class UnknownMask(LookupError):
    """No record has the name: what was expected, and what was found."""

    def __init__(self, expected: str, found: str) -> None:
        super().__init__(f"expected {expected}, found {found}")
        self.expected = expected
        self.found = found


class Leaves(StrEnum):
    """The column that leaves, where it has no kind of its own."""

    AS_IT_CAME = "as it came"
    NOTHING = "nothing"


class Written(StrEnum):
    """Whether an item writes a parameter."""

    ALWAYS = "always"
    PERHAPS = "perhaps"
    NEVER = "never"


@dataclass(frozen=True, slots=True)
class Param:
    """A parameter and its bounds.

    `known` are the values that it may have; where it is empty, any text but an empty one. `instead` stands where the
    parameter is not given; where it is nothing, the parameter must be given.
    """

    name: str
    known: tuple[str, ...] | tuple[int, ...] | range
    written: Written
    instead: str | int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class MaskRecord:
    """One mask: a level, or one generalisation, question or form of a level.

    `choice` is the value of the level's choosing parameter (`to`, `question`, `form`, `unit`); empty where the level is
    one mask. `kinds` are the kinds of field that it takes. `params` are all its parameters, `rule` what they keep
    together. `relabels` says whether each value gets another name, by which codes could be told from how often each
    occurs. `leaves` is the kind of the column. `tells` is what is learnt of the value, and `learnt` says it in words,
    for the reference pages. `coarser` names the choices of the same level that this one's cells suffice to work out.
    """

    level: Level
    choice: str
    kinds: frozenset[Kind]
    params: tuple[Param, ...]
    rule: Rule
    relabels: bool
    leaves: Kind | Leaves
    tells: Tells
    learnt: Label
    coarser: frozenset[str]

    @property
    def name(self) -> str:
        """Return the name as the reference page writes it."""
        return f"{self.level} {self.choice}".strip()

    def leaving_kind(self, kind: Kind) -> Kind | None:
        """Return the kind of the column that leaves of a field of a kind; nothing where no column leaves."""
        if isinstance(self.leaves, Kind):
            return self.leaves
        return kind if self.leaves is Leaves.AS_IT_CAME else None

    def complete(self, params: Params) -> dict[str, str | int]:
        """Return the parameters with those that were not given; an unbounded one that is missing stays missing."""
        return {
            **{param.name: param.instead for param in self.params if param.instead is not None},
            **params,
        }


def _nothing_more(params: Params, codes: tuple[str, ...]) -> Iterator[Mismatch]:
    yield from ()


NO_RULE: Final[Rule] = _nothing_more
