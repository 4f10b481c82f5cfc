"""The masks of which an item chooses one are distinct, and a question about codes asks for codes that there are."""

from __future__ import annotations

import pytest

from gateway.ground.item import Kind, Level
from gateway.ground.vocabulary.choices import FORMS, GENERALISATIONS, QUESTIONS
from gateway.ground.vocabulary.records import MaskRecord, Written

CODES = ("510104", "510105")
ONE_OF = next(record for record in QUESTIONS if record.choice == "is_one_of")
ALL = (*GENERALISATIONS, *QUESTIONS, *FORMS)


@pytest.mark.parametrize(
    ("values", "expected", "found"),
    [
        ("510104,", "values parted by single commas", "an empty one"),
        (",510104", "values parted by single commas", "an empty one"),
        ("510104,,510105", "values parted by single commas", "an empty one"),
        ("510106", "values among the field's codes 510104, 510105", "'510106'"),
        ("510104, 510105", "values among the field's codes 510104, 510105", "'510104, 510105'"),
    ],
)
def test_a_question_about_codes_that_are_none_of_the_fields_is_refused(values: str, expected: str, found: str) -> None:
    """Blanks are part of a code, and an empty one is none."""
    assert [(expected, found)] == list(ONE_OF.rule({"values": values}, CODES))


def test_a_question_about_codes_needs_a_field_with_codes() -> None:
    """A text that is not coded could be asked for a single person's value."""
    assert [("values among the field's codes none", "'510104'")] == list(ONE_OF.rule({"values": "510104"}, ()))


@pytest.mark.parametrize("values", ["510104", "510104,510105"])
def test_a_question_about_the_fields_own_codes_is_taken(values: str) -> None:
    """One of them, or several."""
    assert [] == list(ONE_OF.rule({"values": values}, CODES))


def test_no_two_masks_of_a_level_have_one_name() -> None:
    """Each is chosen by its name alone."""
    names = [record.name for record in ALL]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("record", ALL, ids=lambda record: record.name)
def test_the_choosing_parameter_is_always_written_and_has_the_one_value(record: MaskRecord) -> None:
    """No default chooses a mask."""
    chosen = record.params[0]
    assert ((record.choice,), Written.ALWAYS, None) == (chosen.known, chosen.written, chosen.instead)


@pytest.mark.parametrize("record", GENERALISATIONS, ids=lambda record: record.name)
def test_nothing_is_coarser_than_itself(record: MaskRecord) -> None:
    """Else a minor's record could leave as an adult's does."""
    assert record.choice not in record.coarser
    assert record.coarser <= {one.choice for one in GENERALISATIONS}


@pytest.mark.parametrize(("records", "leaves"), [(GENERALISATIONS, Kind.STRING), (QUESTIONS, Kind.BOOLEAN)])
def test_a_generalisation_leaves_as_text_and_an_answer_as_yes_or_no(
    records: tuple[MaskRecord, ...], leaves: Kind
) -> None:
    """Neither relabels, since both show what they say."""
    assert {(leaves, False)} == {(record.leaves, record.relabels) for record in records}


def test_every_form_relabels_text() -> None:
    """So that none may stand on codes."""
    assert {(Level.FORMAT_PRESERVING, frozenset({Kind.STRING}), True)} == {
        (record.level, record.kinds, record.relabels) for record in FORMS
    }
