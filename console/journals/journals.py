"""The runs made from here as a process that changes nothing knows them: their journals, read and shown."""

from __future__ import annotations

import threading
from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING, Any

from textual.app import App
from textual.screen import Screen

from console.errors import VmdbConsoleError
from console.journals.reading import KnownRun, Listing, Shelf, read_known
from console.runner.report import markdown_report

if TYPE_CHECKING:
    from console.screens.app import ConsoleApp


class Journals:
    """A folder of journals. `console.wizards.acting` adds to it what goes on in this process, and how one goes on.

    `reason` says why no run can be gone on with from here; `note` is shown below the list.
    """

    def __init__(self, folder: Path, reason: str = "", note: str = "") -> None:
        self.folder = folder
        self.note = note
        self._reason = reason
        self._shelf = Shelf(folder)

    def runs_screen(self) -> Screen[Any]:
        """The list of runs."""
        from console.journals.runs_screen import RunsScreen

        return RunsScreen(self)

    def open_run(self, app: App[Any], run: str) -> None:
        """Show what a run's journal tells."""
        from console.journals.run_page_screen import RunPageScreen

        app.push_screen(RunPageScreen(self, run))

    def why_not_onwards(self, known: KnownRun) -> str:
        """Why a run cannot be continued or rolled back; "" where it can."""
        del known
        return self._reason

    def open_going_on(self, app: App[Any], run: str, *, roll_back: bool, instead: bool = False) -> None:
        """Say why a run cannot be continued or rolled back here."""
        del run, roll_back, instead
        app.notify(self._reason, severity="warning", markup=False)

    def copy_report(self, app: ConsoleApp, run: str) -> None:
        """Read a run's journal in a thread, and put its Markdown report into the clipboard."""

        def read() -> None:
            try:
                known = self.read_known(run)
            except VmdbConsoleError as error:
                app.call_later(app.tell, str(error))
                return
            app.call_later(app.copy, markdown_report(known.run, known.events))

        threading.Thread(target=read, name=f"report of {run}", daemon=True).start()

    # --- called in worker threads -------------------------------------------------------------------------------------

    def read_listing(self) -> Listing:
        """Every run, from the journals."""
        return self._shelf.listing(self._driven(), self._began_here())

    def read_known(self, run: str) -> KnownRun:
        """One run with its events. Raises VmdbConsoleError."""
        return read_known(self.folder, run, self._driven(), self._began_here())

    # --- what a process that acts knows more of -----------------------------------------------------------------------

    def _driven(self) -> Collection[str]:
        """The runs that this process carries out now."""
        return ()

    def _began_here(self) -> Collection[str]:
        """The runs that this process has carried out, or does."""
        return ()
