"""A pair of PostgreSQL 11 without pg_controldata (as the lab has one): recovery.conf, no manifest, and of a stopped
server's control file nothing is known. What a run then rests on, and what it says that it does not know.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from console.facts.evidence import WalEnd, WalEndMethod
from console.facts.lsn import Lsn
from console.facts.observed import Observed
from console.facts.postgresql import TimelineHistory
from console.facts.server_version import ServerVersion
from console.facts.snapshot import Snapshot
from console.facts.system import Tools
from console.operations.copying import VerifyCopy
from console.operations.operation import Operation
from console.operations.standby import WriteStandbySettings
from console.runbooks.failback import FAILBACK
from console.runbooks.plan import Answer, Plan
from console.runbooks.rebuild_standby import REBUILD_STANDBY
from console.runbooks.switch_conditions import has_all_wal, never_promoted
from tests.unit.diagnosis.builders import AT, seen
from tests.unit.runbooks.scenes import G1, G2, answer, broken, keys, planned, refusal, survey, with_host, with_value


def unknown(source: str, why: str) -> Observed[Any]:
    return Observed(None, source, AT, why)


UNKNOWN_CONTROL = unknown("pg_controldata", "pg_controldata: command not found")
ABSENT = {"pg_controldata", "pg_verifybackup", "pg_waldump"}


def of_11(snapshot: Snapshot, region: str = "global") -> Snapshot:
    for host in (item.name for item in snapshot.fleet.region(region).databases):
        facts = snapshot.facts(host)
        assert facts.tools.value is not None
        assert facts.processes.value is not None
        told = {name: text for name, text in facts.tools.value.versions.items() if name not in ABSENT}
        programs = {name: "11.22" if name.startswith("pg_") else text for name, text in told.items()}
        snapshot = with_host(snapshot, host, tools=seen(Tools(programs), "tools"))
        snapshot = with_value(snapshot, host, "data", version=ServerVersion.parse("11"))
        if facts.processes.value.running:
            snapshot = with_value(snapshot, host, "sql", version=ServerVersion(110022))
        else:
            snapshot = with_host(snapshot, host, control=UNKNOWN_CONTROL)
    return snapshot


FAILED_OVER, HEALTHY = of_11(survey("failed-over", "global")), of_11(survey("healthy", "global"))
PLANS = {
    "rejoin": planned(FAILBACK, FAILED_OVER, "global"),
    "copy": planned(FAILBACK, FAILED_OVER, "global", method="copy"),
    "rebuild of host 1": planned(REBUILD_STANDBY, FAILED_OVER, "global", G1),
    "rebuild of host 2": planned(REBUILD_STANDBY, HEALTHY, "global", G2),
}
each = pytest.mark.parametrize("name", PLANS)


def operations(plan: Plan, kind: type[Operation]) -> list[tuple[str, str]]:
    """Their commands, with the host that each is for."""
    return [
        (step.host, item.command(plan.parameters.platform(step.host)))
        for step in plan.steps
        for item in step.operations
        if isinstance(item, kind)
    ]


@each
def test_every_check_holds_though_no_control_file_of_a_stopped_server_is_known(name: str) -> None:
    assert broken(PLANS[name], HEALTHY if name == "rebuild of host 2" else FAILED_OVER) == {}


@each
def test_standby_settings_go_into_recovery_conf(name: str) -> None:
    commands = operations(PLANS[name], WriteStandbySettings)
    assert commands
    assert all(text.rstrip().endswith("write_recovery_conf") and "standby_mode" in text for _, text in commands)


@each
def test_a_copy_is_checked_file_by_file_where_there_is_no_manifest(name: str) -> None:
    ((_, text),) = operations(PLANS[name], VerifyCopy)
    assert 'if [ -f "$new/backup_manifest" ] && have pg_verifybackup' in text
    assert "pg_controldata" not in text


def test_no_history_file_is_brought_since_11_gets_it_by_streaming() -> None:
    assert PLANS["rejoin"].step("settle-second").prepare is None


@pytest.mark.parametrize("name", ["rejoin", "copy", "rebuild of host 1"])
def test_what_the_old_data_has_of_its_own_is_said_to_be_unknown(name: str) -> None:
    assert PLANS[name].losses[0].startswith("unknown whether cf-global-db1 has commits")


@pytest.mark.parametrize("runbook", [FAILBACK, REBUILD_STANDBY], ids=lambda runbook: runbook.name)
def test_old_data_of_which_nobody_knows_the_database_is_not_let_go_with_the_run(runbook: Any) -> None:
    assert "not let go unseen" in refusal(runbook, FAILED_OVER, "global", G1, discard_old=True)


# --- the switch ---------------------------------------------------------------------------------------------------

END = Lsn(2, 0x20000080)


def stopped(host: str, snapshot: Snapshot = FAILED_OVER, **fields: Any) -> Snapshot:
    """Stopped: nothing is known of its control file then."""
    processes = snapshot.facts(host).processes.value
    assert processes is not None
    down = replace(processes, postmaster=None, walsenders=(), walreceiver=None, backends=0)
    none = unknown("psql", "no server")
    return with_host(snapshot, host, processes=seen(down, "ps"), sql=none, control=UNKNOWN_CONTROL, **fields)


def after_the_stop(end: WalEnd | None) -> Snapshot:
    """Host 2 is stopped, host 1 has received and replayed to END."""
    serving = FAILED_OVER.facts(G2)
    status, control = serving.sql.value, serving.control.value
    assert status is not None
    assert control is not None
    following = replace(
        status, in_recovery=True, current=None, received=END, replayed=END, timeline=2, replication=(), walreceiver=None
    )
    evidence = replace(serving.evidence, wal_end=end)
    snapshot = with_host(stopped(G2), G2, evidence=evidence)
    return with_host(snapshot, G1, sql=seen(following, "psql"), processes=serving.processes, control=serving.control)


def ending(at: Lsn, timeline: int = 2) -> WalEnd:
    return WalEnd(WalEndMethod.SHUTDOWN_CHECKPOINT, timeline, at, at)


def test_the_end_of_the_stopped_servers_wal_is_asked_for_without_what_only_its_control_file_would_tell() -> None:
    for key in ("stop-second", "promote", "settle-second"):
        step = PLANS["rejoin"].step(key)
        assert (G2, "wal_end") in (*step.sections, *step.guard_sections)


@pytest.mark.parametrize(
    ("end", "wanted"),
    [
        (ending(END), Answer.YES),
        (ending(Lsn(2, 0x20000088)), Answer.NO),
        (ending(END, timeline=3), Answer.NO),
        (None, Answer.UNKNOWN),
    ],
)
def test_the_proof_needs_the_end_that_was_read_and_no_control_file(end: WalEnd | None, wanted: Answer) -> None:
    assert answer(has_all_wal(G1, G2, 2), after_the_stop(end)) is wanted


def ended(timeline: int | None, *, files: frozenset[str] = frozenset({"recovery.conf", "recovery.done"})) -> Snapshot:
    """Host 1, stopped, with its newest history file of `timeline` (None: nobody could look)."""
    history = unknown("history", "timeout") if timeline is None else seen(TimelineHistory(timeline, ()), "history")
    return with_value(stopped(G1, history=history), G1, "data", files=files)


@pytest.mark.parametrize(("timeline", "wanted"), [(2, Answer.YES), (3, Answer.NO), (None, Answer.UNKNOWN)])
def test_a_stopped_host_1_was_never_promoted_where_no_history_of_a_later_timeline_is_there(
    timeline: int | None, wanted: Answer
) -> None:
    """recovery.done came with the copy: host 2 was promoted once."""
    assert answer(never_promoted(G1, 2), ended(timeline)) is wanted


def test_standby_settings_that_are_gone_mean_a_promotion_whatever_else_is_unknown() -> None:
    assert answer(never_promoted(G1, 2), ended(None, files=frozenset({"recovery.done"}))) is Answer.NO


def test_its_history_files_are_looked_at_where_its_control_file_is_unknown() -> None:
    step = PLANS["rejoin"].step("promote")
    assert (G1, "history") in step.evidence(ended(None))
    assert step.evidence(after_the_stop(None)) == ()


def test_the_steps_are_those_of_every_other_version() -> None:
    assert keys(PLANS["rejoin"]) == keys(planned(FAILBACK, survey("failed-over", "global"), "global"))
