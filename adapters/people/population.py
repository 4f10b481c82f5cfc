"""Invents a province. The person at an index does not depend on how many come after."""

from __future__ import annotations

from datetime import date
from typing import Final

from adapters.identity_number import check_digit
from adapters.people import benefits
from adapters.people.awkward import PERSONAE, Persona
from adapters.people.cards import MAX_PERSONS, cards, years_between
from adapters.people.directories import libraries, outlets, venues
from adapters.people.draw import AS_OF, Draw
from adapters.people.names import COMPOUND_SURNAMES, GIVEN, MIDDLE_DOT, MINORITY_GIVEN, MINORITY_LAST, STREETS, SURNAMES
from adapters.people.planted import PLANTED, plant
from adapters.people.records import Person, Population
from adapters.people.regions import Province, province

LEAST_PERSONS: Final = 20
"""The awkward people and some more."""
_NOBODY: Final = Persona()
_OLDEST: Final = date(1931, 1, 1)


def population(name: str, seed: int, persons: int) -> Population:
    """Invent the province `name` (sichuan or chongqing) with that many persons.

    The same name and seed give the same people; a greater `persons` only adds to their end.

    Raises:
        ValueError: an unknown province, fewer than 20 persons or more than ten million.
    """
    if not LEAST_PERSONS <= persons <= MAX_PERSONS:
        raise ValueError(f"expected {LEAST_PERSONS} to {MAX_PERSONS} persons, found {persons}")
    place = province(name)
    draw = Draw(f"{name}:{seed}")
    taken = {one.social_security_no[:17] for planted in PLANTED.values() for one in planted.values()}
    codes = tuple(place.regions)
    people = []
    for index in range(persons):
        persona = PERSONAE[index] if index < len(PERSONAE) else _NOBODY
        draw.favour = persona.complete
        people.append(plant(name, index, _person(draw, place, codes, taken, index, persona)))
    return Population(name, tuple(people), venues(place), libraries(place), outlets(place))


def _person(
    draw: Draw, place: Province, codes: tuple[str, ...], taken: set[str], index: int, persona: Persona
) -> Person:
    born = persona.birth_date or draw.day(_OLDEST, AS_OF)
    age = years_between(born)
    number, sex = _number(draw, place, taken, born, persona)
    name, nationality = (persona.name, persona.nationality) if persona.name else _name(draw)
    region = persona.region_code or draw.one(codes)
    region_name = place.regions.get(region, "重庆市原区")
    resident = draw.chance(0.95)
    count = persona.cards if index < len(PERSONAE) else 1 + (draw.random() < 0.04)
    held = cards(draw, place, index, region, count, persona.deceased)
    return Person(
        person_no=f"{place.letters}{index:010d}",
        social_security_no=number,
        name=name,
        former_name=persona.former_name,
        sex=sex,
        nationality=nationality,
        birth_date=born,
        deceased=persona.deceased,
        phone=f"100{draw.digits(8)}",
        address=f"{region_name}{draw.one(STREETS)}{1 + int(draw.random() * 300)}号（示例）",
        region_code=region,
        resident=resident,
        cards=held,
        insurances=benefits.insurances(draw, region, age, persona.deceased),
        transfer=benefits.transfer(draw, place, index, region, age),
        confirmation=benefits.confirmation(draw, region_name, age, persona.deceased),
        disbursements=benefits.disbursements(draw, place, index, held[-1].bank_account, name),
        concessions=benefits.concessions(draw, region, age, resident),
        tickets=benefits.tickets(draw, region, age),
        reader=benefits.reader(draw, place, index, region),
        medical=benefits.medical(draw, region, age, persona.deceased),
        health_card=benefits.health_card(draw, persona.deceased),
    )


def _number(draw: Draw, place: Province, taken: set[str], born: date, persona: Persona) -> tuple[str, str]:
    while True:
        serial = draw.digits(3)
        first = f"{place.number_prefix}{born:%Y%m%d}{serial}"
        if first in taken:
            continue
        digit = check_digit(first)
        if persona.x_check_digit and digit != "X":
            continue
        taken.add(first)
        number = first[:6] + first[8:] if persona.legacy_number else first + digit
        return number, "male" if int(serial) % 2 else "female"


def _name(draw: Draw) -> tuple[str, str]:
    kind = draw.random()
    if kind < 0.03:
        return f"{draw.one(MINORITY_GIVEN)}{MIDDLE_DOT}{draw.one(MINORITY_LAST)}", draw.one(("04", "07"))
    surname = draw.one(COMPOUND_SURNAMES) if kind < 0.05 else draw.one(SURNAMES)
    given = draw.one(GIVEN) if kind < 0.25 else draw.one(GIVEN) + draw.one(GIVEN)
    return surname + given, "01"
