"""The people that trip careless code: each stands at a fixed index of every population, whatever the seed.

Index `COMPLETE` is nobody awkward: an elder who has every record, so that every item can be shown.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import Final

from adapters.people.names import COMPOUND_SURNAMES, MIDDLE_DOT, MINORITY_GIVEN, MINORITY_LAST, RARE_GIVEN
from adapters.people.regions import ABOLISHED


@dataclass(frozen=True, slots=True)
class Persona:
    """The fixed traits of a person; everything that is left out is drawn."""

    name: str | None = None
    former_name: str | None = None
    nationality: str = "01"
    birth_date: date | None = None
    x_check_digit: bool = False
    legacy_number: bool = False
    deceased: bool = False
    cards: int = 1
    region_code: str | None = None
    complete: bool = False


_PERSONAE: Final[Mapping[str, Persona]] = {
    "compound_surname": Persona(name=f"{COMPOUND_SURNAMES[0]}清泉", birth_date=date(1958, 4, 12), complete=True),
    "one_character_given_name": Persona(name="江安", birth_date=date(1990, 2, 28), complete=True),
    "minority_name": Persona(
        name=f"{MINORITY_GIVEN[0]}{MIDDLE_DOT}{MINORITY_LAST[0]}",
        nationality="04",
        birth_date=date(1955, 8, 1),
        complete=True,
    ),
    "rare_character": Persona(name=f"陈{RARE_GIVEN}", birth_date=date(1972, 12, 31), complete=True),
    "check_digit_x": Persona(birth_date=date(1960, 1, 1), x_check_digit=True, complete=True),
    "legacy_number": Persona(birth_date=date(1949, 10, 2), legacy_number=True, complete=True),
    "minor": Persona(birth_date=date(2013, 3, 15), complete=True),
    "deceased": Persona(birth_date=date(1938, 6, 6), deceased=True, complete=True),
    "two_cards": Persona(birth_date=date(1965, 5, 5), cards=2, complete=True),
    "name_change": Persona(name="宋长宁", former_name="宋建国", birth_date=date(1970, 7, 17), complete=True),
    "abolished_region_jiangbei": Persona(birth_date=date(1957, 9, 9), region_code=ABOLISHED["jiangbei"], complete=True),
    "abolished_region_yubei": Persona(birth_date=date(1983, 11, 11), region_code=ABOLISHED["yubei"], complete=True),
    "complete": Persona(name="何永康", birth_date=date(1956, 3, 8), complete=True),
}
PERSONAE: Final = tuple(_PERSONAE.values())
AWKWARD: Final[Mapping[str, int]] = MappingProxyType(
    {case: index for index, case in enumerate(_PERSONAE) if case != "complete"}
)
"""The case's name to the person's index in `Population.people`."""
COMPLETE: Final = len(_PERSONAE) - 1
"""The index of the elder who has every record."""
