"""Holds an event to the published schema of OCSF (tests/vectors/ocsf): attributes, types, enumerations, constraints."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

PLACE: Final = Path(__file__).parents[1] / "vectors" / "ocsf" / "api_activity-1.6.0.json"
_INTEGERS: Final = ("integer_t", "long_t", "timestamp_t", "port_t")


@cache
def schema() -> dict[str, Any]:
    """Return the schema, read once."""
    read: dict[str, Any] = json.loads(PLACE.read_text(encoding="utf-8"))
    return read


def faults(event: Mapping[str, Any]) -> list[str]:
    """Return every place of an event that the schema does not allow; none for a valid one."""
    whole = schema()
    found = [*_object("", event, whole["class"])]
    enum = whole["class"]["attributes"]["activity_id"]["enum"]
    expected = f"{whole['class']['caption']}: {enum.get(str(event.get('activity_id')))}"
    activity, kind = event.get("activity_id"), event.get("type_uid")
    if kind != whole["class"]["uid"] * 100 + (activity if isinstance(activity, int) else 0):
        found.append("type_uid: not class_uid * 100 + activity_id")
    if (event.get("class_uid"), event.get("category_uid")) != (whole["class"]["uid"], whole["class"]["category_uid"]):
        found.append("class_uid: another class")
    if event.get("metadata", {}).get("version") != whole["version"]:
        found.append("metadata.version: another version")
    if activity != 99 and event.get("type_name") != expected:
        found.append("type_name: not the class and the activity")
    return found


def _object(place: str, value: Any, kind: Mapping[str, Any]) -> Iterator[str]:
    if not isinstance(value, Mapping):
        yield f"{place}: no object"
        return
    attributes = kind["attributes"]
    for name, attribute in attributes.items():
        if attribute.get("requirement") == "required" and "profile" not in attribute and name not in value:
            yield f"{place}{name}: required and not there"
    at_least = kind.get("constraints", {}).get("at_least_one")
    if at_least is not None and not any(value.get(name) not in (None, "", {}) for name in at_least):
        yield f"{place}: none of {', '.join(at_least)}"
    for name, found in value.items():
        attribute = attributes.get(name)
        if attribute is None or "profile" in attribute:
            yield f"{place}{name}: no attribute of the object"
        elif attribute.get("is_array"):
            if not isinstance(found, list) or not found:
                yield f"{place}{name}: no list of something"
            else:
                for at, one in enumerate(found):
                    yield from _value(f"{place}{name}[{at}]", one, attribute)
        else:
            yield from _value(f"{place}{name}", found, attribute)


def _value(place: str, value: Any, attribute: Mapping[str, Any]) -> Iterator[str]:
    kind, types = attribute["type"], schema()["types"]
    if kind == "object_t":
        if attribute["object_type"] != "object":  # that one may hold anything
            yield from _object(f"{place}.", value, schema()["objects"][attribute["object_type"]])
        elif not isinstance(value, Mapping):
            yield f"{place}: no object"
        return
    base = types.get(kind, {}).get("type", kind)
    if kind in _INTEGERS or base in _INTEGERS:
        good = type(value) is int
    elif kind == "boolean_t":
        good = isinstance(value, bool)
    elif "string_t" in (kind, base):
        good = (
            isinstance(value, str)
            and value != ""
            and re.search(types.get(kind, {}).get("regex", ""), value) is not None
        )
    else:
        good = False
    if not good:
        yield f"{place}: no {kind}"
    if "enum" in attribute and str(value) not in attribute["enum"]:
        yield f"{place}: not in the enumeration"
