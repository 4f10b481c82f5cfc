"""A newcomer adds a mask: five places, and whichever is left out is named.

A copy of the rooms that know masks gets a generalisation `quarter` (`2015-Q4`) of dates, as somebody who follows the
page would add it. With all five places it stands, and it opens nothing beside a partly shown identity number; without
any one of them the import stops, or a check that the suite runs fails with the place's name.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

ROOT: Final = Path(__file__).parents[2]
COPIED: Final = ("gateway/ground", "gateway/masking", "gateway/catalogue", "gateway/leakguard", "keys", "tests/ground")
ALONE: Final = (
    *("gateway/__init__.py", "tests/samples.py"),
    *("docs/reference/masks.md", "docs/reference/masks.zh-CN.md"),
)
RECORD: Final = """    _generalised(
        "quarter",
        _DATE,
        tells=coarser_dates(facts.calendar_period(3), spliced=False, turns_at=()),
        learnt=Label("季度", "the quarter"),
        coarser=("year",),
    ),
"""
ROW: Final = "| `generalise` `quarter` | date | `to` quarter | string | the quarter |\n"
CHINESE_ROW: Final = "| `generalise` `quarter` | 日期 | `to` quarter | 文本 | 季度 |\n"
Change = tuple[str, str, str]
"""A file, a text in it, and what stands there afterwards."""
PLACES: Final[dict[str, tuple[Change, ...]]] = {
    "record": (
        (
            "gateway/ground/vocabulary/choices.py",
            '    _generalised(\n        "age_band",',
            f'{RECORD}    _generalised(\n        "age_band",',
        ),
    ),
    "operator": (
        (
            "gateway/masking/generalise.py",
            "def age_band(",
            "def quarter(values: tuple[Any, ...], context: Context) -> Texts:\n"
            '    """Return the year and quarter of each date."""\n'
            '    return tuple([None if v is None else f"{_YEARS[v.year]}-Q{(v.month + 2) // 3}" for v in values])\n\n\n'
            "def age_band(",
        ),
        (
            "gateway/masking/generalise.py",
            '        "age_band": lambda',
            '        "quarter": lambda places: quarter,\n        "age_band": lambda',
        ),
    ),
    "guard": (
        (
            "gateway/leakguard/columns.py",
            '        "age_band": r"',
            '        "quarter": "[0-9]{4}-Q[1-4]",\n        "age_band": r"',
        ),
    ),
    "page": (
        ("docs/reference/masks.md", "| `generalise` `age_band` |", f"{ROW}| `generalise` `age_band` |"),
        ("docs/reference/masks.md", "| `age_band` |", "| `quarter` | date | `2015-Q4` |\n| `age_band` |"),
    ),
    "twin": (
        ("docs/reference/masks.zh-CN.md", "| `generalise` `age_band` |", f"{CHINESE_ROW}| `generalise` `age_band` |"),
        ("docs/reference/masks.zh-CN.md", "| `age_band` |", "| `quarter` | 日期 | `2015-Q4` |\n| `age_band` |"),
    ),
}
NAMED: Final = {
    "record": "gateway/ground/vocabulary: expected a record of quarter",
    "operator": "gateway/masking/generalise.py: expected an entry for quarter",
    "guard": "gateway/leakguard/columns.py: expected a form for generalise quarter",
    "page": "docs/reference/masks.md: expected the row | `generalise` `quarter` |",
    "twin": "docs/reference/masks.zh-CN.md: expected a row of generalise quarter",
}
CHECKS: Final = """
from datetime import date
import tests.ground.test_mask_names as names
for name in sorted(vars(names)):
    if name.startswith("test_"):
        getattr(names, name)()

from gateway.catalogue.levels import level_faults
from gateway.ground.item import Kind, Level
from gateway.masking.candidates import count_remaining, disclosure_of
from gateway.masking.conflicts import require_apart
from gateway.masking.faults import PlanError
from tests.samples import field, item

def left(to):
    number = field("social_security_no", Kind.STRING, Level.PARTIAL, keep_first=1, keep_last=1)
    birth = field("birth_date", Kind.DATE, Level.GENERALISE, to=to)
    assert not list(level_faults(birth))
    return item(number, birth), count_remaining(disclosure_of(item(number, birth), date(2026, 11, 24)))

quarter, fitting = left("quarter")
assert left("year_month")[1] < fitting < left("year")[1], fitting
try:
    require_apart(quarter)
except PlanError as error:
    print(error)
"""
"""What the suite checks of masks without a test runner, and what made the identity number open before."""
PROPERTY: Final = """
import hypothesis
hypothesis.settings.load_profile("default")
import tests.ground.test_vocabulary as vocabulary
from gateway.ground.item import Level
from gateway.ground.vocabulary.masks import record_of
vocabulary.test_a_date_may_have_been_any_that_the_record_leaves(record=record_of(Level.GENERALISE, {"to": "quarter"}))
"""


def run(tree: Path, checks: str) -> subprocess.CompletedProcess[str]:
    """Put a copy to checks in a process of its own, which sees the copy alone."""
    environment = {**os.environ, "PYTHONPATH": str(tree), "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.run(
        [sys.executable, "-P", "-c", checks], cwd=tree, env=environment, capture_output=True, text=True, check=False
    )


def copied(tree: Path, *changes: Change) -> Path:
    """Make a copy of the rooms that know masks, with these changes."""
    for folder in COPIED:
        ignored = shutil.ignore_patterns("__pycache__", "*.toml")
        shutil.copytree(ROOT / folder, tree / folder, ignore=ignored)
    for file in ALONE:
        (tree / file).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / file, tree / file)
    for file, text, instead in changes:
        path = tree / file
        before = path.read_text(encoding="utf-8")
        assert before.count(text) == 1, f"{file}: {text}"
        path.write_text(before.replace(text, instead), encoding="utf-8")
    return tree


def test_a_mask_with_all_its_places_stands_and_opens_nothing(tmp_path: Path) -> None:
    """Five places, in seven changes of five files; beside a partly shown number it is refused as a month is."""
    changes = [change for place in PLACES.values() for change in place]
    assert 5 == len({file for file, _, _ in changes})
    done = run(copied(tmp_path, *changes), CHECKS)
    assert "" == done.stderr
    assert 0 == done.returncode
    assert "a birth date of at most a year beside the partly shown social_security_no" in done.stdout


@pytest.mark.parametrize("place", PLACES)
def test_a_place_that_is_left_out_is_named(place: str, tmp_path: Path) -> None:
    """By the import, or by a check that needs no more than the import."""
    changes = [change for name, several in PLACES.items() if name != place for change in several]
    done = run(copied(tmp_path, *changes), CHECKS)
    assert 0 != done.returncode
    assert NAMED[place] in done.stderr


def test_a_record_that_does_not_say_what_it_tells_stops_the_import(tmp_path: Path) -> None:
    """There is no default."""
    silent = RECORD.replace(next(line for line in RECORD.splitlines(keepends=True) if "tells=" in line), "")
    changes = [change for place in PLACES.values() for change in place]
    changes[0] = (changes[0][0], changes[0][1], changes[0][2].replace(RECORD, silent))
    done = run(copied(tmp_path, *changes), "import gateway.catalogue.levels")
    assert "missing 1 required keyword-only argument: 'tells'" in done.stderr


@pytest.mark.parametrize("months", [6, 12])
def test_a_record_that_tells_too_little_is_found(months: int, tmp_path: Path) -> None:
    """A quarter that claims to leave half a year, or a year."""
    changes = [change for place in PLACES.values() for change in place]
    vaguer = changes[0][2].replace("calendar_period(3)", f"calendar_period({months})")
    changes[0] = (changes[0][0], changes[0][1], vaguer)
    done = run(copied(tmp_path, *changes), PROPERTY)
    assert 0 != done.returncode
    assert "generalise quarter: tells less than its operator shows" in done.stderr
