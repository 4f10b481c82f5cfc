"""The shapes that an item declares: every shipped key and field has one, and a shape that is none is a fault."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from gateway.catalogue.items import read_item
from gateway.catalogue.schema import Faults
from gateway.catalogue.shapes import MAX_PATTERN
from gateway.ground.item import Kind, Range
from tests.catalogue.documents import ITEMS, item_data, packaged, spoilt

Path = Sequence[str | int]


def _faults(data: dict[str, Any]) -> list[str]:
    faults = Faults()
    read_item("x.toml", data, faults)
    return [fault.path for fault in faults.found]


def test_every_text_that_is_shipped_has_a_shape() -> None:
    """A key has a pattern or codes; a field at least a length."""
    for item in ITEMS:
        assert all(key.pattern or key.codes for key in item.keys if key.kind is Kind.STRING), item.code
        for field in item.fields:
            shaped = field.codes or field.pattern or field.max_len or field.region
            assert shaped or field.kind is not Kind.STRING, (item.code, field.name)


def test_a_shape_is_read_as_it_is_written() -> None:
    """Keys with codes have their names and where else to ask; numbers have their range."""
    key = packaged("CY-SS-03").keys[2]
    assert ("110", "120", "170", "210", "410") == tuple(value for value, _ in key.codes)
    assert "CY-HE-01" == dict(key.elsewhere)["310"]
    assert Range("0", "99999999.99", 2) == packaged("CY-SS-02").field("transfer_amount").range
    assert packaged("CY-ID-02").field("region_code").region


@pytest.mark.parametrize(
    ("path", "value", "fault"),
    [
        (["keys", 0, "pattern"], ..., "keys[0].pattern"),
        (["keys", 0, "pattern"], "(a|b)", "keys[0].pattern"),
        (["keys", 0, "pattern"], "a*", "keys[0].pattern"),
        (["keys", 0, "pattern"], "[a-z]+", "keys[0].pattern"),
        (["keys", 0, "pattern"], ".{3}", "keys[0].pattern"),
        (["keys", 0, "pattern"], r"\d{3}", "keys[0].pattern"),
        (["keys", 0, "pattern"], "[z-a]", "keys[0].pattern"),
        (["keys", 0, "pattern"], "a{2,1}", "keys[0].pattern"),
        (["keys", 0, "pattern"], "^a$", "keys[0].pattern"),
        (["keys", 0, "pattern"], "[a-z]{1,9}[a-z]{1,9}[a-z]{1,9}", "keys[0].pattern"),
        (["keys", 0, "pattern"], "a" * (MAX_PATTERN + 1), "keys[0].pattern"),
        (["keys", 0, "min_len"], 19, "keys[0].min_len"),
        (["keys", 0, "min_len"], 0, "keys[0].min_len"),
        (["keys", 0, "range"], {"min": "1"}, "keys[0].range"),
        (["keys", 0, "hrss_code"], "aac", "keys[0].hrss_code"),
        (["keys", 2, "kind"], "integer", "keys[2].range"),
        (["keys", 2, "codes"], "CS-INS:310,999", "keys[2].codes"),
        (["keys", 2, "codes"], [{"value": "a"}], "keys[2].codes[0].label"),
        (["keys", 2, "codes"], [{"value": "a", "label": {"zh": "甲", "en": "a"}}] * 2, "keys[2].codes"),
        (["fields", 4, "region"], ..., "fields[4].max_len"),
        (["fields", 4, "region"], "yes", "fields[4].region"),
        (["fields", 6, "region"], True, "fields[6].region"),
        (["fields", 6, "max_len"], 10, "fields[6].max_len"),
        (["fields", 6, "pattern"], "[0-9]{4}", "fields[6].pattern"),
        (["fields", 6, "range"], {"min": "1"}, "fields[6].range"),
        (["fields", 5, "pattern"], "[0-9", "fields[5].pattern"),
        (["fields", 0, "codes"], "CS-FORM:physical,plastic", "fields[0].codes"),
        (["fields", 0, "null_when"], "未发卡", "fields[0].null_when"),
        (["fields", 0, "null_when"], {"zh": "未发卡"}, "fields[0].null_when.en"),
    ],
)
def test_a_shape_that_is_none_is_named_where_it_is_wrong(path: Path, value: object, fault: str) -> None:
    """The fault names the key; nothing loads without its shape."""
    assert fault in _faults(spoilt(item_data(), path, value))


@pytest.mark.parametrize(
    ("bounds", "fault"),
    [
        (..., "fields[3].range"),
        ({"min": "2", "max": "1"}, "fields[3].range"),
        ({"min": "one"}, "fields[3].range.min"),
        ({"max": "01"}, "fields[3].range.max"),
        ({"min": 0}, "fields[3].range.min"),
        ({"scale": 7}, "fields[3].range.scale"),
        ({"least": "0"}, "fields[3].range.least"),
    ],
)
def test_a_range_that_is_none_is_a_fault(bounds: object, fault: str) -> None:
    """The transferred amount of CY-SS-02, a decimal."""
    assert fault in _faults(spoilt(item_data("CY-SS-02"), ["fields", 3, "range"], bounds))


def test_an_integer_has_no_decimal_places() -> None:
    """The months of CY-SS-02."""
    assert "fields[0].range" in _faults(spoilt(item_data("CY-SS-02"), ["fields", 0, "range", "scale"], 2))
