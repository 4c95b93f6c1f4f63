"""`runs`, `runs show ID`, `runs report ID`: what was done from this machine. Reads journals, contacts nobody."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from pathlib import Path

from rich.cells import cell_len, set_cell_size

from console.errors import UsageError
from console.facts.text import one_line
from console.runner.journal import journal_path, read_events
from console.runner.report import markdown_report, plain_page
from console.runner.runs import Run, list_runs, read_run
from console.terminal.page import Page

_HEADINGS = ("ID", "when (UTC)", "runbook", "target", "outcome", "who", "reason")
_ROOM_FOR_REASON = 24


def print_runs(page: Page, folder: Path) -> None:
    """The table of all runs, newest first, and which journals cannot be read."""
    runs, damaged = list_runs(folder)
    if runs:
        _print_table(page, [_HEADINGS, *(_row(run) for run in runs)])
    else:
        page.line(f"No run was made from here yet ({folder}).")
    for error in damaged:
        page.verbatim(str(error), "damaged: ", "yellow")


def print_run(page: Page, folder: Path, run: str) -> None:
    """One run: the head, its steps, and what happened, a line each."""
    known = known_run(folder, run)
    page.verbatim(plain_page(known, read_events(journal_path(folder, run))).rstrip("\n"), "")


def print_report(page: Page, folder: Path, run: str) -> None:
    """One run for the hand-over, in Markdown."""
    known = known_run(folder, run)
    page.verbatim(markdown_report(known, read_events(journal_path(folder, run))).rstrip("\n"), "")


def known_run(folder: Path, run: str) -> Run:
    """The run with that ID. UsageError for an unknown one, with the nearest; JournalError for a damaged journal."""
    known = [path.stem for path in folder.glob("*.jsonl")] if folder.is_dir() else []
    if run not in known:
        near = difflib.get_close_matches(run, known, n=1, cutoff=0.5)
        hint = f"; did you mean {near[0]}?" if near else "; 'vmdb-console runs' lists them" if known else ""
        none = "" if known else f"; no run was made from here yet ({folder})"
        raise UsageError(f"There is no run '{one_line(run, 80)}'{hint}{none}. Nothing was changed.")
    return read_run(folder, run)


def _row(run: Run) -> tuple[str, ...]:
    target = run.target.partition(".")[0]
    when = f"{run.began:%Y-%m-%d %H:%M}"
    row = (run.run, when, run.runbook, target, run.words_for_outcome, run.who, run.reason)
    return tuple(one_line(value, 300) for value in row)


def _print_table(page: Page, rows: Sequence[Sequence[str]]) -> None:
    """Columns as wide as their widest; where the reason has no room beside the others, it goes below them."""
    widths = [max(cell_len(row[column]) for row in rows) for column in range(len(_HEADINGS))]
    beside = not page.asks or sum(widths[:-1]) + 2 * len(widths) + _ROOM_FOR_REASON <= page.console.width
    columns = len(_HEADINGS) - 1 if beside else len(_HEADINGS) - 2
    for number, row in enumerate(rows):
        cells = [set_cell_size(row[column], widths[column]) for column in range(columns)]
        line = "  ".join([*cells, row[-1]] if beside else cells).rstrip()
        page.console.print(line, style="bold" if number == 0 else "", soft_wrap=True)
        if not beside:
            page.hanging("    ", f"{row[-2]}: {row[-1]}")
