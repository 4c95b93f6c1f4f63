"""What is told as news, and what is not."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from console.diagnosis.engine import diagnose
from console.diagnosis.finding import Finding, Severity
from console.facts.host import Reach
from console.facts.observed import Observed
from console.facts.snapshot import Snapshot
from console.facts.traces import Lease, Traces
from console.history.change import Change, ChangeKind
from console.history.changes import changes_between
from console.history.history import History
from console.scene import Scene
from console.simulation import agent, events
from console.transport.protocol import Failure, FailureKind
from tests.unit.history.watching import DB1, DB2, Watch


@pytest.fixture(scope="module")
def healthy() -> Scene:
    return Watch().looks(3)[-1]


@pytest.fixture(scope="module")
def failover() -> list[Change]:
    """dc1's primary is put in standby by a person; the cluster promotes the other; the node comes back."""
    watch = Watch()
    watch.looks(3)
    watch.happen(lambda region: agent.set_standby(region, region.database(DB1), watch.now, standby=True))
    watch.looks(20)
    watch.happen(lambda region: agent.set_standby(region, region.database(DB1), watch.now, standby=False))
    return list(watch.looks(5)[-1].changes)


def told(changes: list[Change] | tuple[Change, ...], kind: ChangeKind) -> list[str]:
    return [change.words for change in changes if change.kind is kind]


def later(snapshot: Snapshot, host: str = DB1, **facts: Any) -> Snapshot:
    """The snapshot two seconds later, with other facts of one host."""
    hosts = {**snapshot.hosts, host: replace(snapshot.hosts[host], **facts)}
    return replace(snapshot, at=snapshot.at + timedelta(seconds=2), hosts=hosts)


def lost(snapshot: Snapshot, host: str = DB1) -> Snapshot:
    reach = snapshot.hosts[host].reach
    failure = Failure(FailureKind.UNREACHABLE, "no answer to TCP in 5 s")
    return later(snapshot, host, reach=replace(reach, failure=failure))


def test_a_failover_is_told_as_role_changes(failover: list[Change]) -> None:
    assert told(failover, ChangeKind.ROLE) == [
        "cf-dc1-db1 is stopped (was primary)",
        "cf-dc1-db2 is primary (was standby)",
    ]


def test_a_moved_address_is_told_with_who_held_it(failover: list[Change]) -> None:
    held = [words for words in told(failover, ChangeKind.ENDPOINT) if "held" in words]
    assert held == [
        "10.19.11.14 is held by nobody (was cf-dc1-db1)",
        "10.19.11.14 is held by cf-dc1-db2 (was nobody)",
    ]


def test_what_a_client_meets_at_the_endpoint_is_told(failover: list[Change]) -> None:
    met = [words for words in told(failover, ChangeKind.ENDPOINT) if "client" in words]
    assert met[-1] == "a client at 10.19.11.14 finds: writable (was no answer (filtered))"


def test_node_states_are_told(failover: list[Change]) -> None:
    assert told(failover, ChangeKind.CLUSTER) == [
        "node cf-dc1-db1 is standby for the cluster (was online)",
        "node cf-dc1-db1 is online for the cluster (was standby)",
    ]


def test_a_finding_that_appears_has_its_severity_and_one_that_is_over_has_none(failover: list[Change]) -> None:
    lines = [(change.words.split()[0], change.severity) for change in failover if "P01" in change.words]
    assert lines == [("P01", Severity.CRITICAL), ("P01", None)]


def test_nothing_is_news_against_nothing(healthy: Scene) -> None:
    assert changes_between(None, healthy.snapshot, (), healthy.findings) == ()


def test_equal_snapshots_have_no_changes(healthy: Scene) -> None:
    assert changes_between(healthy.snapshot, healthy.snapshot, healthy.findings, healthy.findings) == ()


@pytest.mark.parametrize("scenario", ["lock-unsafe", "standby-out-of-date", "host-down"])
def test_equal_snapshots_have_no_changes_whatever_is_wrong(scenario: str) -> None:
    for scene in Watch(scenario, region="dc1" if scenario == "standby-out-of-date" else "dc2").looks(3):
        again = replace(scene.snapshot, at=scene.snapshot.at + timedelta(seconds=1))
        assert changes_between(scene.snapshot, again, scene.findings, scene.findings) == ()


def test_a_healthy_fleet_has_no_news() -> None:
    assert Watch().looks(40)[-1].changes == ()


def test_a_lost_host_is_told_with_the_reason_and_nothing_else_of_it(healthy: Scene) -> None:
    after = lost(healthy.snapshot, DB2)
    (change,) = changes_between(healthy.snapshot, after, healthy.findings, diagnose(after))
    assert (change.kind, change.host) == (ChangeKind.REACH, DB2)
    assert change.words == "cf-dc1-db2 does not answer: no answer to TCP in 5 s"


def test_a_host_that_answers_again_unchanged_is_told_once_and_nothing_else_is_news(healthy: Scene) -> None:
    history = History()
    away = lost(healthy.snapshot)
    back = replace(healthy.snapshot, at=away.at + timedelta(seconds=2))
    for snapshot in (healthy.snapshot, away, back):
        history.take(snapshot, diagnose(snapshot))
    assert [change.words for change in history.changes if change.host == DB1] == [
        "cf-dc1-db1 does not answer: no answer to TCP in 5 s",
        "cf-dc1-db1 answers again",
    ]


def test_a_role_that_changed_while_nobody_could_look_is_told_when_it_is_seen(healthy: Scene) -> None:
    history = History()
    away = lost(lost(healthy.snapshot), DB2)
    hosts = healthy.snapshot.hosts
    client = {name: replace(facts, client=Observed()) for name, facts in away.hosts.items()}
    away = replace(away, hosts=client)
    stopped = replace(hosts[DB2], sql=Observed(), client=Observed(), processes=hosts[DB2].processes.map(_no_server))
    back = replace(healthy.snapshot, at=away.at + timedelta(seconds=2), hosts={**hosts, DB2: stopped})
    for snapshot in (healthy.snapshot, away, back):
        history.take(snapshot, ())
    assert told(history.changes, ChangeKind.ROLE) == ["cf-dc1-db2 is stopped (was standby)"]


def _no_server(processes: Any) -> Any:
    return replace(processes, postmaster=None, walreceiver=None, startup=None)


def test_a_host_that_was_never_asked_is_not_lost(healthy: Scene) -> None:
    fresh = later(healthy.snapshot, DB2, reach=Reach())
    assert told(changes_between(fresh, healthy.snapshot), ChangeKind.REACH) == []


def test_a_finding_of_a_host_that_is_lost_is_not_over(healthy: Scene) -> None:
    finding = Finding("A04", Severity.WARNING, "dc1", DB1, "the archive's space is low")
    away = lost(healthy.snapshot)
    assert told(changes_between(healthy.snapshot, away, (finding,), ()), ChangeKind.FINDING) == []


def test_a_finding_is_not_over_while_the_section_that_told_it_cannot_be_read(healthy: Scene) -> None:
    finding = Finding("A04", Severity.WARNING, "dc1", DB1, "the archive's space is low")
    reach = replace(healthy.snapshot.hosts[DB1].reach, incomplete=(("archive", "timed out"),))
    blind = later(healthy.snapshot, reach=reach)
    assert told(changes_between(healthy.snapshot, blind, (finding,), ()), ChangeKind.FINDING) == []


def test_a_finding_that_is_gone_is_over(healthy: Scene) -> None:
    finding = Finding("A04", Severity.WARNING, "dc1", DB1, "the archive's space is low")
    changes = changes_between(healthy.snapshot, later(healthy.snapshot), (finding,), ())
    assert told(changes, ChangeKind.FINDING) == ["A04 is over: the archive's space is low"]


def test_a_finding_that_became_worse_says_what_it_was(healthy: Scene) -> None:
    finding = Finding("A04", Severity.WARNING, "dc1", DB1, "the archive's space is low")
    worse = replace(finding, severity=Severity.CRITICAL)
    changes = changes_between(healthy.snapshot, later(healthy.snapshot), (finding,), (worse,))
    assert told(changes, ChangeKind.FINDING) == ["A04 is critical now (was warning): the archive's space is low"]


def test_a_finding_that_only_changes_its_words_is_no_news(healthy: Scene) -> None:
    finding = Finding("A04", Severity.WARNING, "dc1", DB1, "9 % free")
    other = replace(finding, summary="8 % free")
    assert changes_between(healthy.snapshot, later(healthy.snapshot), (finding,), (other,)) == ()


def test_what_follows_from_another_finding_is_not_told_beside_it(healthy: Scene) -> None:
    effect = Finding("P03", Severity.WARNING, "dc1", DB2, "does not stream", caused_by="P01:dc1")
    assert changes_between(healthy.snapshot, later(healthy.snapshot), (), (effect,)) == ()


def test_a_finding_that_follows_from_a_new_one_is_not_over(healthy: Scene) -> None:
    finding = Finding("P03", Severity.WARNING, "dc1", DB2, "does not stream")
    folded = replace(finding, caused_by="C04:dc1")
    assert changes_between(healthy.snapshot, later(healthy.snapshot), (finding,), (folded,)) == ()


def test_what_is_found_before_everything_was_asked_once_is_not_news() -> None:
    watch = Watch("standby-out-of-date")
    assert watch.looks(4)[-1].changes == ()


def test_a_run_that_takes_the_pair_is_told_with_who_and_why_and_when_it_lets_go(healthy: Scene) -> None:
    lease = Lease("20261123-0300-ab", "failback", "ana@desk", "db1 is mended", 0.0, 0.0)
    held = later(healthy.snapshot, traces=Observed(Traces(lease=lease), "traces", healthy.snapshot.at))
    free = replace(healthy.snapshot, at=held.at + timedelta(seconds=2))
    assert told(changes_between(healthy.snapshot, held), ChangeKind.RUN) == [
        "run 20261123-0300-ab (failback) of ana@desk holds the pair: db1 is mended (was nobody)"
    ]
    assert told(changes_between(held, free), ChangeKind.RUN) == [
        "no run holds the pair any more (was 20261123-0300-ab of ana@desk)"
    ]


def test_a_lag_around_its_limit_is_told_once(healthy: Scene) -> None:
    """17 MiB, then 15, then 17 again: over the limit of 16 MiB, and not yet well below it."""
    sql = healthy.snapshot.hosts[DB2].sql
    primary = healthy.snapshot.hosts[DB1].sql.value
    assert primary is not None
    assert primary.current is not None
    history = History()
    history.take(healthy.snapshot, ())
    for number, behind in enumerate((17, 15, 17, 1), 1):
        snapshot = _behind(healthy.snapshot, behind * 1024**2, number)
        history.take(snapshot, ())
    assert sql.known
    assert [(change.words.split(":")[0], change.severity) for change in history.changes] == [
        ("the standby is 17.0 MiB, 0 s behind", Severity.WARNING),
        ("the standby has caught up", None),
    ]


def _behind(snapshot: Snapshot, size: int, number: int) -> Snapshot:
    """The primary writes; the standby stays."""
    at = snapshot.at + timedelta(seconds=2 * number)
    hosts = dict(snapshot.hosts)
    primary, standby = hosts[DB1].sql.value, hosts[DB2].sql.value
    assert primary is not None
    assert standby is not None
    assert standby.replayed is not None
    ahead = type(standby.replayed)(standby.replayed.high, standby.replayed.low)
    rows = tuple(replace(row, replayed=standby.replayed, flushed=standby.replayed) for row in primary.replication)
    moved = replace(primary, current=_plus(ahead, size), replication=rows)
    hosts[DB1] = replace(hosts[DB1], sql=replace(hosts[DB1].sql, value=moved, observed_at=at))
    hosts[DB2] = replace(hosts[DB2], sql=replace(hosts[DB2].sql, value=replace(standby, replay_age=0.2)))
    return replace(snapshot, at=at, hosts=hosts)


def _plus(lsn: Any, size: int) -> Any:
    total = (lsn.high << 32 | lsn.low) + size
    return type(lsn)(total >> 32, total & 0xFFFFFFFF)


def test_words_of_hosts_are_one_inert_line(healthy: Scene) -> None:
    failure = Failure(FailureKind.LOST, "\x1b[31m[b]bad[/b]\nsecond line" + "x" * 5000)
    reach = replace(healthy.snapshot.hosts[DB1].reach, failure=failure)
    changes = changes_between(healthy.snapshot, later(healthy.snapshot, reach=reach))
    assert all(change.words.isprintable() and len(change.words) <= 200 for change in changes)
    assert changes


def test_a_host_without_power_takes_its_streaming_and_its_node_with_it() -> None:
    watch = Watch()
    watch.looks(3)
    watch.happen(lambda region: events.power_off(region, DB2))
    changes = watch.looks(4)[-1].changes
    assert told(changes, ChangeKind.STREAMING) == ["cf-dc1-db2 does not stream from cf-dc1-db1"]
    assert told(changes, ChangeKind.REACH)[0].startswith("cf-dc1-db2 does not answer")
