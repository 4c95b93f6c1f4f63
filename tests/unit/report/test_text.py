from __future__ import annotations

from dataclasses import replace

import pytest

from console.diagnosis.finding import Severity
from console.facts.client import ClientAnswer
from console.facts.host import Reach
from console.report.result import CheckResult
from console.report.text import render_text
from console.transport.protocol import Failure, FailureKind
from tests.unit.diagnosis import builders as b
from tests.unit.report import samples

RESULTS = [samples.healthy(), samples.lagging(), samples.sick(), samples.blind(), samples.hostile()]


@pytest.mark.parametrize("width", [80, 100, 132])
@pytest.mark.parametrize("result", RESULTS, ids=["healthy", "lagging", "sick", "blind", "hostile"])
def test_no_line_is_wider_than_the_terminal_and_nothing_can_move_the_cursor(result: CheckResult, width: int) -> None:
    for line in render_text(result, width=width).split("\n"):
        assert len(line) <= width
        assert line.isprintable()


def test_a_region_line_has_status_pair_and_lag() -> None:
    lines = render_text(samples.lagging(), width=120).splitlines()
    assert "OK       dc1 (pacemaker)  cf-dc1-db1 → cf-dc1-db2  lag 4.6 KiB, backlog unknown" in lines


def test_hosts_show_role_positions_agent_and_age() -> None:
    text = render_text(samples.healthy(), width=200)
    assert "cf-dc1-db1  primary  at 0/5000000, timeline 1, PostgreSQL 15.18, client: writable" in text
    assert "cf-dc1-db2  standby  replayed 0/5000000" in text
    assert "agent: HS:async STREAMING|ASYNC 100, now" in text
    assert "cf-dc1-ui2  ui       httpd up, workers up, ping unknown, now" in text


def test_the_endpoint_says_what_a_client_meets() -> None:
    assert "endpoint cf-dc1-db.example.com, 10.19.11.14 writable" in render_text(samples.healthy())


def test_nothing_unknown_looks_like_a_figure_or_like_down() -> None:
    text = render_text(samples.blind(), width=120)
    assert "dc1 (pacemaker)  primary unknown  lag unknown, backlog unknown" in text
    assert "cf-dc1-db1  unknown  client: not looked at, not reached: no answer from port 22 in 5 s" in text
    assert "cf-dc1-ui1  ui       services unknown, never asked" in text
    assert "endpoint cf-dc1-db.example.com, not looked at" in text
    assert "0 B" not in text


def test_two_primaries_are_named_both() -> None:
    hosts = (b.primary(b.DC1_DB1), b.primary(b.DC1_DB2))
    text = render_text(samples.result(samples.healthy_snapshot(hosts=hosts)))
    assert "cf-dc1-db1 and cf-dc1-db2 are both primary  lag unknown" in text


def test_a_pair_whose_servers_are_stopped_has_no_primary() -> None:
    hosts = (b.stopped(b.DC1_DB1), b.stopped(b.DC1_DB2))
    text = render_text(samples.result(samples.healthy_snapshot(hosts=hosts)))
    assert "dc1 (pacemaker)  no primary" in text
    assert "cf-dc1-db1  stopped  shut down" in text


def test_a_standby_past_its_primary_is_not_shown_as_a_small_lag() -> None:
    rows = (b.row(b.DC1_DB2.node, replayed=b.lsn("0/5002000"), flushed=b.lsn("0/5002000")),)
    primary = b.primary(b.DC1_DB1, sql=b.seen(b.sql(in_recovery=False, replication=rows), "psql"))
    standby = b.standby(b.DC1_DB2, sql=b.seen(b.sql(in_recovery=True, replayed=b.lsn("0/5002000")), "psql"))
    text = render_text(samples.result(samples.healthy_snapshot(hosts=(primary, standby))))
    assert "standby is 8.0 KiB PAST the primary" in text


def test_a_refused_login_shows_the_servers_words() -> None:
    view = b.view(ClientAnswer.LOGIN_REFUSED, message="no pg_hba.conf entry for host")
    primary = b.primary(b.DC1_DB1, client=b.seen(view, "client"))
    text = render_text(samples.result(samples.healthy_snapshot(hosts=(primary,))), width=140)
    assert "client: login refused (no pg_hba.conf entry for host)" in text


def test_an_unreachable_host_says_when_it_last_answered() -> None:
    reach = Reach(b.AT, b.after(-600), Failure(FailureKind.HUNG, "silent for 8 s"))
    hosts = (replace(b.primary(b.DC1_DB1), reach=reach), b.standby(b.DC1_DB2))
    text = render_text(samples.result(samples.healthy_snapshot(hosts=hosts)), width=160)
    assert "not reached: silent for 8 s (last answered 10 min ago)" in text


def test_findings_come_worst_first_with_evidence_remedy_and_what_follows() -> None:
    lines = render_text(samples.sick(), width=100).splitlines()
    start = lines.index("CRITICAL C02  dc1: cf-dc1-db2: PGSQL.lock: not provable")
    assert lines[start + 1 : start + 7] == [
        "              lock file = /var/lib/pgsql/tmp/PGSQL.lock (data, 5 s ago)",
        "              do: rebuild-standby",
        "              follows: P03 warning, dc1: cf-dc1-db2: standby not streaming",
        "              follows: C01 warning, dc1: cf-dc1-db2: standby out of date",
        "",
        "WARNING  H06  dc1: cf-dc1-db1: clock is 2 s ahead",
    ]


def test_a_place_that_the_summary_names_is_not_said_twice() -> None:
    finding = samples.finding("P03", Severity.WARNING, b.DC1_DB2.name, "cf-dc1-db2 does not stream")
    text = render_text(samples.result(samples.healthy_snapshot(), finding), width=100)
    assert "WARNING  P03  cf-dc1-db2 does not stream\n" in text


def test_a_folded_finding_takes_one_line_however_long_it_is() -> None:
    cause = samples.finding("H01", Severity.UNKNOWN, b.DC1_DB1.name, "no answer")
    follower = samples.finding("P03", Severity.WARNING, b.DC1_DB1.name, "word " * 100, caused_by=cause.key)
    lines = render_text(samples.result(samples.healthy_snapshot(), cause, follower), width=80).splitlines()
    [line] = [line for line in lines if "word" in line]
    assert line.endswith("…")


def test_the_last_line_is_the_verdict() -> None:
    expected = "CRITICAL: 1 critical, 3 warning (4 of 4 hosts answered, 1.2 s; exit code 2)"
    assert render_text(samples.sick()).splitlines()[-1] == expected


def test_colour_is_there_only_when_asked_and_changes_no_word() -> None:
    plain = render_text(samples.sick())
    coloured = render_text(samples.sick(), colour=True)
    assert "\x1b" not in plain
    assert "\x1b[1;31mCRITICAL\x1b[0m dc1" in coloured
    for code in ("1;31", "1;33", "0"):
        coloured = coloured.replace(f"\x1b[{code}m", "")
    assert coloured == plain
