"""The code sets that are shipped: the values that a key or a field may have, with their names in both languages.

An item names the set and the values that it allows of it, in one text, for example `CS-INS:110,120`. Rules: a value
that the set does not have is a fault; `confirmed` says whether a public source has the value in this meaning, and
decides nothing; `elsewhere` names the item to ask about a value that is another department's.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Final

from gateway.catalogue.schema import CODE, Faults, Table
from gateway.ground.item import Label

CODE_SETS: Final = Path(__file__).parent / "codes"
"""The folder of the code sets."""
CODE_SET: Final = r"CS-[A-Z]{2,8}"
VALUE: Final = r"[A-Za-z0-9][A-Za-z0-9_-]{0,31}"
"""The form of a code."""
CHOSEN: Final = rf"{CODE_SET}:{VALUE}(,{VALUE})*"
"""How an item names a set and the values that it allows."""


@dataclass(frozen=True, slots=True)
class Code:
    """One value of a set; `elsewhere` is the code of the item to be asked about it, empty where there is none."""

    value: str
    label: Label
    confirmed: bool
    elsewhere: str


@dataclass(frozen=True, slots=True)
class CodeSet:
    """A set of values; `source` says where they are read, `hrss_code` the element of 人社 that has them, if one has."""

    name: str
    label: Label
    hrss_code: str
    source: str
    codes: tuple[Code, ...]


@dataclass(frozen=True, slots=True)
class Chosen:
    """What an item allows of a set: the values with their names, and of the others which item has them."""

    codes: tuple[tuple[str, Label], ...]
    elsewhere: tuple[tuple[str, str], ...]


@cache
def code_sets() -> Mapping[str, CodeSet]:
    """Return the sets that are shipped, by name.

    Raises:
        CatalogueError: with every fault of every file.
    """
    faults = Faults()
    made = {}
    for path in sorted(CODE_SETS.glob("*.toml")):
        one = read_code_set(path.name, tomllib.loads(path.read_text(encoding="utf-8")), faults)
        made[one.name] = one
    faults.settle()
    return MappingProxyType(made)


def read_code_set(file: str, data: Mapping[str, object], faults: Faults) -> CodeSet:
    """Return the set of a file; whatever is wrong with it is added to `faults`."""
    table = Table(file, "", data, faults)
    made = CodeSet(
        name=table.text("name", CODE_SET),
        label=table.label("label"),
        hrss_code=table.text("hrss_code", "[A-Z0-9]{3,12}", empty=True),
        source=table.text("source"),
        codes=tuple(_code(entry) for entry in table.tables("codes")),
    )
    table.close()
    if file != f"{made.name}.toml":
        table.fault("name", f"expected the name of the file, found {made.name}")
    for named in ([code.value for code in made.codes], [code.label.zh for code in made.codes]):
        if len(set(named)) != len(named):
            table.fault("codes", "expected distinct values and names, found one twice")
    return made


def choose(table: Table, key: str) -> Chosen:
    """Return what an item's key or field allows of the set that it names; a fault where the set has it not."""
    name, _, values = table.text(key, CHOSEN).partition(":")
    if not name:
        return Chosen((), ())
    known = code_sets().get(name)
    if known is None:
        table.fault(key, f"expected one of {', '.join(code_sets())}, found {name}")
        return Chosen((), ())
    allowed = values.split(",")
    labels = {code.value: code.label for code in known.codes}
    beyond = sorted(set(allowed) - set(labels))
    if beyond or len(set(allowed)) != len(allowed):
        table.fault(key, f"expected distinct values out of {', '.join(labels)}, found {values}")
        return Chosen((), ())
    return Chosen(
        codes=tuple((value, labels[value]) for value in allowed),
        elsewhere=tuple(
            (code.value, code.elsewhere) for code in known.codes if code.elsewhere and code.value not in allowed
        ),
    )


def _code(table: Table) -> Code:
    return Code(
        value=table.text("value", VALUE),
        label=table.label("label"),
        confirmed=table.boolean("confirmed"),
        elsewhere=table.text("elsewhere", CODE, empty=True),
    )
