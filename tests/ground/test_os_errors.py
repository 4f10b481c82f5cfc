"""What the operating system says is said in both languages."""

from __future__ import annotations

import errno
import os

import pytest

from gateway.ground.item import Label
from gateway.ground.os_errors import describe_os_error


@pytest.mark.parametrize(
    ("number", "zh"), [(errno.ENOENT, "文件不存在"), (errno.EACCES, "没有权限"), (errno.ENOSPC, "磁盘已满")]
)
def test_a_known_error_has_its_chinese(number: int, zh: str) -> None:
    """Its English is the system's."""
    assert Label(zh, os.strerror(number)) == describe_os_error(OSError(number, os.strerror(number)))


@pytest.mark.parametrize(("error", "why"), [(OSError("x"), "OSError"), (OSError(9999, "odd"), "odd")])
def test_another_is_named_as_the_system_names_it(error: OSError, why: str) -> None:
    """An error without a number by its kind."""
    assert Label(why, why) == describe_os_error(error)
