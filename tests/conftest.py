"""What all tests share: the files of two provinces, made once."""

from __future__ import annotations

import pytest

from tests.province import Pristine, make_pristine


@pytest.fixture(scope="session")
def pristine(tmp_path_factory: pytest.TempPathFactory) -> Pristine:
    """The files of both provinces, as they were made."""
    return make_pristine(tmp_path_factory.mktemp("provinces"))
