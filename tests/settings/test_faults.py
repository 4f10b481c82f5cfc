"""The faults of a settings file: each says place, what was found and expected, and never an adapter's secret."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Literal

import pytest
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from gateway.ground.item import Label
from gateway.settings.faults import REPAIR, SettingsError, SettingsFault, broken, explain, unreadable


def refuse(value: str) -> str:
    """Break a rule that pydantic does not know."""
    raise broken("坏", "a bad one", "好", "a good one")


class Sample(BaseModel):
    """A table with a key for each kind of fault."""

    model_config = ConfigDict(extra="forbid", strict=True)
    count: int = Field(default=5, ge=2, le=9)
    level: Literal["info", "error"] = "info"
    name: Annotated[str, Field(pattern="^[a-z]+$")]
    ruled: Annotated[str, AfterValidator(refuse)] = ""
    options: dict[str, int] = {}


def faults_of(known: Sequence[str] = (), **given: object) -> list[SettingsFault]:
    """The faults of a table."""
    with pytest.raises(ValidationError) as caught:
        Sample.model_validate(given)
    return [explain(details, known) for details in caught.value.errors(include_url=False)]


def test_the_value_of_an_adapters_option_is_never_said() -> None:
    """It may be a password: only its type is named."""
    (fault,) = faults_of(name="a", options={"password": "hunter2-secret"})
    assert ("options.password", "str") == (fault.path, fault.found.en)
    assert "hunter2" not in repr(fault)


def test_a_long_value_is_cut() -> None:
    """A file that is no settings file at all fills no screen."""
    (fault,) = faults_of(name="A" * 500)
    assert 80 == len(fault.found.en) == len(fault.found.zh)


SAID = [
    ({"name": "a", "count": 1}, "count", "1", "at least 2"),
    ({"name": "a", "count": 10}, "count", "10", "at most 9"),
    ({"name": "a", "level": "all"}, "level", "'all'", "one of 'info' or 'error'"),
    ({"name": "A"}, "name", "'A'", "text that matches ^[a-z]+$"),
    ({}, "name", "nothing", "a value, since it has no default"),
    ({"name": "a", "ruled": "x"}, "ruled", "a bad one", "a good one"),
    ({"name": "a", "nmae": "b"}, "nmae", "an unknown key", "one of name, count"),
    ({"name": "a", "count": "5"}, "count", "'5'", "input should be a valid integer"),
]


@pytest.mark.parametrize(("given", "path", "found", "expected"), SAID, ids=[f"{one[1]} {one[3]}" for one in SAID])
def test_each_kind_of_fault_says_what_was_found_and_expected(
    given: dict[str, object], path: str, found: str, expected: str
) -> None:
    """With the place and the next step."""
    (fault,) = faults_of(("name", "count"), **given)
    assert (path, found, expected, REPAIR) == (fault.path, fault.found.en, fault.expected.en, fault.remedy)


def test_both_languages_say_the_same() -> None:
    """A rule of ours brings its own sentences; the known keys are listed in both."""
    (ruled,) = faults_of(name="a", ruled="x")
    assert (Label("坏", "a bad one"), Label("好", "a good one")) == (ruled.found, ruled.expected)
    (unknown,) = faults_of(("name", "count"), name="a", x=1)
    assert Label("下列之一：name, count", "one of name, count") == unknown.expected


def test_a_fault_of_the_whole_file_names_the_file() -> None:
    """Where the rule belongs to no key."""
    with pytest.raises(ValidationError) as caught:
        Sample.model_validate([])
    assert "node.toml" == explain(caught.value.errors(include_url=False)[0], ()).path


def test_an_error_says_every_fault_at_once() -> None:
    """A person corrects the file once."""
    error = SettingsError((unreadable("a.toml", "过大", "too large"), unreadable("b.toml", "无", "none")))
    expected = "expected a readable TOML file, found"
    assert f"a.toml: {expected} too large; b.toml: {expected} none" == str(error)
    assert 2 == len(error.faults)
    assert "chuanyu node init" in error.faults[0].remedy.en
