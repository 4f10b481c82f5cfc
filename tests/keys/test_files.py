"""Files of a node's directory: regular ones are read whole, and nothing else keeps who reads them waiting."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from keys.files import read_file, read_text, require_file


def test_a_file_is_read_whole(tmp_path: Path) -> None:
    """Also one of exactly the limit, an empty one, and one behind a link."""
    path = tmp_path / "file"
    path.write_bytes(b"\x00\xff" * 50)
    require_file(path)
    assert b"\x00\xff" * 50 == read_file(path, 100)
    (tmp_path / "link").symlink_to(path)
    assert b"\x00\xff" * 50 == read_file(tmp_path / "link")
    path.write_bytes("字".encode())
    assert "字" == read_text(path)
    path.write_bytes(b"")
    assert b"" == read_file(path, 0)


def test_what_is_longer_than_the_limit_is_refused(tmp_path: Path) -> None:
    """By one byte."""
    path = tmp_path / "file"
    path.write_bytes(b"x" * 101)
    with pytest.raises(OSError, match="more than 100 bytes"):
        read_file(path, 100)


@pytest.mark.timeout(20)
def test_a_pipe_a_socket_and_a_device_are_refused_at_once(tmp_path: Path) -> None:
    """Nobody writes into the pipe: whoever waited for that would wait for ever."""
    os.mkfifo(tmp_path / "pipe")
    for read in (read_file, require_file):
        with pytest.raises(OSError, match="not a regular file"):
            read(tmp_path / "pipe")
    with pytest.raises(OSError, match="not a regular file"):
        read_file(Path("/dev/zero"))
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(tmp_path / "socket"))
        with pytest.raises(OSError, match="No such device"):
            read_file(tmp_path / "socket")


def test_a_directory_or_nothing_is_refused(tmp_path: Path) -> None:
    """By the system's own words."""
    for read in (read_file, require_file):
        with pytest.raises(IsADirectoryError, match="Is a directory"):
            read(tmp_path)
        with pytest.raises(FileNotFoundError):
            read(tmp_path / "none")


def test_text_that_is_not_utf_8_is_refused(tmp_path: Path) -> None:
    """GBK, for example."""
    path = tmp_path / "file"
    path.write_bytes("川渝".encode("gbk"))
    with pytest.raises(UnicodeDecodeError):
        read_text(path)
