"""A simulated hour before the wall while hosts die and return; `make bench` has the whole day."""

from __future__ import annotations

import pytest

from tests.bench.wall_day import WallDay, halves

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def lived() -> tuple[WallDay, float]:
    """A day's first hour, and how much more the process holds at their end than in the middle, as a share."""
    day = WallDay(step=40.0)
    day.fate.every = 900.0
    middle, end = halves(day, 1.0)
    return day, end.blocks / middle.blocks - 1


def test_hosts_die_and_the_wall_is_drawn_at_every_poll(lived: tuple[WallDay, float]) -> None:
    day, _ = lived
    assert day.fate.deaths > 5
    assert day.drawn == day.polls > 80


def test_nothing_grows_in_the_second_half(lived: tuple[WallDay, float]) -> None:
    assert lived[1] < 0.2


def test_every_host_is_seen_again_after_its_return(lived: tuple[WallDay, float]) -> None:
    day, _ = lived
    day.recover()
    assert day.unseen() == []
