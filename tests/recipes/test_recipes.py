"""The recipes of CONTRIBUTING.md: followed whole they pass, and each step that is left out is noticed by its check.

Each recipe is walked on a copy of the tree, in processes of their own. The page names files and checks, `recipes.py`
has the edits; that both tell of the same steps is the first claim.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Collection
from pathlib import Path
from typing import Final

import pytest

from tests.recipes.recipes import RECIPES, Step
from tests.recipes.test_mask import PLACES

ROOT: Final = Path(__file__).parents[2]
PAGE: Final = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
TWIN: Final = (ROOT / "CONTRIBUTING.zh-CN.md").read_text(encoding="utf-8")
COPIED: Final = ("gateway", "adapters", "keys", "tests", "scripts", "docs", "proto", "pyproject.toml")
STEPS: Final = [(recipe, number) for recipe, steps in RECIPES.items() for number in range(len(steps))]


def rows(page: str, heading: str) -> list[tuple[str, str]]:
    """Return file and check of each step under a heading of a page."""
    section = page.split(f"\n### {heading}\n")[1].split("\n#", maxsplit=1)[0]
    found = [[cell.strip().strip("`") for cell in line.strip("|").split("|")] for line in section.splitlines()]
    return [(cells[0], cells[-1]) for cells in found if len(cells) == 3 and "/" in cells[0]]


def chinese_headings() -> list[str]:
    """Return the headings of the recipes in the Chinese page, in their order."""
    return re.findall(r"^### (.+)$", TWIN, re.MULTILINE)


@pytest.fixture(name="tree", scope="module")
def _tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the tree, to be edited and put back."""
    tree = tmp_path_factory.mktemp("recipe") / "tree"
    tree.mkdir()
    for name in COPIED:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, tree / name, ignore=shutil.ignore_patterns("*.pyc", ".mypy_cache"))
        else:
            shutil.copy2(source, tree / name)
    return tree


def follow(tree: Path, steps: Collection[Step], check: Collection[str]) -> subprocess.CompletedProcess[str]:
    """Edit the tree by these steps, run the checks there, and put the tree back as it was.

    Only the fixtures beside a check are loaded: those of all tests would cost a second each time.
    """
    kept: dict[Path, bytes | None] = {}
    try:
        for step in steps:
            path = tree / step.path
            kept.setdefault(path, path.read_bytes() if path.exists() else None)
            text = path.read_text(encoding="utf-8") if path.exists() else ""
            path.write_text(step.edit(text, tree), encoding="utf-8")
        dropped = ("PYTEST", "CI", "PYTHONDONTWRITEBYTECODE")
        environment = {name: value for name, value in os.environ.items() if not name.startswith(dropped)}
        cut = os.path.commonpath([Path(one).parent for one in check])
        command = [
            sys.executable,
            "-m",
            "pytest",
            "-x",
            "-q",
            "--no-header",
            "-p",
            "no:cacheprovider",
            "-p",
            "no:xdist",
        ]
        return subprocess.run(
            [*command, f"--confcutdir={cut}", *check],
            cwd=tree,
            env=environment | {"PYTHONPATH": str(tree)},
            capture_output=True,
            text=True,
            check=False,
            timeout=280,
        )
    finally:
        for path, octets in kept.items():
            if octets is None:
                path.unlink(missing_ok=True)
            else:
                path.write_bytes(octets)


@pytest.mark.parametrize("recipe", RECIPES)
def test_the_page_names_every_step_and_no_other(recipe: str) -> None:
    """Files in the order of the steps, each with a check that is there, or that the recipe itself makes."""
    named = rows(PAGE, recipe)
    assert [step.path for step in RECIPES[recipe]] == [path for path, _ in named]
    made = {step.path for step in RECIPES[recipe]}
    assert [] == [check for _, check in named if check not in made and not (ROOT / check).exists()]


def test_the_page_names_the_five_places_of_a_mask() -> None:
    """That walk is `test_mask`, which also looks at what the new mask opens."""
    files = list(dict.fromkeys(file for changes in PLACES.values() for file, _, _ in changes))
    assert files == [path for path, _ in rows(PAGE, "A mask")]


def test_both_languages_have_the_same_recipes_with_the_same_files_and_checks() -> None:
    """A reader of Chinese follows the same steps."""
    english = re.findall(r"^### (.+)$", PAGE, re.MULTILINE)
    assert list(RECIPES) == [one for one in english if one != "A mask"]
    assert [rows(PAGE, one) for one in english] == [rows(TWIN, one) for one in chinese_headings()]


@pytest.mark.parametrize("recipe", RECIPES)
def test_a_recipe_that_is_followed_whole_passes_its_checks(recipe: str, tree: Path) -> None:
    """Nothing more is needed than the page says."""
    done = follow(tree, RECIPES[recipe], sorted({check for _, check in rows(PAGE, recipe)}))
    assert 0 == done.returncode, done.stdout[-3000:]


@pytest.mark.parametrize(("recipe", "number"), STEPS, ids=[f"{recipe}-{number + 1}" for recipe, number in STEPS])
def test_a_step_that_is_left_out_is_noticed(recipe: str, number: int, tree: Path) -> None:
    """The check that the page names for the step fails, and it is the claim that fails, not the test's own set-up."""
    steps = [step for place, step in enumerate(RECIPES[recipe]) if place != number]
    check = rows(PAGE, recipe)[number][1]
    if not any((tree / check).exists() or step.path == check for step in steps):
        pytest.fail(f"the check {check} is made by the step that is left out")
    done = follow(tree, steps, [check])
    # 1 and 2: a claim fails, or its file cannot be read; 4: the fixtures beside it cannot even be imported.
    import_stopped = done.returncode == 4 and "ModuleNotFoundError: No module named 'gateway." in done.stderr
    assert done.returncode in (1, 2) or import_stopped, done.stdout[-3000:] + done.stderr[-3000:]
