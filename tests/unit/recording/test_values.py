"""What a recording says of fleets, views and changes is checked before anybody sees it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from console.diagnosis.finding import Severity
from console.facts.client import ClientAnswer, ClientView, PortAnswer
from console.facts.observed import Observed
from console.history.change import Change, ChangeKind
from console.recording.delta import DamagedError
from console.recording.document import Document
from console.recording.values import (
    change_of,
    change_text,
    fleet_of,
    fleet_text,
    resolution_document,
    resolution_of,
    view_document,
    view_of,
)
from console.simulation.reference import demo_fleet
from tests.unit.history.watching import BEGIN

CHANGE = Change(BEGIN, ChangeKind.ROLE, "dc1", "db1", "db1 is primary (was standby)", Severity.WARNING)
VIEW = ClientView("10.0.0.1", 5432, PortAnswer.OPEN, ClientAnswer.WRITABLE, "", 0.004, "10.0.0.1", 7)


def test_a_fleet_comes_back_whole() -> None:
    assert fleet_of(fleet_text(demo_fleet())) == demo_fleet()


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"environment": "x", "regions": []}', "null", "[" * 5000])
def test_a_text_that_is_no_fleet_is_damage(text: str) -> None:
    with pytest.raises(DamagedError):
        fleet_of(text)


def test_a_fleet_whose_names_would_move_the_cursor_is_damage() -> None:
    with pytest.raises(DamagedError):
        fleet_of(fleet_text(demo_fleet()).replace('"dc1"', '"dc1\\u001b[2J"'))


def test_a_change_comes_back() -> None:
    assert change_of(change_text(CHANGE)) == CHANGE


def test_the_words_of_a_change_are_one_inert_line() -> None:
    found = change_of(change_text(CHANGE).replace("db1 is", "db1\\u001b[2J\\n is" + "x" * 9000))
    assert found.words.isprintable()
    assert len(found.words) <= 200


@pytest.mark.parametrize("view", [VIEW, None])
def test_a_clients_view_comes_back_with_its_time_and_error(view: ClientView | None) -> None:
    observed = Observed(view, "client", BEGIN + timedelta(microseconds=7), None if view else "no answer")
    assert view_of(view_document(observed)) == observed


def test_addresses_come_back() -> None:
    observed: Observed[tuple[str, ...]] = Observed(("10.0.0.1", "10.0.0.2"), "DNS", BEGIN)
    assert resolution_of(resolution_document(observed)) == observed


@pytest.mark.parametrize("head", [None, 1, [], ["x"], [{"address": 1}, "client", None, None], [[1], "DNS", None, None]])
def test_a_head_that_is_no_fact_is_damage(head: object) -> None:
    for read in (view_of, resolution_of):
        with pytest.raises(DamagedError):
            read(Document(head))
