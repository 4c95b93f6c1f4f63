"""`run` and `resume` on the simulated fleet: what they print, leave behind, and answer."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from console.errors import UsageError
from console.exit_codes import ExitCode
from console.runbooks.plan import Choices
from console.runbooks.runbook import Refused
from console.runner.journal import JournalError, Kind, journal_path, read_events
from console.runner.runs import read_run
from console.terminal.asking import Cancelled
from console.terminal.options import RunOptions
from console.terminal.permission import Permission
from console.terminal.resume_command import resume, standing
from console.terminal.run_command import run
from console.terminal.runs_command import known_run, print_report, print_run, print_runs
from tests.simulation.faults import Ill, Schedule
from tests.simulation.runs import CASES, RUN, Drill
from tests.unit.terminal.plans import ONE, TWO
from tests.unit.terminal.simulated import Stage, asked, resumed

MAY = Permission(read_only=False, write=False)


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    return Stage("lock-safe", tmp_path / "runs")


def test_a_confirmed_run_is_carried_out_and_verified(stage: Stage) -> None:
    assert run(stage.page, stage.source, MAY, asked()) is ExitCode.OK
    text = stage.printed()
    assert "Done and verified" in text
    assert "\x1b" not in text
    (journal,) = stage.folder.iterdir()
    assert read_run(stage.folder, journal.stem).outcome is ExitCode.OK
    assert f"runs report {journal.stem}" in text


def test_the_plan_is_printed_before_anything_is_done(stage: Stage) -> None:
    run(stage.page, stage.source, MAY, asked())
    text = stage.printed()
    assert text.index("What may be lost") < text.index("begins: lock-cleanup")


def test_what_is_to_begin_is_told_again_right_before_it_is_confirmed(tmp_path: Path) -> None:
    stage = Stage("failed-over", tmp_path / "runs")
    with pytest.raises(Cancelled):
        run(stage.page, stage.source, MAY, asked("failback", "global", confirm=("nobody",)))
    last = " ".join(stage.printed().splitlines()[-2:])
    for part in ("failback of ", "region global", "environment demo", "clients cannot write from step", "no way back"):
        assert part in last


def test_a_dry_run_changes_nothing_and_journals_nothing(stage: Stage) -> None:
    before = stage.world.now()
    assert run(stage.page, stage.source, MAY, asked(reason=None, confirm=None, dry_run=True)) is ExitCode.OK
    assert not stage.folder.exists()
    assert "Dry run: nothing was changed" in stage.printed()
    assert stage.world.now().region("dc1").databases == before.region("dc1").databases


def changes_nothing(stage: Stage, options: RunOptions, error: type[Exception], words: str) -> None:
    before = stage.world.now()
    with pytest.raises(error, match=words):
        run(stage.page, stage.source, MAY, options)
    assert stage.world.now().region("dc1").databases == before.region("dc1").databases
    assert not stage.folder.exists()


def test_a_wrong_host_name_cancels_and_changes_nothing(stage: Stage) -> None:
    changes_nothing(stage, asked(confirm=(TWO,)), Cancelled, "Nothing was changed")


def test_an_empty_reason_is_wrong_usage_and_changes_nothing(stage: Stage) -> None:
    changes_nothing(stage, asked(reason=" "), UsageError, "a reason is needed")


def test_an_unknown_region_is_wrong_usage(stage: Stage) -> None:
    changes_nothing(stage, asked(target="dc3"), UsageError, "did you mean dc")


def test_an_unknown_runbook_is_wrong_usage_and_the_nearest_is_named(stage: Stage) -> None:
    changes_nothing(stage, asked("lock-cleanpu"), UsageError, "did you mean lock-cleanup")


def test_a_runbook_that_does_not_fit_refuses_and_changes_nothing(stage: Stage) -> None:
    changes_nothing(stage, asked("failback"), Refused, "dc1")


def test_an_option_that_a_runbook_has_no_use_for_is_refused(stage: Stage) -> None:
    changes_nothing(stage, asked(choices=Choices(method="copy")), UsageError, "--method goes with failback")
    changes_nothing(stage, asked(choices=Choices(discard_old=True)), UsageError, "--discard-old goes with")


def test_a_read_only_console_refuses_and_says_why(stage: Stage) -> None:
    with pytest.raises(Refused, match=r"nothing was changed: this console is read-only.*--read-only"):
        run(stage.page, stage.source, Permission(read_only=True, write=False), asked())
    assert not stage.opened


def test_a_read_only_console_shows_the_plan(stage: Stage) -> None:
    permission = Permission(read_only=True, write=False)
    assert run(stage.page, stage.source, permission, asked(dry_run=True)) is ExitCode.OK


# --- a lease that is there -------------------------------------------------------------------------------------------


def test_a_pair_that_another_run_holds_is_refused_with_who_since_when_and_how_to_go_on(stage: Stage) -> None:
    stage.hold("20260101-000000-beef")
    stage.clock.pass_seconds(600)
    with pytest.raises(Refused) as refused:
        run(stage.page, stage.source, MAY, asked())
    words = str(refused.value)
    for part in (
        "run 20260101-000000-beef (lock-cleanup) of anna@bastion",
        "the disk was full",
        "last sign 10 min ago",
        "no job of it runs",
        "vmdb-console resume 20260101-000000-beef",
        "--take-over 20260101-000000-beef",
        "Nothing was changed",
    ):
        assert part in words


def test_a_lease_of_a_dead_console_can_be_taken_over(stage: Stage) -> None:
    stage.hold("20260101-000000-beef")
    stage.clock.pass_seconds(600)
    assert run(stage.page, stage.source, MAY, asked(take_over="20260101-000000-beef")) is ExitCode.OK
    assert "Takes over: run 20260101-000000-beef" in stage.printed()


def test_a_lease_of_a_console_that_lives_cannot_be_taken_over(stage: Stage) -> None:
    stage.hold("20260101-000000-beef")
    with pytest.raises(Refused, match="is alive"):
        run(stage.page, stage.source, MAY, asked(take_over="20260101-000000-beef"))


def test_taking_over_a_run_that_holds_nothing_is_wrong_usage(stage: Stage) -> None:
    stage.hold("20260101-000000-beef")
    stage.clock.pass_seconds(600)
    with pytest.raises(UsageError, match="run 20260101-000000-beef holds it"):
        run(stage.page, stage.source, MAY, asked(take_over="20260101-000000-feed"))


# --- resume ----------------------------------------------------------------------------------------------------------


def half_way(stage: Stage) -> str:
    """A run whose console died after it had set the lock aside: the journal ends there, and so does the world."""
    before = stage.world.now()
    stage.dying = True
    with pytest.raises(SystemExit):
        run(stage.page, stage.source, MAY, asked())
    stage.dying = False
    assert stage.world.now().region("dc1").databases != before.region("dc1").databases
    (journal,) = stage.folder.iterdir()
    return journal.stem


def test_a_run_whose_console_died_is_resumed_to_its_end(stage: Stage) -> None:
    name = half_way(stage)
    assert resume(stage.page, stage.source, MAY, resumed(name)) is ExitCode.OK
    assert read_run(stage.folder, name).outcome is ExitCode.OK


@pytest.mark.parametrize("roll_back", [False, True])
def test_why_a_run_goes_on_is_kept_in_its_journal(stage: Stage, roll_back: bool) -> None:
    name = half_way(stage)
    resume(stage.page, stage.source, MAY, resumed(name, roll_back=roll_back, reason="the link is back"))
    print_report(stage.page, stage.folder, name)
    report = stage.printed()
    assert "the link is back" in report[report.index("# lock") :]


def test_an_empty_reason_to_go_on_is_wrong_usage(stage: Stage) -> None:
    name = half_way(stage)
    with pytest.raises(UsageError, match="a reason is needed"):
        resume(stage.page, stage.source, MAY, resumed(name, reason=" "))


def test_resume_shows_the_gist_of_what_comes_next_and_with_full_all_of_it(stage: Stage) -> None:
    name = half_way(stage)
    resume(stage.page, stage.source, MAY, resumed(name, dry_run=True))
    short = stage.printed()
    short = short[short.index("What comes next") :]
    assert "$ pcs resource cleanup postgresql" in short
    assert "fail()" not in short
    resume(stage.page, stage.source, MAY, resumed(name, dry_run=True, full=True))
    assert "fail()" in stage.printed()[len(short) :]


def test_a_run_whose_console_died_is_rolled_back(stage: Stage) -> None:
    name = half_way(stage)
    assert resume(stage.page, stage.source, MAY, resumed(name, roll_back=True)) is ExitCode.ROLLED_BACK


def test_resume_tells_what_was_done_and_what_comes_next(stage: Stage) -> None:
    name = half_way(stage)
    assert resume(stage.page, stage.source, MAY, resumed(name, dry_run=True)) is ExitCode.OK
    text = stage.printed()
    told = text[text.rindex("began: ") :]
    assert "night shift" in told
    assert "1. begun " in told
    assert "delete the lock, on" in told[told.index("What comes next") :]
    assert read_run(stage.folder, name).outcome is None


def test_a_resume_that_is_not_confirmed_changes_nothing(stage: Stage) -> None:
    name = half_way(stage)
    before = (stage.folder / f"{name}.jsonl").read_bytes()
    with pytest.raises(Cancelled):
        resume(stage.page, stage.source, MAY, resumed(name, confirm=("nobody",)))
    with pytest.raises(UsageError, match=f"--confirm {ONE}"):
        resume(stage.page, stage.source, MAY, resumed(name, confirm=None))
    assert (stage.folder / f"{name}.jsonl").read_bytes() == before


def test_a_finished_run_says_so_and_answers_as_it_ended(stage: Stage) -> None:
    run(stage.page, stage.source, MAY, asked())
    (journal,) = stage.folder.iterdir()
    assert resume(stage.page, stage.source, MAY, resumed(journal.stem)) is ExitCode.OK
    assert "is finished (done)" in stage.printed()


def kept_lease(stage: Stage) -> str:
    """A run that is done, but no host answered when the lease was to be given back."""
    stage.keeping = True
    assert run(stage.page, stage.source, MAY, asked()) is ExitCode.OK
    stage.keeping = False
    (journal,) = stage.folder.iterdir()
    assert held_leases(stage) == {journal.stem}
    return journal.stem


def held_leases(stage: Stage) -> set[str]:
    hosts = stage.world.now().region("dc1").databases
    return {host.lease.run for host in hosts if host.lease is not None}


def test_resuming_a_finished_run_gives_back_the_lease_that_could_not_be(stage: Stage) -> None:
    name = kept_lease(stage)
    assert resume(stage.page, stage.source, MAY, resumed(name, confirm=None)) is ExitCode.OK
    assert held_leases(stage) == set()
    assert read_run(stage.folder, name).leases == ()


def test_a_finished_runs_lease_is_not_given_back_by_a_dry_run_nor_read_only(stage: Stage) -> None:
    name = kept_lease(stage)
    assert resume(stage.page, stage.source, MAY, resumed(name, dry_run=True)) is ExitCode.OK
    assert f"Only its lease on {ONE} and {TWO} is left" in " ".join(stage.printed().split())
    with pytest.raises(Refused, match="read-only"):
        resume(stage.page, stage.source, Permission(read_only=True, write=False), resumed(name))
    assert held_leases(stage) == {name}


@pytest.mark.parametrize("orders", [4, 7])
def test_what_is_taken_back_is_told_in_the_order_in_which_it_is(tmp_path: Path, orders: int) -> None:
    schedule = Schedule(ills={orders: Ill.KILLED_AFTER})
    drill = Drill(CASES["failback by copying"], schedule, tmp_path)
    assert drill.start() is None
    told = [step.key for step in standing(read_run(tmp_path, RUN), drill.plan)]
    drill.hands.calm()
    drill.clock.pass_seconds(90)
    assert (outcome := drill.go_on("roll back")) is not None
    assert outcome.code is ExitCode.ROLLED_BACK
    events = read_events(journal_path(tmp_path, RUN))
    assert told == list(dict.fromkeys(each.step for each in events if each.kind in {Kind.UNDO_INTENT, Kind.UNDONE}))


def test_an_unknown_run_is_wrong_usage_and_the_nearest_is_named(stage: Stage) -> None:
    name = half_way(stage)
    with pytest.raises(UsageError, match=f"did you mean {name}"):
        resume(stage.page, stage.source, MAY, resumed(name[:-1] + "x"))


def test_a_run_id_that_leaves_the_folder_is_unknown(stage: Stage) -> None:
    with pytest.raises(UsageError, match="There is no run"):
        known_run(stage.folder, "../../etc/passwd")


def test_a_run_of_another_scenario_does_not_go_on_here(stage: Stage, tmp_path: Path) -> None:
    name = half_way(stage)
    other = Stage("lock-unsafe", stage.folder)
    with pytest.raises(UsageError, match="scenario lock-safe"):
        resume(other.page, other.source, MAY, resumed(name))


def test_a_read_only_console_resumes_nothing(stage: Stage) -> None:
    name = half_way(stage)
    with pytest.raises(Refused, match="read-only"):
        resume(stage.page, stage.source, Permission(read_only=True, write=False), resumed(name))


# --- journals --------------------------------------------------------------------------------------------------------


def test_a_journal_cut_off_in_its_last_line_is_resumed(stage: Stage) -> None:
    name = half_way(stage)
    path = stage.folder / f"{name}.jsonl"
    path.write_bytes(path.read_bytes() + b'{"v": 1, "at": "2026-11-23T12:0')
    assert resume(stage.page, stage.source, MAY, resumed(name)) is ExitCode.OK


def test_a_journal_damaged_in_the_middle_is_refused_with_file_and_line_and_nothing_is_changed(stage: Stage) -> None:
    name = half_way(stage)
    path = stage.folder / f"{name}.jsonl"
    lines = path.read_bytes().split(b"\n")
    lines[2] = lines[2][:20]
    path.write_bytes(b"\n".join(lines))
    content = path.read_bytes()
    with pytest.raises(JournalError, match=rf"{name}\.jsonl:3: .*Nothing was changed"):
        resume(stage.page, stage.source, MAY, resumed(name))
    assert path.read_bytes() == content


def test_runs_are_listed_with_who_why_and_outcome(stage: Stage) -> None:
    run(stage.page, stage.source, MAY, asked(reason="first [bold]reason[/]"))
    print_runs(stage.page, stage.folder)
    table = stage.printed()
    row = table.splitlines()[-1]
    assert "lock-cleanup" in row
    assert "done" in row
    assert "first [bold]reason[/]" in row


def test_a_damaged_journal_is_named_in_the_list_of_runs(stage: Stage) -> None:
    run(stage.page, stage.source, MAY, asked())
    (stage.folder / "20260101-000000-dead.jsonl").write_text('{"v": 9}\n{"v": 9}\n')
    print_runs(stage.page, stage.folder)
    assert "20260101-000000-dead.jsonl:1" in " ".join(stage.printed().split())


def test_show_and_report_tell_the_commands_and_the_reason(stage: Stage) -> None:
    run(stage.page, stage.source, MAY, asked())
    (journal,) = stage.folder.iterdir()
    assert all(json.loads(line)["v"] == 1 for line in journal.read_text().splitlines())
    print_run(stage.page, stage.folder, journal.stem)
    print_report(stage.page, stage.folder, journal.stem)
    report = stage.printed()
    report = report[report.index("# lock") :]
    assert "night shift" in report
    assert "pcs resource cleanup" in report
