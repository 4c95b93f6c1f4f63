"""A region as lines: primary → standby, each figure with the verdict that diagnosis gives it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from console.diagnosis.finding import Severity
from console.facts.agent import agent_state
from console.facts.client import ClientAnswer
from console.facts.host import HostFacts
from console.facts.observed import Observed, unknown
from console.scene import Scene
from tests.unit.widgets.scenes import (
    HOSTILE,
    NOON,
    finding,
    never_asked,
    pair,
    scene,
    unreachable,
    with_history,
    with_host,
)
from widgets.pair_lines import COMPACT, FULL, pair_lines
from widgets.region_witnesses import disagreements

PRIMARY, STANDBY = "cf-dc1-db1.example.com", "cf-dc1-db2.example.com"


def text(seen: Scene, region: str, width: int = 160, after: float = 0.0, *, full: bool | None = None) -> str:
    return "\n".join(line.plain for line in pair_lines(pair(seen, region, after), width, full=full))


def with_findings(seen: Scene, *findings: object) -> Scene:
    return replace(seen, findings=(*seen.findings, *findings))  # type: ignore[arg-type]


@pytest.mark.parametrize("scenario", ["healthy", "lock-unsafe", "split-brain", "host-down", "failed-over"])
@pytest.mark.parametrize("width", [60, 80, 110, 120, 160, 250])
def test_every_line_is_exactly_as_wide_as_told(scenario: str, width: int) -> None:
    seen = scene(scenario)
    for region in seen.snapshot.fleet.regions:
        for full in (False, True):
            lines = pair_lines(pair(seen, region.name), width, full=full)
            assert [line.cell_length for line in lines] == [width] * (FULL if full else COMPACT)


@pytest.mark.parametrize("full", [False, True])
def test_the_primary_stands_left_of_the_arrow_and_the_standby_right_of_it(full: bool) -> None:
    line = next(line for line in text(scene(), "dc1", full=full).splitlines() if "▶" in line)
    assert line.index("cf-dc1-db1 PRIMARY") < line.index("async") < line.index("▶") < line.index("cf-dc1-db2 STANDBY")


def test_after_a_failover_the_new_primary_stands_at_the_left() -> None:
    line = next(line for line in text(scene("failed-over"), "global").splitlines() if "PRIMARY" in line)
    assert line.index("cf-global-db2 PRIMARY") < line.index("cf-global-db1 STOPPED")


def test_at_eighty_columns_stand_position_timeline_attributes_lag_endpoint_gate_archive_and_appliances() -> None:
    told = text(scene(), "dc1", 80)
    current = scene().snapshot.facts(PRIMARY).sql.value
    assert current is not None
    for part in (
        str(current.current),
        "timeline 1",
        "PRI LATEST 1000",
        "HS:async STREAMING|ASYNC 100",
        "VIP 10.19.11.14 writable",
        "5432 open, open",
        "archive 0 waiting",
        "UI 2 of 2",
    ):
        assert part in told


def test_in_full_stand_the_holder_of_the_address_the_version_and_each_appliance() -> None:
    told = text(scene(), "dc1", 160)
    assert "VIP 10.19.11.14 on cf-dc1-db1, writable" in told
    assert "PostgreSQL 9.2.8" in told
    assert "cf-dc1-ui1 serves" in told
    assert "cf-dc1-ui2 serves" in told
    assert "backlog" in told


def test_a_scripted_region_shows_its_failure_counter_and_where_its_name_leads() -> None:
    told = text(scene(), "global", 80)
    assert "check-promote failed 0 of 2" in told
    assert "DNS 10.19.10.51 writable" in told
    assert "5432 open, closed" in told


def test_a_healthy_region_says_ok_and_has_no_mark() -> None:
    told = text(scene(), "dc1")
    assert "✔ OK" in told
    assert not set("✖▲?≠") & set(told)


def test_a_region_in_trouble_says_its_worst_severity() -> None:
    assert "✖ CRITICAL" in text(scene("lock-unsafe"), "dc2").splitlines()[0]


def test_a_figure_that_is_part_of_a_finding_has_its_symbol() -> None:
    assert "✖ PGSQL.lock STOP DISCONNECT -INFINITY" in text(scene("lock-unsafe"), "dc2")


def test_a_pair_that_does_not_stream_has_no_arrow() -> None:
    told = text(scene("lock-unsafe"), "dc2")
    assert "▲ no stream" in told
    assert "▶" not in told


def test_unknown_lag_is_said_and_is_no_zero() -> None:
    line = next(line for line in text(scene("lock-unsafe"), "dc2").splitlines() if "lag" in line)
    assert "? lag unknown" in line
    assert "0 B" not in line


def test_two_primaries_are_said_in_the_middle_and_on_both_hosts() -> None:
    told = text(scene("split-brain"), "global", 80)
    assert "✖ 2 primaries" in told
    assert "✖ cf-global-db1 PRIMARY" in told
    assert "✖ cf-global-db2 PRIMARY" in told


def test_an_unreachable_host_is_unknown_with_the_reason_and_its_last_answer() -> None:
    seen = with_host(scene(), STANDBY, unreachable)
    told = text(seen, "dc1", after=60)
    assert "no route to host" in told
    assert "last answered 60 s ago" in told
    assert "HS:async STREAMING|ASYNC 100" in told, "the primary's view of the cluster still tells that"


def test_what_an_unreachable_host_once_said_is_not_shown_as_if_it_held() -> None:
    replayed = scene().snapshot.facts(STANDBY).sql.value
    assert replayed is not None
    side = text(with_host(scene(), STANDBY, unreachable), "dc1")
    assert f"replayed {replayed.replayed}" not in side


def test_a_host_that_was_never_asked_is_unknown_and_its_region_is_not_ok() -> None:
    seen = replace(with_host(scene(), STANDBY, never_asked), findings=())
    told = text(seen, "dc1")
    assert "? not asked yet" in told
    assert "OK" not in told
    assert "? UNKNOWN" in told.splitlines()[0]


def test_a_region_without_findings_whose_figures_are_old_is_stale_and_not_ok() -> None:
    told = text(scene(), "dc1", after=60)
    assert "OK" not in told.splitlines()[0]
    assert "? STALE" in told.splitlines()[0]


def test_the_age_of_the_pair_is_that_of_the_host_silent_for_longest() -> None:
    def older(facts: HostFacts) -> HostFacts:
        assert facts.reach.answered_at is not None
        before = facts.reach.answered_at.replace(year=facts.reach.answered_at.year - 1)
        return replace(facts, reach=replace(facts.reach, answered_at=before))

    assert "? STALE 365 d" in text(with_host(scene(), PRIMARY, older), "dc1").splitlines()[0]


def test_unknown_sql_shows_no_position() -> None:
    def mute(facts: HostFacts) -> HostFacts:
        return replace(facts, sql=unknown("psql", "psql timed out"))

    assert "? position unknown" in text(with_host(scene(), STANDBY, mute), "dc1")


def test_attributes_that_nobody_tells_are_unknown() -> None:
    def blind(facts: HostFacts) -> HostFacts:
        why = "crm_mon failed"
        return replace(facts, cluster=unknown("crm_mon", why), cluster_configuration=unknown("cibadmin", why))

    seen = with_host(with_host(scene(), PRIMARY, blind), STANDBY, blind)
    assert "? attributes unknown" in text(seen, "dc1").replace("▲", "?")


def test_an_absent_attribute_is_a_dash() -> None:
    def lost(facts: HostFacts) -> HostFacts:
        status = facts.cluster.value
        assert status is not None
        attributes = {
            node: {name: value for name, value in values.items() if not name.startswith("master-")}
            for node, values in status.attributes.items()
        }
        return replace(facts, cluster=replace(facts.cluster, value=replace(status, attributes=attributes)))

    seen = with_host(with_host(scene(), PRIMARY, lost), STANDBY, lost)
    view = seen.snapshot.facts(PRIMARY).cluster.value
    assert view is not None
    assert agent_state(view, STANDBY, "postgresql").master_score is None
    assert "HS:async STREAMING|ASYNC -" in text(seen, "dc1")


def test_a_lag_over_its_threshold_has_the_findings_colour() -> None:
    seen = with_findings(scene(), finding("P04", Severity.CRITICAL))
    lines = pair_lines(pair(seen, "dc1"), 80)
    styles = {str(span.style) for span in lines[2].spans}
    assert any("critical" in style for style in styles)


def test_what_is_in_trouble_comes_first_in_the_last_line() -> None:
    seen = with_findings(scene(), finding("U01", Severity.WARNING))
    assert text(seen, "dc1", 80).splitlines()[4].strip().startswith("▲ UI 2 of 2")


def test_an_archive_in_trouble_names_its_finding() -> None:
    seen = with_findings(scene(), finding("A02", Severity.CRITICAL, host=PRIMARY))
    assert "✖ archive A02, 0 waiting" in text(seen, "dc1", 80)


def test_information_is_no_trouble() -> None:
    seen = with_findings(scene(), finding("P04", Severity.INFO))
    assert "✔ OK" in text(seen, "dc1")


def test_the_history_is_drawn_as_bars_and_unknown_is_a_gap() -> None:
    seen = with_history(scene(), 64 * 1024**2, None, 0)
    bars = text(seen, "dc1", 80, full=False).splitlines()[3]
    assert "█ ▁" in bars


def test_in_full_the_bars_say_what_they_span() -> None:
    seen = with_history(scene(), *([1024**2] * 31))
    assert "60 s, at most 1.0 MiB" in text(seen, "dc1", 160)


def test_a_standby_past_its_primary_is_said_to_be_ahead() -> None:
    facts = pair(scene(), "dc1")
    found = replace(facts.lag, bytes=-4096, seconds=None)
    object.__setattr__(facts, "lag", found)
    assert "4.0 KiB AHEAD" in "\n".join(line.plain for line in pair_lines(facts, 160))


def told(seen: Scene, region: str) -> tuple[str, ...]:
    facts = pair(seen, region)
    return disagreements(facts.context, facts.findings)


def test_a_client_that_meets_another_role_than_psql_is_a_disagreement_in_words() -> None:
    def lied(facts: HostFacts) -> HostFacts:
        view = facts.client.value
        assert view is not None
        return replace(facts, client=Observed(replace(view, answer=ClientAnswer.IN_RECOVERY), "client"))

    seen = with_host(scene(), PRIMARY, lied)
    words = "role of cf-dc1-db1: PostgreSQL says primary, a client says standby (it could only read)"
    assert told(seen, "dc1") == (words,)
    assert f"≠ {words}" in text(seen, "dc1").splitlines()[0]
    assert "≠" in text(seen, "dc1", 80).splitlines()[0]


def test_a_disagreement_that_diagnosis_found_stands_in_its_words() -> None:
    seen = with_findings(scene(), finding("C09", Severity.WARNING, summary="the attributes are from last week"))
    assert told(seen, "dc1") == ("the attributes are from last week",)


def test_witnesses_that_agree_are_not_mentioned() -> None:
    for region in ("global", "dc1", "dc2"):
        assert told(scene(), region) == ()


def test_a_slow_look_at_the_firewall_of_a_pacemaker_pair_is_not_held_against_a_client_of_now() -> None:
    def reopened(facts: HostFacts) -> HostFacts:
        firewall = facts.firewall.value
        assert firewall is not None
        old = replace(facts.firewall, observed_at=NOON - timedelta(seconds=40))
        return replace(facts, firewall=replace(old, value=replace(firewall, database_port_open=False)))

    assert told(with_host(scene(), PRIMARY, reopened), "dc1") == ()


@pytest.mark.parametrize("hostile", HOSTILE)
def test_hostile_text_from_a_host_breaks_no_column(hostile: str) -> None:
    def bad(facts: HostFacts) -> HostFacts:
        status = facts.cluster.value
        assert status is not None
        attributes = {node: dict.fromkeys(values, hostile) for node, values in status.attributes.items()}
        return replace(facts, cluster=replace(facts.cluster, value=replace(status, attributes=attributes)))

    seen = with_host(scene(), PRIMARY, bad)
    for width in (80, 160):
        lines = pair_lines(pair(seen, "dc1"), width)
        assert {line.cell_length for line in lines} == {width}
        assert all(char.isprintable() for line in lines for char in line.plain)
