"""The closed list of transforms: each reads its form and refuses all others, in silence about the value."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from adapters.contract import AnswerInvalid, Cell, CodeUnmapped
from adapters.transforms import CHINA, TRANSFORMS, reader

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
READ: list[tuple[str, object, Cell]] = [
    ("text", "何永康   ", "何永康"),
    ("integer", 12, 12),
    ("integer", " 12 ", 12),
    ("integer", -(2**63), -(2**63)),
    ("decimal", "-12.50", "-12.50"),
    ("decimal", Decimal("1E+3"), "1000"),
    ("decimal", 7, "7"),
    ("cents", 1250, "12.50"),
    ("cents", -5, "-0.05"),
    ("boolean", False, False),
    ("date_compact", "19600229", date(1960, 2, 29)),
    ("date_iso", "1960-02-29", date(1960, 2, 29)),
    ("date_epoch_ms", 0, date(1970, 1, 1)),
    ("date_epoch_ms", 16 * 3_600_000, date(1970, 1, 2)),
    ("date_epoch_ms", -8 * 3_600_000, date(1970, 1, 1)),
    ("date_epoch_ms", 4_102_444_800 + 1, date(1970, 2, 17)),
    ("date_epoch_ms", 20_000 * 86_400_000 + 16 * 3_600_000 - 1, date(2024, 10, 4)),
    ("date_epoch_ms", 20_000 * 86_400_000 + 16 * 3_600_000, date(2024, 10, 5)),
    ("date_epoch_ms", 515602800000, date(1986, 5, 5)),
    ("date_epoch_ms", 583686000000, date(1988, 7, 1)),
    ("date_epoch_ms", 684860400000, date(1991, 9, 15)),
    ("date_epoch_ms", -2209017943000, date(1900, 1, 1)),
    ("date_epoch_ms", -930_906_000_000, date(1940, 7, 3)),
    ("date_epoch_ms", 253_402_185_600_000, date(9999, 12, 31)),
    ("month_compact", "202610", date(2026, 10, 1)),
    ("month_iso", "2026-10", date(2026, 10, 1)),
]
REFUSED: list[tuple[str, object]] = [
    ("text", 5),
    ("text", True),
    ("text", b"T10095028"),
    ("integer", "1.0"),
    ("integer", 1.0),
    ("integer", True),
    ("integer", 2**63),
    ("integer", "٣"),
    ("decimal", 12.5),
    ("decimal", "1e3"),
    ("decimal", "NaN"),
    ("decimal", Decimal("NaN")),
    ("decimal", Decimal("Infinity")),
    ("decimal", True),
    ("decimal", "1." + "0" * 19),
    ("cents", "1250"),
    ("cents", 12.5),
    ("cents", True),
    ("boolean", 1),
    ("boolean", "true"),
    ("date_compact", "19600230"),
    ("date_compact", "00000000"),
    ("date_compact", "1960-02-9"),
    ("date_compact", 19600229),
    ("date_iso", "19600229"),
    ("date_iso", "1960-13-01"),
    ("date_iso", "1960-02-29T00:00"),
    ("date_epoch_ms", "0"),
    ("date_epoch_ms", 10**18),
    ("date_epoch_ms", 1.5),
    ("date_epoch_ms", True),
    ("date_epoch_ms", 1_443_628_800),
    ("date_epoch_ms", -315_648_000),
    ("date_epoch_ms", 31_507_200),
    ("date_epoch_ms", -1),
    ("date_epoch_ms", 16 * 3_600_000 - 1),
    ("date_epoch_ms", 4_102_444_799),
    ("date_epoch_ms", 1_443_628_800_000_000),
    ("date_epoch_ms", 94_665_600_000_000),
    ("date_epoch_ms", -4_000_000_000_000),
    ("month_compact", "202613"),
    ("month_compact", "20261001"),
    ("month_iso", "2026-00"),
    ("month_iso", "202610"),
]


@pytest.mark.parametrize(("name", "raw", "cell"), READ)
def test_a_transform_reads_its_form(name: str, raw: object, cell: Cell) -> None:
    """With the type of its kind."""
    assert cell == reader("field", name, None, None)(raw)
    assert type(cell) is type(reader("field", name, None, None)(raw))


@pytest.mark.parametrize(("name", "raw"), REFUSED)
def test_a_transform_refuses_every_other_form(name: str, raw: object) -> None:
    """The error names the field and the form, never the value."""
    with pytest.raises(AnswerInvalid, match=f"field some_field: expected {name}") as caught:
        reader("some_field", name, None, None)(raw)
    assert str(raw) not in str(caught.value) or len(str(raw)) < 3
    assert caught.value.__suppress_context__


@pytest.mark.parametrize("raw", [None, "", "   "])
@pytest.mark.parametrize("name", TRANSFORMS)
def test_null_and_blank_are_null(name: str, raw: object) -> None:
    """A CHAR column has blanks where there is nothing."""
    assert reader("field", name, None, None)(raw) is None


@pytest.mark.parametrize("raw", ["9", "1 1", "01", True, 1.0, b"1"])
def test_a_local_code_without_a_mapping_names_the_field_alone(raw: object) -> None:
    """Never passed through."""
    with pytest.raises(CodeUnmapped, match=r"^field card_status: local code without a mapping$") as caught:
        reader("card_status", "code", {"1": "active"}, None)(raw)
    assert "card_status" == caught.value.field


@pytest.mark.parametrize("raw", ["1", "1  ", 1])
def test_a_local_code_becomes_the_shared_value(raw: object) -> None:
    """Padded or given as a number."""
    assert "active" == reader("card_status", "code", {"1": "active"}, None)(raw)


@pytest.mark.parametrize("raw", ["A" * 32, "T1009502", "T100950288", "t10095028", "T1009502８"])
def test_a_wrong_shape_is_refused(raw: str) -> None:
    """A card number is nine characters; a card identifier of 32 is another thing, whatever its column is called."""
    with pytest.raises(AnswerInvalid, match="expected the shape") as caught:
        reader("card_no", "text", None, "[A-Z0-9][0-9]{8}")(raw)
    assert raw not in str(caught.value)


@settings(deadline=None)
@given(st.sampled_from(sorted(TRANSFORMS)), st.one_of(st.text(), st.integers(), st.floats(), st.binary(), st.none()))
def test_a_transform_gives_its_kind_or_an_error_of_the_contract(name: str, raw: object) -> None:
    """Nothing else, whatever a platform says."""
    types = {"string": str, "integer": int, "boolean": bool, "date": date, "decimal": str}
    try:
        cell = reader("field", name, None, None)(raw)
    except AnswerInvalid:
        return
    assert cell is None or type(cell) is types[TRANSFORMS[name][0]]


SHANGHAI = ZoneInfo("Asia/Shanghai")


@settings(deadline=None)
@given(st.dates(date(1900, 1, 1), date(2100, 1, 1)))
def test_the_midnight_that_a_platform_in_china_writes_is_its_own_day(day: date) -> None:
    """A5: through local mean time, the summers of the 1940s and those of 1986 to 1991; noon and UTC midnight too."""
    midnight = datetime.combine(day, time(), tzinfo=SHANGHAI)
    read = reader("field", "date_epoch_ms", None, None)
    utc = datetime.combine(day, time(), tzinfo=UTC)
    assert day == read((midnight - EPOCH) // timedelta(milliseconds=1))
    assert day == read((utc - EPOCH) // timedelta(milliseconds=1))


@settings(deadline=None)
@given(st.dates(date(1902, 1, 1), date(2099, 12, 31)))
def test_seconds_are_never_read_as_milliseconds(day: date) -> None:
    """A5: the seconds of a midnight are days of early 1970, and refused unless by chance a midnight themselves."""
    seconds = (datetime.combine(day, time(), tzinfo=SHANGHAI) - EPOCH) // timedelta(seconds=1)
    assume(seconds % 86_400_000 not in (0, 57_600_000))
    with pytest.raises(AnswerInvalid, match="expected date_epoch_ms"):
        reader("field", "date_epoch_ms", None, None)(seconds)


def test_the_clocks_of_china_are_those_of_the_package() -> None:
    """A5: whatever the machine has; the summers that dayjs lists."""
    years = [year for year in range(1950, 2027) if datetime(year, 7, 1, tzinfo=CHINA).dst()]
    assert [1986, 1987, 1988, 1989, 1990, 1991] == years
    assert timedelta(hours=8, minutes=5, seconds=43) == datetime(1900, 6, 1, tzinfo=CHINA).utcoffset()
