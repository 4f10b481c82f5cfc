"""Reads a parsed TOML table strictly: an unknown key, a missing one or a wrong type is a fault, never a guess.

Rules: faults are gathered, not raised, so that one run names all of them; after a fault the reader goes on with a
stand-in, and whoever gathered the faults must call `settle` before using what was read.
A fault says where it stands, what was expected and what was found.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import TypeVar

from gateway.ground.item import Label

Choice = TypeVar("Choice", bound=StrEnum)

CODE = r"[A-Z0-9]{2,8}(-[A-Z0-9]{1,8}){1,3}"
"""An item's code."""
SLUG = r"[a-z][a-z0-9-]{1,63}"
"""The code of a scene, a use basis or a department type."""
DEPARTMENT = r"[a-z0-9][a-z0-9-]{1,63}"
FIELD = r"[a-z][a-z0-9_]{0,63}"
"""The name of a field or of a key."""
PROVINCE = r"[1-9][0-9]0000"
REGION = r"[1-9][0-9]{5}"
DOCUMENT = r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}"
"""The identifier of a grant."""
BODY = r"[A-Za-z0-9][A-Za-z0-9-]{1,63}"
"""The registered code of a body that a department serves: its own, or its 统一社会信用代码."""
NUMBER = r"[A-Za-z0-9][A-Za-z0-9._/-]{0,63}"
"""A number that an office gave: of a batch's approval, of a consent to onward supply."""
SHA256 = r"[0-9a-f]{64}"

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class CatalogueFault:
    """One thing wrong in one file: `file`, the `path` of the key in it, and what was expected and found."""

    file: str
    path: str
    message: str

    def __str__(self) -> str:
        return f"{self.file}: {self.path}: {self.message}" if self.path else f"{self.file}: {self.message}"


class CatalogueError(Exception):
    """The catalogue does not load. `faults` has every fault of every file, in the order of reading."""

    def __init__(self, faults: tuple[CatalogueFault, ...]) -> None:
        super().__init__("\n".join(map(str, faults)))
        self.faults = faults


@dataclass(slots=True)
class Faults:
    """The faults found so far."""

    found: list[CatalogueFault] = field(default_factory=list)

    def add(self, file: str, path: str, message: str) -> None:
        """Note one fault."""
        self.found.append(CatalogueFault(file, path, message))

    def settle(self) -> None:
        """Return if nothing is wrong.

        Raises:
            CatalogueError: with all the faults.
        """
        if self.found:
            raise CatalogueError(tuple(self.found))


class Table:
    """One table of a file. Each reading method takes a key off it; `close` faults what nobody took."""

    def __init__(self, file: str, path: str, data: Mapping[str, object], faults: Faults) -> None:
        self.file = file
        self.path = path
        self._data = data
        self._taken: set[str] = set()
        self._faults = faults

    def fault(self, key: str, message: str) -> None:
        """Note a fault at a key of this table."""
        self._faults.add(self.file, ".".join(filter(None, (self.path, key))), message)

    def take(self, key: str, expected: str) -> object:
        """Return the value of a key that must be there; None, and a fault, where it is not."""
        self._taken.add(key)
        if key not in self._data:
            self.fault(key, f"expected {expected}, found nothing")
        return self._data.get(key)

    def has(self, key: str) -> bool:
        """Tell whether the table has the key."""
        return key in self._data

    def has_empty(self, key: str) -> bool:
        """Tell whether the table has the key, with an empty array."""
        return self._data.get(key) == []

    def is_text(self, key: str) -> bool:
        """Tell whether the table has the key, with a text."""
        return isinstance(self._data.get(key), str)

    def text(self, key: str, pattern: str = "", *, empty: bool = False) -> str:
        """Return a text that matches `pattern` from end to end; it may be empty or absent only where `empty`."""
        if empty and key not in self._data:
            self._taken.add(key)
            return ""
        value = self.take(key, "a text")
        if value is None:
            return ""
        if not isinstance(value, str):
            self.fault(key, f"expected a text, found {_kind(value)}")
        elif not value.strip():
            if not empty:
                self.fault(key, "expected a text, found an empty one")
        elif pattern and not re.fullmatch(pattern, value):
            self.fault(key, f"expected the form {pattern}, found {value!r}")
        else:
            return value
        return ""

    def integer(self, key: str, low: int, high: int, *, absent: int | None = None) -> int:
        """Return an integer from `low` to `high`; `absent`, where one is given, for a key that is not there."""
        if absent is not None and key not in self._data:
            self._taken.add(key)
            return absent
        value = self.take(key, f"an integer from {low} to {high}")
        if value is None:
            return low
        if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
            self.fault(key, f"expected an integer from {low} to {high}, found {value!r}")
            return low
        return value

    def boolean(self, key: str, *, absent: bool | None = None) -> bool:
        """Return true or false; `absent`, where one is given, for a key that is not there."""
        if absent is not None and key not in self._data:
            self._taken.add(key)
            return absent
        value = self.take(key, "true or false")
        if value is not None and not isinstance(value, bool):
            self.fault(key, f"expected true or false, found {_kind(value)}")
        return value is True

    def day(self, key: str) -> date:
        """Return a date without a time."""
        value = self.take(key, "a date")
        if isinstance(value, date) and not isinstance(value, datetime):
            return value
        if value is not None:
            self.fault(key, f"expected a date, found {_kind(value)}")
        return date.min

    def moment(self, key: str) -> datetime:
        """Return a date and time with an offset."""
        value = self.take(key, "a date and time with an offset")
        if isinstance(value, datetime) and value.tzinfo is not None:
            return value
        if value is not None:
            self.fault(key, "expected a date and time with an offset, found another kind of value")
        return _EPOCH

    def texts(self, key: str, pattern: str = "", *, empty: bool = False) -> tuple[str, ...]:
        """Return an array of distinct texts; it may be empty or absent only where `empty`."""
        if empty and key not in self._data:
            self._taken.add(key)
            return ()
        value = self.take(key, "an array of texts")
        if value is None:
            return ()
        if not isinstance(value, list) or not all(isinstance(entry, str) and entry.strip() for entry in value):
            self.fault(key, "expected an array of texts, found another kind of value")
            return ()
        if not value and not empty:
            self.fault(key, "expected at least one entry, found an empty array")
        if len(set(value)) != len(value):
            self.fault(key, "expected distinct entries, found one twice")
        for entry in value:
            if pattern and not re.fullmatch(pattern, entry):
                self.fault(key, f"expected the form {pattern}, found {entry!r}")
        return tuple(value)

    def choice(self, key: str, choices: type[Choice]) -> Choice:
        """Return one of the enumeration's values."""
        allowed = ", ".join(choices)
        value = self.take(key, f"one of {allowed}")
        first = next(iter(choices))
        if value is None:
            return first
        try:
            return choices(str(value))
        except ValueError:
            self.fault(key, f"expected one of {allowed}, found {value!r}")
            return first

    def choices(self, key: str, choices: type[Choice]) -> tuple[Choice, ...]:
        """Return at least one of the enumeration's values, each once."""
        made = []
        for entry in self.texts(key):
            try:
                made.append(choices(entry))
            except ValueError:
                self.fault(key, f"expected one of {', '.join(choices)}, found {entry!r}")
        return tuple(made)

    def label(self, key: str) -> Label:
        """Return a name in Chinese and English, from a table of its own."""
        inner = self.table(key)
        label = Label(inner.text("zh"), inner.text("en"))
        inner.close()
        return label

    def table(self, key: str) -> Table:
        """Return a table of its own; empty, with a fault, where there is none."""
        value = self.take(key, "a table")
        if value is not None and not isinstance(value, dict):
            self.fault(key, f"expected a table, found {_kind(value)}")
        path = ".".join(filter(None, (self.path, key)))
        return Table(self.file, path, value if isinstance(value, dict) else {}, self._faults)

    def tables(self, key: str, *, empty: bool = False) -> Iterator[Table]:
        """Yield the tables of an array and close each; the array may be empty or absent only where `empty`."""
        if empty and key not in self._data:
            self._taken.add(key)
            return
        value = self.take(key, "an array of tables")
        if value is None:
            return
        if not isinstance(value, list) or not all(isinstance(entry, dict) for entry in value):
            self.fault(key, f"expected an array of tables, found {_kind(value)}")
            return
        if not value and not empty:
            self.fault(key, "expected at least one table, found none")
        for index, entry in enumerate(value):
            table = Table(self.file, ".".join(filter(None, (self.path, f"{key}[{index}]"))), entry, self._faults)
            yield table
            table.close()

    def scalars(self, key: str) -> tuple[tuple[str, str | int], ...]:
        """Return a table of texts and integers in the order of their names; absent means empty."""
        self._taken.add(key)
        value = self._data.get(key, {})
        if not isinstance(value, dict) or any(
            isinstance(entry, bool) or not isinstance(entry, str | int) for entry in value.values()
        ):
            self.fault(key, "expected a table of texts and integers, found another kind of value")
            return ()
        return tuple(sorted(value.items()))

    def close(self) -> None:
        """Fault every key that was not read."""
        for key in self._data:
            if key not in self._taken:
                self.fault(key, f"expected one of {', '.join(sorted(self._taken))}, found an unknown key")


def _kind(value: object) -> str:
    return f"a value of type {type(value).__name__}"
