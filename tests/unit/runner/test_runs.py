"""Runs as their journals tell: the state of steps, the list, the page and the report."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from console.exit_codes import ExitCode
from console.runner.journal import Journal, JournalError, Kind, journal_path, read_events
from console.runner.report import fenced, inline, markdown_report, plain_page
from console.runner.runs import Run, StepState, list_runs, read_run, run_of
from tests.unit.runner.runner_world import RUN, STEPS, B, Console, Fault, ManualClock, has

pytestmark = pytest.mark.usefixtures("quick_journals")


def journal(folder: Path) -> Journal:
    opened = Journal.create(folder, RUN, ManualClock())
    opened.write(
        Kind.BEGIN,
        runbook="some",
        who={"user": "eve", "host": "desk", "pid": 1},
        steps=[{"key": "one", "title": "One", "host": "a"}, {"key": "two", "title": "Two", "host": "b"}],
    )
    return opened


def told(folder: Path, *events: tuple[Kind, str | None, dict[str, object]]) -> Run:
    opened = journal(folder)
    for kind, step, data in events:
        opened.write(kind, step, **data)
    opened.close()
    return read_run(folder, RUN)


def state(run: Run, key: str = "one") -> StepState:
    return run.step(key).state


def test_a_step_nobody_spoke_of_is_not_begun(tmp_path: Path) -> None:
    assert state(told(tmp_path)) is StepState.NOT_BEGUN


def test_an_intent_alone_may_have_been_carried_out(tmp_path: Path) -> None:
    run = told(tmp_path, (Kind.INTENT, "one", {"changes": True}))
    assert (state(run), run.changed) == (StepState.INTENDED, True)


def test_what_certainly_did_not_reach_the_host_takes_its_intent_back(tmp_path: Path) -> None:
    run = told(tmp_path, (Kind.INTENT, "one", {"changes": True}), (Kind.UNREACHED, "one", {"changed": False}))
    assert (state(run), run.changed) == (StepState.NOT_BEGUN, False)


def test_what_may_have_reached_the_host_does_not(tmp_path: Path) -> None:
    run = told(tmp_path, (Kind.INTENT, "one", {"changes": True}), (Kind.UNREACHED, "one", {"changed": None}))
    assert (state(run), run.changed) == (StepState.INTENDED, True)


def test_a_second_try_that_did_not_reach_the_host_does_not_hide_the_first(tmp_path: Path) -> None:
    run = told(
        tmp_path,
        (Kind.INTENT, "one", {"changes": True}),
        (Kind.UNREACHED, "one", {"changed": None}),
        (Kind.INTENT, "one", {"changes": True}),
        (Kind.UNREACHED, "one", {"changed": False}),
    )
    assert (state(run), run.changed) == (StepState.INTENDED, True)


def test_reading_alone_is_no_change(tmp_path: Path) -> None:
    assert not told(tmp_path, (Kind.INTENT, "one", {"changes": False})).changed


def test_a_run_without_an_end_has_no_outcome(tmp_path: Path) -> None:
    run = told(tmp_path, (Kind.VERIFIED, "one", {}))
    assert (run.outcome, run.finished, state(run)) == (None, False, StepState.VERIFIED)


def test_a_run_that_is_resumed_has_no_outcome_until_it_ends_again(tmp_path: Path) -> None:
    who = {"user": "adam", "host": "desk"}
    run = told(
        tmp_path,
        (Kind.END, None, {"code": 11, "words": "half-way"}),
        (Kind.RESUME, None, {"way": "resume", "who": who}),
    )
    assert (run.outcome, run.who) == (None, "adam@desk")


def test_the_last_error_is_kept(tmp_path: Path) -> None:
    assert told(tmp_path, (Kind.FAILED, "two", {"words": "no"})).error == "no"


def test_leases_are_those_that_were_not_given_back(tmp_path: Path) -> None:
    run = told(
        tmp_path,
        (Kind.LEASE, None, {"host": "a", "held": True}),
        (Kind.LEASE, None, {"host": "b", "held": True}),
        (Kind.LEASE, None, {"host": "a", "held": False}),
    )
    assert run.leases == ("b",)


def test_runs_are_listed_newest_first(tmp_path: Path) -> None:
    console = Console(tmp_path)
    console.start(run="20260301-030000-aaaa")
    console.world.clock.sleep(60)
    console.start(run="20260301-030100-bbbb")
    runs, damaged = list_runs(tmp_path)
    assert [run.run for run in runs] == ["20260301-030100-bbbb", "20260301-030000-aaaa"]
    assert damaged == ()


def test_a_damaged_journal_hides_no_other_run(tmp_path: Path) -> None:
    journal(tmp_path).close()
    (tmp_path / "20260301-030000-dddd.jsonl").write_bytes(b"{}\n{}\n")
    runs, damaged = list_runs(tmp_path)
    assert [run.run for run in runs] == [RUN]
    assert "20260301-030000-dddd.jsonl:1" in str(damaged[0])


def test_no_folder_is_no_run(tmp_path: Path) -> None:
    assert list_runs(tmp_path / "none") == ((), ())


def test_a_run_that_never_began_changed_nothing_and_says_so(tmp_path: Path) -> None:
    with pytest.raises(JournalError, match="Nothing was changed"):
        run_of(RUN, ())


@pytest.mark.parametrize(
    "data",
    [
        {"steps": 5, "who": "x", "parameters": []},
        {"steps": [5, {"key": 5}], "losses": "x"},
        {"runbook": 5, "reason": None},
    ],
)
def test_a_first_line_of_odd_shape_does_not_stop_the_list(tmp_path: Path, data: dict[str, Any]) -> None:
    opened = Journal.create(tmp_path, RUN, ManualClock())
    opened.write(Kind.BEGIN, **data)
    opened.close()
    assert len(list_runs(tmp_path)[0]) == 1


# --- for people ------------------------------------------------------------------------------------------------------


@pytest.fixture
def half_way(tmp_path: Path) -> tuple[Run, str, str]:
    console = Console(
        tmp_path, tuple(replace(step, before=(has(B, "late"),)) if step.key == "follow" else step for step in STEPS)
    )
    console.start({2: Fault.LIES_FAILED})
    events = read_events(journal_path(tmp_path, RUN))
    run = read_run(tmp_path, RUN)
    return run, markdown_report(run, events), plain_page(run, events)


def test_the_report_says_who_why_and_how_it_ended(half_way: tuple[Run, str, str]) -> None:
    run, report, _ = half_way
    assert "half\\-way" in report or "half-way" in report
    assert "**Why:** why" in report
    assert f"**Who:** {inline(run.who)}" in report


def test_the_report_has_every_command_and_output(half_way: tuple[Run, str, str]) -> None:
    _, report, _ = half_way
    assert f"put hold on {B}" in report
    assert "it said no" in report
    assert "exit status 1" in report


def test_the_report_has_the_pair_before_and_after(half_way: tuple[Run, str, str]) -> None:
    _, report, _ = half_way
    assert re.search(r"^## Before \(2026-03-01T03:00:00.000Z\)$", report, re.MULTILINE)
    assert re.search(r"^## After \(2026-03-01T03:0", report, re.MULTILINE)


def test_the_report_tells_the_guard_that_failed(half_way: tuple[Run, str, str]) -> None:
    _, report, page = half_way
    assert f"{B} has late: no" in report
    assert f"{B} has late" in page


@pytest.mark.parametrize(("way", "words"), [("resume", "resumed"), ("roll_back", "rolled back")])
def test_why_a_run_goes_on_or_is_taken_back_is_kept_and_told(tmp_path: Path, way: str, words: str) -> None:
    console = Console(tmp_path)
    console.start({4: Fault.LIES_DONE})
    getattr(console, way)(reason="the disk\nis mended")
    events = read_events(journal_path(tmp_path, RUN))
    (went_on,) = (event for event in events if event.kind is Kind.RESUME)
    assert went_on.data["reason"] == "the disk is mended"
    run = read_run(tmp_path, RUN)
    assert run.reason == "why"
    for page in (markdown_report(run, events), plain_page(run, events)):
        assert re.search(rf"{words} by .*, for: the disk is mended", page)


def test_without_a_reason_going_on_is_told_without_one(tmp_path: Path) -> None:
    console = Console(tmp_path)
    console.start({4: Fault.LIES_DONE})
    console.resume()
    events = read_events(journal_path(tmp_path, RUN))
    assert re.search(r"resumed by \S+@\S+$", plain_page(read_run(tmp_path, RUN), events), re.MULTILINE)


def test_the_page_has_a_line_a_step(half_way: tuple[Run, str, str]) -> None:
    run, _, page = half_way
    assert [line.split()[1] for line in page.splitlines() if re.match(r" +\d+\. ", line)] == [
        step.key for step in run.steps
    ]


def test_text_of_hosts_is_inert_in_the_report() -> None:
    assert inline("a|b *c* <img> [x](y) `z` \x1b[31m\n# d") == (
        "a\\|b \\*c\\* \\<img\\> \\[x\\](y) \\`z\\` \\[31m \\# d"
    )


def test_an_output_cannot_end_its_block() -> None:
    block = fenced("a\n```\n# head\n`````\nb\x1b[2J")
    assert block[0] == "``````text"
    assert block[-1] == "``````"
    assert "\x1b" not in "".join(block)


def test_an_outcome_that_is_no_exit_code_is_none(tmp_path: Path) -> None:
    assert told(tmp_path, (Kind.END, None, {"code": 99})).outcome is None


def test_an_outcome_is_read_as_its_exit_code(tmp_path: Path) -> None:
    run = told(tmp_path, (Kind.END, None, {"code": 13}))
    assert (run.outcome, run.finished) == (ExitCode.ROLLED_BACK, True)
