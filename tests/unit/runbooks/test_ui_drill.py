"""ui-drill: which appliance is stopped, and never the only one that serves."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import Any

import pytest

from console.facts.snapshot import Snapshot
from console.inventory.fleet import Region
from console.runbooks import conditions as must
from console.runbooks.plan import Answer
from console.runbooks.ui_drill import LOOKS, UI_DRILL, UiDrill, endpoint_url
from console.simulation.living import LivingWorld
from console.simulation.parts import simulated_parts
from tests.simulation.worlds import clock, world
from tests.unit.runbooks.scenes import (
    DC1_1,
    answer,
    broken,
    decided,
    keys,
    names,
    planned,
    refusal,
    undo_names,
    with_host,
    with_value,
)

UI1, UI2 = "cf-dc1-ui1.example.com", "cf-dc1-ui2.example.com"


@cache
def survey(scenario: str = "healthy", region: str = "dc1") -> Snapshot:
    """The pair and its appliances, as the run sees them before it decides."""
    parts = simulated_parts(LivingWorld(world(scenario), clock()), region)
    return parts.observer.survey(UI_DRILL.sees(parts.fleet.region(region)))


def region_of(snapshot: Snapshot, **changes: Any) -> Region:
    return replace(snapshot.fleet.region("dc1"), **changes)


def with_region(snapshot: Snapshot, **changes: Any) -> Snapshot:
    changed = region_of(snapshot, **changes)
    regions = tuple(changed if region.name == "dc1" else region for region in snapshot.fleet.regions)
    return replace(snapshot, fleet=replace(snapshot.fleet, regions=regions))


def down(snapshot: Snapshot, host: str) -> Snapshot:
    return with_value(snapshot, host, "ui", httpd_running=False, ping_status=None, ping_error="refused")


def test_the_first_that_serves_beside_another_is_stopped() -> None:
    parameters = decided(UI_DRILL, survey(), "dc1")
    assert isinstance(parameters, UiDrill)
    assert (parameters.target, parameters.others) == (UI1, (UI2,))


def test_the_named_one_is_stopped() -> None:
    parameters = decided(UI_DRILL, survey(), "dc1", UI2)
    assert isinstance(parameters, UiDrill)
    assert (parameters.target, parameters.others) == (UI2, (UI1,))


@pytest.mark.parametrize("named", [None, UI1])
def test_the_only_one_that_serves_is_never_stopped(named: str | None) -> None:
    said = refusal(UI_DRILL, down(survey(), UI2), "dc1", named)
    assert "no other appliance would serve users meanwhile: cf-dc1-ui2: httpd does not run" in said


def test_one_that_does_not_serve_is_not_stopped() -> None:
    assert "cf-dc1-ui1 does not serve" in refusal(UI_DRILL, down(survey(), UI1), "dc1", UI1)


def test_where_none_serves_there_is_nothing_to_stop() -> None:
    assert "nothing to stop" in refusal(UI_DRILL, survey("ui-down"), "dc1").lower()


def test_one_that_could_not_be_looked_at_serves_nobody_as_far_as_is_known() -> None:
    snapshot = with_host(survey(), UI2, ui=survey().facts(DC1_1).ui)
    assert "no other appliance" in refusal(UI_DRILL, snapshot, "dc1", UI1)


def test_a_database_host_is_no_appliance() -> None:
    assert "no UI appliance of dc1" in refusal(UI_DRILL, survey(), "dc1", DC1_1)


def test_on_a_healthy_region_every_check_holds() -> None:
    assert broken(planned(UI_DRILL, survey(), "dc1"), survey()) == {}


def test_the_lease_is_taken_on_the_pair_and_on_the_appliance() -> None:
    platforms = planned(UI_DRILL, survey(), "dc1").parameters.platforms
    assert [platform.host for platform in platforms] == [DC1_1, "cf-dc1-db2.example.com", UI1]


def test_the_endpoint_is_asked_before_and_while_it_is_stopped() -> None:
    plan = planned(UI_DRILL, survey(), "dc1")
    assert keys(plan) == ["before", "stop", "look", "start"]
    assert [names(step) for step in plan.steps] == [
        ["AskEndpoint"],
        ["StopWebServer"],
        ["AskEndpoint"],
        ["StartWebServer"],
    ]
    assert {step.host for step in plan.steps} == {UI1}
    assert f"asked from cf-dc1-ui1, {LOOKS} times" in " ".join(plan.needs)


def test_the_endpoint_is_asked_for_what_the_appliances_are_asked_for() -> None:
    region = survey().fleet.region("dc1")
    assert region.ui_endpoint is not None
    assert endpoint_url(region) == f"https://{region.ui_endpoint.name}/ping"
    other = replace(region.ui, ping_url="http://localhost:8080/health?x=1")
    assert endpoint_url(replace(region, ui=other)) == f"http://{region.ui_endpoint.name}:8080/health?x=1"


def test_without_an_endpoint_the_other_appliances_are_judged_and_that_is_said() -> None:
    snapshot = with_region(survey(), ui_endpoint=None)
    plan = planned(UI_DRILL, snapshot, "dc1")
    assert keys(plan) == ["stop", "look", "start"]
    assert names(plan.step("look")) == []
    assert "the inventory has no UI endpoint for dc1: only that cf-dc1-ui2 serves is judged" in plan.needs


def test_it_is_started_again_whatever_comes() -> None:
    plan = planned(UI_DRILL, survey(), "dc1")
    assert plan.drill
    assert undo_names(plan.step("stop")) == ["StartWebServer"]
    assert plan.step("stop").undone


def test_another_one_must_serve_at_the_moment_of_the_stop_and_all_the_while() -> None:
    plan = planned(UI_DRILL, survey(), "dc1")
    alone = down(survey(), UI2)
    assert Answer.NO in {answer(condition, alone) for condition in plan.step("stop").before}
    assert Answer.NO in {answer(condition, alone) for condition in plan.step("look").after}
    assert plan.step("look").steady > 0


def test_the_appliances_name_is_to_be_typed() -> None:
    assert planned(UI_DRILL, survey(), "dc1").confirm == (UI1,)


@pytest.mark.parametrize(
    ("store", "told"), [("sql", None), ("cache", "session_store is cache"), (None, "sessions are kept is unknown")]
)
def test_that_users_must_log_in_again_is_told_where_sessions_do_not_survive(
    store: str | None, told: str | None
) -> None:
    losses = " ".join(planned(UI_DRILL, with_value(survey(), UI1, "ui", session_store=store), "dc1").losses)
    assert ("must log in again" in losses) is (told is not None)
    assert told is None or told in losses


def test_another_serves_is_a_no_only_where_all_are_known_to_be_down() -> None:
    condition = must.another_serves((UI1, UI2))
    assert answer(condition, survey()) is Answer.YES
    assert answer(condition, down(survey(), UI1)) is Answer.YES
    assert answer(condition, down(down(survey(), UI1), UI2)) is Answer.NO
    blind = with_host(survey(), UI2, ui=survey().facts(DC1_1).ui)
    assert answer(condition, down(blind, UI1)) is Answer.UNKNOWN


def test_an_appliance_without_its_workers_serves_the_ui_all_the_same() -> None:
    assert answer(must.serves(UI1), with_value(survey(), UI1, "ui", workers_running=False)) is Answer.YES


def test_one_whose_ping_was_not_answered_for_is_unknown() -> None:
    snapshot = with_value(survey(), UI1, "ui", httpd_running=None, ping_status=None, ping_error="no curl")
    assert answer(must.serves(UI1), snapshot) is Answer.UNKNOWN
