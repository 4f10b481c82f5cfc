"""The script that holds commits to their form, tried in scratch repositories."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / "scripts" / "check-history"
SMALL, LARGE = 30, 31
WHY = "It was needed.\n"
IDENTITY = {"GIT_AUTHOR_NAME": "a", "GIT_AUTHOR_EMAIL": "a@example.org", "GIT_CONFIG_GLOBAL": os.devnull}
ENVIRONMENT = {
    **{name: value for name, value in os.environ.items() if not name.startswith("GIT_")},
    **IDENTITY,
    "GIT_COMMITTER_NAME": "a",
    "GIT_COMMITTER_EMAIL": "a@example.org",
    "GIT_CONFIG_NOSYSTEM": "1",
}


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A repository with the script in it, whose first commit is the last that the rule does not hold."""
    root = tmp_path / "one"
    (root / "scripts").mkdir(parents=True)
    git(root, "init", "-q", "-b", "main")
    commit(root, "x" * 100, "", 90)
    text = SCRIPT.read_text(encoding="utf-8")
    first = next(line for line in text.splitlines() if line.startswith("FIRST = "))
    script = root / "scripts" / SCRIPT.name
    script.write_text(text.replace(first, f'FIRST = "{git(root, "rev-parse", "HEAD").strip()}"'), encoding="utf-8")
    return root


def git(root: Path, *words: str) -> str:
    """Run git with no settings of this machine."""
    command = ["git", "-C", str(root), *words]
    return subprocess.run(command, env=ENVIRONMENT, capture_output=True, text=True, check=True).stdout


def commit(root: Path, subject: str, body: str, lines: int, *, file: str = "file") -> None:
    """Add a commit that changes so many lines."""
    path = root / file
    had = path.read_text(encoding="utf-8") if path.exists() else ""
    path.write_text(had + "line\n" * lines, encoding="utf-8")
    git(root, "add", file)
    git(root, "commit", "-q", "-m", f"{subject}\n\n{body}")


def judged(root: Path) -> tuple[int, str]:
    """Run the script; return its exit code and what it says."""
    command = [sys.executable, str(root / "scripts" / SCRIPT.name)]
    done = subprocess.run(command, env=ENVIRONMENT, capture_output=True, text=True, check=False)
    return done.returncode, done.stderr


@pytest.mark.parametrize(
    ("subject", "body", "lines", "fault"),
    [
        ("room: a change", WHY, LARGE, ""),
        ("room: a change", "", SMALL, ""),
        ("x" * 72, "", SMALL, ""),
        ("汉" * 72, "", SMALL, ""),
        ("x" * 73, WHY, SMALL, "at most 72 characters, found 73"),
        ("room: a change", "", LARGE, "found none for 31 changed lines"),
    ],
    ids=["large with a body", "small without", "72 characters", "72 signs", "73 characters", "large without a body"],
)
def test_a_commit_is_held_to_its_form(place: Path, subject: str, body: str, lines: int, fault: str) -> None:
    """What is missing is said with hash and subject; commits before the rule are passed over."""
    commit(place, subject, body, lines)
    code, said = judged(place)
    assert (1 if fault else 0) == code
    assert fault in said
    if fault:
        assert said.startswith(f"{git(place, 'rev-parse', 'HEAD')[:10]} {subject}: ")
        assert 1 == len(said.splitlines())


def test_deleted_lines_count_and_a_merge_does_not(place: Path) -> None:
    """A merge brings what its commits have said already."""
    git(place, "checkout", "-q", "-b", "other")
    commit(place, "room: a change", WHY, LARGE, file="other")
    git(place, "checkout", "-q", "main")
    commit(place, "room: another", WHY, LARGE)
    git(place, "merge", "-q", "--no-ff", "-m", "y" * 90, "other")
    assert (0, "") == judged(place)
    git(place, "rm", "-q", "file")
    git(place, "commit", "-q", "-m", "room: away")
    assert "found none for 121 changed lines" in judged(place)[1]


def test_in_a_shallow_clone_what_is_there_is_looked_at(place: Path) -> None:
    """But not its oldest commit, whose change would be the whole tree."""
    commit(place, "room: large without a body", "", LARGE)
    commit(place, "room: small", "", 1)
    clone = place.with_name("clone")
    git(place.parent, "clone", "-q", "--depth", "2", place.as_uri(), str(clone))
    shutil.copytree(place / "scripts", clone / "scripts", dirs_exist_ok=True)
    assert (0, "") == judged(clone)
    git(clone, "fetch", "-q", "--deepen", "1")
    assert "large without a body" in judged(clone)[1]


def test_without_a_repository_and_in_another_history_it_says_so_and_passes(place: Path) -> None:
    """An archive has no commits, and a repository that lacks the first one began elsewhere."""
    shutil.rmtree(place / ".git")
    code, said = judged(place)
    assert 0 == code
    assert "left out" in said
    git(place, "init", "-q", "-b", "main")
    commit(place, "x" * 100, "", LARGE)
    code, said = judged(place)
    assert 0 == code
    assert "left out" in said
