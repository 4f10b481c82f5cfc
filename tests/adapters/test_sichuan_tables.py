"""An invented province is written as rows of Sichuan's tables: every column, in its own codes."""

from __future__ import annotations

from adapters.people.population import population
from adapters.sichuan.tables import CARD_STATUS, SEX, WIDTHS, rows

PEOPLE = population("sichuan", 7, 200)
ROWS = list(rows(PEOPLE))


def test_no_row_lacks_a_column_or_has_one_too_many() -> None:
    """Of any table, and each table has rows."""
    assert [] == [table for table, row in ROWS if len(row) != WIDTHS[table]]
    assert set(WIDTHS) == {table for table, _ in ROWS}


def test_no_shared_code_stands_where_the_province_has_its_own() -> None:
    """Sex and card states are digits."""
    assert set(SEX.values()) >= {row[4] for table, row in ROWS if table == "AC01"}
    assert set(CARD_STATUS.values()) >= {row[4] for table, row in ROWS if table == "AZ01"}


def test_each_person_has_one_row_with_a_padded_name_and_a_compact_date() -> None:
    """As a CHAR column would give them."""
    register = [row for table, row in ROWS if table == "AC01"]
    assert [person.social_security_no for person in PEOPLE.people] == [row[1] for row in register]
    assert {20} == {len(str(row[2])) for row in register}
    assert [f"{person.birth_date:%Y%m%d}" for person in PEOPLE.people] == [row[6] for row in register]
