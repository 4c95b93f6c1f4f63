"""The Runner: from a plan to a verified end, and what it does where something does not hold or does not work."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from console.exit_codes import ExitCode
from console.facts.snapshot import Snapshot
from console.facts.traces import Lease
from console.operations.operation import Operation
from console.runbooks.plan import Condition, Ruling, Step
from console.runner.journal import Journal, JournalError, Kind, journal_path, read_events
from console.runner.parts import RunParts
from console.runner.runner import Runner
from console.runner.runs import StepState, read_run
from console.runner.verifying import preview
from tests.unit.runner.runner_world import (
    AT_FIRST,
    DONE,
    FLEET,
    RUN,
    STEPS,
    A,
    B,
    Check,
    Console,
    Fault,
    Killed,
    Put,
    Take,
    World,
    WorldHands,
    WorldObserver,
    has,
    lacks,
    plan_of_steps,
    put,
)

pytestmark = pytest.mark.usefixtures("quick_journals")
FIRST, SECOND = put("first", A), put("second", B)


@pytest.fixture
def console(tmp_path: Path) -> Console:
    return Console(tmp_path / "runs")


def small(tmp_path: Path, *steps: Step) -> Console:
    return Console(tmp_path / "runs", steps or (FIRST, SECOND))


def kinds(console: Console, kind: Kind) -> list[str | None]:
    return [event.step for event in read_events(journal_path(console.folder, RUN)) if event.kind is kind]


# --- it works --------------------------------------------------------------------------------------------------------


def test_a_run_without_faults_ends_done_and_verified(console: Console) -> None:
    assert console.start().code is ExitCode.OK
    assert console.world.marks == DONE


def test_a_run_that_is_done_has_given_the_lease_back(console: Console) -> None:
    console.start()
    assert [host.lease for host in console.world.hosts.values()] == [None, None]


def test_every_step_is_verified_in_the_journal(console: Console) -> None:
    console.start()
    assert {step.state for step in read_run(console.folder, RUN).steps} == {StepState.VERIFIED}


def test_the_intent_is_on_disk_before_the_hands_begin(tmp_path: Path) -> None:
    console = small(tmp_path)
    with pytest.raises(Killed):
        console.start({1: Fault.KILLED_BEFORE})
    assert kinds(console, Kind.INTENT) == ["first"]


def test_a_dry_run_judges_the_checks_and_changes_nothing() -> None:
    world = World()
    parts = RunParts(FLEET, WorldObserver(world), WorldHands(world), world.clock)
    assert [ruling.holds for _, ruling in preview(parts, plan_of_steps(STEPS))] == [True]
    assert world.marks == AT_FIRST


def test_what_the_facts_call_for_is_done_before_the_steps_own_operations(tmp_path: Path) -> None:
    def prepare(_: object) -> tuple[Operation, ...]:
        return (Put("history"),)

    console = small(tmp_path, replace(FIRST, prepare=prepare))
    console.start()
    assert console.hands.done == [f"put history on {A}", f"put first on {A}"]


def test_a_password_that_a_host_printed_is_not_in_the_journal(tmp_path: Path) -> None:
    console = small(tmp_path, Step("try", "Try", A, (Check("missing"),)))
    assert console.start().code is ExitCode.REFUSED
    journal = journal_path(console.folder, RUN).read_text().replace('"note": "password=geheim stays"', "")
    assert "geheim" not in journal
    assert "password=***" in journal


# --- refused: nothing was changed ------------------------------------------------------------------------------------


def test_a_check_that_does_not_hold_refuses_the_run(console: Console) -> None:
    console.world.hosts[A].marks.clear()
    outcome = console.start()
    assert outcome.code is ExitCode.REFUSED
    assert f"{A} has ready" in outcome.words
    assert console.hands.calls == 0


def test_a_host_that_cannot_be_seen_refuses_the_run(console: Console) -> None:
    console.world.hosts[A].seen = False
    assert console.start().code is ExitCode.REFUSED


def test_a_lease_of_another_refuses_the_run_and_names_its_holder(console: Console) -> None:
    console.world.hosts[B].lease = Lease("20260228-010101-ffff", "failback", "eve@desk", "why not", 1.0, 2.0)
    outcome = console.start()
    assert outcome.code is ExitCode.REFUSED
    assert "20260228-010101-ffff" in outcome.words
    assert "eve@desk" in outcome.words
    assert "--take-over 20260228-010101-ffff" in outcome.words


def test_a_lease_is_taken_over_from_the_run_that_is_named(console: Console) -> None:
    for host in console.world.hosts.values():
        host.lease = Lease("other", "failback", "eve@desk", "gone home", 1.0, 2.0)
    assert console.start(instead_of="other").code is ExitCode.OK


def test_a_lease_is_not_taken_over_from_any_other_run(console: Console) -> None:
    console.world.hosts[A].lease = Lease("third", "failback", "eve@desk", "still here", 1.0, 2.0)
    assert console.start(instead_of="other").code is ExitCode.REFUSED
    assert console.world.marks == AT_FIRST


def test_a_lease_refused_by_one_host_is_given_back_on_the_other(console: Console) -> None:
    console.world.hosts[B].lease = Lease("other", "failback", "eve@desk", "why not", 1.0, 2.0)
    console.start()
    assert console.world.hosts[A].lease is None
    assert console.world.hosts[B].lease is not None


def test_a_check_command_that_fails_before_any_change_refuses_the_run(tmp_path: Path) -> None:
    console = small(tmp_path, Step("try", "Try", A, (Check("missing"),)), FIRST)
    assert console.start().code is ExitCode.REFUSED
    assert console.world.marks == AT_FIRST
    assert console.world.hosts[A].lease is None


def test_a_first_change_that_certainly_did_not_reach_the_host_is_no_change(tmp_path: Path) -> None:
    console = small(tmp_path)
    outcome = console.start(dict.fromkeys(range(1, 200), Fault.NOT_REACHED))
    assert outcome.code is ExitCode.REFUSED
    assert not read_run(console.folder, RUN).changed


# --- guards, and what decides ----------------------------------------------------------------------------------------


def test_a_guard_that_fails_stops_the_run_half_way_and_says_why(tmp_path: Path) -> None:
    console = small(tmp_path, FIRST, replace(SECOND, before=(has(B, "missing"),)))
    outcome = console.start()
    assert outcome.code is ExitCode.HALF_WAY
    assert f"{B} has missing" in outcome.words
    assert f"resume {RUN}" in outcome.words
    assert "second" not in console.world.marks[B]


def test_a_run_that_stopped_half_way_keeps_its_lease(tmp_path: Path) -> None:
    console = small(tmp_path, FIRST, replace(SECOND, before=(has(B, "missing"),)))
    console.start()
    assert all(host.lease is not None and host.lease.run == RUN for host in console.world.hosts.values())


def test_another_machine_under_the_hosts_name_stops_the_run(tmp_path: Path) -> None:
    console = small(tmp_path)
    console.world.hosts[B].hostname = "elsewhere.example.com"
    outcome = console.start()
    assert outcome.code is ExitCode.HALF_WAY
    assert "elsewhere" in outcome.words
    assert console.world.marks[B] == set()


def test_a_command_that_says_it_failed_is_believed_less_than_the_facts(tmp_path: Path) -> None:
    console = small(tmp_path)
    assert console.start({1: Fault.LIES_FAILED}).code is ExitCode.OK


def test_a_command_that_says_it_is_done_is_believed_less_than_the_facts(tmp_path: Path) -> None:
    console = small(tmp_path)
    outcome = console.start({1: Fault.LIES_DONE})
    assert outcome.code is ExitCode.HALF_WAY
    assert f"{A} has first" in outcome.words


def test_a_command_that_fails_with_nothing_to_see_afterwards_is_a_failure(tmp_path: Path) -> None:
    console = small(tmp_path, FIRST, replace(SECOND, after=()))
    assert console.start({2: Fault.FAILS}).code is ExitCode.HALF_WAY


def test_an_order_of_which_nothing_came_back_is_looked_for_in_the_facts(tmp_path: Path) -> None:
    console = small(tmp_path)
    assert console.start({1: Fault.LOST_AFTER}).code is ExitCode.OK
    assert console.hands.done == [f"put first on {A}", f"put second on {B}"]


def test_an_order_that_was_lost_is_done_again(tmp_path: Path) -> None:
    console = small(tmp_path)
    assert console.start({1: Fault.LOST_BEFORE, 2: Fault.LOST_BEFORE}).code is ExitCode.OK


def test_an_order_is_not_tried_for_ever(tmp_path: Path) -> None:
    console = small(tmp_path)
    assert console.start(dict.fromkeys(range(1, 9), Fault.LOST_BEFORE)).code is ExitCode.HALF_WAY
    assert console.hands.calls == 3


def test_a_lost_order_without_anything_to_see_afterwards_is_not_taken_for_done(tmp_path: Path) -> None:
    console = small(tmp_path, replace(FIRST, after=()))
    assert console.start({1: Fault.LOST_BEFORE}).code is ExitCode.OK
    assert console.world.marks[A] == {"ready", "first"}


def test_a_host_that_is_not_reached_for_half_a_minute_does_not_end_the_run(tmp_path: Path) -> None:
    console = small(tmp_path)
    assert console.start(dict.fromkeys(range(2, 32), Fault.NOT_REACHED)).code is ExitCode.OK


def test_a_step_that_does_not_stay_true_is_not_done(tmp_path: Path) -> None:
    console = small(tmp_path, replace(FIRST, steady=5.0), SECOND)
    console.world.clock.when_slept = lambda: console.world.hosts[A].marks.discard("first")
    assert console.start().code is ExitCode.HALF_WAY


def test_a_run_that_loses_its_lease_stops(tmp_path: Path) -> None:
    console = small(tmp_path, FIRST, replace(SECOND, detached=True))
    console.world.clock.when_slept = lambda: setattr(console.world.hosts[A], "lease", None)
    outcome = console.start()
    assert outcome.code is ExitCode.HALF_WAY
    assert "lease" in outcome.words


def test_a_lease_is_said_to_live_while_a_job_runs(console: Console) -> None:
    console.world.job_seconds = 100.0
    console.start()
    assert 9 <= console.hands.renewals / 2 <= 13


# --- jobs ------------------------------------------------------------------------------------------------------------


def test_the_face_hears_of_a_jobs_progress(console: Console) -> None:
    console.start()
    outputs = [event.data["output"] for event in console.events if event.kind is Kind.JOB]
    assert len(outputs) > 10
    assert "kB" in outputs[0]


def test_a_job_that_fails_stops_the_run(console: Console) -> None:
    console.world.job_status = 1
    outcome = console.start()
    assert outcome.code is ExitCode.HALF_WAY
    assert outcome.step == "copy"
    assert "exit status 1" in outcome.words


def test_a_stop_while_a_job_runs_leaves_it_running_and_says_so(console: Console) -> None:
    console.stop_at = (Kind.JOB, "copy")
    outcome = console.start()
    assert outcome.code is ExitCode.HALF_WAY
    assert "goes on" in outcome.words
    assert console.world.hosts[A].jobs[(RUN, "copy")].running


def test_a_job_that_runs_is_found_again_and_not_begun_anew(console: Console) -> None:
    console.stop_at = (Kind.JOB, "copy")
    console.start()
    console.stop_at = None
    assert console.resume().code is ExitCode.OK
    assert "job copy" not in console.hands.done


def test_a_job_that_ended_well_meanwhile_is_taken_as_done(console: Console) -> None:
    console.stop_at = (Kind.JOB, "copy")
    console.start()
    console.stop_at = None
    console.world.clock.sleep(100)
    assert console.resume().code is ExitCode.OK
    assert "job copy" not in console.hands.done


def test_a_job_that_was_cut_off_is_begun_anew(console: Console) -> None:
    console.stop_at = (Kind.JOB, "copy")
    console.start()
    console.stop_at = None
    console.world.hosts[A].jobs[(RUN, "copy")].running = False
    assert console.resume().code is ExitCode.OK
    assert "job copy" in console.hands.done


# --- the operator stops it -------------------------------------------------------------------------------------------


def test_a_stop_before_any_change_is_a_cancelled_run(console: Console) -> None:
    console.stop_at = (Kind.SEEN, None)
    outcome = console.start()
    assert outcome.code is ExitCode.CANCELLED
    assert console.world.marks == AT_FIRST
    assert console.world.hosts[A].lease is None


def test_a_stop_never_ends_a_step_in_the_middle_of_its_operation(tmp_path: Path) -> None:
    console = small(tmp_path)
    console.stop_at = (Kind.INTENT, "first")
    assert console.start().code is ExitCode.HALF_WAY
    assert console.world.marks == {A: {"ready", "first"}, B: set()}


# --- the window ------------------------------------------------------------------------------------------------------


def window_console(tmp_path: Path, **overrides: object) -> Console:
    """A run whose step "prove" fails: clients cannot write by then."""
    steps = tuple(replace(step, **overrides) if step.key == "prove" else step for step in STEPS)  # type: ignore[arg-type]
    return Console(tmp_path / "runs", steps)


def test_a_failure_in_the_window_takes_the_windows_steps_back(tmp_path: Path) -> None:
    console = window_console(tmp_path, after=(has(A, "missing"),))
    outcome = console.start()
    assert outcome.code is ExitCode.HALF_WAY
    assert "clients can write again" in outcome.words
    assert console.world.marks == {A: {"ready", "copy"}, B: {"hold"}}


def test_the_windows_steps_are_taken_back_in_reverse_order(tmp_path: Path) -> None:
    console = window_console(tmp_path, after=(has(A, "missing"),))
    console.start()
    assert kinds(console, Kind.UNDONE) == ["stop", "close"]


def test_resuming_after_a_retreat_does_the_window_again(tmp_path: Path) -> None:
    console = window_console(tmp_path, after=(has(A, "missing"),))
    console.start()
    console.steps = STEPS
    assert console.resume().code is ExitCode.OK
    assert console.world.marks == DONE
    assert "job copy" not in console.hands.done


def test_rolling_back_after_a_retreat_leaves_everything_as_before(tmp_path: Path) -> None:
    console = window_console(tmp_path, after=(has(A, "missing"),))
    console.start()
    assert console.roll_back().code is ExitCode.ROLLED_BACK
    assert console.world.marks == AT_FIRST


def test_a_stop_within_the_window_lets_clients_write_again(console: Console) -> None:
    console.stop_at = (Kind.INTENT, "close")
    outcome = console.start()
    assert outcome.code is ExitCode.HALF_WAY
    assert "clients can write again" in outcome.words
    assert console.world.marks == {A: {"ready", "copy"}, B: {"hold"}}


def test_a_stop_after_the_promotion_is_heeded_when_clients_can_write(console: Console) -> None:
    console.stop_at = (Kind.INTENT, "promote")
    outcome = console.start()
    assert outcome.code is ExitCode.HALF_WAY
    assert console.world.marks[A] == DONE[A]
    assert "follow" not in console.world.marks[B]


def test_a_step_between_the_windows_steps_that_fails_takes_the_window_back(console: Console) -> None:
    console.steps = tuple(replace(step, window=step.key != "stop" and step.window) for step in STEPS)
    outcome = console.start({5: Fault.LIES_DONE})
    assert outcome.step == "stop"
    assert "clients can write again" in outcome.words
    assert console.world.marks == {A: {"ready", "copy"}, B: {"hold"}}


def test_a_promotion_that_did_not_take_place_is_taken_back_with_the_window(console: Console) -> None:
    outcome = console.start({6: Fault.LIES_DONE})
    assert outcome.step == "promote"
    assert "clients can write again" in outcome.words
    assert console.world.marks == {A: {"ready", "copy"}, B: {"hold"}}


def test_after_the_promotion_nothing_is_taken_back(console: Console) -> None:
    outcome = console.start({7: Fault.LIES_DONE})
    assert outcome.code is ExitCode.HALF_WAY
    assert outcome.step == "open"
    assert "CLIENTS MAY BE UNABLE TO WRITE" in outcome.words
    assert {"promote"} <= console.world.marks[A]
    assert {"close", "stop"} <= console.world.marks[B]


def test_after_the_promotion_resuming_goes_on(console: Console) -> None:
    console.start({7: Fault.LIES_DONE})
    assert console.resume().code is ExitCode.OK
    assert console.world.marks == DONE


def test_a_promotion_of_which_nothing_is_known_is_not_taken_back(console: Console) -> None:
    def blind() -> None:
        if "promote" in console.world.marks[A]:
            console.world.hosts[A].seen = False

    console.world.clock.when_slept = blind
    real = console.world.do

    def do(host: str, operation: Operation) -> int:
        status = real(host, operation)
        blind()
        return status

    console.world.do = do  # type: ignore[method-assign]
    outcome = console.start()
    assert outcome.code is ExitCode.HALF_WAY
    assert "not known" in outcome.words
    assert {"close", "stop"} <= console.world.marks[B]


# --- rolling back ----------------------------------------------------------------------------------------------------


def test_a_roll_back_takes_everything_back_and_gives_the_lease_back(console: Console) -> None:
    console.start({4: Fault.LIES_DONE})
    assert console.roll_back().code is ExitCode.ROLLED_BACK
    assert console.world.marks == AT_FIRST
    assert console.world.hosts[A].lease is None


def test_a_roll_back_ends_the_job_first(console: Console) -> None:
    console.stop_at = (Kind.JOB, "copy")
    console.start()
    console.stop_at = None
    assert console.roll_back().code is ExitCode.ROLLED_BACK
    console.world.clock.sleep(1000)
    console.world.age()
    assert console.world.marks == AT_FIRST


def test_nothing_is_taken_back_past_a_final_step_that_is_done(console: Console) -> None:
    console.steps = tuple(replace(step, before=(has(B, "late"),)) if step.key == "release" else step for step in STEPS)
    console.start()
    before = console.world.marks
    outcome = console.roll_back()
    assert outcome.code is ExitCode.HALF_WAY
    assert "Put promote" in outcome.words
    assert "--roll-back" not in outcome.words
    assert console.world.marks == before


def test_a_final_step_that_took_effect_before_its_console_died_is_not_taken_back(console: Console) -> None:
    with pytest.raises(Killed):
        console.start({6: Fault.KILLED_AFTER})
    outcome = console.roll_back()
    assert outcome.code is ExitCode.HALF_WAY
    assert "has taken effect" in outcome.words
    assert "promote" in console.world.marks[A]


def test_a_final_step_that_only_came_half_true_is_not_taken_back(console: Console) -> None:
    console.steps = tuple(
        replace(step, after=(has(A, "promote"), has(A, "more"))) if step.key == "promote" else step for step in STEPS
    )
    console.start()
    assert console.roll_back().code is ExitCode.HALF_WAY
    assert "promote" in console.world.marks[A]


def test_a_step_that_cannot_be_taken_back_stops_the_roll_back(tmp_path: Path) -> None:
    console = small(tmp_path, FIRST, replace(SECOND, undo=(Take("other"),)), put("third", A, before=(has(A, "no"),)))
    console.start()
    outcome = console.roll_back()
    assert outcome.code is ExitCode.HALF_WAY
    assert outcome.step == "second"
    assert "first" in console.world.marks[A]


def test_a_roll_back_that_was_half_done_can_be_done_again(tmp_path: Path) -> None:
    console = small(tmp_path, FIRST, SECOND, put("third", A, before=(has(A, "no"),)))
    console.start()
    assert console.roll_back({1: Fault.LIES_DONE}).code is ExitCode.HALF_WAY
    assert console.roll_back().code is ExitCode.ROLLED_BACK
    assert console.world.marks == AT_FIRST


def test_an_undo_that_was_lost_is_done_again(tmp_path: Path) -> None:
    console = small(tmp_path, FIRST, put("third", A, before=(has(A, "no"),)))
    console.start()
    assert console.roll_back({1: Fault.LOST_BEFORE, 2: Fault.NOT_REACHED}).code is ExitCode.ROLLED_BACK
    assert console.world.marks == AT_FIRST


# --- resuming --------------------------------------------------------------------------------------------------------


def test_a_run_that_is_done_stays_done_when_it_is_resumed(console: Console) -> None:
    console.start()
    outcome = console.resume()
    assert outcome.code is ExitCode.OK
    assert console.hands.calls == 0


def test_resuming_is_refused_while_another_run_holds_the_lease(tmp_path: Path) -> None:
    console = small(tmp_path, FIRST, replace(SECOND, before=(has(B, "missing"),)))
    console.start()
    for host in console.world.hosts.values():
        host.lease = Lease("other", "failback", "eve@desk", "took over", 1.0, 2.0)
    outcome = console.resume()
    assert outcome.code is ExitCode.HALF_WAY
    assert "eve@desk" in outcome.words


def test_a_console_that_plans_other_steps_does_not_go_on(tmp_path: Path) -> None:
    console = small(tmp_path, FIRST, replace(SECOND, before=(has(B, "missing"),)))
    console.start()
    console.steps = (SECOND, FIRST)
    with pytest.raises(JournalError, match="other steps"):
        console.resume()


def test_a_step_that_was_done_though_its_console_died_is_not_done_again(tmp_path: Path) -> None:
    console = small(tmp_path)
    with pytest.raises(Killed):
        console.start({1: Fault.KILLED_AFTER})
    assert console.resume().code is ExitCode.OK
    assert console.hands.done == [f"put second on {B}"]


def test_a_verified_step_is_not_done_again(tmp_path: Path) -> None:
    console = small(tmp_path, FIRST, replace(SECOND, before=(lacks(B, "second"),)))
    with pytest.raises(Killed):
        console.start({2: Fault.KILLED_BEFORE})
    console.world.hosts[A].marks.discard("first")
    assert console.resume().code is ExitCode.OK
    assert console.world.marks[A] == {"ready"}


def test_a_face_that_fails_does_not_stop_the_run(tmp_path: Path) -> None:
    world = World()
    parts = RunParts(FLEET, WorldObserver(world), WorldHands(world), world.clock)

    def face(event: object) -> None:
        raise ValueError("a closed terminal")

    journal = Journal.create(tmp_path, RUN, world.clock)
    assert Runner(parts, journal, face).start(plan_of_steps(STEPS), "why").code is ExitCode.OK
    journal.close()


def test_a_condition_that_fails_on_odd_facts_is_no_yes(tmp_path: Path) -> None:
    def judge(_: Snapshot) -> Ruling:
        raise KeyError("odd")

    console = small(tmp_path, FIRST, replace(SECOND, before=(Condition("odd", judge),)))
    assert console.start().code is ExitCode.HALF_WAY
    assert console.world.marks[B] == set()


def test_a_defect_in_the_middle_is_told_and_leaves_the_run_resumable(tmp_path: Path) -> None:
    def evidence(_: Snapshot) -> tuple[tuple[str, str], ...]:
        raise RuntimeError("a defect")

    console = small(tmp_path, FIRST, replace(SECOND, evidence=evidence))
    outcome = console.start()
    assert outcome.code is ExitCode.HALF_WAY
    assert "a defect of the console" in outcome.words
    console.steps = (FIRST, SECOND)
    assert console.resume().code is ExitCode.OK


def test_a_journal_that_cannot_be_written_stops_the_run_where_it_is(tmp_path: Path) -> None:
    console = small(tmp_path)
    console.fail_at_write = 8  # the result of the first step
    outcome = console.start()
    assert outcome.code is ExitCode.HALF_WAY
    assert "cannot be written" in outcome.words
    console.fail_at_write = None
    assert console.resume().code is ExitCode.OK


def test_without_a_journal_nothing_is_begun_and_the_leases_go_back(tmp_path: Path) -> None:
    console = small(tmp_path)
    console.fail_at_write = 7  # the intent of the first step
    assert console.start().code is ExitCode.REFUSED
    assert console.hands.calls == 0
    assert [host.lease for host in console.world.hosts.values()] == [None, None]
