"""The fleet: every region at once, and the findings below, worst first."""

from __future__ import annotations

from datetime import UTC, datetime

from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.screen import Screen
from textual.widgets import DataTable, Footer, Static

from console.diagnosis.finding import Finding
from console.facts.snapshot import Snapshot
from console.inventory.fleet import Fleet
from console.screens.finding import FindingScreen
from widgets.findings_table import FindingsTable
from widgets.region_panel import RegionPanel
from widgets.words import plain


class FleetScreen(Screen[None]):
    """Shows Snapshots as they come, and ages every second."""

    CSS = """
    #banner { height: 1; background: $primary; color: $text; padding: 0 1; }
    #regions { height: auto; max-height: 70%; }
    #trouble { height: auto; color: $error; display: none; }
    #nothing { height: auto; padding: 0 1; }
    """

    def __init__(self, fleet: Fleet, demo: str | None) -> None:
        super().__init__()
        self._fleet = fleet
        self._demo = demo
        self._snapshot: Snapshot | None = None
        self._findings: tuple[Finding, ...] = ()

    def compose(self) -> ComposeResult:
        """Banner, regions, findings, keys."""
        yield Static(id="banner", markup=False)
        yield Static(id="trouble", markup=False)
        with VerticalScroll(id="regions", can_focus=False):
            for region in self._fleet.regions:
                yield RegionPanel(region)
        yield Static("waiting for the first answer", id="nothing", markup=False)
        yield FindingsTable()
        yield Footer()

    def on_mount(self) -> None:
        """Begin to tick."""
        self.query_one(FindingsTable).focus()
        self._draw()
        self.set_interval(1.0, self._draw)

    def take(self, snapshot: Snapshot, findings: tuple[Finding, ...]) -> None:
        """Show a new Snapshot."""
        self._snapshot, self._findings = snapshot, findings
        self.query_one(FindingsTable).show(findings)
        nothing = self.query_one("#nothing", Static)
        nothing.update("no findings")
        nothing.display = not findings
        self._draw()

    def show_trouble(self, reason: str) -> None:
        """Say that polling has ended: what is on the screen gets older from now on."""
        trouble = self.query_one("#trouble", Static)
        trouble.update(plain(f"Polling has stopped: {reason}. The figures below are frozen; quit and start again."))
        trouble.display = True

    def on_data_table_row_selected(self, event: DataTable.RowSelected) -> None:
        """Open the finding under the cursor."""
        key = event.row_key.value
        finding = next((finding for finding in self._findings if finding.key == key), None)
        if finding is not None:
            self.app.push_screen(FindingScreen(finding))

    def _banner(self, now: datetime) -> str:
        environment = "DEMO" if self._demo else self._fleet.environment.upper()
        state = "waiting for the first answer" if self._snapshot is None else f"{now:%H:%M:%S} UTC"
        origin = f"scenario {self._demo}" if self._demo else self._fleet.source
        return f"vmdb-console · {environment} · READ-ONLY · {state} · {origin}"

    def _draw(self) -> None:
        now = datetime.now(UTC)
        self.query_one("#banner", Static).update(plain(self._banner(now)))
        if self._snapshot is not None:
            for panel in self.query(RegionPanel):
                panel.show(self._snapshot, self._findings, now)
