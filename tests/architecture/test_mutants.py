"""The mutator changes what decides, one thing at a time, and its plan says what is true."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from tests.mutants import PLAN, ROOT, Module, draw, mutants_of, read_plan

SOURCE = '''
"""A docstring of 3 words."""
KNOWN: frozenset[int] = frozenset({1, 2})

def decide(a: int, b: str = "5") -> bool:
    """Return 7."""
    if a < 3 and not b:
        raise ValueError(f"expected 3, found {a}", 9)
    note(a)
    return any(one in KNOWN for one in b) or abs(a) == min(a, 8)
'''
NAMES = {
    "module: without 1 in {1, 2}",
    "module: without 2 in {1, 2}",
    *(f"module: {number} {sign} 1" for number in (1, 2) for sign in "+-"),
    "decide: never a < 3 and (not b)",
    "decide: always a < 3 and (not b)",
    "decide: without a < 3 in a < 3 and (not b)",
    "decide: without not b in a < 3 and (not b)",
    "decide: LtE in a < 3",
    "decide: 3 + 1",
    "decide: 3 - 1",
    "decide: without not in not b",
    "decide: without raise ValueError(f'expected 3, found {a}', 9)",
    "decide: without note(a)",
    "decide: without any((one in KNOWN for one in b)) in any((one in KNOWN for one in b)) or abs(a) == min(a, 8)",
    "decide: without abs(a) == min(a, 8) in any((one in KNOWN for one in b)) or abs(a) == min(a, 8)",
    "decide: all in any((one in KNOWN for one in b))",
    "decide: NotIn in one in KNOWN",
    "decide: NotEq in abs(a) == min(a, 8)",
    "decide: without abs in abs(a)",
    "decide: max in min(a, 8)",
    "decide: 8 + 1",
    "decide: 8 - 1",
}
"""Every weakening of the source; nothing of its docstrings, types and messages."""


def test_each_operator_weakens_one_thing() -> None:
    """Conditions, operands, boundaries, raises, calls, elements, any and all, min and max, constants."""
    found = mutants_of(SOURCE)
    assert NAMES == set(found)
    sources = {mutant.source(SOURCE) for mutant in found.values()}
    assert len(NAMES) == len(sources)
    assert ast.unparse(ast.parse(SOURCE)) not in sources
    for source in sources:
        compile(source, "mutant", "exec")


def test_equal_changes_have_names_of_their_own() -> None:
    """Of two equal statements either may be dropped."""
    twice = "def a():\n    note()\n    note()\n"
    assert ["a: without note()", "a: without note() again"] == list(mutants_of(twice))


def test_a_change_elsewhere_leaves_the_sample_alone() -> None:
    """What is drawn hangs on the mutants' names; an equivalent gives its place to another."""
    module = Module("x.py", [], 5, 0)
    drawn = [one.name for one in draw(module, SOURCE)]
    assert drawn == [one.name for one in draw(module, "LINES = 'x'\n\n" + SOURCE)]
    module.equivalent = {drawn[0]: "said here"}
    assert drawn[1:] == [one.name for one in draw(module, SOURCE)][:4]


def test_the_plan_holds() -> None:
    """Its modules, tests and equivalents are there; every equivalent has a reason, and every module a floor."""
    modules = read_plan()
    assert len(modules) == len({module.path for module in modules})
    for module in modules:
        assert all((ROOT / test).is_file() for test in module.tests), module.path
        assert all(len(reason) > 20 for reason in module.equivalent.values()), module.path
        assert 2 * module.floor >= module.sample, f"{module.path}: a floor below half of its sample proves little"


@pytest.mark.parametrize(
    ("old", "new"), [("sample = 8", "sample = 1"), ("sample = 8", 'sample = 8\nequivalent = {"x: never y" = "gone"}')]
)
def test_a_plan_that_promises_what_is_not_there_is_a_fault(tmp_path: Path, old: str, new: str) -> None:
    """A floor beyond the sample, an equivalent that no module has."""
    plan = tmp_path / "plan.toml"
    first = PLAN.read_text(encoding="utf-8").split("[[module]]")[1]
    plan.write_text("[[module]]" + first.split("equivalent")[0].replace(old, new), encoding="utf-8")
    with pytest.raises(ValueError, match="expected equivalents that there are"):
        read_plan(plan)
