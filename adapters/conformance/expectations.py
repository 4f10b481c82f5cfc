"""The expectations of a platform: the application items of its TOML files, and a question that it can answer."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from adapters.contract import Cell
from adapters.identity_number import check_digit

KeyRow = Mapping[str, Cell]
_NOBODY: Final = "51999919300101001"
"""The first 17 digits of a number that the generator gives to nobody: born before its oldest person."""


class ItemsInvalid(ValueError):
    """The items or the sample rows are not what the suite needs."""


@dataclass(frozen=True, slots=True)
class ExpectedField:
    """A field of the answer; `codes` are the values it may have, empty where it is not coded."""

    name: str
    kind: str
    codes: frozenset[str]


@dataclass(frozen=True, slots=True, repr=False)
class ExpectedItem:
    """An item with a key row that the platform knows, and one that it cannot know."""

    code: str
    version: int
    subjects: bool
    keys: tuple[tuple[str, str], ...]
    optional: frozenset[str]
    fields: tuple[ExpectedField, ...]
    known: KeyRow
    unknown: KeyRow

    def __repr__(self) -> str:
        return f"<expected item {self.code} v{self.version}>"


def read_items(directory: Path, samples: Mapping[str, KeyRow]) -> tuple[ExpectedItem, ...]:
    """Read the items of a directory that a question can be put to, each with its sample row.

    Raises:
        ItemsInvalid: no item there, or an item without a sample, or a sample without a required key.
        OSError: the directory cannot be read.
    """
    items = []
    for path in sorted(directory.glob("*.toml")):
        try:
            table = tomllib.loads(path.read_text(encoding="utf-8"))
            if not any(map(_is_asked, table["modes"])):
                continue
            if table["code"] not in samples:
                raise ItemsInvalid(f"{table['code']}: expected a sample row, found none")
            items.append(_item(table, samples[table["code"]]))
        except ItemsInvalid:
            raise
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
            raise ItemsInvalid(f"{path.name}: expected an item's TOML, found another form") from error
    if not items:
        raise ItemsInvalid("items: expected at least one TOML file, found none")
    return tuple(items)


def _is_asked(mode: Mapping[str, object]) -> bool:
    """Tell whether a question comes in this mode: not what is pushed, a file, or of a case alone."""
    return mode["mode"] in ("api", "batch") and not mode.get("case_only", False)


def _codes(field: dict[str, Any]) -> frozenset[str]:
    """The values that a field may have: listed, or named after their code set, as in `CS-CARD:active,lost`."""
    codes = field.get("codes", ())
    return frozenset(codes.partition(":")[2].split(",") if isinstance(codes, str) else codes)


def _item(table: dict[str, Any], known: KeyRow) -> ExpectedItem:
    keys = tuple((key["name"], key["kind"]) for key in table["keys"])
    optional = frozenset(key["name"] for key in table["keys"] if not key["required"])
    if not {name for name, _ in keys} - optional <= known.keys() <= {name for name, _ in keys}:
        raise ItemsInvalid(f"{table['code']}: expected a sample row with the item's keys, found others")
    fields = tuple(ExpectedField(one["name"], one["kind"], _codes(one)) for one in table["fields"])
    if table["subjects"]:
        nobody = {"social_security_no": _NOBODY + check_digit(_NOBODY), "name": "无名"}
        unknown = {**known, **{name: value for name, value in nobody.items() if name in known}}
    else:
        unknown = dict.fromkeys(known, "990000")
    return ExpectedItem(
        code=table["code"],
        version=table["version"],
        subjects=table["subjects"],
        keys=keys,
        optional=optional,
        fields=fields,
        known=dict(known),
        unknown=unknown,
    )
