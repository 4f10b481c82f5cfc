"""Reads a mapping from its TOML file. Strict: an unknown key, code table, transform or identifier is an error.

The form of a file, by item:

    [items.CY-ID-02]
    version = 1
    place = "AC01"                                    table, or path of an endpoint
    subject = "AC01.AAC002"                           what the social security number is asked by
    returned = "ry.sfzhm"                             services only: where each record says whose it is
    joins = [{ table = "AZ01", on = "AAC001" }]       databases only
    compare = [{ key = "name", source = "AC01.AAC003" }, { key = "card_no", source = "AZ01.AAZ500", optional = true }]
    pick = [{ key = "insurance_type", ask = "AC02.AAE140", codes = "insurance_type" }]
    latest = "AZ01.AAZ503"
    held = "AZ01.AAZ500"                              null where the person has no such record (else null is as told)
    later = "AC01.BAC099"                             not null while the records cannot be read: until when, in ms
    valid = { source = "AZ01.AAZ502", as = "code", codes = "card_status", in = ["active"] }
    inapplicable = { source = "AC01.AAC060", as = "text", in = ["9"] }    where the item does not apply to the person
    [items.CY-ID-02.fields]
    card_no = { source = "AZ01.AAZ500", as = "text", shape = "[A-Z0-9][0-9]{8}" }
    matched = { verdict = { match = true, invalid = true } }

A key that is compared with `told = true` may differ: the row is found, and its verdict is `different`. Number and name
that do not agree, and a number that nobody has, are one outcome, `no_match`.

A directory has `region = { key = "region_code", source = … }` and `order` instead of subject, joins, compare and pick;
for a service its region has `returned` too: where each record says in which region it lies.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from adapters.contract import Cell
from adapters.mapping import ANSWERED, Compare, ListingItem, Pick, PlatformMapping, Rule, SubjectItem, Valid, Verdict
from adapters.transforms import TRANSFORMS, Codes, reader

_SOURCE: Final = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,30}(\.[A-Za-z][A-Za-z0-9_]{0,30}){0,3}", re.ASCII)
_PLACE: Final = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,30}|(/[A-Za-z0-9_-]{1,40}){1,6}", re.ASCII)
_NAME: Final = re.compile(r"[a-z][a-z0-9_]{0,63}", re.ASCII)
_OPTIONAL: Final = {"returned", "joins", "pick", "latest", "valid", "held", "later", "inapplicable"}
_VERDICT_KIND: Final = {str: "string", bool: "boolean"}
Table = dict[str, Any]


class MappingInvalid(ValueError):
    """A mapping file is not what it must be; a defect of the adapter, found when it starts."""


def read_mapping(path: Path) -> PlatformMapping:
    """Read and check a mapping file.

    Raises:
        MappingInvalid: says where and what was expected.
        OSError: the file cannot be read.
    """
    try:
        root = tomllib.loads(path.read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as error:
        raise MappingInvalid(f"{path.name}: expected TOML in UTF-8: {error}") from error
    try:
        return _mapping(path, root)
    except MappingInvalid:
        raise
    except (ValueError, TypeError, LookupError, AttributeError) as error:
        raise MappingInvalid(f"{path.name}: expected values of a mapping's types: {type(error).__name__}") from error


def _mapping(path: Path, root: Table) -> PlatformMapping:
    _only(root, path.name, {"name", "codes", "items"}, {"wire"})
    codes = root["codes"]
    items: dict[str, SubjectItem | ListingItem] = {}
    for code, table in root["items"].items():
        items[code] = _listing(code, table, codes) if "region" in table else _about_subjects(code, table, codes)
    if not items:
        raise MappingInvalid(f"{path.name}: expected at least one item, found none")
    return PlatformMapping(root["name"], items, root.get("wire", {}))


def _about_subjects(code: str, table: Table, codes: Table) -> SubjectItem:
    _only(table, code, {"version", "place", "subject", "compare", "fields"}, _OPTIONAL)
    returned = _returned(code, table["place"], table, "subject")
    rules = _rules(code, table["fields"], codes)
    compares = []
    for entry in table["compare"]:
        _only(entry, f"{code} compare", {"key", "source"}, {"optional", "told"})
        optional, told = entry.get("optional", False), entry.get("told", False)
        compares.append(Compare(_name(entry["key"]), _source(code, entry["source"]), optional, told))
    if "name" not in {compare.key for compare in compares if not compare.optional and not compare.told}:
        raise MappingInvalid(f"{code}: expected the name to be compared, found it left out")
    picks = []
    for entry in table.get("pick", []):
        _only(entry, f"{code} pick", {"key", "ask"}, {"codes"})
        table_name = entry.get("codes")
        local = {str(shared): own for own, shared in _codes(code, codes, table_name).items()} if table_name else None
        picks.append(Pick(_name(entry["key"]), _source(code, entry["ask"]), local))
    joins = []
    for entry in table.get("joins", []):
        _only(entry, f"{code} joins", {"table", "on"}, set())
        joins.append((_source(code, entry["table"]), _source(code, entry["on"])))
    return SubjectItem(
        code=code,
        version=table["version"],
        place=_place(code, table["place"]),
        subject=_source(code, table["subject"]),
        returned=returned,
        joins=tuple(joins),
        picks=tuple(picks),
        compares=tuple(compares),
        latest=_source(code, table["latest"]) if "latest" in table else None,
        valid=_state(code, "valid", table, codes),
        held=_source(code, table["held"]) if "held" in table else None,
        later=_source(code, table["later"]) if "later" in table else None,
        inapplicable=_state(code, "inapplicable", table, codes),
        rules=rules,
    )


def _state(code: str, name: str, table: Table, codes: Table) -> Valid | None:
    """Return the state of a record that `name` defines, or None where the item defines none."""
    if name not in table:
        return None
    entry = dict(table[name])
    values = entry.pop("in", None)
    if not isinstance(values, list) or not values or "verdict" in entry:
        raise MappingInvalid(f"{code} {name}: expected a source, how it is read, and the values `in` which it is so")
    return Valid(_rule(f"{code} {name}", name, entry, codes), frozenset(values))


def _listing(code: str, table: Table, codes: Table) -> ListingItem:
    _only(table, code, {"version", "place", "region", "order", "fields"}, set())
    region = table["region"]
    _only(region, f"{code} region", {"key", "source"}, {"returned"})
    return ListingItem(
        code=code,
        version=table["version"],
        place=_place(code, table["place"]),
        key=_name(region["key"]),
        region=_source(code, region["source"]),
        returned=_returned(code, table["place"], region, "source"),
        order=_source(code, table["order"]),
        rules=_rules(code, table["fields"], codes),
    )


def _returned(code: str, place: str, table: Table, asked: str) -> str:
    """Return by which source a record says whose or where it is: a database's own column, a service's `returned`."""
    if place.startswith("/") != ("returned" in table):
        raise MappingInvalid(
            f"{code}: expected `returned`, where a record says whose or where it is, for a service and only there"
        )
    return _source(code, table["returned" if "returned" in table else asked])


def _rules(code: str, fields: Table, codes: Table) -> Mapping[str, Rule]:
    return {_name(name): _rule(f"{code} {name}", name, entry, codes) for name, entry in fields.items()}


def _rule(where: str, name: str, entry: Table, codes: Table) -> Rule:
    if "verdict" in entry:
        _only(entry, where, {"verdict"}, set())
        verdicts = {Verdict(key): value for key, value in entry["verdict"].items()}
        kinds = {_VERDICT_KIND.get(type(value)) for value in verdicts.values()}
        if len(kinds) != 1 or None in kinds:
            raise MappingInvalid(f"{where}: expected verdicts of one kind, text or true and false")
        if not verdicts.keys() <= ANSWERED:
            raise MappingInvalid(f"{where}: expected verdicts of a row that is found: {', '.join(sorted(ANSWERED))}")
        never = reader(name, "text", None, None)
        return Rule(name, str(kinds.pop()), "", never, None, verdicts)
    _only(entry, where, {"source", "as"}, {"codes", "shape", "absent"})
    transform = entry["as"]
    if transform not in TRANSFORMS:
        raise MappingInvalid(f"{where}: expected a transform out of {', '.join(TRANSFORMS)}")
    if (transform == "code") != ("codes" in entry) and transform != "boolean":
        raise MappingInvalid(f"{where}: expected a code table with `code`, and with nothing else but `boolean`")
    table = _codes(where, codes, entry["codes"]) if "codes" in entry else None
    kind = TRANSFORMS[transform][0]
    if table is not None and {type(value) for value in table.values()} != {bool if kind == "boolean" else str}:
        raise MappingInvalid(f"{where}: expected a code table of {kind} values")
    read = reader(name, transform, table, entry.get("shape"))
    source = _source(where, entry["source"])
    return Rule(name, kind, source, read, entry.get("absent"), None)


def _codes(where: str, codes: Table, name: str) -> Codes:
    if name not in codes or not codes[name]:
        raise MappingInvalid(f"{where}: expected a code table named {name}, found none")
    found: dict[str, Cell] = codes[name]
    return found


def _only(table: Table, where: str, required: set[str], allowed: set[str]) -> None:
    missing, unknown = required - table.keys(), table.keys() - required - allowed
    if missing or unknown:
        raise MappingInvalid(f"{where}: missing {sorted(missing)}, unknown {sorted(unknown)}")


def _source(where: str, text: str) -> str:
    if not _SOURCE.fullmatch(text):
        raise MappingInvalid(f"{where}: expected names joined by dots, found something else")
    return text


def _place(where: str, text: str) -> str:
    if not _PLACE.fullmatch(text):
        raise MappingInvalid(f"{where}: expected a table or the path of an endpoint, found something else")
    return text


def _name(text: str) -> str:
    if not _NAME.fullmatch(text):
        raise MappingInvalid("expected a field name in lower case, found something else")
    return text
