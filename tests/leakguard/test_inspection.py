"""Claims about the guard's looks at a page: shape, level, numbers, known values, and what it must let pass."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from random import Random

import pytest

from gateway.ground.evidence import ClearedPage, Column, MaskedPage, Page, Value
from gateway.ground.item import Field, Item, Kind, LegalClass, Level
from gateway.ground.refusals import Reason
from gateway.leakguard.engines import fastest
from gateway.leakguard.found import Detector, LeakFound
from gateway.leakguard.guards import LeakGuard
from gateway.leakguard.inspection import Guard
from tests.masking.pages import FIELDS, ITEM, TODAY, grant_of, keys_of, masked_page, raw_page, rows_of
from tests.samples import arrival, ask, field, item

ROWS = rows_of(Random(5), 12, nulls=0)
GUARD = Guard(ITEM, fastest())
COLUMNS = tuple(each for each in FIELDS if each.level is not Level.DROP)


def _inspect(masked: MaskedPage, rows: list[dict[str, Value]] = ROWS) -> ClearedPage:
    return GUARD.inspect(grant_of(), keys_of(rows), raw_page(rows), masked, TODAY)


def _with(masked: MaskedPage, change: Callable[[tuple[Column, ...]], tuple[Column, ...]]) -> MaskedPage:
    return replace(masked, page=replace(masked.page, columns=change(masked.page.columns)))


def _cells(name: str, change: Callable[[tuple[Value, ...]], tuple[Value, ...]]) -> MaskedPage:
    return _with(
        masked_page(ROWS),
        lambda columns: tuple(replace(c, values=change(c.values)) if c.name == name else c for c in columns),
    )


def _found(masked: MaskedPage) -> tuple[str, Detector]:
    with pytest.raises(LeakFound) as caught:
        _inspect(masked)
    assert Reason.LEAK_BLOCKED is caught.value.reason
    assert not any(str(value) in str(caught.value) for row in ROWS for value in row.values() if len(str(value)) > 6)
    return caught.value.column, caught.value.detector


def test_a_sound_page_is_cleared_unchanged() -> None:
    """What was masked is what is cleared, profile and number too."""
    masked = masked_page(ROWS)
    cleared = _inspect(masked)
    assert (masked.page, masked.number, masked.last, masked.profile) == (
        cleared.page,
        cleared.number,
        cleared.last,
        cleared.profile,
    )


@pytest.mark.parametrize("each", [each for each in FIELDS if each.level is not Level.CLEAR], ids=lambda each: each.name)
def test_a_masker_that_leaves_a_level_clear_is_caught(each: Field) -> None:
    """Whatever its level, a masked field that comes out as it came in is blocked, in its raw kind and as text."""
    if each.params == (("question", "is_true"),):
        pytest.skip("the answer is the value itself")
    raw = raw_page(ROWS).page.column(each.name)
    texts = replace(raw, kind=Kind.STRING, values=tuple(str(value) for value in raw.values))
    for broken in (raw, texts):
        page = _with(
            masked_page(ROWS),
            lambda columns, broken=broken: (  # type: ignore[misc]  # bound for this turn of the loop
                *(broken if column.name == each.name else column for column in columns),
                *([broken] if each.level is Level.DROP else []),
            ),
        )
        assert each.name == _found(page)[0]


@pytest.mark.parametrize("each", COLUMNS, ids=lambda each: each.name)
@pytest.mark.parametrize("other", ["social_security_no", "phone", "bank_account", "person_ref", "card_no", "name"])
def test_no_column_can_carry_another_fields_value(each: Field, other: str) -> None:
    """Identity number, telephone, account, card and name are blocked in every column, whatever its level."""
    values = tuple(str(row[other]) for row in ROWS)
    assert each.name == _found(_cells(each.name, lambda _: values))[0]


@pytest.mark.parametrize("other", ["social_security_no", "phone", "bank_account", "card_no", "name"])
@pytest.mark.parametrize("dress", [str, "-".join, " ".join, "\u200b".join, lambda v: f"备注：{v}。", str.lower])
def test_free_text_that_repeats_a_masked_field_is_caught(other: str, dress: Callable[[str], str]) -> None:
    """A clear remark in which the platform wrote a masked value is blocked: the mask would be worth nothing."""
    rows = [row | {"remark": dress(str(row[other]))} for row in ROWS]
    with pytest.raises(LeakFound) as caught:
        _inspect(masked_page(rows), rows)
    assert "remark" == caught.value.column


@pytest.mark.parametrize("row", [0, 11])
def test_one_cell_among_many_is_enough(row: int) -> None:
    """The first and the last row are searched as any other."""
    rows = [dict(each) for each in ROWS]
    rows[row]["remark"] = f"见 {rows[row]['card_no']!s}"
    with pytest.raises(LeakFound, match="column remark: raw_value"):
        _inspect(masked_page(rows), rows)


def test_another_rows_value_is_caught() -> None:
    """A remark with the card number of the next person is blocked."""
    rows = [dict(each) for each in ROWS]
    rows[3]["remark"] = f"同 {rows[4]['card_no']!s}"
    with pytest.raises(LeakFound, match="column remark: raw_value"):
        _inspect(masked_page(rows), rows)


def test_a_key_that_comes_back_is_caught() -> None:
    """A name that only the question holds is blocked as well."""
    asked = item(field("remark"))
    rows: list[dict[str, Value]] = [{"remark": "持卡人陈样例"}]
    keys = Page(1, (*keys_of([{}]).columns[:1], Column("name", Kind.STRING, ("陈样例",))))
    masked = masked_page(rows, asked.fields)
    with pytest.raises(LeakFound, match="column remark: raw_value"):
        Guard(asked, fastest()).inspect(grant_of(asked), keys, raw_page(rows, asked.fields), masked, TODAY)


def test_a_key_in_a_strange_dress_may_come_back_as_its_own_field_alone() -> None:
    """A card's number that is declared clear may be told, however it is written, but not in another column."""
    asked = item(field("card_no"), field("remark"))
    keys = Page(1, (*keys_of([{}]).columns[:1], Column("card_no", Kind.STRING, ("T10095028",))))
    for name, told in (("card_no", False), ("remark", True)):
        rows: list[dict[str, Value]] = [{"card_no": "", "remark": "", name: "T-1009-5028"}]
        masked = masked_page(rows, asked.fields)
        guard = Guard(asked, fastest())
        if told:
            with pytest.raises(LeakFound, match="column remark: raw_value"):
                guard.inspect(grant_of(asked), keys, raw_page(rows, asked.fields), masked, TODAY)
        else:
            assert masked.page == guard.inspect(grant_of(asked), keys, raw_page(rows, asked.fields), masked, TODAY).page


def test_a_key_may_come_back_as_the_field_of_its_name() -> None:
    """What an item declares clear may be told in its own column, and of an item about nobody no key is personal."""
    for of in (item(field("scheme")), item(field("venue"), subjects=False)):
        name = of.fields[0].name
        rows: list[dict[str, Value]] = [{name: "same_city"}]
        key = Page(1, (*keys_of([{}]).columns[:1], Column("scheme", Kind.STRING, ("same_city",))))
        raw, masked = raw_page(rows, of.fields), masked_page(rows, of.fields)
        if not of.subjects:
            raw = replace(raw, page=replace(raw.page, outcomes=()))
            masked = replace(masked, page=replace(masked.page, outcomes=()))
        cleared = Guard(of, fastest()).inspect(grant_of(of), key, raw, masked, TODAY)
        assert ("same_city",) == cleared.page.columns[0].values


@pytest.mark.parametrize(
    ("expected", "change"),
    [
        (("valid_to", Detector.COLUMN), lambda columns: tuple(c for c in columns if c.name != "valid_to")),
        (("fee", Detector.COLUMN), lambda columns: columns[:-1]),
        (("undeclared", Detector.COLUMN), lambda columns: (*columns, Column("519999196001010013", Kind.STRING, ()))),
        (("fee", Detector.COLUMN), lambda columns: (*columns, columns[-1])),
        (("address", Detector.COLUMN), lambda columns: (*columns, replace(columns[-1], name="address"))),
        (("name", Detector.COLUMN), lambda columns: (columns[1], columns[0], *columns[2:])),
        (
            ("fee", Detector.COLUMN),
            lambda columns: (*columns[:-1], replace(columns[-1], values=columns[-1].values[1:])),
        ),
        (("fee", Detector.COLUMN), lambda columns: (*columns[:-1], replace(columns[-1], values=[*columns[-1].values]))),
        (("fee", Detector.KIND), lambda columns: (*columns[:-1], replace(columns[-1], kind=Kind.STRING))),
        (("fee", Detector.KIND), lambda columns: (*columns[:-1], replace(columns[-1], kind=Kind.SEALED))),
        (("fee", Detector.KIND), lambda columns: (*columns[:-1], replace(columns[-1], values=(b"x",) * 12))),
        (("fee", Detector.ALTERED), lambda columns: (*columns[:-1], replace(columns[-1], values=("7",) * 12))),
        (("fee", Detector.ALTERED), lambda columns: (*columns[:-1], replace(columns[-1], values=(None,) * 12))),
    ],
)
def test_the_shape_is_that_of_the_grant(
    expected: tuple[str, Detector], change: Callable[[tuple[Column, ...]], tuple[Column, ...]]
) -> None:
    """Exactly the granted columns that leave, in order, of the right kind and length, and clear ones as they came."""
    if expected[0] == "valid_to":
        with pytest.raises(LeakFound, match=": column"):
            _inspect(_with(masked_page(ROWS), change))
    else:
        assert expected == _found(_with(masked_page(ROWS), change))


@pytest.mark.parametrize("change", [{"number": 1}, {"last": False}])
def test_the_page_is_the_one_that_was_fetched(change: dict[str, object]) -> None:
    """Another number, or another end, is another page."""
    with pytest.raises(LeakFound, match=": column"):
        _inspect(replace(masked_page(ROWS), **change))  # type: ignore[arg-type]  # the test names fields of MaskedPage


def test_without_the_raw_page_nothing_is_cleared() -> None:
    """Raw columns that are missing or short leave nothing to compare with."""
    raw = raw_page(ROWS)
    for columns in (
        raw.page.columns[1:],
        (replace(raw.page.columns[0], values=raw.page.columns[0].values[1:]), *raw.page.columns[1:]),
    ):
        short = replace(raw, page=replace(raw.page, columns=columns))
        with pytest.raises(LeakFound, match="column social_security_no: column"):
            GUARD.inspect(grant_of(), keys_of(ROWS), short, masked_page(ROWS), TODAY)


@pytest.mark.parametrize(
    ("name", "cell"),
    [
        ("card_no", "T12****78"),
        ("card_no", "T1*78"),
        ("card_no", "T1****78\nT1****78"),
        ("bank_account", "9****7890"),
        ("name", "王小**明"),
        ("name", "王**\n李**"),
        ("phone", "a" * 31 + "q"),
        ("phone", "a" * 33),
        ("phone", "A" * 32),
        ("birth_date", "1960"),
        ("birth_date", "1960-01-01"),
        ("issue_date", "2000-02-03"),
        ("region_code", "510104"),
        ("region_code", "成都"),
        ("amount", "1234.56"),
        ("amount", "100000-500000"),
        ("card_no", ""),
    ],
)
def test_a_cell_says_no_more_than_its_level_allows(name: str, cell: str) -> None:
    """Each level but clear has a form, and every cell is held to it."""
    assert (name, Detector.FORM) == _found(_cells(name, lambda values: (*values[:-1], cell)))


@pytest.mark.parametrize(("raw", "cell"), [("王", "王**"), ("欧阳", "欧阳**"), (" 王 ", "王**")])
def test_a_short_value_may_not_be_shown_whole(raw: str, cell: str) -> None:
    """A mask that keeps as many characters as the value has tells the value."""
    rows = [row | {"name": raw} for row in ROWS]
    masked = _with(
        masked_page(rows),
        lambda columns: tuple(replace(c, values=(cell,) * 12) if c.name == "name" else c for c in columns),
    )
    with pytest.raises(LeakFound, match="column name: raw_value"):
        _inspect(masked, rows)


def test_a_raw_value_that_has_the_form_of_a_token_is_caught() -> None:
    """A platform's own letters a to p pass no form check in place of a token."""
    rows = [row | {"phone": "abcdefghijklmnop"} for row in ROWS]
    raw = raw_page([row | {"phone": "abcdefghijklmnop" * 2} for row in rows])
    masked = _with(
        masked_page(rows),
        lambda columns: tuple(
            replace(c, values=("abcdefghijklmnop" * 2,) * 12) if c.name == "phone" else c for c in columns
        ),
    )
    with pytest.raises(LeakFound, match="column phone: raw_value"):
        GUARD.inspect(grant_of(), keys_of(rows), raw, masked, TODAY)


def _clear(of: Field, cell: Value) -> ClearedPage:
    asked = item(of)
    rows = [{of.name: cell}]
    raw, keys = raw_page(rows, asked.fields), Page(1, keys_of([{}]).columns[:1])
    return Guard(asked, fastest()).inspect(
        grant_of(asked), keys, raw, MaskedPage(raw.page, 0, last=True, profile="p"), TODAY
    )


@pytest.mark.parametrize(
    ("of", "cell"),
    [
        (field("months", Kind.INTEGER), 10012345678),
        (field("months", Kind.INTEGER), 519999196001010013),
        (field("months", Kind.INTEGER), -10012345678),
        (field("fee", Kind.DECIMAL), "10012345678"),
        (field("fee", Kind.DECIMAL), "519999196001010013.00"),
        (field("region_code"), "51999919600101001X"),
        (field("remark"), "１００１２３４５６７８"),
        (replace(field("outlet_code"), legal_class=LegalClass.BUSINESS), "519999196001010013"),
        (replace(field("outlet_code"), legal_class=LegalClass.BUSINESS), "10012345678"),
        (field("payment_code"), "6299999999999999"),
        (field("hotline"), "519999196001010013"),
    ],
)
def test_numbers_are_found_in_clear_columns_of_every_kind(of: Field, cell: Value) -> None:
    """Integers and decimals can carry a number as well as text, and a code's column carries no person's."""
    with pytest.raises(LeakFound) as caught:
        _clear(of, cell)
    assert caught.value.column == of.name


@pytest.mark.parametrize(
    ("of", "cell"),
    [
        (field("hotline"), "10012345678"),
        (replace(field("contact_line"), hrss_code="AAE005"), "10012345678"),
        (replace(field("outlet_code"), legal_class=LegalClass.BUSINESS), "103999012345"),
        (field("region_code"), "510104"),
        (field("months", Kind.INTEGER), 9_999_999_999),
        (field("fee", Kind.DECIMAL), "999999999.9999"),
        (field("valid_to", Kind.DATE), date(1960, 1, 1)),
        (field("opening_hours"), "周一至周五 09:00-12:00，14:00-17:30"),
    ],
)
def test_what_a_field_is_declared_to_hold_passes(of: Field, cell: Value) -> None:
    """Public telephones, codes of bodies, region codes, dates and amounts raise no alarm."""
    assert (cell,) == _clear(of, cell).page.columns[0].values


def test_a_guard_serves_its_own_item_alone() -> None:
    """A grant of another item, or a field that the item does not declare, is blocked."""
    masked = masked_page(ROWS)
    for grant in (replace(grant_of(), item=item()), replace(grant_of(), fields=("other",))):
        with pytest.raises(LeakFound, match="column undeclared: column"):
            GUARD.inspect(grant, keys_of(ROWS), raw_page(ROWS), masked, TODAY)


@pytest.mark.parametrize(
    "wrong",
    [
        replace(field("state"), codes=("active", "519999196001010013")),
        field("state", Kind.SEALED),
        field("state", Kind.DATE, Level.GENERALISE, to="day"),
        field("state", Kind.STRING, Level.PARTIAL, keep_first=3, keep_last=4),
        field("state", Kind.STRING, Level.PARTIAL),
    ],
)
def test_what_cannot_be_guarded_has_no_guard(wrong: Field) -> None:
    """A level whose form is unknown, or a code like a number, is a fault before a record comes."""
    with pytest.raises(ValueError, match="expected"):
        LeakGuard([item(wrong)])


def _door(*items: Item) -> LeakGuard:
    return LeakGuard(items)


def test_the_door_inspects_with_the_guard_of_the_item() -> None:
    """Pages of an item in force are cleared; those of another are blocked."""
    masked, question = masked_page(ROWS), arrival(ask(keys=keys_of(ROWS)))
    assert masked.page == _door(ITEM).inspect(question, grant_of(), raw_page(ROWS), masked).page
    with pytest.raises(LeakFound, match="column undeclared: column"):
        _door().inspect(question, grant_of(), raw_page(ROWS), masked)
