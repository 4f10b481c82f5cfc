"""The invented provinces: synthetic by form, repeatable, and awkward where careless code trips."""

from __future__ import annotations

import re
import time
from datetime import date

import pytest

from adapters.identity_number import check_digit
from adapters.people.awkward import AWKWARD, COMPLETE
from adapters.people.cards import luhn_digit, years_between
from adapters.people.names import COMPOUND_SURNAMES, MIDDLE_DOT
from adapters.people.planted import FIRST, PLANTED
from adapters.people.population import population
from adapters.people.records import Person, Population
from adapters.people.samples import awkward, samples

PROVINCES = {"sichuan": "519999", "chongqing": "509999"}


@pytest.fixture(scope="module", params=PROVINCES)
def invented(request: pytest.FixtureRequest) -> Population:
    """Invent a thousand people of each province."""
    return population(request.param, 7, 1000)


def _case(invented: Population, case: str) -> Person:
    return invented.people[AWKWARD[case]]


def test_every_number_is_of_an_unassigned_region_and_checks_out(invented: Population) -> None:
    """No number can be a real person's. One elder of Chongqing has a number of Sichuan, where she is registered."""
    prefix, elder = PROVINCES[invented.province], PLANTED["chongqing"]["elder"].social_security_no
    for person in invented.people:
        number = person.social_security_no
        assert number.startswith(PROVINCES["sichuan"] if number == elder else prefix)
        if len(number) == 18:
            assert number[17] == check_digit(number[:17])
            assert f"{person.birth_date:%Y%m%d}" == number[6:14]


def test_telephones_cards_and_accounts_are_synthetic_by_form(invented: Population) -> None:
    """100 and 8 digits; T and 8 digits; 999998 with a valid last digit."""
    for person in invented.people:
        assert re.fullmatch(r"100[0-9]{8}", person.phone)
        for card in person.cards:
            assert re.fullmatch(r"T[0-9]{8}", card.card_no)
            assert re.fullmatch(r"[0-9A-F]{32}", card.card_uid)
            assert re.fullmatch(r"999998[0-9]{13}", card.bank_account)
            assert card.bank_account[-1] == luhn_digit(card.bank_account[:-1])


def test_no_two_share_a_number_a_card_or_an_account(invented: Population) -> None:
    """Keys are keys."""
    cards = [card for person in invented.people for card in person.cards]
    for values in (
        [person.social_security_no for person in invented.people],
        [person.person_no for person in invented.people],
        [card.card_no for card in cards],
        [card.bank_account for card in cards],
    ):
        assert len(values) == len(set(values))


def test_the_same_seed_gives_the_same_people_and_another_seed_others() -> None:
    """A demonstration can be told beforehand."""
    assert population("sichuan", 7, 200) == population("sichuan", 7, 200)
    assert population("sichuan", 7, 200) != population("sichuan", 8, 200)
    assert population("sichuan", 7, 200).people == population("sichuan", 7, 300).people[:200]


def test_the_provinces_share_nobody() -> None:
    """A number tells nothing about a province, but these two never collide."""
    both = [{one.social_security_no for one in population(name, 7, 200).people} for name in PROVINCES]
    assert set() == both[0] & both[1]


def test_ten_thousand_people_take_less_than_three_seconds() -> None:
    """In processor time."""
    started = time.process_time()
    assert 10_000 == len(population("sichuan", 1, 10_000).people)
    assert time.process_time() - started < 3


def test_names_have_their_awkward_forms(invented: Population) -> None:
    """Compound surname, one character, middle dot, two characters outside the basic plane."""
    assert _case(invented, "compound_surname").name.startswith(COMPOUND_SURNAMES)
    assert 2 == len(_case(invented, "one_character_given_name").name)
    assert MIDDLE_DOT in _case(invented, "minority_name").name
    rare = [ord(one) for one in _case(invented, "rare_character").name if ord(one) > 0xFFFF]
    assert rare
    assert all(0x20000 <= one <= 0x2A6DF for one in rare)


def test_numbers_have_their_awkward_forms(invented: Population) -> None:
    """A check digit X and 15 digits."""
    assert _case(invented, "check_digit_x").social_security_no.endswith("X")
    assert re.fullmatch(r"[0-9]{15}", _case(invented, "legacy_number").social_security_no)


def test_lives_have_their_awkward_turns(invented: Population) -> None:
    """A child of 13, a deceased person, two cards, another name, a district that is no more."""
    assert 13 == years_between(_case(invented, "minor").birth_date)
    assert _case(invented, "deceased").deceased
    assert {"cancelled"} == {card.ss_status for card in _case(invented, "deceased").cards}
    assert ["cancelled", "active"] == [card.ss_status for card in _case(invented, "two_cards").cards]
    changed = _case(invented, "name_change")
    assert changed.former_name not in (None, changed.name)
    assert "500105" == _case(invented, "abolished_region_jiangbei").region_code
    assert "500112" == _case(invented, "abolished_region_yubei").region_code


def test_the_planted_people_stand_at_their_places_and_change_nobody_else(
    invented: Population, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By number and name; without them the others are the same people."""
    planted = PLANTED[invented.province]
    places = slice(FIRST, FIRST + len(planted))
    assert [(one.social_security_no, one.name) for one in planted.values()] == [
        (person.social_security_no, person.name) for person in invented.people[places]
    ]
    monkeypatch.setattr("adapters.people.population.plant", lambda province, index, drawn: drawn)
    drawn = population(invented.province, 7, 1000).people
    assert drawn[:FIRST] == invented.people[:FIRST]
    assert drawn[places.stop :] == invented.people[places.stop :]
    assert set(drawn[places]).isdisjoint(invented.people[places])


def test_each_planted_person_has_the_records_by_which_it_is_known() -> None:
    """Whatever was drawn at the place, and whatever the seed."""
    for seed in (1, 7):
        people = {one.name: one for name in PROVINCES for one in population(name, seed, 420).people[FIRST:]}
        assert {"active"} == {people[name].cards[-1].ss_status for name in ("王某甲", "幼某", "少某")}
        assert ("cancelled", True) == (people["逝某"].cards[-1].ss_status, people["逝某"].deceased)
        assert ["511322", "510903"] == [getattr(people[name].reader, "region_code", "") for name in ("营某", "遂某")]
        assert ("500112", 2019) == (people["渝某"].cards[-1].region_code, people["渝某"].cards[-1].issue_date.year)
        assert date(2012, 2, 29) == people["少某"].birth_date


def test_every_place_says_that_it_is_an_example(invented: Population) -> None:
    """Nobody takes a directory for a real one."""
    names = [venue.name for venue in invented.venues]
    names += [library.name for library in invented.libraries]
    names += [outlet.name for outlet in invented.outlets]
    assert names
    assert [] == [name for name in names if "示例" not in name]
    assert [] == [one.address for one in invented.people if "示例" not in one.address]


def test_the_complete_person_has_every_record(invented: Population) -> None:
    """One elder can be asked about with every item."""
    person = invented.people[COMPLETE]
    assert None not in (person.transfer, person.confirmation, person.reader, person.medical, person.health_card)
    assert person.disbursements
    assert person.concessions
    assert person.tickets
    assert 19 == len(samples(invented.province, 7))


def test_a_person_does_not_show_in_its_repr(invented: Population) -> None:
    """Not even a synthetic one: habits count."""
    person = invented.people[0]
    assert person.name not in repr(person)
    assert person.social_security_no not in repr(person)


def test_the_awkward_people_are_told_with_what_to_ask() -> None:
    """Twelve cases, at fixed places."""
    told = awkward("chongqing", 7)
    assert list(AWKWARD) == [one.case for one in told]
    assert list(range(12)) == [one.index for one in told]


@pytest.mark.parametrize("persons", [-1, 0, 19, 10_000_001])
def test_too_few_or_too_many_persons_are_refused(persons: int) -> None:
    """The awkward ones must fit, and card numbers must suffice."""
    with pytest.raises(ValueError, match=f"found {persons}"):
        population("sichuan", 1, persons)


@pytest.mark.parametrize("name", ["", "Sichuan", "guizhou"])
def test_an_unknown_province_is_refused(name: str) -> None:
    """Two are invented here; a third needs a table of its own."""
    with pytest.raises(ValueError, match="expected a province"):
        population(name, 1, 100)
