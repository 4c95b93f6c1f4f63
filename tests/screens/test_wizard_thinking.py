"""What the wizards think without a screen: choices, consent, how a run stands and may go on."""

from __future__ import annotations

import os
import socket
import threading
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from console.exit_codes import ExitCode
from console.inventory.fleet import Fleet, Host
from console.journals import reading
from console.journals.outcomes import OUTCOMES
from console.journals.reading import Shelf, Whereabouts
from console.runbooks.names import NAMES
from console.runbooks.plan import Choices
from console.runner.journal import Event, Journal, Kind, read_events
from console.runner.runs import Run, run_of
from console.simulation.clock import RunClock
from console.simulation.parts import living, of_region, simulated_parts
from console.simulation.reference import demo_fleet
from console.terminal.board import Stage, board_of
from console.terminal.run_command import layout_sections
from console.wizards.acting import wizards_on_hosts
from console.wizards.carrying import Carrying, printed, short_names, start_of
from console.wizards.choosing import Order, chosen_words, questions_of, rate_of
from console.wizards.consent import Form, missing
from console.wizards.drawing_up import Drawn, draw_up
from console.wizards.going_on import why_not
from console.wizards.offers import NoFit, offers_instead
from console.wizards.places import simulated_place
from console.wizards.progress import progress_of
from console.wizards.progress_page import log_lines, status_lines, step_items
from tests.simulation.worlds import clock

AT = datetime(2026, 3, 1, 3, 0, tzinfo=UTC)


# --- choices ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "rate"), [("", None), ("20MB", 20480), ("20MB/s", 20480), (" 32kB ", 32), ("1GB", 1024**2)]
)
def test_a_rate_is_read_as_people_write_it(text: str, rate: int | None) -> None:
    assert rate_of(text) == rate


@pytest.mark.parametrize("text", ["fast", "31kB", "2GB", "-5MB", "\x1b[2J", "20MB; rm -rf /"])
def test_what_is_no_rate_is_said_in_words(text: str) -> None:
    assert isinstance(rate_of(text), str)


def test_only_runbooks_that_copy_ask_for_a_rate() -> None:
    assert [name for name in NAMES if questions_of(name).copies] == ["rebuild-standby", "failback"]


def test_what_was_chosen_is_told_and_nothing_where_nothing_can_be() -> None:
    assert chosen_words(Order("lock-cleanup", "dc1")) == ""
    assert chosen_words(Order("failback", "global", None, Choices("copy", 1024, True))) == (
        "method copy, at most 1024 kB/s, old data removed at the end"
    )


# --- consent ---------------------------------------------------------------------------------------------------------

FORM = Form("Begin", "what", "Begin", ("cf-dc1-db1.example.com",))


@pytest.mark.parametrize("typed", ["", "cf-dc1-db1", "CF-DC1-DB1.example.com", "cf-dc1-db2.example.com", "yes"])
def test_only_the_exact_host_name_is_consent(typed: str) -> None:
    assert missing(FORM, "why", [typed]) != ""


def test_reason_and_exact_name_together_are_consent() -> None:
    assert missing(FORM, "why", ["cf-dc1-db1.example.com"]) == ""


def test_a_reason_of_blanks_is_none() -> None:
    assert "why" in missing(FORM, " \t\u200b ", ["cf-dc1-db1.example.com"])


def test_without_names_the_word_yes_is_asked_for() -> None:
    form = replace(FORM, names=())
    assert missing(form, "why", [""]) == "type yes"
    assert missing(form, "why", ["y"]) != ""
    assert missing(form, "why", ["yes"]) == ""


# --- may a run go on -------------------------------------------------------------------------------------------------


def run(outcome: ExitCode | None = ExitCode.HALF_WAY, **changes: object) -> Run:
    data = {"region": "dc1", "runbook": "rebuild-standby", "inventory": "simulated", "steps": []}
    known = run_of("20260301-030000-aaaa", [Event(AT, Kind.BEGIN, None, data)])
    return replace(known, outcome=outcome, **changes)  # type: ignore[arg-type]


FLEET = replace(demo_fleet(), source="simulated")


def test_a_run_that_stopped_half_way_goes_on_where_its_hosts_last() -> None:
    assert why_not(run(), FLEET, Whereabouts(), lasting=True) == ""


def test_a_run_of_another_simulated_fleet_has_nothing_to_go_on_with() -> None:
    assert "no more" in why_not(run(), FLEET, Whereabouts(), lasting=False)
    assert why_not(run(), FLEET, Whereabouts(began_here=True), lasting=False) == ""


def test_a_finished_run_stays_finished_unless_its_lease_is_left() -> None:
    assert "finished" in why_not(run(ExitCode.OK), FLEET, Whereabouts(), lasting=True)
    assert why_not(run(ExitCode.OK, leases=("a",)), FLEET, Whereabouts(), lasting=True) == ""


def test_a_run_that_somebody_drives_is_left_to_them() -> None:
    assert "ann@desk" in why_not(run(None), FLEET, Whereabouts(driver="ann@desk, process 7"), lasting=True)
    assert "this console" in why_not(run(None), FLEET, Whereabouts(here=True), lasting=True)


def test_a_run_of_a_region_that_is_not_shown_is_refused() -> None:
    assert "dc9" in why_not(run(region="dc9"), FLEET, Whereabouts(), lasting=True)


def begun_journal(folder: Path, pid: int, host: str | None = None) -> Journal:
    journal = Journal.create(folder, "20260301-030000-aaaa", RunClock(clock()))
    who = {"user": "ann", "host": host or socket.gethostname(), "pid": pid}
    journal.write(Kind.BEGIN, who=who, steps=[])
    return journal


def driver(folder: Path) -> str:
    (known,) = Shelf(folder).listing((), ()).runs
    return known.where.driver


def test_another_console_that_drives_a_run_is_found_by_its_hold_on_the_journal(tmp_path: Path) -> None:
    journal = begun_journal(tmp_path, os.getpid())
    try:
        assert f"process {os.getpid()}" in driver(tmp_path)
    finally:
        journal.close()
    assert driver(tmp_path) == "", "let go"


def test_a_console_that_died_drives_nothing(tmp_path: Path) -> None:
    journal = begun_journal(tmp_path, 2**22 + 1)
    try:
        assert driver(tmp_path) == ""
    finally:
        journal.close()


# --- how a run stands ------------------------------------------------------------------------------------------------


def drawn() -> Drawn:
    fleet = of_region(demo_fleet(), "dc1")
    parts = simulated_parts(living("standby-out-of-date", clock()), "dc1")
    found = draw_up(parts.observer, fleet, Order("rebuild-standby", "dc1"), "20260301-030000-aaaa")
    assert isinstance(found, Drawn)
    return found


HOSTILE = "[red]x[/red] \x1b[2J \u202e" + "w" * 10_000


def test_what_a_host_prints_is_inert_and_cut_to_the_width() -> None:
    plan = drawn().plan
    board = board_of(plan, 0.0)
    board.set_stage("copy", Stage.RUNNING, 1.0, HOSTILE)
    progress = progress_of(board, 2.0, (HOSTILE,), printed(HOSTILE), None, "")
    lines = [*log_lines(progress, 80, 10), *status_lines(progress, 80)]
    lines += [line for item in step_items(progress, plan, frozenset({"step copy"}), 80) for line in item.lines]
    assert all(line.cell_length <= 80 for line in lines)
    assert "\x1b" not in "".join(line.plain for line in lines)
    assert "[red]x[/red]" in "".join(line.plain for line in lines)


def test_lines_that_a_program_overwrote_are_lines_of_their_own() -> None:
    assert printed("10%\r20%\r\n30%\n").splitlines() == ["10%", "20%", "30%"]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (
            "begins: copy the database of cf-dc1-db1.example.com into /new",
            "begins: copy the database of cf-dc1-db1 into /new",
        ),
        ("it is cf-dc1-db2.example.com itself: yes", "it is cf-dc1-db2 itself: yes"),
        ("it follows cf-dc1-db1.example.com.", "it follows cf-dc1-db1."),
        ("move /old/cf-dc1-db1.example.com/x aside", "move /old/cf-dc1-db1.example.com/x aside"),
        ("cf-dc1-db1.example.com.au is another host", "cf-dc1-db1.example.com.au is another host"),
    ],
)
def test_hosts_are_named_without_their_domain_in_the_log_and_paths_stay(words: str, told: str) -> None:
    assert short_names(words, demo_fleet()) == told


def test_that_clients_cannot_write_is_said_first_with_the_seconds() -> None:
    fleet = of_region(demo_fleet(), "global")
    parts = simulated_parts(living("failed-over", clock()), "global")
    found = draw_up(parts.observer, fleet, Order("failback", "global"), "20260301-030000-aaaa")
    assert isinstance(found, Drawn)
    board = board_of(found.plan, 0.0)
    board.set_stage(found.plan.without_writes[0], Stage.RUNNING, 10.0)
    progress = progress_of(board, 12.5, (), "", None, "")
    first = next(iter(status_lines(progress, 80)))
    assert first.plain == "✖ CLIENTS CANNOT WRITE now: 2.5 s"


def test_every_outcome_of_a_run_has_word_symbol_and_meaning() -> None:
    codes = {ExitCode.OK, ExitCode.REFUSED, ExitCode.HALF_WAY, ExitCode.CANCELLED, ExitCode.ROLLED_BACK}
    assert set(OUTCOMES) == codes
    assert len({word.split()[0] for word, _, _ in OUTCOMES.values()}) == len(codes)


# --- a run's thread --------------------------------------------------------------------------------------------------


def test_a_run_that_is_stopped_before_it_has_reached_its_hosts_changes_nothing(tmp_path: Path) -> None:
    world = living("standby-out-of-date", clock())
    place = simulated_place(demo_fleet(), world, tmp_path)
    carrying = Carrying(place, of_region(demo_fleet(), "dc1"), drawn().plan, start_of(drawn().plan, "why", None))
    carrying.stop()
    carrying.begin()
    assert carrying.wait(30)
    assert carrying.outcome is not None
    assert carrying.outcome.code is ExitCode.CANCELLED
    assert world.now().region("dc1").databases[1].lease is None


def test_a_listener_that_fails_does_not_stop_a_run(tmp_path: Path) -> None:
    place = simulated_place(demo_fleet(), living("standby-out-of-date", clock()), tmp_path)
    plan = drawn().plan
    carrying = Carrying(place, of_region(demo_fleet(), "dc1"), plan, start_of(plan, "why", None))

    def broken() -> None:
        raise RuntimeError("a screen that is gone")

    carrying.listen(broken)
    carrying.begin()
    assert carrying.wait(60)
    assert carrying.outcome is not None
    assert carrying.outcome.code is ExitCode.OK


def test_a_lock_that_is_not_proven_safe_may_be_offered_as_a_risk_and_a_rebuild_beside_it() -> None:
    fleet = of_region(demo_fleet(), "dc1")
    snapshot = simulated_parts(living("lock-safe", clock()), "dc1").observer.survey(layout_sections(fleet))
    offers = offers_instead(fleet, snapshot, Order("lock-cleanup", "dc1"), "20260301-030000-aaaa")
    assert [(each.order.runbook, each.risky) for each in offers] == [("lock-cleanup", True), ("rebuild-standby", False)]


def test_a_journal_is_read_again_only_when_it_has_grown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    journal = begun_journal(tmp_path, 2**22 + 1)
    shelf, read = Shelf(tmp_path), []

    def counted(path: Path) -> tuple[Event, ...]:
        read.append(path)
        return read_events(path)

    monkeypatch.setattr(reading, "read_events", counted)
    assert len(shelf.listing((), ()).runs) == 1
    assert shelf.listing((), ()).runs[0].run.outcome is None
    assert len(read) == 1
    journal.write(Kind.END, code=12, words="the end")
    journal.close()
    assert shelf.listing((), ()).runs[0].run.outcome is ExitCode.CANCELLED


# --- real hosts ------------------------------------------------------------------------------------------------------


def on_loopback() -> Fleet:
    """The reference fleet, every host at a port of this machine where nobody listens."""
    fleet = demo_fleet()
    regions = tuple(
        replace(region, databases=tuple(map(nobody_at, region.databases)), uis=(), endpoint=None)
        for region in fleet.regions
    )
    return replace(fleet, regions=regions)


def nobody_at(host: Host) -> Host:
    assert host.postgresql is not None
    settings = replace(host.postgresql, port=1)
    return replace(host, address="127.0.0.1", ssh=replace(host.ssh, port=1), postgresql=settings)


def test_on_real_hosts_nothing_is_contacted_before_somebody_looks() -> None:
    threads = threading.active_count()
    wizards = wizards_on_hosts(on_loopback())
    assert threading.active_count() == threads
    assert wizards.busy() == ()


def test_real_hosts_that_do_not_answer_are_told_with_the_reason_of_each() -> None:
    found = wizards_on_hosts(on_loopback()).fitting("dc1", None)
    assert isinstance(found, tuple)
    assert [each.runbook for each in found if isinstance(each, NoFit)] == list(NAMES)
    assert "Connection refused" in "".join(each.reason for each in found if isinstance(each, NoFit))
