"""A clock that is stepped is known by one that is not."""

from __future__ import annotations

import pytest

from gateway.monitor.clock import Clock


@pytest.mark.parametrize("step", [-3600, -1, 0, 1, 3600])
def test_a_step_is_told_once_and_time_that_passes_is_none(step: int) -> None:
    """Whatever passes besides."""
    now = {"wall": 1_000, "steady": 7.5}
    clock = Clock(lambda: now["wall"], lambda: now["steady"])  # type: ignore[arg-type,return-value]
    assert (1_000, 0) == clock.read()
    now["wall"] += 40 + step
    now["steady"] += 40
    assert (1_040 + step, step) == clock.read()
    assert (1_040 + step, 0) == clock.read()


def test_a_clock_that_is_moved_little_by_little_is_told_too() -> None:
    """A second is told as soon as it is whole."""
    now = {"wall": 0, "steady": 0.0}
    clock = Clock(lambda: int(now["wall"]), lambda: now["steady"])
    told = []
    for _ in range(30):
        now["wall"] += 9
        now["steady"] += 10.0
        told.append(clock.read()[1])
    assert [-1] * 30 == told
