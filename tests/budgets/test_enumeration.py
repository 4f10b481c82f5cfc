"""Who tries numbers is seen; who does business is not."""

from __future__ import annotations

import random
from datetime import date, timedelta

from gateway.audit.entries.references import stems_of
from gateway.budgets.enumeration import CALLERS, NEIGHBOURS, NEWEST, OFF_HOURS, Enumeration
from gateway.ground.alarms import Alarm, Alarms
from gateway.ground.evidence import RawIdentifier
from gateway.ground.looks import Look
from tests.budgets.looks import at, look


class World:
    """The watch with its alarms and a clock."""

    def __init__(self) -> None:
        self.now_us = at(2)
        self.alarms = Alarms(lambda alarm, begins: None)
        self.watch = Enumeration(self.alarms, lambda: self.now_us)

    def ask(self, *numbers: str, one: Look | None = None) -> None:
        """One question about these numbers."""
        self.watch.count_numbers(
            one or look(*range(len(numbers))), (stems_of(RawIdentifier(number)) for number in numbers)
        )

    @property
    def ringing(self) -> list[Alarm]:
        """The alarms that ring."""
        return [active.alarm for active in self.alarms.list_active()]


def number(region: str, born: date, order: int) -> str:
    """An identity number; its check digit does not matter here."""
    return f"{region}{born:%Y%m%d}{order:03}0"


def test_neighbouring_order_codes_are_seen() -> None:
    world = World()
    for order in range(NEIGHBOURS):
        assert [] == world.ringing
        world.ask(number("510104", date(1980, 1, 1), order))
    assert [Alarm.NUMBERS_ENUMERATED] == world.ringing


def test_neighbouring_birth_dates_are_seen() -> None:
    world = World()
    for days in range(NEWEST):
        world.ask(number("510104", date(1980, 1, 1) + timedelta(days), 123))
    assert [Alarm.NUMBERS_ENUMERATED] == world.ringing


def test_an_enumeration_within_one_batch_is_seen() -> None:
    world = World()
    world.ask(*(number("510104", date(1980, 1, 1), order) for order in range(NEIGHBOURS)))
    assert [Alarm.NUMBERS_ENUMERATED] == world.ringing


def test_people_who_come_to_a_counter_are_not_seen() -> None:
    """One county, every age, low order codes as they are given out: two days of them."""
    chance, world = random.Random(5), World()
    for _ in range(2_000):
        world.ask(number("510104", date(1940, 1, 1) + timedelta(chance.randrange(28_000)), chance.randrange(1, 60)))
    assert [] == world.ringing


def test_one_person_asked_about_again_and_again_is_no_neighbour() -> None:
    world = World()
    for _ in range(NEWEST):
        world.ask(number("510104", date(1980, 1, 1), 7))
    assert [] == world.ringing


def test_many_misses_are_seen_and_few_are_not() -> None:
    world = World()
    world.watch.count_answers(look(1), NEWEST, NEWEST // 2 - 1)
    assert [] == world.ringing
    world.watch.count_answers(look(1), NEWEST, NEWEST // 2)
    assert [Alarm.PERSONS_UNKNOWN] == world.ringing


def test_an_official_off_hours_is_seen_and_citizens_online_are_not() -> None:
    world = World()
    night = at(2, 22)
    world.ask(one=look(*range(OFF_HOURS + 1), time_us=night, operators=()))
    world.ask(one=look(*range(OFF_HOURS), time_us=night))
    assert [] == world.ringing
    world.ask(one=look(1, time_us=night))
    assert [Alarm.ASKED_OFF_HOURS] == world.ringing


def test_working_hours_are_no_alarm_and_a_saturday_is() -> None:
    world = World()
    world.ask(one=look(*range(OFF_HOURS + 1), time_us=at(4, 9)))
    assert [] == world.ringing
    world.ask(one=look(*range(OFF_HOURS + 1), time_us=at(5, 9)))
    assert [Alarm.ASKED_OFF_HOURS] == world.ringing


def test_alarms_end_with_the_day_though_nobody_asks() -> None:
    world = World()
    world.ask(*(number("510104", date(1980, 1, 1), order) for order in range(NEIGHBOURS)))
    world.now_us = at(2, 23, 59)
    world.watch.look()
    assert [Alarm.NUMBERS_ENUMERATED] == world.ringing
    world.now_us = at(3, 0, 0)
    world.watch.look()
    assert [] == world.ringing


def test_the_subject_names_department_and_reference_and_no_person() -> None:
    world = World()
    world.ask(*(number("510104", date(1980, 1, 1), order) for order in range(NEIGHBOURS)))
    (active,) = world.alarms.list_active()
    assert f"500000/cq-hrss/{'a' * 32}" == active.subject
    assert "510104" not in active.detail


def test_callers_are_bounded_and_one_that_makes_room_takes_its_alarm_along() -> None:
    world = World()
    world.ask(*(number("510104", date(1980, 1, 1), order) for order in range(NEIGHBOURS)))
    for caller in range(CALLERS):
        world.ask(number("510104", date(1980, 1, 1), 1), one=look(1, operators=(f"{caller:032x}",)))
    assert [] == world.ringing
