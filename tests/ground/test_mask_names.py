"""Every table that names masks names those of the vocabulary, no more and no fewer: the guard's, and the page's.

The tables of the masking room are compared when the room is imported, which the first check does. These checks are
plain functions, so that a copy of the tree can be put to them without a test runner.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import Final

from gateway.ground.item import CLOSED, Field, Level
from gateway.ground.vocabulary.masks import RECORDS, choices_of
from gateway.ground.vocabulary.records import Leaves, MaskRecord, Param, Written
from gateway.leakguard import columns
from tests.samples import field

ROOT: Final = Path(__file__).parents[2]
PAGE: Final = "docs/reference/masks.md"
CHINESE: Final = "docs/reference/masks.zh-CN.md"
GUARD: Final = "gateway/leakguard/columns.py"
HEAD: Final = "| mask | takes | parameters | leaves | what is learnt of the value |"
CHINESE_HEAD: Final = "| 脱敏方式 | 适用类型 | 参数 | 提供的类型 | 由此得知 |"

LEAVES: Final = {Leaves.AS_IT_CAME: "the kind that came", Leaves.NOTHING: "no column"}


def example_params(record: MaskRecord) -> dict[str, str | int]:
    """Return parameters that the record takes."""
    given: dict[str, str | int] = {}
    for param in record.params:
        if param.written is Written.ALWAYS:
            given[param.name] = 1 if param.name == "keep_last" else param.known[0] if param.known else "a"
    return given


def example_fields(record: MaskRecord) -> Iterable[Field]:
    """Yield a field of each kind that the record takes."""
    codes = ("a", "b") if record.choice == "is_one_of" else ()
    for kind in sorted(record.kinds):
        yield replace(field("f", kind, record.level, **example_params(record)), codes=codes)


def test_each_mask_has_an_operator_in_the_masking_room() -> None:
    """It compares its tables with the vocabulary when it is imported, and stops."""
    import_module("gateway.masking.operators")


def test_the_guard_has_a_form_for_every_mask() -> None:
    """What the vocabulary names, the guard's own table names, for each kind; the kind that leaves is the same."""
    for record in RECORDS:
        for each in example_fields(record):
            try:
                rule = columns.rule_of(each)
            except ValueError as error:
                raise AssertionError(f"{GUARD}: expected a form for {record.name}, found none") from error
            found = rule.kind if rule else None
            assert record.leaving_kind(each.kind) is found, f"{GUARD}: {record.name} leaves as another kind"


def test_the_guard_names_no_mask_that_is_not_in_the_vocabulary() -> None:
    """A name that is only there has no record."""
    for level, names in (
        (Level.GENERALISE, columns._GENERAL_FORMS),
        (Level.FORMAT_PRESERVING, columns._NUMBER_FORMS),
        (Level.PREDICATE, columns._QUESTIONS),
        (Level.PARTIAL, columns._UNITS),
    ):
        stray = sorted(set(names) - set(choices_of(level)))
        assert [] == stray, f"gateway/ground/vocabulary: expected records of {', '.join(stray)}, found none"


def test_the_page_has_a_row_for_every_mask() -> None:
    """Word for word, in the order of the vocabulary."""
    page = (ROOT / PAGE).read_text(encoding="utf-8").splitlines()
    assert HEAD in page, f"{PAGE}: expected the table {HEAD}"
    at = page.index(HEAD) + 2
    found = page[at : at + len(RECORDS) + 1]
    for record, row in zip(RECORDS, found, strict=False):
        assert row_of(record) == row, f"{PAGE}: expected the row {row_of(record)}\nfound {row}"
    assert len(found) == len(RECORDS) + 1, f"{PAGE}: expected {len(RECORDS)} rows, found fewer"
    assert not found[-1].startswith("|"), f"{PAGE}: expected {len(RECORDS)} rows, found more"


def test_the_chinese_page_has_a_row_for_every_mask() -> None:
    """In the order of the vocabulary, with its words; `tests/docs/test_reference.py` holds the other columns."""
    page = (ROOT / CHINESE).read_text(encoding="utf-8").splitlines()
    assert CHINESE_HEAD in page, f"{CHINESE}: expected the table {CHINESE_HEAD}"
    at = page.index(CHINESE_HEAD) + 2
    for record, row in zip(RECORDS, page[at:], strict=False):
        cells = [cell.strip() for cell in row.strip("|").split("|")]
        expected = [name_in_pages(record), record.learnt.zh]
        assert expected == [cells[0], cells[-1]], f"{CHINESE}: expected a row of {record.name}"


def test_the_pages_explain_every_level_and_every_choice() -> None:
    """Each level has its section and its row in the first table, each choice its name in the section, in order."""
    for path in (PAGE, CHINESE):
        page = (ROOT / path).read_text(encoding="utf-8")
        for level in Level:
            assert f"\n| [`{level}`](#{level}) |" in page, f"{path}: expected a row for {level}"
            assert f"\n## `{level}`\n" in page, f"{path}: expected a section on {level}"
            section = page.partition(f"\n## `{level}`\n")[2].partition("\n## ")[0]
            for choice in choices_of(level):
                named = choice in ("", "character") or re.search(rf"[`\"]{choice}[`\"]", section)
                assert named, f"{path}: expected {choice} in the section on {level}"


def test_closed_levels_show_nothing() -> None:
    """What the law's table calls closed, the vocabulary says shows no part of the value; each such level is there."""
    showing = {record.level for record in RECORDS if record.tells.shows}
    assert set(Level) - showing - {Level.FORBID} == CLOSED


def row_of(record: MaskRecord) -> str:
    """Return the row of a mask in the page's table."""
    bounds = ", ".join(_bounds(param) for param in record.params if param.written is not Written.NEVER)
    leaves = LEAVES[record.leaves] if isinstance(record.leaves, Leaves) else record.leaves
    kinds = ", ".join(sorted(record.kinds)) or "nothing"
    return f"| {name_in_pages(record)} | {kinds} | {bounds or '—'} | {leaves} | {record.learnt.en} |"


def name_in_pages(record: MaskRecord) -> str:
    """Return the name of a mask as the pages write it."""
    return f"`{record.level}`" + (f" `{record.choice}`" if record.choice else "")


def _bounds(param: Param) -> str:
    if isinstance(param.known, range):
        return f"`{param.name}` {param.known[0]} to {param.known[-1]}"
    return f"`{param.name}` {', '.join(map(str, param.known)) or 'codes of the field'}"
