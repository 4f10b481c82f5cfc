"""The guard's form of each generalisation, held to what the mask really gives: every cell fits, and no raw value does.

A form that is too wide would let a raw value pass, and one that is too narrow would hold back pages that are right. The
values are chosen by kind, so that a new generalisation is held to it without a line here.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any, Final

import pytest

from gateway.ground.item import Kind, Level
from gateway.ground.vocabulary.masks import RECORDS
from gateway.ground.vocabulary.records import MaskRecord
from gateway.leakguard import columns
from tests.ground.test_vocabulary import cells, made, ways
from tests.samples import field

RAW: Final[dict[Kind, tuple[Any, ...]]] = {
    Kind.DATE: tuple(date(1931, 1, 1) + timedelta(days=97 * step) for step in range(350)),
    Kind.STRING: (
        *("510104", "510701", "500112", "500105", "511402"),
        *("四川省成都市锦江区春熙路一段1号", "重庆市渝北区龙溪街道2号", "四川省绵阳市涪城区3号"),
        *("A01.0", "E11.9", "I10", "S72.0", "Z00"),
    ),
    Kind.DECIMAL: ("12.34", "480.50", "9999.99", "12345.67", "480317.26", "3000001.5"),
    Kind.INTEGER: (12, 480, 9999, 12345, 480317, 3000001),
}
CASES: Final = [(one, kind) for one in RECORDS if one.level is Level.GENERALISE for kind in sorted(one.kinds)]


def given_cells(record: MaskRecord, kind: Kind) -> list[str]:
    """Return the cells of the raw values that the mask takes; it refuses the others."""
    operator = made(record, kind, ways(record)[0])
    return [cell for raw in RAW[kind] for cell in cells(operator, raw) if cell != "refused"]


@pytest.mark.parametrize(("record", "kind"), CASES, ids=[f"{one.name} of {kind}" for one, kind in CASES])
def test_the_form_of_a_generalisation_is_that_of_its_cells_and_of_no_raw_value(record: MaskRecord, kind: Kind) -> None:
    """Neither too wide nor too narrow."""
    rule = columns.rule_of(field("f", kind, record.level, **ways(record)[0]))
    assert rule is not None
    assert rule.form is not None
    given = given_cells(record, kind)
    assert len(given) >= 3
    assert [] == [cell for cell in given if not columns.fits(rule.form, [cell])], "too narrow"
    shown = [str(raw) for raw in RAW[kind]]
    assert [] == [raw for raw in shown if columns.fits(rule.form, [raw])], "too wide"
