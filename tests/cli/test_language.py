"""A run speaks one language: help, problems, names and times, chosen by option, variable or locale."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

import pytest
import typer
from hypothesis import example, given
from hypothesis import strategies as st

from gateway.cli.help import count_cells, wrap
from gateway.cli.language import Language, choose, find_language, lines_of, say, split_help
from gateway.cli.main import app
from gateway.cli.misuse import describe_misuse
from gateway.cli.names import NAMES, find_code, name_of, name_over_code, name_with_code
from gateway.cli.reference import walk_commands
from gateway.cli.times import show_microseconds, show_time
from gateway.ground.evidence import Channel, LawfulBasis
from gateway.ground.item import Domain, Label, Level
from tests.commands import CliRunner

CHINESE = re.compile(r"[\u4e00-\u9fff]")
SENTENCE = re.compile(r"(?<!chuanyu )(?<!root )\b(?!chuanyu|root)[A-Za-z]{2,} [a-z]{2,} [a-z]{2,}")
"""Three English words in a row, a command's own words aside: a name, an option or a code is no sentence."""


@pytest.fixture(autouse=True)
def _afterwards() -> Iterator[None]:
    """The language of one test is not that of the next."""
    yield
    choose(None)


def helped(language: Language) -> list[tuple[str, str]]:
    """Return the path and the help of every command in a language."""
    choose(language)
    root: Any = typer.main.get_command(app)
    return list(walk_commands(root, root.context_class(root, info_name="chuanyu", terminal_width=78)))


@pytest.mark.parametrize(
    ("environment", "language"),
    [
        ({}, "en"),
        ({"LANG": "zh_CN.UTF-8"}, "zh"),
        ({"LANG": "zh_CN.GBK"}, "zh"),
        ({"LANG": "zh"}, "zh"),
        ({"LANG": "en_US.UTF-8"}, "en"),
        ({"LANG": "C"}, "en"),
        ({"LANG": "zh_CN.UTF-8", "LC_ALL": "C.UTF-8"}, "en"),
        ({"LANG": "en_US.UTF-8", "LC_MESSAGES": "zh_CN.UTF-8"}, "zh"),
        ({"LANG": "zh_CN.UTF-8", "LC_ALL": ""}, "zh"),
        ({"LANG": "zhuang"}, "en"),
        ({"LANG": "zh_CN.UTF-8", "CHUANYU_LANG": "en"}, "en"),
        ({"CHUANYU_LANG": "both"}, "both"),
    ],
)
def test_the_environment_chooses_the_language(environment: dict[str, str], language: str) -> None:
    """The variable of its own before those of the locale, these in the order of POSIX."""
    assert language == find_language(environment, shows_chinese=True)
    explicit = environment.get("CHUANYU_LANG") in set(map(str, Language))
    assert (language if explicit else "en") == find_language(environment, shows_chinese=False)


def test_an_option_is_stronger_than_the_variable() -> None:
    """And both are stronger than the locale."""
    run = CliRunner()
    environment = {"CHUANYU_LANG": "zh", "LANG": "zh_CN.UTF-8"}
    assert CHINESE.search(run.invoke(app, ["node", "--help"], env=environment).stdout)
    assert not CHINESE.search(run.invoke(app, ["--lang", "en", "node", "--help"], env=environment).stdout)


@pytest.mark.parametrize("name", ["xx", "ZH", "zh_CN"])
def test_another_language_is_refused_with_the_list(name: str) -> None:
    """As an option and as a variable."""
    for line, environment in ((["--lang", name, "items", "list"], {}), (["items", "list"], {"CHUANYU_LANG": name})):
        result = CliRunner().invoke(app, line, env=environment)
        assert 2 == result.exit_code
        assert "zh" in result.output
        assert "both" in result.output


def test_english_help_has_no_chinese() -> None:
    """Of any command."""
    assert [] == [path for path, text in helped(Language.EN) if CHINESE.search(text)]


def test_chinese_help_has_no_english_sentence() -> None:
    """Of any command; typer's own words are translated."""
    found = helped(Language.ZH)
    assert [] == [(path, SENTENCE.findall(text)) for path, text in found if SENTENCE.search(text)]
    for word in ("Usage", "Options", "Commands", "Arguments", "required", "default", "<str>", "<path>", "range"):
        assert [] == [path for path, text in found if word in text]


def test_what_stands_for_a_value_is_a_word_of_the_language() -> None:
    """In the usage behind the command: Chinese words in a Chinese help, and capitals in an English one."""
    usages = {
        language: [text.splitlines()[0].split("]", 1)[1] for _, text in helped(language)]
        for language in (Language.ZH, Language.EN)
    }
    assert [] == [usage for usage in usages[Language.ZH] if re.search("[A-Za-z]", usage)]
    assert [] == [usage for usage in usages[Language.EN] if re.search("[a-z]", usage)]


def every_text() -> Iterator[tuple[str, Label]]:
    """Yield every text of the help, of commands and of their parameters, with the place where it stands."""
    root: Any = typer.main.get_command(app)

    def walk(command: Any, context: Any) -> Iterator[tuple[str, Label]]:
        yield context.command_path, split_help(command.help or "")
        for param in command.params:
            yield f"{context.command_path} {param.name}", split_help(getattr(param, "help", "") or "")
        for name, below in getattr(command, "commands", {}).items():
            yield from walk(below, command.context_class(below, parent=context, info_name=name))

    return walk(root, root.context_class(root, info_name="chuanyu"))


TEXTS = dict(every_text())


@pytest.mark.parametrize("place", TEXTS)
def test_a_text_of_the_help_says_as_much_in_chinese_as_in_english(place: str) -> None:
    """As many sentences, and no fewer characters than three for four English words."""
    label = TEXTS[place]
    characters, words = len(CHINESE.findall(label.zh)), len(re.findall(r"[A-Za-z][A-Za-z'-]*(?!\S*[:/.]\S)", label.en))
    sentences = [len(re.findall(mark, text)) for mark, text in (("。", label.zh), (r"\.(?=\s|$)", label.en))]
    assert label.zh != label.en
    assert characters >= words * 3 / 4, (characters, words)
    assert sentences[0] >= min(sentences[1], 2) >= 1


@pytest.mark.parametrize("language", [Language.ZH, Language.EN])
def test_the_help_has_no_word_of_the_programs_that_write_it(language: Language) -> None:
    """Typer's placeholders, its names of Python's types, and sets of codes that a Chinese help names in full."""
    foreign = r"\{\w+\}|<\S*[\[\]]\S*>|<[A-Z]\w*>" + ("|<[a-z_| ]+>" if language is Language.ZH else "")
    found = {path: re.findall(foreign, text) for path, text in helped(language)}
    assert {} == {path: words for path, words in found.items() if words}


def test_help_fits_eighty_columns() -> None:
    """In cells: a Chinese character takes two. A name that is longer stands whole."""
    for language in (Language.ZH, Language.EN):
        wide = [line for _, text in helped(language) for line in text.splitlines() if count_cells(line) > 80]
        assert [] == [line for line in wide if not re.fullmatch(r"(用法：|Usage: | {2}-)\S.*", line)]


@example("a。。 …", 4)
@given(st.text(alphabet="川渝 一卡通abc，。（）—…", max_size=80), st.integers(min_value=4, max_value=40))
def test_wrapping_loses_nothing(text: str, width: int) -> None:
    """But blanks at the breaks; no line begins with a closing sign."""
    lines = wrap(text, width)
    assert re.sub(r"\s", "", text) == re.sub(r"\s", "", "".join(lines))
    assert [] == [line for line in lines[1:] if line[0] in "，。）…"]


@pytest.mark.parametrize(
    ("text", "zh", "en"),
    [
        ("列出事项。List the items.", "列出事项。", "List the items."),
        ("事项版本，0 为现行。The item's version; 0 here.", "事项版本，0 为现行。", "The item's version; 0 here."),
        ("只有中文。", "只有中文。", "只有中文。"),
        ("English alone.", "English alone.", "English alone."),
        ("", "", ""),
    ],
)
def test_a_help_text_is_split_where_the_chinese_ends(text: str, zh: str, en: str) -> None:
    """Text of one language is that of both."""
    assert Label(zh, en) == split_help(text)


def test_a_label_is_said_in_the_language_of_the_run() -> None:
    """In both, equal texts stand once."""
    for language, lines in ((Language.ZH, ["是"]), (Language.EN, ["yes"]), (Language.BOTH, ["是", "yes"])):
        choose(language)
        assert lines == lines_of(Label("是", "yes"))
        assert " ".join(lines) == say(Label("是", "yes"))
    assert ["x"] == lines_of(Label("x", "x"))


@pytest.mark.parametrize(
    ("line", "zh"),
    [
        (["--foo"], "没有选项 --foo"),
        (["nodde"], "没有命令 nodde，相近的有 node"),
        (["ask", "CY-ID-01"], "缺少选项 --to"),
        (["audit", "verify", "a", "b"], "多出的参数：b"),
        (
            ["ask", "CY-ID-01", "--channel", "fax"],
            "以下之一：线上（online）、窗口（counter）、自助终端（terminal）、批量（batch）",
        ),
        (["node", "check", "--config"], "选项 --config 缺少值"),
        (["audit", "verify"], "缺少参数 文件夹"),
    ],
)
def test_a_wrong_command_line_is_told_in_chinese(line: list[str], zh: str) -> None:
    """Typer's own English does not come through; nor is a long number repeated."""
    result = CliRunner().invoke(app, line, env={"COLUMNS": "120", "CHUANYU_LANG": "zh"})
    assert 2 == result.exit_code
    assert zh in result.output
    assert not SENTENCE.search(result.output)


def test_a_long_number_is_not_repeated() -> None:
    """It may be a person's."""
    found = describe_misuse(typer.BadParameter("no such thing: 519999199001010010"), "chuanyu ask")
    assert "519999" not in found.found.zh + found.found.en
    assert "chuanyu ask --help" in found.remedy.zh


@pytest.mark.parametrize("kind", NAMES, ids=lambda kind: kind.__name__)
def test_every_code_has_exactly_one_name(kind: type[StrEnum]) -> None:
    """In Chinese, and no two codes of one kind share it."""
    names = [label.zh for label in NAMES[kind].values()]
    assert set(map(str, kind)) == {str(one) for one in NAMES[kind]}
    assert len(names) == len(set(names))
    assert [] == [name for name in names if not CHINESE.search(name)]


@pytest.mark.parametrize("kind", NAMES, ids=lambda kind: kind.__name__)
def test_a_code_is_found_by_itself_or_by_its_name(kind: type[StrEnum]) -> None:
    """In either language; any other word is none."""
    for code, label in NAMES[kind].items():
        assert {str(code)} == {find_code(kind, typed) for typed in (str(code), label.zh, label.en)}
    assert [None, None, None] == [find_code(kind, typed) for typed in ("", "拒", "foo")]


def test_a_name_is_shown_with_its_code_where_it_is_typed() -> None:
    """In both languages; an unknown code is shown as it is, and a name that is the code stands once."""
    choose(Language.ZH)
    shown = (name_of(Domain, "identity"), name_with_code(Channel, "counter"), name_over_code(Level, "clear"))
    assert ("身份证明", "窗口（counter）", "原值\nclear") == shown
    assert "later" == name_of(Domain, "later")
    choose(Language.EN)
    assert ("proof of identity", "counter", "as held\nclear", "statutory duty (statutory_duty)") == (
        name_of(Domain, "identity"),
        name_with_code(Channel, "counter"),
        name_over_code(Level, "clear"),
        name_with_code(LawfulBasis, "statutory_duty"),
    )


def test_no_english_name_is_a_code_of_several_words() -> None:
    """`fund_disbursement` is for programs; a person reads words."""
    assert [] == [label.en for names in NAMES.values() for label in names.values() if "_" in label.en]


def test_a_time_is_beijings_with_its_zone() -> None:
    """One form, to the second."""
    choose(Language.ZH)
    assert "2026-11-30 19:08:03 北京时间" == show_time(datetime(2026, 11, 30, 11, 8, 3, tzinfo=UTC))
    choose(Language.EN)
    assert "1970-01-01 08:00:01 Beijing time" == show_microseconds(1_999_999)
