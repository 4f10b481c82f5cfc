"""The mode of a question: by how it is put, held to what the item declares."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gateway.catalogue.modes import is_served, mode_of, name_modes, read_counted_mode, render_mode, require_mode
from gateway.catalogue.schema import Faults, Table
from gateway.ground.item import Mode, SharingMode
from gateway.ground.refusals import Reason, Refusal
from tests.catalogue.documents import packaged

API, BATCH = Mode(SharingMode.API, 1), Mode(SharingMode.BATCH, 500, 20)


@pytest.mark.parametrize(
    "mode", [API, BATCH, replace(API, case_only=True), replace(BATCH, operator_day=7), Mode(SharingMode.PUSH, 7)]
)
def test_a_mode_reads_back_as_it_was_written(mode: Mode) -> None:
    """With every column said."""
    faults = Faults()
    assert mode == read_counted_mode(Table("x", "modes[0]", render_mode(mode), faults))
    faults.settle()


@pytest.mark.parametrize(("page_rows", "expected"), [(0, SharingMode.API), (1, SharingMode.BATCH)])
def test_a_question_that_is_paged_is_a_batch(page_rows: int, expected: SharingMode) -> None:
    """Nothing on the wire names the mode."""
    assert expected is mode_of(page_rows)


def test_cases_files_and_pushes_are_not_served() -> None:
    """They are named as they stand in the documents."""
    modes = (API, BATCH, replace(BATCH, case_only=True), Mode(SharingMode.FILE, 1), Mode(SharingMode.PUSH, 1))
    assert [True, True, False, False, False] == [is_served(mode) for mode in modes]
    assert "api, batch, batch (case_only), file, push" == name_modes(modes)


def test_an_item_that_names_nobody_bounds_its_answer_and_not_its_keys() -> None:
    """A directory is asked by one row of parameters, in whichever mode."""
    directory = replace(packaged("CY-TO-02"), modes=(Mode(SharingMode.BATCH, 5000, 20),))
    assert directory.modes[0] == require_mode(directory, SharingMode.BATCH, 1)
    with pytest.raises(Refusal) as caught:
        require_mode(directory, SharingMode.API, 1)
    assert Reason.MODE_NOT_GRANTED is caught.value.reason
