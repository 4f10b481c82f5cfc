"""Files that commands write: whole or not at all, and never over what must stay."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from gateway.cli.files import MOST_EVIDENCE, create_directory, create_file, describe_error, keep_evidence, write_file
from gateway.cli.screen import Problem
from gateway.ground.item import Label


def list_names(directory: Path) -> list[str]:
    """Return the names in a directory, hidden ones too."""
    return sorted(path.name for path in directory.iterdir())


def test_a_file_that_exists_is_not_made_again(tmp_path: Path) -> None:
    """Its bytes stay, and nothing is left beside it."""
    path = tmp_path / "out"
    path.write_bytes(b"old")
    with pytest.raises(Problem, match="it exists already") as caught, create_file(path) as file:
        file.write(b"new")
    assert 2 == caught.value.exit_code
    assert (b"old", ["out"]) == (path.read_bytes(), list_names(tmp_path))


def test_a_file_whose_block_fails_vanishes(tmp_path: Path) -> None:
    """Half of a file is no file, and the error of the block is the one that is raised."""
    with pytest.raises(ValueError, match="half"), create_file(tmp_path / "out") as file:
        file.write(b"new")
        raise ValueError("half")
    assert [] == list_names(tmp_path)


def test_a_file_in_no_directory_is_a_problem(tmp_path: Path) -> None:
    """The directory is not made on the way."""
    with pytest.raises(Problem, match="No such file"), create_file(tmp_path / "absent" / "out"):
        pass
    assert [] == list_names(tmp_path)


def test_a_file_gets_its_name_when_the_block_ends(tmp_path: Path) -> None:
    """Until then nobody finds it under that name."""
    with create_file(tmp_path / "out") as file:
        file.write(b"new")
        assert not (tmp_path / "out").exists()
    assert (b"new", ["out"]) == ((tmp_path / "out").read_bytes(), list_names(tmp_path))


def test_a_write_that_fails_leaves_the_older_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A full disk is told, and no part of the new file stays."""

    def fail(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    (tmp_path / "out").write_bytes(b"old")
    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(Problem, match="No space left on device") as told:
        write_file(tmp_path / "out", b"new")
    assert 4 == told.value.exit_code
    assert (b"old", ["out"]) == ((tmp_path / "out").read_bytes(), list_names(tmp_path))


def test_a_file_that_is_not_secret_replaces_the_older_one(tmp_path: Path) -> None:
    """Everybody may read it, and only its owner may write it."""
    for octets in (b"old", b"new"):
        write_file(tmp_path / "out", octets)
    assert (b"new", 0o644) == ((tmp_path / "out").read_bytes(), (tmp_path / "out").stat().st_mode & 0o777)
    assert ["out"] == list_names(tmp_path)


@pytest.mark.parametrize("kind", ["full", "file", "link"])
def test_a_directory_is_not_made_over_what_is_there(tmp_path: Path, kind: str) -> None:
    """Something in it, a file, or a link that could lead elsewhere: each is refused."""
    place = tmp_path / "node"
    if kind == "full":
        (place / "keys").mkdir(parents=True)
    elif kind == "file":
        place.write_bytes(b"")
    else:
        place.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(Problem, match="which exists and is not empty"), create_directory(place):
        pass
    assert ["node"] == list_names(tmp_path)


def test_a_directory_below_a_file_is_a_problem(tmp_path: Path) -> None:
    """The error of the system is told with the place."""
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(Problem, match="a place that can be written"), create_directory(tmp_path / "file" / "node"):
        pass


def test_a_directory_whose_block_fails_vanishes(tmp_path: Path) -> None:
    """No key of a node that was not made stays on the disk."""
    with pytest.raises(KeyboardInterrupt), create_directory(tmp_path / "node") as beside:
        (beside / "key").write_bytes(b"secret")
        raise KeyboardInterrupt
    assert [] == list_names(tmp_path)


@pytest.mark.parametrize("exists", [False, True])
def test_a_new_or_empty_directory_is_made_for_its_owner_alone(tmp_path: Path, exists: bool) -> None:
    """It holds what the block put there."""
    place = tmp_path / "above" / "node"
    if exists:
        place.mkdir(parents=True)
    with create_directory(place) as beside:
        (beside / "key").write_bytes(b"secret")
    assert (["key"], 0o700) == (list_names(place), place.stat().st_mode & 0o777)
    assert ["node"] == list_names(place.parent)


def test_an_error_of_a_room_keeps_its_words() -> None:
    """What was expected and the next step are the command's."""
    problem = describe_error(ValueError("too long"), Label("短", "short"), Label("缩短", "shorten it"))
    assert ("too long", "short", "shorten it") == (problem.found.en, problem.expected.en, problem.remedy.en)


FORK = Label("两棵树", "two trees")


def test_evidence_is_kept_beside_the_file_and_never_replaced(tmp_path: Path) -> None:
    """The same bytes once, others under further names, and no more of them than the bound."""
    stored = tmp_path / "note"
    assert tmp_path / "note.contradiction" == keep_evidence(stored, b"0", FORK) == keep_evidence(stored, b"0", FORK)
    for number in range(1, MOST_EVIDENCE):
        assert tmp_path / f"note.contradiction-{number + 1}" == keep_evidence(stored, b"%d" % number, FORK)
    with pytest.raises(Problem, match=r"two trees; the evidence of it is not kept: .*exists already") as full:
        keep_evidence(stored, b"one more", FORK)
    assert 1 == full.value.exit_code
    assert MOST_EVIDENCE == len(list_names(tmp_path))
    assert b"0" == (tmp_path / "note.contradiction").read_bytes()


def test_evidence_that_cannot_be_written_is_a_problem(tmp_path: Path) -> None:
    """The finding is told with it, and the exit code is that of the finding."""
    with pytest.raises(Problem, match="two trees; the evidence of it is not kept") as told:
        keep_evidence(tmp_path / "absent" / "note", b"0", FORK)
    assert (1, True) == (told.value.exit_code, told.value.found.zh.startswith("两棵树；证据未能保存："))
