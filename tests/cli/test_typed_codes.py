"""A word out of a closed set is typed as its code or as its Chinese name, in every command; any other is refused."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import Any, Final, get_args

import pytest
import typer

from adapters.kinds import KINDS
from gateway.assembly.reload import RELOAD
from gateway.audit.entries.acts import REFUSED, DualControlAct
from gateway.audit.entries.entry import Phase
from gateway.cli.choices import LoggedAction, PlatformKind
from gateway.cli.codes import accept_names, find_closed_set, list_codes, read_code, suggest
from gateway.cli.language import choose
from gateway.cli.main import app
from gateway.cli.misuse import describe_misuse
from gateway.cli.names import NAMES
from gateway.cli.screen import Problem
from gateway.ground.item import Label
from gateway.ground.refusals import Reason
from tests.commands import CliRunner

ROOT: Final = Path(__file__).parents[2]
CALLS: Final = ("record_act", "_require_approval", "acts.record")
SUBJECTS: Final = {"catalogue", "by_operator", "entry", "subject", "pseudonym", "log"}
"""What an act is done to; it stands beside the act's code in a call."""


def walk(command: Any, context: Any) -> Iterator[tuple[str, Any, Any]]:
    """Yield path, parameter and context of every parameter of every command."""
    for param in command.params:
        yield f"{context.command_path} {param.name}", param, context
    for name, below in getattr(command, "commands", {}).items():
        yield from walk(below, command.context_class(below, parent=context, info_name=name))


ROOT_COMMAND: Final[Any] = typer.main.get_command(app)
EVERY: Final = tuple(walk(ROOT_COMMAND, ROOT_COMMAND.context_class(ROOT_COMMAND, info_name="chuanyu")))
CLOSED: Final = tuple((path, param, context) for path, param, context in EVERY if find_closed_set(param) is not None)
IDS: Final = [path for path, _, _ in CLOSED]
EXPECTED: Final = {
    "chuanyu lang", "chuanyu node init platform", "chuanyu keys request role", "chuanyu keys draft-list kind",
    "chuanyu ask channel", "chuanyu ask lawful_basis", "chuanyu audit search phase", "chuanyu audit search result",
    "chuanyu audit search reason", "chuanyu audit search action", "chuanyu audit export form",
    "chuanyu audit request act",
}  # fmt: skip


@pytest.fixture(autouse=True)
def _afterwards() -> Iterator[None]:
    """`--lang` sets the language of the process; the next test begins without one."""
    yield
    choose(None)


def typed(param: Any, context: Any, word: str) -> object:
    """What a command is given when a person types a word for a parameter."""
    return param.get_runtime_param().coerce(word, param=param, ctx=context)


def test_the_closed_sets_of_all_commands_are_these() -> None:
    """A new one is added here; an option that became free text is missed."""
    assert set(IDS) == EXPECTED


def test_no_parameter_takes_a_choice_in_another_way() -> None:
    """A literal or an enumeration that is no StrEnum would have codes alone."""
    assert [] == [path for path, param, _ in EVERY if param.type_descriptor.choices and find_closed_set(param) is None]
    kinds = {annotation for _, param, _ in EVERY for annotation in get_args(param.type_descriptor.annotation)}
    assert [] == [kind for kind in kinds if isinstance(kind, type) and issubclass(kind, StrEnum)]


@pytest.mark.parametrize(("path", "param", "context"), CLOSED, ids=IDS)
def test_code_and_name_are_taken(path: str, param: Any, context: Any) -> None:
    """Each member of the set, typed in either language, with a space behind it too."""
    kind = find_closed_set(param)
    assert kind is not None, path
    for member in kind:
        label = NAMES[kind][member]
        for word in (str(member), label.zh, label.en, f"{label.zh} "):
            assert member is typed(param, context, word)


@pytest.mark.parametrize(("path", "param", "context"), CLOSED, ids=IDS)
@pytest.mark.parametrize("word", ["", "foo", "拒", "一二三", "None"])
def test_any_other_word_is_refused_with_the_list_of_both(path: str, param: Any, context: Any, word: str) -> None:
    """Exit code 2; names with codes in Chinese, codes in English, and where the usage is shown."""
    kind = find_closed_set(param)
    assert kind is not None, path
    with pytest.raises(typer.BadParameter) as caught:
        typed(param, context, word)
    problem = describe_misuse(caught.value, "chuanyu")
    assert isinstance(problem, Problem)
    assert 2 == problem.exit_code
    assert problem.found.en.endswith(f" {word!r}")
    assert [] == [
        member
        for member in kind
        if f"{NAMES[kind][member].zh}（{member}）" not in problem.expected.zh or member not in problem.expected.en
    ]
    assert f"{context.command_path} --help" in problem.remedy.zh


@pytest.mark.parametrize("kind", NAMES, ids=lambda kind: kind.__name__)
def test_every_value_has_one_chinese_name_and_no_two_share_one(kind: type[StrEnum]) -> None:
    """Of every enumeration that a command takes or shows."""
    names = [NAMES[kind][member].zh for member in kind]
    assert sorted(set(names)) == sorted(names)
    assert set(kind) == set(NAMES[kind])


@pytest.mark.parametrize(
    ("kind", "word", "near"),
    [
        (Phase, "relase", Label("提供（release）", "release")),
        (Phase, "Refusal", Label("拒绝（refusal）", "refusal")),
        (Phase, "拒绝了", Label("拒绝（refusal）", "refusal")),
        (Reason, "GRANT_MISING", Label("该部门没有此事项的共享授权（GRANT_MISSING）", "GRANT_MISSING")),
    ],
)
def test_a_word_that_is_nearly_one_is_told_the_nearest(kind: type[StrEnum], word: str, near: Label) -> None:
    """A slip of the finger is put right at once; the list stays below."""
    found = suggest(word, NAMES[kind], Label("改正", "correct it"))
    assert Label(f"最接近的是 {near.zh}；改正", f"did you mean {near.en}? correct it") == found


@pytest.mark.parametrize("word", ["", "foo", "一二三", "519999196001010013"])
def test_a_word_that_is_near_none_is_told_the_list_alone(word: str) -> None:
    """No guess is made."""
    assert Label("改正", "correct it") == suggest(word, NAMES[Phase], Label("改正", "correct it"))


def test_a_mistyped_code_is_answered_with_the_nearest_in_every_place() -> None:
    """An option's, an item's, a scene's and a province's; a word that is a code already is not suggested for itself."""
    for line, near in (
        (["audit", "search", "x", "--phase", "relase"], "release"),
        (["items", "show", "CY-ID-2"], "CY-ID-02"),
        (["items", "explain", "CY-ID-02", "--recipient", "500000/cq-hrss", "--scene", "card-servce"], "card-service"),
        (["keys", "authority", "init", "--province", "sichuam", "x"], "sichuan"),
    ):
        result = CliRunner().invoke(app, line, env={"CHUANYU_LANG": "en", "COLUMNS": "200"})
        assert (2, True) == (result.exit_code, f"did you mean {near}?" in result.output), result.output


def test_a_long_number_typed_in_the_wrong_place_is_not_repeated() -> None:
    """It may be a person's."""
    _, param, context = next(one for one in CLOSED if one[0].endswith("search phase"))
    with pytest.raises(typer.BadParameter) as caught:
        typed(param, context, "519999196001010013")
    assert "519999" not in describe_misuse(caught.value, "x").found.zh


def test_a_word_is_read_as_it_is_spelt() -> None:
    """No guess is made at a word in other letters."""
    assert PlatformKind.REMOTE is read_code(PlatformKind, "远程适配器")
    with pytest.raises(ValueError, match="is not one of sichuan, chongqing, remote"):
        read_code(PlatformKind, "REMOTE")
    assert "one of sichuan, chongqing, remote" == list_codes(PlatformKind).en


def test_a_parameter_without_a_closed_set_is_left_as_it_is() -> None:
    """Paths, numbers and free text have no list."""
    _, param, _ = next(one for one in EVERY if one[0].endswith("ask purpose"))
    before = param.type_descriptor
    accept_names([param])
    assert before is param.type_descriptor


def test_the_kinds_of_platform_are_those_that_open() -> None:
    """The command's and the adapters'."""
    assert KINDS == tuple(map(str, PlatformKind))


def _recorded() -> Iterator[object]:
    """Yield the actions that the gateway's modules give to the log, by name or as literals."""
    yield from (*map(str, DualControlAct), REFUSED, RELOAD)
    for path in sorted((ROOT / "gateway").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func).endswith(CALLS):
                given = [word.value for word in node.keywords if word.arg == "action"] or node.args[:3]
                yield from (part.value for one in given for part in ast.walk(one) if isinstance(part, ast.Constant))
            if isinstance(node, ast.Dict):
                pairs = zip(node.keys, node.values, strict=True)
                given = [value for key, value in pairs if isinstance(key, ast.Constant) and key.value == "action"]
                given = [one for one in given if not ast.unparse(one).startswith(("entry.text(", "Label("))]
                yield from (part.value for one in given for part in ast.walk(one) if isinstance(part, ast.Constant))


def test_every_action_that_is_recorded_can_be_searched_for() -> None:
    """The set of the command is that of the log: an action that it lacks could not be found."""
    recorded = {one for one in _recorded() if re.fullmatch(r"[a-z]+(_[a-z]+)*", str(one))} - SUBJECTS
    assert {"query", "reload", "subject_history", "rotate_log_keys", "start"} <= recorded
    assert set() == recorded - set(LoggedAction)
