"""failback as a plan: what it refuses, its steps, and what each step rests on. Facts are those of a simulated fleet."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from functools import cache
from typing import Any

import pytest
from pydantic import TypeAdapter

from console.facts.client import ClientAnswer
from console.facts.evidence import WalEnd, WalEndMethod
from console.facts.host import HostFacts
from console.facts.lsn import Lsn
from console.facts.observed import Observed
from console.facts.postgresql import ClusterState
from console.facts.snapshot import Snapshot
from console.facts.system import Firewall
from console.operations.archive import DiscardArchive, MakeArchiveFolder
from console.operations.copying import BaseBackup, DiscardOld, SetArchiveAside, SwapIn
from console.operations.gate import ClosePort, HoldScript, ReopenPort
from console.operations.operation import Operation, Risk
from console.operations.service import Promote, SetBootStart, StartDatabase, StopDatabase
from console.operations.standby import InstallHistory, WriteStandbySettings
from console.runbooks.failback import FAILBACK
from console.runbooks.failback_parameters import FailbackParameters
from console.runbooks.plan import Answer, Choices, Plan, Step
from console.runbooks.runbook import Refused
from console.runbooks.switch_conditions import archive_has_room, has_all_wal
from console.simulation.parts import simulated_parts
from tests.simulation.worlds import clock

REGION = "global"
FIRST, SECOND = "cf-global-db1.example.com", "cf-global-db2.example.com"
RUN = "20261123-120000-abcd"
REJOIN = Choices(method="rejoin")
COPY = Choices(method="copy")


@cache
def survey(scenario: str = "failed-over", region: str = REGION) -> Snapshot:
    """Everything that a console sees before it decides."""
    parts = simulated_parts(scenario, region, clock())
    return parts.observer.survey([(host.name, "layout") for host in parts.fleet.region(region).databases])


def decided(choices: Choices = REJOIN, snapshot: Snapshot | None = None, host: str | None = None) -> FailbackParameters:
    found = FAILBACK.decide(snapshot or survey(), REGION, host, choices, RUN)
    assert isinstance(found, FailbackParameters)
    return found


def planned(choices: Choices = REJOIN, snapshot: Snapshot | None = None) -> Plan:
    return FAILBACK.plan(survey().fleet, decided(choices, snapshot))


def with_facts(snapshot: Snapshot, host: str, **facts: Any) -> Snapshot:
    return replace(snapshot, hosts={**snapshot.hosts, host: replace(snapshot.hosts[host], **facts)})


def keys(plan: Plan) -> list[str]:
    return [step.key for step in plan.steps]


def of_kind(plan: Plan, kind: type[Operation]) -> list[tuple[str, Operation]]:
    return [(step.key, item) for step in plan.steps for item in step.operations if isinstance(item, kind)]


def refusal(snapshot: Snapshot, choices: Choices = REJOIN, host: str | None = None, region: str = REGION) -> str:
    with pytest.raises(Refused) as caught:
        FAILBACK.decide(snapshot, region, host, choices, RUN)
    return str(caught.value)


# --- what it does not fit -----------------------------------------------------------------------------------------


def test_a_region_under_pacemaker_is_refused_and_told_what_to_run_instead() -> None:
    words = refusal(survey("lock-safe", "dc1"), region="dc1")
    assert "Pacemaker" in words
    assert "rebuild-standby" in words


def test_a_healthy_region_has_nothing_to_fail_back() -> None:
    assert "nothing to fail back" in refusal(survey("healthy"))


def test_two_primaries_are_refused() -> None:
    assert "both hosts" in refusal(survey("split-brain"))


def test_host_2_is_no_target() -> None:
    assert FIRST in refusal(survey(), host=SECOND)


def test_host_1_may_be_named() -> None:
    assert decided(host=FIRST) == decided()


def test_an_unknown_method_is_refused() -> None:
    assert "rejoin or copy" in refusal(survey(), Choices(method="rewind"))


def test_a_primary_that_no_client_can_write_to_is_not_proven() -> None:
    view = survey().hosts[SECOND].client
    assert view.value is not None
    seen = Observed(replace(view.value, answer=ClientAnswer.LOGIN_REFUSED), "client", view.observed_at)
    assert "not proven" in refusal(with_facts(survey(), SECOND, client=seen))


@pytest.mark.parametrize("host", [FIRST, SECOND])
def test_a_host_that_does_not_answer_is_refused(host: str) -> None:
    dead = survey("host-down", "dc2").hosts["cf-dc2-db2.example.com"].reach
    snapshot = with_facts(survey(), host, reach=dead).current()
    assert host in refusal(snapshot)


def test_scripts_that_could_not_be_looked_at_are_refused() -> None:
    assert "scripts" in refusal(with_facts(survey(), SECOND, scripts=Observed(error="permission denied")))


def test_an_address_that_is_not_the_hosts_own_is_refused_where_there_is_a_choice() -> None:
    several = Observed(("10.0.0.1", "10.0.0.2", "127.0.0.1"), "addresses")
    assert "10.0.0.2" in refusal(with_facts(survey(), FIRST, addresses=several))


# --- the plan -----------------------------------------------------------------------------------------------------

SWITCH = ["stop-second", "promote", "open-first"]
AFTERWARDS = ["release-first", "settle-second", "start-second", "release-second", "verify"]
COPYING = ["copy", "check", "stop-first", "swap", "start-first"]


def test_rejoin_copies_while_host_2_serves_and_switches_then() -> None:
    before = ["login", "hold-first", *COPYING, "checkpoint", "ready", "login-back", "hold-second"]
    assert keys(planned()) == [*before, *SWITCH, *AFTERWARDS]


def test_copy_shuts_clients_out_before_it_copies() -> None:
    before = ["login", "hold-first", "hold-second", "close-second", "copy", "check", "archive-aside"]
    before += [*COPYING[2:], "ready", "login-back"]  # whatever became of host 1 meanwhile, ready starts it
    assert keys(planned(COPY)) == [*before, *SWITCH, *AFTERWARDS]


def test_old_data_is_let_go_only_at_the_very_end_and_on_demand() -> None:
    assert of_kind(planned(), DiscardOld) == []
    assert keys(planned(Choices(discard_old=True)))[-1] == "discard-old"


def test_rejoin_is_the_default() -> None:
    assert keys(planned(Choices())) == keys(planned(REJOIN))


@pytest.mark.parametrize("choices", [REJOIN, COPY, Choices(discard_old=True)])
def test_the_plan_is_the_same_from_parameters_that_went_through_json(choices: Choices) -> None:
    adapter = TypeAdapter(FAILBACK.parameters)
    again = adapter.validate_json(adapter.dump_json(decided(choices)))
    assert again == decided(choices)
    assert described(FAILBACK.plan(survey().fleet, again)) == described(planned(choices))


def described(plan: Plan) -> list[Any]:
    """All of a plan but its functions, which no two plans share."""
    steps = [
        (step.key, step.title, step.host, step.operations, step.undo, words(step.before), words(step.after))
        for step in plan.steps
    ]
    return [plan.summary, plan.losses, plan.needs, plan.confirm, plan.sections, words(plan.checks), steps]


def words(conditions: Iterable[Any]) -> list[str]:
    return [condition.words for condition in conditions]


def test_every_command_can_be_written() -> None:
    for choices in (REJOIN, COPY, Choices(discard_old=True)):
        plan = planned(choices)
        for step in plan.steps:
            for operation in (*step.operations, *step.undo):
                assert operation.command(plan.parameters.platform(step.host))


def test_both_names_must_be_typed() -> None:
    assert planned().confirm == (FIRST, SECOND)


def test_every_check_holds_after_a_failover() -> None:
    plan = planned()
    rulings = {condition.words: condition.judge(survey()) for condition in plan.checks}
    assert {text: ruling.because for text, ruling in rulings.items() if not ruling.holds} == {}


def test_without_facts_no_check_and_no_post_condition_is_a_yes() -> None:
    plan = planned()
    nothing = replace(survey(), hosts={name: HostFacts(name, facts.region) for name, facts in survey().hosts.items()})
    for step in plan.steps:
        for condition in (*step.after, *step.undone):
            assert condition.judge(nothing).answer is not Answer.YES, condition.words
    for condition in plan.checks:
        ruling = condition.judge(nothing)
        assert not ruling.holds or "is the name of" in ruling.because, condition.words  # that needs no look


# --- what never may happen ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("choices", [REJOIN, COPY])
def test_host_1_never_runs_open_to_clients_before_it_is_promoted(choices: Choices) -> None:
    """Its gate is closed in the same order before each start, and opened only after the promotion."""
    promoted = False
    for step in planned(choices).steps:
        if step.host != FIRST:
            continue
        for place, operation in enumerate(step.operations):
            if isinstance(operation, StartDatabase) and not promoted:
                assert any(isinstance(item, ClosePort) for item in step.operations[:place]), step.key
            if isinstance(operation, ReopenPort):
                assert promoted, step.key
            promoted = promoted or isinstance(operation, Promote)


@pytest.mark.parametrize("choices", [REJOIN, COPY])
def test_the_gate_is_opened_in_a_later_step_than_the_promotion(choices: Choices) -> None:
    """pg_ctl of 9.2 does not wait: only the facts tell that it is a primary."""
    plan = planned(choices)
    assert [key for key, _ in of_kind(plan, Promote)] == ["promote"]
    assert plan.step("promote").operations == (Promote(),)
    assert any("was promoted" in condition.words for condition in plan.step("open-first").before)


@pytest.mark.parametrize("choices", [REJOIN, COPY])
def test_every_step_of_the_window_that_shuts_clients_out_or_changes_data_can_be_taken_back(choices: Choices) -> None:
    for step in planned(choices).steps:
        changes = any(operation.risk is not Risk.READ for operation in step.operations)
        if step.window and changes and step.key not in {"ready", "stop-first", "open-first"}:
            assert step.undo, step.key


@pytest.mark.parametrize("choices", [REJOIN, COPY])
def test_from_the_promotion_on_there_is_only_forward(choices: Choices) -> None:
    plan = planned(choices)
    place = keys(plan).index("promote")
    assert all(step.final for step in plan.steps[place:])
    assert not any(step.final for step in plan.steps[:place])
    assert all(not step.undo for step in plan.steps[place + 1 :])


@pytest.mark.parametrize("choices", [REJOIN, COPY])
def test_whatever_shuts_clients_out_is_in_the_window(choices: Choices) -> None:
    """So that a failure takes it back by itself."""
    for step in planned(choices).steps:
        if step.host == SECOND and any(isinstance(item, ClosePort | StopDatabase) for item in step.operations):
            assert step.window, step.key


def test_the_window_has_no_gap() -> None:
    for choices in (REJOIN, COPY):
        flags = [step.window for step in planned(choices).steps]
        first, last = flags.index(True), len(flags) - flags[::-1].index(True)
        assert all(flags[first:last])


def test_host_1_is_stopped_before_its_data_is_replaced() -> None:
    plan = planned()
    swap = next(step for step in plan.steps if any(isinstance(item, SwapIn) for item in step.operations))
    assert any("stopped" in condition.words for condition in swap.before)
    assert plan.step("swap").host == FIRST


def test_nothing_of_host_2_is_replaced() -> None:
    for step in planned().steps:
        if step.host == SECOND:
            assert not any(isinstance(item, SwapIn | DiscardOld | BaseBackup) for item in step.operations)


def test_each_gate_spares_the_other_host() -> None:
    gates = {
        (step.host, item.spare) for step in planned().steps for item in step.operations if isinstance(item, ClosePort)
    }
    assert gates == {(FIRST, "10.16.10.102"), (SECOND, "10.19.10.102")}


def test_the_scripts_that_could_interfere_are_held_by_their_own_paths() -> None:
    held = {
        (step.host, item.path) for step in planned().steps for item in step.operations if isinstance(item, HoldScript)
    }
    assert held == {
        (FIRST, "/usr/bin/pgsql-primary-check-start"),
        (SECOND, "/usr/bin/pgsql-standby-check-promote"),
        (SECOND, "/usr/bin/pgsql-standby-check-access"),
    }


def test_host_2_does_not_start_at_boot_while_it_could_come_up_as_a_second_primary() -> None:
    plan = planned()
    order = keys(plan)
    off = next(
        step.key for step in plan.steps if SetBootStart(enabled=False) in step.operations and step.host == SECOND
    )
    on = next(step.key for step in plan.steps if SetBootStart(enabled=True) in step.operations)
    assert order.index(off) < order.index("stop-second") < order.index("start-second") < order.index(on)


def test_host_2_keeps_its_scripts_while_it_serves_during_the_copy_of_rejoin() -> None:
    """A reboot of host 2 then brings it back open to clients; so it does after a switch that was taken back."""
    order = keys(planned())
    assert order.index("copy") < order.index("hold-second") < order.index("stop-second")
    assert planned().step("hold-second").window


def test_host_1_reads_no_archive_while_it_follows_host_2() -> None:
    settings = [item for key, item in of_kind(planned(), WriteStandbySettings) if key == "swap"]
    assert [item.restore_command for item in settings if isinstance(item, WriteStandbySettings)] == [""]


def test_host_2_reads_host_1s_archive_as_its_standby() -> None:
    (settings,) = (item for key, item in of_kind(planned(), WriteStandbySettings) if key == "settle-second")
    assert isinstance(settings, WriteStandbySettings)
    assert settings.primary == FIRST
    assert settings.restore_command.startswith("cp ")
    assert "wal-archive-read/%f" in settings.restore_command


def test_only_copy_sets_archived_wal_aside_and_after_the_copy_was_checked() -> None:
    assert of_kind(planned(), SetArchiveAside) == []
    order = keys(planned(COPY))
    assert order.index("check") < order.index("archive-aside") < order.index("swap")


def test_archived_wal_that_is_aside_stays_and_the_plan_says_where() -> None:
    assert "discard-old" not in keys(planned(COPY))
    archive = decided(COPY).archive_write
    assert any(f"stays there in {archive}/vmdb-old.{RUN}" in line for line in planned(COPY).needs)


def test_archived_wal_that_is_aside_goes_with_the_old_data_on_demand() -> None:
    plan = planned(Choices(method="copy", discard_old=True))
    assert of_kind(plan, DiscardArchive) == [("discard-old", DiscardArchive(decided(COPY).archive_write, RUN))]
    assert any("archived before is removed" in line for line in plan.losses)
    assert any("not aside" in condition.words for condition in plan.step("discard-old").after)


def test_rejoin_has_no_archived_wal_to_let_go() -> None:
    plan = planned(Choices(discard_old=True))
    assert of_kind(plan, DiscardArchive) == []
    assert not any("archived before" in line for line in (*plan.losses, *plan.needs))


def with_archive_of_second(*, exists: bool) -> Snapshot:
    archive = survey().hosts[SECOND].archive.value
    assert archive is not None
    assert archive.write is not None
    found = replace(archive, write=replace(archive.write, exists=exists))
    return with_facts(survey(), SECOND, archive=Observed(found, "archive"))


def test_a_full_archive_of_host_1_is_no_place_for_a_new_timeline() -> None:
    room = archive_has_room(FIRST)
    assert room.judge(survey()).answer is Answer.YES
    disks = survey().hosts[FIRST].disks.value or ()
    path = survey().fleet.region("global").archive
    assert path is not None
    full = tuple(replace(disk, available=0) if disk.path == path.write else disk for disk in disks)
    assert room.judge(with_facts(survey(), FIRST, disks=Observed(full, "df"))).answer is Answer.NO
    assert room.judge(with_facts(survey(), FIRST, disks=Observed((), "df"))).answer is Answer.UNKNOWN


def test_host_2_gets_the_folder_that_it_archives_into_where_it_lacks_it() -> None:
    missing, there = (planned(REJOIN, with_archive_of_second(exists=exists)) for exists in (False, True))
    assert [key for key, _ in of_kind(missing, MakeArchiveFolder)] == ["settle-second"]
    assert of_kind(there, MakeArchiveFolder) == []


def settled_gate(*rules: str, open_: bool = False) -> Answer:
    condition = planned().step("settle-second").after[1]
    firewall = Observed(Firewall("iptables", open_, rules), "iptables")
    return condition.judge(with_facts(survey(), SECOND, firewall=firewall)).answer


def test_host_2_is_settled_only_when_its_port_is_closed_without_the_runs_own_gate() -> None:
    """That gate is gone after a reboot; and it must not be left behind."""
    own = "-A INPUT -j REJECT --reject-with icmp-host-prohibited"
    assert settled_gate(own) is Answer.YES
    assert settled_gate("-A vmdb-console -j REJECT --reject-with tcp-reset", own) is Answer.NO
    assert settled_gate(own, open_=True) is Answer.NO


# --- taking back --------------------------------------------------------------------------------------------------


def test_a_host_1_that_was_stopped_gets_its_port_back_and_one_that_ran_does_not() -> None:
    assert ReopenPort() in planned().step("hold-first").undo
    ran = replace(decided(), first_ran=True)
    assert ReopenPort() not in FAILBACK.plan(survey().fleet, ran).step("hold-first").undo


def test_host_1s_port_is_opened_again_only_behind_a_stop_of_what_somebody_may_have_started_there() -> None:
    undo = [type(item) for item in planned().step("hold-first").undo]
    assert undo[:2] == [StopDatabase, ReopenPort]


def test_taking_the_switch_back_makes_host_2_serve_again_even_after_a_reboot() -> None:
    undo = [type(item).__name__ for item in planned().step("stop-second").undo]
    assert undo == ["StartDatabase", "AllowPort", "ReopenPort"]


def test_the_promotion_is_taken_back_only_where_it_never_happened() -> None:
    (undone,) = planned().step("promote").undone
    following = with_facts(survey(), FIRST, **stopped_standby(survey().hosts[FIRST]))
    assert undone.judge(following).answer is Answer.YES
    promoted = following.hosts[FIRST].data.value
    assert promoted is not None
    data = Observed(replace(promoted, files=frozenset({"recovery.done"})), "data")
    assert undone.judge(with_facts(following, FIRST, data=data)).answer is Answer.NO


def test_a_promotion_that_may_have_happened_is_not_known_to_be_taken_back() -> None:
    (undone,) = planned().step("promote").undone
    hidden = with_facts(survey(), FIRST, processes=Observed(error="ps: timed out"))
    assert undone.judge(hidden).answer is Answer.UNKNOWN


def stopped_standby(facts: HostFacts) -> dict[str, Any]:
    """Host 1's facts, stopped as a standby of timeline 2 that was never promoted."""
    control, data = facts.control.value, facts.data.value
    assert control is not None
    assert data is not None
    ended = replace(control, state=ClusterState.SHUT_DOWN_IN_RECOVERY, timeline=2)
    return {
        "control": Observed(ended, "pg_controldata"),
        "data": Observed(replace(data, files=frozenset({"recovery.conf", "recovery.done"})), "data"),
    }


def test_clients_do_not_wait_for_a_host_2_that_has_gone_away_after_the_promotion() -> None:
    _, away = planned().step("open-first").before
    dead = survey("host-down", "dc2").hosts["cf-dc2-db2.example.com"].reach
    assert away.judge(with_facts(survey(), SECOND, reach=dead).current()).answer is Answer.YES
    assert away.judge(survey()).answer is Answer.NO  # there it still serves


def test_a_host_1_that_goes_down_after_its_promotion_is_started_again_behind_its_gate() -> None:
    step = planned().step("promote")
    assert step.prepare is not None
    assert [type(item) for item in step.prepare(survey())] == [ClosePort, StartDatabase]
    assert step.prepare(after_the_stop()) == ()


def test_a_host_1_that_went_down_is_promoted_only_where_it_was_promoted_before() -> None:
    guard = planned().step("promote").before[1]
    was = survey().hosts[FIRST].data.value
    assert was is not None
    gone = Observed(replace(was, files=frozenset({"recovery.done"})), "data")
    following = Observed(replace(was, files=frozenset({"recovery.conf"})), "data")
    assert guard.judge(with_facts(survey(), FIRST, data=gone)).answer is Answer.YES
    assert guard.judge(with_facts(survey(), FIRST, data=following)).answer is Answer.NO


# --- the proof ----------------------------------------------------------------------------------------------------

CHECKPOINT, END = Lsn(2, 0x20000020), Lsn(2, 0x20000080)


def after_the_stop(end: WalEnd | None = None, **standby: Any) -> Snapshot:
    """Host 2 was shut down on timeline 2 with its checkpoint record from CHECKPOINT to END; host 1 follows it."""
    before = survey()
    old = before.hosts[SECOND]
    control, status, processes = old.control.value, old.sql.value, old.processes.value
    assert control is not None
    assert status is not None
    assert processes is not None
    down = replace(control, state=ClusterState.SHUT_DOWN, checkpoint=CHECKPOINT, redo=CHECKPOINT, timeline=2)
    stopped = replace(processes, postmaster=None, walsenders=(), backends=0)
    position = {
        "current": None,
        "received": END,
        "replayed": END,
        "in_recovery": True,
        "timeline": 2,
        "replication": (),
    }
    following = replace(control, state=ClusterState.IN_ARCHIVE_RECOVERY, timeline=2)
    changed = with_facts(
        before,
        SECOND,
        sql=Observed(error="no server"),
        processes=Observed(stopped, "ps"),
        control=Observed(down, "pg_controldata"),
        evidence=replace(old.evidence, wal_end=end),
    )
    sql = replace(status, **(position | standby))
    control_file = Observed(following, "pg_controldata")
    return with_facts(changed, FIRST, sql=Observed(sql, "psql"), control=control_file, processes=old.processes)


def exactly(end: Lsn, timeline: int = 2) -> WalEnd:
    return WalEnd(WalEndMethod.SHUTDOWN_CHECKPOINT, timeline, end, end)


def proof(snapshot: Snapshot) -> Answer:
    return has_all_wal(FIRST, SECOND, 2).judge(snapshot).answer


def test_host_1_has_all_where_it_replayed_to_the_end_of_host_2s_shutdown_checkpoint() -> None:
    assert proof(after_the_stop(exactly(END))) is Answer.YES


def test_without_evidence_of_the_end_nothing_is_proven() -> None:
    assert proof(after_the_stop()) is Answer.UNKNOWN


def test_a_bound_is_no_proof() -> None:
    bound = WalEnd(WalEndMethod.PAGES, 2, Lsn(2, 0x20000000), Lsn(2, 0x20002000))
    assert proof(after_the_stop(bound)) is Answer.UNKNOWN


def test_one_missing_byte_is_a_no() -> None:
    assert proof(after_the_stop(exactly(END), replayed=Lsn(2, 0x2000007F))) is Answer.NO


def test_wal_past_the_end_is_another_history() -> None:
    assert proof(after_the_stop(exactly(END), replayed=Lsn(2, 0x20000088))) is Answer.NO
    assert proof(after_the_stop(exactly(END), received=Lsn(2, 0x20000088))) is Answer.NO


def test_a_restarted_standby_that_replayed_to_the_end_has_all() -> None:
    assert proof(after_the_stop(exactly(END), received=None)) is Answer.YES


def test_an_end_that_was_read_at_an_earlier_stop_is_not_used() -> None:
    earlier = Lsn(2, 0x1F000080)
    assert proof(after_the_stop(exactly(earlier), received=earlier, replayed=earlier)) is Answer.UNKNOWN


def test_an_end_on_another_timeline_is_a_no() -> None:
    assert proof(after_the_stop(exactly(END, timeline=1))) is Answer.NO


def test_a_standby_on_a_later_timeline_is_a_no() -> None:
    assert proof(after_the_stop(exactly(END), timeline=3)) is Answer.NO


def test_a_standby_that_was_promoted_already_proves_nothing() -> None:
    assert proof(after_the_stop(exactly(END), in_recovery=False)) is Answer.NO


def test_a_server_that_still_runs_has_no_end() -> None:
    running = with_facts(after_the_stop(exactly(END)), SECOND, processes=survey().hosts[SECOND].processes)
    assert proof(running) is Answer.NO


def test_a_crash_is_no_clean_stop() -> None:
    snapshot = after_the_stop(exactly(END))
    control = snapshot.hosts[SECOND].control.value
    assert control is not None
    crashed = Observed(replace(control, state=ClusterState.IN_PRODUCTION), "pg_controldata")
    assert proof(with_facts(snapshot, SECOND, control=crashed)) is Answer.NO


def test_a_record_that_ends_with_its_page_is_the_end_though_its_reader_names_the_next_place() -> None:
    boundary, behind = Lsn(2, 0x20002000), Lsn(2, 0x20002018)
    snapshot = after_the_stop(exactly(behind), received=boundary, replayed=boundary)
    control = snapshot.hosts[SECOND].control.value
    assert control is not None
    near = Observed(replace(control, checkpoint=Lsn(2, 0x20001F90)), "pg_controldata")
    assert proof(with_facts(snapshot, SECOND, control=near)) is Answer.YES


@pytest.mark.parametrize("key", ["stop-second", "promote", "settle-second"])
def test_the_end_of_wal_is_asked_for_with_every_look_from_the_control_files_own_checkpoint_on(key: str) -> None:
    """Also while host 2 runs: what was read of an earlier stop is dropped then."""
    step = planned().step(key)
    assert (SECOND, "wal_end") in (*step.sections, *step.guard_sections)


# --- 9.2 ----------------------------------------------------------------------------------------------------------


def settled(snapshot: Snapshot) -> tuple[Step, tuple[Operation, ...]]:
    step = planned().step("settle-second")
    assert step.prepare is not None
    return step, step.prepare(snapshot)


def test_9_2_gets_the_history_file_of_the_new_timeline() -> None:
    history = survey().hosts[SECOND].history.value
    assert history is not None
    newer = Observed(replace(history, timeline=3, content="2\t000000020000000200000020\tno reason\n"), "history")
    _, operations = settled(with_facts(survey(), FIRST, history=newer))
    assert operations == (InstallHistory(3, "2\t000000020000000200000020\tno reason\n"),)


def test_host_2_is_not_made_a_standby_before_that_file_was_read() -> None:
    step, operations = settled(with_facts(survey(), FIRST, history=Observed(error="not read")))
    assert operations == ()
    assert any(condition.judge(survey()).answer is not Answer.YES for condition in step.before)


# --- words --------------------------------------------------------------------------------------------------------


def test_copy_says_that_writes_are_down_for_the_whole_copy() -> None:
    assert any("whole copy" in line and "min" in line for line in planned(COPY).needs)


def test_rejoin_says_that_writes_are_down_for_seconds() -> None:
    assert any("seconds" in line for line in planned().needs)


def test_what_only_host_1_has_is_said_and_where_it_stays() -> None:
    plan = planned()
    assert "that cf-global-db2 never got" in plan.losses[0]
    assert plan.needs[-1].endswith("vmdb-old until it is let go")


def test_what_stays_on_host_1_is_not_told_as_a_loss() -> None:
    assert not any("stays" in line for line in planned(COPY).losses)


def test_a_rate_that_this_pg_basebackup_cannot_keep_is_refused() -> None:
    with pytest.raises(Refused, match="max-rate"):  # 9.2's pg_basebackup has none
        decided(Choices(max_rate=1024))
