"""The wizards on real hosts: the console on a terminal of the workstation, driven by keys alone, read off the glass."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest

from tests.lab import faults, runs
from tests.lab.both import settle
from tests.lab.faults import Pair
from tests.lab.fleet import Lab
from tests.lab.glass import (
    COPIES,
    LARGE,
    REASON,
    SMALL,
    Glass,
    choose,
    consent,
    ends,
    plain,
    plan_of,
    repair_of_finding,
)
from tests.lab.report import Report, check
from tests.lab.runs import Finished
from tests.lab.scripted_faults import let_host_2_serve
from tests.lab.shell import wait_until
from tests.lab.writer import Written, writing

pytestmark = pytest.mark.long

G = "global"
DB1, DB2 = "cf-global-db1.example.com", "cf-global-db2.example.com"


# --- what was read -----------------------------------------------------------------------------------------------


@dataclass
class Told:
    """What a person read on the way, and what the hosts were like then."""

    finding: str = ""
    plan: str = ""
    dialog: str = ""
    before: str = ""
    cancelled: str = ""
    running: str = ""
    end: str = ""
    run: str = ""
    more: dict[str, str] = field(default_factory=dict)


def cancel_once(lab: Lab, glass: Glass, region: str, told: Told) -> None:
    """Open the last question, and Enter: Cancel has the focus."""
    told.before = runs.traces(lab, region)
    glass.press("b")
    glass.until("To go on, type", 10)
    glass.press("Enter")
    glass.until("nothing is changed yet", 10)
    time.sleep(2)
    told.cancelled = runs.traces(lab, region)


def carried_out(glass: Glass, told: Told, seconds: float) -> None:
    """Watch a run to its end."""
    told.running = glass.until(r"▶ +[0-9]+ ", 40)
    glass.until("exit code [0-9]+", seconds)
    told.end = glass.until("For the hand-over: Y copies the report", 20)  # a toast that says the same lies over it
    told.run = runs.newest_run()


# --- lock-cleanup ------------------------------------------------------------------------------------------------


@dataclass
class Case:
    """A region with a fault, what a person was told, and the fleet afterwards."""

    pair: Pair
    told: Told
    after: Report


@pytest.fixture(scope="module", params=[("dc1", SMALL), ("dc2", LARGE)], ids=["dc1-80x24", "dc2-120x40"])
def locked(lab: Lab, request: pytest.FixtureRequest) -> Iterator[Case]:
    region, size = request.param
    settle(lab, region)
    pair = faults.make_lock_safe(lab, region)
    told = Told()
    try:
        with Glass(lab, size) as glass:
            told.finding = repair_of_finding(glass, "C02", region, "PGSQL.lock, safe")
            told.plan = plan_of(glass)
            cancel_once(lab, glass, region, told)
            told.dialog = consent(glass, ["yes"])
            carried_out(glass, told, 200)
        yield Case(pair, told, check(lab, region))
    finally:
        lab.restore(region)


def test_the_finding_about_the_lock_is_read_on_the_screen(locked: Case) -> None:
    assert re.search(f"C02 {locked.pair.old.region} .*PGSQL.lock, safe", plain(locked.told.finding))


def test_the_plan_says_that_nothing_is_lost_and_shows_the_command(locked: Case) -> None:
    assert "- nothing: " in plain(locked.told.plan)
    assert "PGSQL.lock.vmdb-aside" in plain(locked.told.plan)


def test_the_last_question_wants_a_reason_first(locked: Case) -> None:
    assert "missing: say why" in plain(locked.told.dialog)


def test_enter_on_the_last_question_is_no(locked: Case) -> None:
    assert locked.told.cancelled == locked.told.before


def test_the_screen_says_done_and_verified(locked: Case) -> None:
    assert "✔ DONE exit code 0: done and verified" in plain(locked.told.end), locked.told.end


def test_the_real_lock_is_gone_and_the_node_streams(lab: Lab, locked: Case) -> None:
    assert not faults.has_lock(lab, locked.pair.old)
    assert lab.is_healthy(locked.pair.old.region)
    assert locked.after.codes == [], locked.after.words


def test_the_journal_has_the_reason_that_was_typed(locked: Case) -> None:
    events = runs.journal(locked.told.run)
    assert (events[0]["runbook"], events[0]["reason"]) == ("lock-cleanup", REASON)
    assert events[-1]["event"] == "end"


# --- rebuild-standby ---------------------------------------------------------------------------------------------


def take_its_wal_away(lab: Lab) -> Pair:
    """Host 2 of region global was away until WAL that it needs was gone (A05, P03)."""
    layout = lab.region(G).layout
    lab.sh(DB2, f"service {layout.service} stop")
    for number in range(8):
        faults.write(lab, lab.host(DB1), f"while-host-2-was-away-{number}")
        lab.sql(DB1, "select pg_switch_wal()")
    lab.sql(DB1, "checkpoint")
    lab.sql(DB1, "checkpoint")
    archives = {layout.archive_write, layout.archive_read}
    for host in (DB1, DB2):
        lab.sh(host, " ; ".join(f"rm -f {archive}/0*" for archive in sorted(archives)))
    lab.sh(DB2, f"service {layout.service} start")
    wait_until(lambda: lab.in_recovery(DB2) is True, 60, "host 2 runs")
    return Pair(lab.host(DB1), lab.host(DB2))


def broken(lab: Lab, region: str) -> Pair:
    return take_its_wal_away(lab) if region == G else faults.make_standby_out_of_date(lab, region)


@pytest.fixture(scope="module", params=[("dc2", SMALL), (G, LARGE)], ids=["dc2-80x24", "global-120x40"])
def rebuilt(lab: Lab, request: pytest.FixtureRequest) -> Iterator[Case]:
    region, size = request.param
    settle(lab, region)
    pair = broken(lab, region)
    told = Told()
    try:
        with Glass(lab, size) as glass:
            told.finding = repair_of_finding(glass, "A05", region)
            choose(glass, rate="8MB")
            told.plan = plan_of(glass)
            told.dialog = consent(glass, [pair.new.name])
            told.more["copy"] = glass.until(COPIES + r" \([0-9]+%\), [0-9.]+ MiB/s", 60)
            carried_out(glass, told, 200)
        yield Case(pair, told, check(lab, region))
    finally:
        lab.restore(region)


def test_the_finding_about_the_missing_wal_leads_to_the_rebuild(rebuilt: Case) -> None:
    assert re.search(f"A05 {rebuilt.pair.new.region} .*{rebuilt.pair.new.short} needs", plain(rebuilt.told.finding))
    assert "Rebuild" in plain(rebuilt.told.plan)


def test_the_chosen_rate_is_in_the_plan(rebuilt: Case) -> None:
    assert "at most 8192 kB/s" in plain(rebuilt.told.plan)


def test_the_name_of_the_host_is_to_be_typed(rebuilt: Case) -> None:
    assert f"To go on, type {rebuilt.pair.new.name}" in plain(rebuilt.told.dialog)


def test_the_copy_is_shown_with_its_rate(rebuilt: Case) -> None:
    assert re.search(COPIES + r" \([0-9]+%\), [0-9.]+ MiB/s", plain(rebuilt.told.more["copy"]))


def test_the_rebuilt_standby_streams(lab: Lab, rebuilt: Case) -> None:
    assert "✔ DONE" in plain(rebuilt.told.end), rebuilt.told.end
    assert lab.is_healthy(rebuilt.pair.new.region)
    assert set(rebuilt.after.codes) <= {"H08"}, rebuilt.after.words


def test_the_end_says_where_the_old_data_is(lab: Lab, rebuilt: Case) -> None:
    said = re.search(r"/\S+vmdb-old\S*", rebuilt.told.end)
    assert said, rebuilt.told.end
    assert lab.sh(rebuilt.pair.new, f"test -e {said.group()}/PG_VERSION", check=False).returncode == 0


# --- failback ----------------------------------------------------------------------------------------------------


@dataclass
class Failback:
    """What a person was told, what a client could write meanwhile, and the fleet afterwards."""

    told: Told
    written: Written
    after: Report


@pytest.fixture(scope="module")
def failed_back(lab: Lab) -> Iterator[Failback]:
    let_host_2_serve(lab)
    told = Told()
    try:
        with writing(lab, G) as writer, Glass(lab, SMALL) as glass:
            told.finding = repair_of_finding(glass, "S03", G)
            choose(glass)
            told.plan = plan_of(glass)
            told.dialog = consent(glass, [DB1, DB2])
            carried_out(glass, told, 200)
            writer.wait_for(5)
            written = writer.stop()
        yield Failback(told, written, check(lab, G))
    finally:
        lab.restore(G)


def test_the_failback_says_from_which_step_on_clients_cannot_write(failed_back: Failback) -> None:
    assert re.search("clients cannot write from step [0-9]+ to step [0-9]+", plain(failed_back.told.dialog))
    assert re.search("no way back from step [0-9]+ on", plain(failed_back.told.dialog))


def test_after_the_failback_host_1_serves_and_host_2_follows(lab: Lab, failed_back: Failback) -> None:
    assert "✔ DONE" in plain(failed_back.told.end), failed_back.told.end
    assert (lab.in_recovery(DB1), lab.in_recovery(DB2)) == (False, True)
    assert lab.is_healthy(G)
    assert set(failed_back.after.codes) <= {"H08"}, failed_back.after.words


def test_no_acknowledged_write_is_missing_after_the_failback(lab: Lab, failed_back: Failback) -> None:
    assert failed_back.written.missing(lab, DB1) == []


# --- left in the middle ------------------------------------------------------------------------------------------


def begin_a_slow_copy(glass: Glass) -> None:
    """A rebuild of region global's standby at 2 MB/s: its copy takes a while."""
    repair_of_finding(glass, "A05", G)
    choose(glass, rate="2MB")
    plan_of(glass)
    consent(glass, [DB2])
    glass.until(COPIES, 60)


@pytest.fixture
def lagging(lab: Lab) -> Iterator[Lab]:
    lab.restore(G)
    take_its_wal_away(lab)
    yield lab
    lab.restore(G)


def jobs(lab: Lab) -> str:
    """The base backups that run on host 2."""
    return lab.sh(DB2, "pgrep -x pg_basebackup", check=False).stdout.strip()


def test_a_run_whose_screen_is_left_goes_on_is_shown_and_is_found_again(lagging: Lab) -> None:
    with Glass(lagging, SMALL) as glass:
        begin_a_slow_copy(glass)
        glass.press("Escape")
        glass.until("Leave this screen\\? The run goes on", 5)
        glass.press("Right", "Enter")
        glass.press("1")
        glass.until("rebuild-standby of cf-global-db2.* goes on", 10)
        glass.press("4")
        glass.until("GOES ON HERE .* rebuild-standby cf-global-db2", 10)
        glass.press("Enter")
        glass.until(COPIES + "|▶ +[3-9]", 10)
        glass.until("✔ DONE", 120)
    assert lagging.is_healthy(G)


@pytest.fixture
def quit_in_the_copy(lagging: Lab) -> tuple[Lab, str, Told]:
    """The console was quit while the standby is copied, and has ended."""
    told = Told()
    with Glass(lagging, SMALL) as glass:
        begin_a_slow_copy(glass)
        glass.press("q")
        told.dialog = glass.until("A run goes on in this console", 5)
        glass.press("Tab", "Enter")
        told.more["code"] = str(glass.ended(30))
        told.end = glass.text
    return lagging, runs.newest_run(), told


def test_a_run_that_was_quit_is_found_by_the_next_console_and_continued_to_the_end(
    quit_in_the_copy: tuple[Lab, str, Told],
) -> None:
    lab, run_id, told = quit_in_the_copy
    assert f"vmdb-console resume {run_id}" in plain(told.dialog)
    assert told.more["code"] == "0", told.end
    assert run_id in plain(told.end), "the last words on the terminal name the run"
    with Glass(lab, SMALL) as glass:
        glass.until("PRIMARY .* STANDBY", 40)
        glass.press("4")
        glass.until("HALF-WAY .* rebuild-standby cf-global-db2", 10)
        glass.press("c")
        glass.until("Continue the run where it stopped", 10)
        consent(glass, ["yes"])
        glass.until("✔ DONE", 200)
    assert lab.is_healthy(G)
    assert "basebackup" not in jobs(lab)
    assert set(check(lab, G).codes) <= {"H08"}


def test_a_copy_goes_on_at_its_host_after_the_console_was_quit(quit_in_the_copy: tuple[Lab, str, Told]) -> None:
    lab, run_id, _ = quit_in_the_copy
    assert jobs(lab) or "performed" in {event["event"] for event in runs.journal(run_id)}
    done = resumed(lab, run_id)
    assert done.code == runs.DONE, done.words


# --- a closed terminal -------------------------------------------------------------------------------------------


def resumed(lab: Lab, run_id: str) -> Finished:
    """`vmdb-console resume` in a plain terminal."""
    return runs.console(lab, "resume", run_id, "--reason", REASON, "--confirm", DB2)


def test_a_closed_terminal_ends_the_console_and_resume_finishes_the_run(lagging: Lab) -> None:
    with Glass(lagging, SMALL) as glass:
        begin_a_slow_copy(glass)
        began = time.monotonic()
        glass.hang_up()
        assert ends(glass.pid, 30), "the console outlived its terminal"
        took = time.monotonic() - began
    run_id = runs.newest_run()
    listed = runs.console(lagging, "runs")
    assert took < 20
    assert run_id in listed.words
    assert "end" not in {event["event"] for event in runs.journal(run_id)} or "half-way" in listed.words
    done = resumed(lagging, run_id)
    assert done.code == runs.DONE, done.words
    assert lagging.is_healthy(G)
    assert set(check(lagging, G).codes) <= {"H08"}
