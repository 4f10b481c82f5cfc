"""A skipped test fails the run unless its whole name is listed; workers change nothing in that."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.listed_skips import SKIPS, find_stale, read_skips
from tests.longest import LONGEST

ROOT = Path(__file__).parents[2]
CONFTEST = f"""
import sys
sys.path.insert(0, {str(ROOT)!r})
from tests.listed_skips import SkipGuard

def pytest_configure(config):
    config.pluginmanager.register(SkipGuard(LISTED, fails=FAILS))
"""
TESTS = """
import pytest

@pytest.mark.parametrize("which", ["one", "two"])
def test_it(which):
    pytest.skip("absent")

def test_other():
    pass
"""
ONE, TWO = "test_scratch.py::test_it[one]", "test_scratch.py::test_it[two]"


def ended(place: Path, listed: list[str], *more: str, fails: bool = True) -> tuple[int, str]:
    """Run a scratch test file under the guard; return exit code and output."""
    text = CONFTEST.replace("LISTED", repr(dict.fromkeys(listed, "why"))).replace("FAILS", repr(fails))
    (place / "conftest.py").write_text(text, encoding="utf-8")
    (place / "test_scratch.py").write_text(TESTS, encoding="utf-8")
    plain = ("-q", "-p", "xdist", "-p", "no:cacheprovider", "--rootdir", str(place))
    command = [sys.executable, "-m", "pytest", *plain, *more]
    bare = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    bare["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    done = subprocess.run(command, cwd=place, env=bare, capture_output=True, text=True, timeout=120, check=False)
    return done.returncode, done.stdout


@pytest.mark.parametrize("workers", ["0", "2"])
def test_a_skipped_test_that_is_not_listed_fails_the_run_with_its_name(tmp_path: Path, workers: str) -> None:
    """One parameter is listed, the other is not: names are whole. Pytest's own line stays the last."""
    code, said = ended(tmp_path, [ONE], "-n", workers)
    assert 1 == code
    assert f"\n{TWO}\n" in said
    assert f"\n{ONE}\n" not in said
    assert "1 passed, 2 skipped" in said.splitlines()[-1]


@pytest.mark.parametrize("workers", ["0", "2"])
def test_a_line_whose_test_is_gone_fails_the_run(tmp_path: Path, workers: str) -> None:
    """The function may be there still: the parameter is not."""
    code, said = ended(tmp_path, [ONE, TWO, "test_scratch.py::test_it[three]"], "-n", workers, "-k", "test_other")
    assert 1 == code
    assert "test_scratch.py::test_it[three]" in said
    assert f"\n{ONE}\n" not in said


def test_listed_skips_pass_and_outside_ci_others_are_only_named(tmp_path: Path) -> None:
    """A newcomer without a tool is told, not stopped."""
    assert 0 == ended(tmp_path, [ONE, TWO])[0]
    code, said = ended(tmp_path, [ONE], fails=False)
    assert 0 == code
    assert f"\n{TWO}\n" in said


def test_a_test_that_was_not_asked_for_is_not_called_gone() -> None:
    """Neither a file that was not collected, nor the rest of a file of which one test was asked for."""
    here, there = "tests/keys/test_key_names.py::test_x", "tests/audit/test_note.py::test_y"
    collected = ["tests/keys/test_key_names.py::test_z"]
    assert {here} == find_stale([here, there], collected, ["tests/keys"], ROOT)
    assert set() == find_stale([here], collected, ["test_key_names.py::test_z"], ROOT)
    assert {"tests/no_file.py::test_x"} == find_stale(["tests/no_file.py::test_x"], [], [], ROOT)


@pytest.mark.parametrize("line", ["tests/audit/ | why", "tests/a.py::b", "tests/a.py::b | ", "a::b | c\na::b | c"])
def test_a_line_names_one_test_once_with_a_reason(line: str) -> None:
    """How a name begins excuses nothing."""
    with pytest.raises(ValueError, match="a test's whole name"):
        read_skips(line)


def test_every_listed_test_has_a_reason() -> None:
    """The list itself reads."""
    assert all(read_skips(SKIPS.read_text(encoding="utf-8")).values())


def test_every_module_that_begins_first_is_there() -> None:
    """A name that went stale would only cost time, unseen."""
    assert [] == [module for module in LONGEST if not (ROOT / module).is_file()]
    assert len(set(LONGEST)) == len(LONGEST)
