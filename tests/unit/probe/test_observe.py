from __future__ import annotations

import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from console.facts.host import HostFacts
from console.probe.observe import observe
from console.probe.program import probe_version
from console.transport.protocol import Failure, FailureKind, Reply
from tests.unit.probe.hosts import TemporaryHost

NOW = datetime(2026, 11, 23, 7, 0, tzinfo=UTC)
MACHINE = TemporaryHost(Path("/nonexistent"))
HOST, REGION = MACHINE.host, MACHINE.region
EMPTY = HostFacts("db1", "global")


def reply(sections: dict[str, tuple[str, str]], *, asked: tuple[str, ...] = (), version: str | None = None) -> Reply:
    body = "".join(
        f"VMDB-SECTION n {name}\n{text}\nVMDB-STATUS n {name.partition(':')[0]} {status}\n"
        for name, (text, status) in sections.items()
    )
    report = f"VMDB-BEGIN n 1 {version or probe_version()}\n{body}VMDB-END n 1\n".encode()
    return Reply("db1", asked or tuple(sections), NOW, NOW + timedelta(seconds=1), report)


def see(facts: HostFacts, answer: Reply) -> HostFacts:
    return observe(facts, HOST, REGION, answer)


OK = "rc=0 ms=10"


def test_a_fact_has_its_source_and_the_time_when_it_came() -> None:
    facts = see(EMPTY, reply({"identity": ("hostname db1", OK)}))
    assert facts.identity.value is not None
    assert (facts.identity.source, facts.identity.observed_at) == ("/proc, hostname", NOW + timedelta(seconds=1))
    assert facts.reach.reachable
    assert (facts.reach.round_trip, facts.reach.incomplete) == (1.0, ())


def test_only_sections_that_were_asked_for_change() -> None:
    first = see(EMPTY, reply({"identity": ("hostname db1", OK), "queue": ("ready 3", OK)}))
    second = see(first, reply({"queue": ("ready 4", OK)}))
    assert second.identity == first.identity
    assert second.archive_queue.value is not None
    assert second.archive_queue.value.ready == 4


def test_a_failed_section_is_unknown_with_its_reason_and_named_as_incomplete() -> None:
    first = see(EMPTY, reply({"queue": ("ready 3", OK)}))
    facts = see(first, reply({"queue": ("ready 0", "rc=77 ms=0 reason=not root: cannot read /d")}))
    assert facts.archive_queue.value is None
    assert facts.archive_queue.error == "not root: cannot read /d"
    assert facts.reach.incomplete == (("queue", "not root: cannot read /d"),)


def test_what_is_incomplete_stays_so_until_it_is_asked_again() -> None:
    slow = see(EMPTY, reply({"tools": ("", "rc=124 ms=8000 reason=timed out after 8 s")}))
    fast = see(slow, reply({"queue": ("ready 0", OK)}))
    assert fast.reach.incomplete == (("tools", "timed out after 8 s"),)
    again = see(fast, reply({"tools": ("", OK)}))
    assert again.reach.incomplete == ()


def test_a_section_without_a_reason_says_its_status() -> None:
    facts = see(EMPTY, reply({"queue": ("", "rc=3 ms=0")}))
    assert facts.archive_queue.error == "it ended with status 3"


def test_an_answer_that_makes_no_sense_is_unknown() -> None:
    facts = see(EMPTY, reply({"queue": ("nonsense", OK)}))
    assert facts.archive_queue.value is None
    assert facts.archive_queue.error == "archive_status printed nothing that can be read"


def test_a_section_that_is_missing_from_the_report_is_unknown() -> None:
    facts = see(EMPTY, reply({"queue": ("ready 0", OK)}, asked=("queue", "sql")))
    assert facts.sql.error == "the report has no section sql"


def test_a_value_seen_in_part_keeps_what_was_seen() -> None:
    role = 'role {"version": 150001, "in_recovery": false}'
    facts = see(EMPTY, reply({"sql": (role, "rc=0 ms=9 reason=ERROR:  permission denied")}))
    assert facts.sql.value is not None
    assert facts.sql.error == "ERROR:  permission denied"


def test_an_empty_list_of_processes_is_a_server_that_does_not_run() -> None:
    facts = see(EMPTY, reply({"processes": ("", OK)}))
    assert facts.processes.value is not None
    assert not facts.processes.value.running


def test_a_failure_keeps_what_was_known_and_when() -> None:
    known = see(EMPTY, reply({"queue": ("ready 3", OK)}))
    failure = Failure(FailureKind.UNREACHABLE, "no route\x1b[2J")
    later = NOW + timedelta(seconds=9)
    facts = see(known, Reply("db1", ("queue",), later, later, failure=failure))
    assert facts.archive_queue == known.archive_queue
    assert facts.reach.failure is not None
    assert facts.reach.failure.kind is FailureKind.UNREACHABLE
    assert "\x1b" not in facts.reach.failure.message
    assert (facts.reach.asked_at, facts.reach.answered_at) == (later, known.reach.answered_at)
    assert facts.current().archive_queue.value is None


def test_half_a_report_is_garbage_and_changes_no_fact() -> None:
    known = see(EMPTY, reply({"queue": ("ready 3", OK)}))
    whole = reply({"queue": ("ready 4", OK)})
    assert whole.report is not None
    facts = see(known, replace(whole, report=whole.report[:-20]))
    assert facts.reach.failure is not None
    assert facts.reach.failure.kind is FailureKind.GARBAGE
    assert facts.archive_queue == known.archive_queue


def test_another_version_of_the_probe_is_not_read() -> None:
    facts = see(EMPTY, reply({"queue": ("ready 3", OK)}, version="other"))
    assert facts.reach.failure is not None
    assert "another version of the probe" in facts.reach.failure.message
    assert facts.archive_queue.value is None


def test_why_there_is_no_root_is_told() -> None:
    facts = see(EMPTY, replace(reply({"queue": ("ready 3", OK)}), degraded="sudo: a password is required"))
    assert facts.reach.degraded == "sudo: a password is required"


def test_ages_are_by_the_hosts_own_clock() -> None:
    ahead = f"{NOW.timestamp() + 3600:.2f}"
    queue = f"ready 1\noldest 00000001000000000000000A.ready\nmodified {NOW.timestamp() + 3500:.0f}"
    facts = see(EMPTY, reply({"clock": (ahead, OK), "queue": (queue, OK)}))
    assert facts.archive_queue.value is not None
    assert facts.archive_queue.value.oldest_age == 100


def test_the_timeline_of_a_9_2_standby_is_its_control_files() -> None:
    control = (
        "pg_control version number: 922\nDatabase cluster state: in archive recovery\nLatest checkpoint's TimeLineID: 3"
    )
    role = 'role {"version": 90202, "in_recovery": true}'
    facts = see(EMPTY, reply({"sql": (role, OK), "controldata": (control, OK)}))
    assert facts.sql.value is not None
    assert facts.sql.value.timeline == 3


def test_evidence_stays_until_its_like_is_gathered_again() -> None:
    segment = "segment 00000001000000000000000A\npath /a\nreadable yes"
    first = see(EMPTY, reply({"segment:00000001000000000000000A": (segment, OK)}))
    assert first.evidence.segment is not None
    second = see(first, reply({"wal_end:1:0/1": ("", "rc=1 ms=0 reason=a server runs")}))
    assert second.evidence.segment == first.evidence.segment
    assert second.evidence.errors == ("wal_end: a server runs",)
    third = see(second, reply({"queue": ("ready 0", OK)}))
    assert third.evidence == second.evidence


def test_reading_a_poll_of_2_kb_costs_less_than_half_a_millisecond_of_cpu() -> None:
    text = "\n".join(f"4: eth{n}    inet 10.19.11.{n}/8 scope global eth0" for n in range(36))
    answer = reply({"identity": ("hostname db1\nuptime 1", OK), "clock": ("1.5", OK), "addresses": (text, OK)})
    assert answer.report is not None
    assert len(answer.report) > 1900
    see(EMPTY, answer)
    costs = []
    for _ in range(20):
        begin = time.process_time()
        see(EMPTY, answer)
        costs.append(time.process_time() - begin)
    assert min(costs) < 0.0005


@given(st.binary(max_size=300))
def test_no_bytes_make_it_raise(junk: bytes) -> None:
    facts = see(EMPTY, Reply("db1", ("queue",), NOW, NOW, junk))
    assert facts.reach.failure is not None
