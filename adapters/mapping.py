"""How a platform's names and codes become those of the application items: the mapping, as values.

Read from a TOML file by `adapters.mapping_file`; used by `adapters.mapped`. A *source* is the place of a raw value: for
a database `TABLE.COLUMN`, for a service the path of a JSON member.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from adapters.contract import Cell, Description, ServedField, ServedItem
from adapters.transforms import Read

Row = Mapping[str, object]
"""A raw record: source to raw value."""
SUBJECT_KEY: Final = "social_security_no"
"""The key column that names the cardholder."""


class Verdict(StrEnum):
    """The result of comparing one subject of the question with the records."""

    NO_MATCH = "no_match"
    """The platform does not know the number, or the name or another key that was given is not that person's."""
    LATER = "later"
    """The person's records cannot be read now."""
    NOT_APPLICABLE = "not_applicable"
    """All agrees, but the item does not apply to the person, as its mapping defines it."""
    NOT_HELD = "not_held"
    """All agrees, but the person has no such record."""
    DIFFERENT = "different"
    """All agrees but a key about which the item tells whether it does."""
    INVALID = "invalid"
    """All agrees, but the record is not in a valid state, as the item's mapping defines it."""
    MATCH = "match"
    """All agrees."""


ANSWERED: Final = frozenset({Verdict.DIFFERENT, Verdict.INVALID, Verdict.MATCH})
"""Verdicts by which a person's row is found."""


@dataclass(frozen=True, slots=True)
class Pick:
    """A key that chooses among a person's records; `codes` turns the shared value into the local one."""

    key: str
    ask: str
    codes: Mapping[str, str] | None


@dataclass(frozen=True, slots=True)
class Compare:
    """A key that must equal what the platform holds; an optional one counts only where it is given.

    Where `told`, the item is about whether it does: a record that differs in it alone is DIFFERENT, not unknown.
    """

    key: str
    source: str
    optional: bool
    told: bool = False


@dataclass(frozen=True, slots=True)
class Rule:
    """How one field is made.

    Either from `source` by `read`, with `absent` in place of a null; or, where `verdicts` is set, from the verdict. A
    row that is not found has no cell.
    """

    name: str
    kind: str
    source: str
    read: Read
    absent: Cell
    verdicts: Mapping[Verdict, Cell] | None


@dataclass(frozen=True, slots=True)
class Valid:
    """The record is in a state where this rule reads one of these values."""

    rule: Rule
    values: frozenset[Cell]


@dataclass(frozen=True, slots=True)
class SubjectItem:
    """An item about cardholders.

    `subject` is by what a number is asked, `returned` the source by which each record says whose it is. `latest` is the
    source by which the newest of several records is chosen. `held` is a source that is null where the person has no
    such record; `later` one that is not null while the person's records cannot be read, the time in milliseconds since
    1970 from which they can; `inapplicable` the state in which the item does not apply.
    """

    code: str
    version: int
    place: str
    subject: str
    returned: str
    joins: tuple[tuple[str, str], ...]
    picks: tuple[Pick, ...]
    compares: tuple[Compare, ...]
    latest: str | None
    valid: Valid | None
    held: str | None
    later: str | None
    inapplicable: Valid | None
    rules: Mapping[str, Rule]

    @property
    def keys(self) -> tuple[str, ...]:
        """Return the key columns: the subject's first."""
        return (SUBJECT_KEY, *(c.key for c in self.compares), *(p.key for p in self.picks))

    @property
    def optional(self) -> frozenset[str]:
        """Return the keys that may be left out."""
        return frozenset(c.key for c in self.compares if c.optional)

    def sources(self, fields: Sequence[str]) -> tuple[str, ...]:
        """Return the sources that an answer with these fields needs, each once; the number that comes back first."""
        wanted = [self.returned, *(compare.source for compare in self.compares)]
        wanted += [self.latest] if self.latest is not None else []
        wanted += [state.rule.source for state in (self.valid, self.inapplicable) if state is not None]
        wanted += [source for source in (self.held, self.later) if source is not None]
        wanted += [self.rules[name].source for name in fields if self.rules[name].verdicts is None]
        return tuple(dict.fromkeys(wanted))


@dataclass(frozen=True, slots=True)
class ListingItem:
    """A public directory. Records are asked by a region's prefix and come in the order of the unique source `order`.

    `region` is by what a region is asked, `returned` the source by which each record says in which region it lies.
    """

    code: str
    version: int
    place: str
    key: str
    region: str
    returned: str
    order: str
    rules: Mapping[str, Rule]

    @property
    def keys(self) -> tuple[str, ...]:
        """Return the one key column, the region."""
        return (self.key,)

    def sources(self, fields: Sequence[str]) -> tuple[str, ...]:
        """Return the sources that an answer with these fields needs; the order's and the region's first."""
        return tuple(dict.fromkeys((self.order, self.returned, *(self.rules[name].source for name in fields))))


@dataclass(frozen=True, slots=True)
class PlatformMapping:
    """All that one platform serves; `wire` are the names of a service's own envelope, empty for a database."""

    name: str
    items: Mapping[str, SubjectItem | ListingItem]
    wire: Mapping[str, str | int]

    def description(self) -> Description:
        """Return what the platform serves, in the order of the codes."""
        return Description(
            self.name,
            tuple(
                ServedItem(
                    item.code,
                    item.version,
                    tuple(ServedField(key, "string") for key in item.keys),
                    tuple(ServedField(rule.name, rule.kind) for rule in item.rules.values()),
                )
                for _, item in sorted(self.items.items())
            ),
        )
