"""Each closed value, parameter and column of the shipped items has its words, and no Chinese screen a bare code."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Final

import pytest

from gateway.catalogue.loader import load_items
from gateway.cli.demo.world import EXTRA as DEMO_ITEMS
from gateway.cli.items.app import app
from gateway.cli.items.wording import (
    COUNTED,
    WITHIN,
    describe_params,
    label_age_source,
    label_code,
    label_text,
    list_codes,
    name_code,
    name_value,
    read_wording,
)
from gateway.cli.language import Language, choose
from gateway.ground.item import Item, Kind, Label, Level
from gateway.ground.vocabulary.masks import RECORDS
from gateway.masking.generalise import AGE_BANDS, AMOUNT_BANDS
from scripts.pages import items as page
from tests.cli.test_language import CHINESE
from tests.commands import CliRunner
from tests.samples import field as make_field

ITEMS: Final = (*load_items(), *load_items(DEMO_ITEMS))
CODES: Final = sorted({code for item in ITEMS for field in item.fields for code in field.codes})
COLUMNS: Final = (
    "catalogue_name",
    "provider_unit",
    "data_format",
    "update_frequency",
    "use_conditions",
    "grading",
    "approved_by",
)
TEXTS: Final = sorted({str(getattr(item, name)) for item in ITEMS for name in COLUMNS} - {""})
RECIPIENT: Final = "500000/cq-hrss"


@pytest.fixture(autouse=True)
def _afterwards() -> Iterator[None]:
    """The language of one test is not that of the next."""
    yield
    choose(None)


def shown(language: Language, *line: str) -> str:
    """Return the screen of a command on items, at eighty columns."""
    return CliRunner().invoke(app, line, env={"COLUMNS": "80", "CHUANYU_LANG": language}).stdout


def test_the_named_values_are_those_of_the_shipped_items() -> None:
    """None is left out, and none is named that no item has."""
    assert CODES == sorted(read_wording()["codes"])
    assert [] == [code for code in CODES if not CHINESE.search(label_code(code).zh)]


@pytest.mark.parametrize("item", ITEMS, ids=lambda item: item.code)
def test_no_two_values_of_a_field_share_a_name(item: Item) -> None:
    """A reader can tell them apart."""
    for field in item.fields:
        assert {} == {zh: n for zh, n in Counter(label_code(one).zh for one in field.codes).items() if n > 1}


def test_the_texts_with_english_are_those_of_the_shipped_items() -> None:
    """None is left out, and none is translated that no item has."""
    assert TEXTS == sorted(read_wording()["english"])
    assert [] == [text for text in TEXTS if CHINESE.search(label_text(text).en) or text != label_text(text).zh]


def test_every_parameter_of_the_vocabulary_has_words_in_both_languages() -> None:
    """Each value that a mask may be given; a number is counted, and the rest stands within its question."""
    params = {
        (record.level, param.name, value)
        for record in RECORDS
        for param in record.params
        if param.name not in (*COUNTED, *WITHIN)
        for value in param.known
    }
    assert len(params) > 20
    for level, name, value in sorted(params, key=str):
        for language in (Language.ZH, Language.EN):
            choose(language)
            (line,) = describe_params(level, {name: value})
            assert "=" not in line
            assert (language is Language.ZH) or not CHINESE.search(line)


def test_a_question_names_its_values_and_its_age() -> None:
    """In the language of the run; in English a code is its name."""
    asked = {"question": "is_one_of", "values": "insured,suspended"}
    for language, one_of, age, kept in (
        (Language.ZH, "是否属于“参保、暂停”", "是否年满 65 周岁", ["保留首 1 位", "保留末 2 位"]),
        (Language.EN, "is one of insured, suspended", "age at least 65", ["first 1 kept", "last 2 kept"]),
    ):
        choose(language)
        assert [one_of] == describe_params(Level.PREDICATE, asked)
        assert [age] == describe_params(Level.PREDICATE, {"question": "age_at_least", "years": 65})
        assert kept == describe_params(Level.PARTIAL, {"keep_first": 1, "keep_last": 2})
        assert kept[1:] == describe_params(Level.PARTIAL, {"keep_first": 0, "keep_last": 2})


def test_what_has_no_words_is_shown_as_the_item_has_it() -> None:
    """An item that a node keeps itself may have codes of its own."""
    choose(Language.ZH)
    assert ("novel", "novel", "某目录") == (name_code("novel"), list_codes(["novel"]), label_text("某目录").en)
    assert ["to=novel"] == describe_params(Level.GENERALISE, {"to": "novel"})
    assert Label("不涉及个人", "none") == label_age_source(replace(ITEMS[0], age_from="none"))


BANDS: Final = {
    "age_band": {
        "70+": "70周岁以上",
        "65-69": "65—69周岁",
        "60-64": "60—64周岁",
        "18-59": "18—59周岁",
        "14-17": "14—17周岁",
        "0-13": "不满14周岁",
    },
    "amount_band": {
        "<0": "负数",
        "0": "0元",
        "0-100": "0—100元",
        "50000-100000": "5万—10万元",
        "5000-10000": "5000—1万元",
        "100000+": "10万元以上",
    },
}


@pytest.mark.parametrize("to", BANDS)
def test_a_band_is_named_as_chinese_writes_it(to: str) -> None:
    """Of an age and of an amount; in English, and in a field of another mask, it is shown as it is."""
    banded = make_field("born", Kind.DATE if to == "age_band" else Kind.DECIMAL, level=Level.GENERALISE, to=to)
    choose(Language.ZH)
    assert BANDS[to] == {band: name_value(banded, band) for band in BANDS[to]}
    for band in {"age_band": AGE_BANDS, "amount_band": AMOUNT_BANDS}[to]:
        assert re.search("周岁|元|负数", name_value(banded, band) or "")
    assert [None, None] == [name_value(make_field("other"), "70+"), name_value(banded, "71+")]
    choose(Language.EN)
    assert "70+" == name_value(make_field("born", Kind.DATE, level=Level.GENERALISE, to="age_band"), "70+")


def bare(text: str, item: Item) -> list[str]:
    """Return the closed values of an item that stand in a text without their name before them in brackets."""
    codes = {code for field in item.fields for code in field.codes if not re.fullmatch(r"\dA", code)}
    return sorted(code for code in codes if re.search(rf"(?<![\w（/=`-]){code}(?![\w/-])", text))


@pytest.mark.parametrize("item", ITEMS, ids=lambda item: item.code)
def test_no_screen_and_no_page_in_chinese_has_a_bare_code(item: Item, tmp_path: Path) -> None:
    """`items show`, `items explain` and the item's section of the page."""
    place = tmp_path if item in load_items(DEMO_ITEMS) else None
    if place is not None:
        (place / "items").symlink_to(DEMO_ITEMS)
    more = () if place is None else ("--config", str(place))
    show = shown(Language.ZH, "show", item.code, *more)
    explained = shown(Language.ZH, "explain", item.code, "--recipient", RECIPIENT, *more)
    assert item.code in show
    assert item.code in explained
    for text in (show, explained, page.render(Language.ZH)):
        assert [] == bare(text, item)
        assert "is_one_of\n" not in text


@pytest.mark.parametrize("item", load_items(), ids=lambda item: item.code)
def test_an_english_screen_of_an_item_has_no_chinese(item: Item) -> None:
    """Names of laws aside, and the values of the synthetic person."""
    for line in (("show", item.code), ("explain", item.code, "--recipient", RECIPIENT)):
        text = re.sub(
            r"《[^》]+》|[\u4e00-\u9fff]*样例[\u4e00-\u9fff]*|街?1?号|欧阳?\*{2}|四川省|成都市?|锦江?区?|江区",
            "",
            shown(Language.EN, *line),
        )
        assert [] == [row for row in text.splitlines() if CHINESE.search(row)]


@pytest.mark.parametrize("language", [Language.ZH, Language.EN])
@pytest.mark.parametrize("item", load_items(), ids=lambda item: item.code)
def test_no_code_of_a_field_is_folded(item: Item, language: Language) -> None:
    """Each value stands whole on a line, and each question too."""
    lines = [line.strip() for line in shown(language, "show", item.code).splitlines()]
    cells = [cell for line in lines for cell in re.split(r" {2,}", line)]
    choose(language)
    for field in item.fields:
        assert set() == set(filter(None, list_codes(field.codes).splitlines())) - set(cells)
        if language is Language.ZH:
            assert set() == set(describe_params(field.level, dict(field.params))) - set(cells)
