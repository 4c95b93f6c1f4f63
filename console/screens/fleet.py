"""The fleet: every region at once as primary → standby, and the worst findings below.

What draws a Scene (`fleet_page`) is loaded with the first one: the first paint does not wait for it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content

from console.diagnosis.finding import Finding
from console.facts.text import one_line
from console.screens.narrowing import NarrowingScreen
from widgets.filter_line import FilterLine
from widgets.finding_lines import FindingTrees, Listed, finding_row
from widgets.line import Line
from widgets.mending import reason_no_repair
from widgets.rows import RowList
from widgets.words import plain

if TYPE_CHECKING:
    from console.facts.snapshot import Snapshot
    from console.scene import Scene
    from console.screens.fleet_page import Arrangement


class FleetScreen(NarrowingScreen):
    """Regions and findings, two lists; tab goes from one to the other."""

    NAME = "Fleet"
    ABOUT = (
        "Every region as primary → standby: positions, timeline, sync state and lag with its last minutes, "
        "Pacemaker's attributes or the scripts' counter, VIP or DNS name, port 5432, archive, UI appliances, and the "
        "age of what is seen. A figure that is part of a finding has its symbol and colour; ? is what could not be "
        "seen; ≠ says where witnesses disagree. Below: the findings, worst first; where not all fit, without what "
        "follows from another. Tab goes from one list to the other."
    )
    ACTIONS: ClassVar[tuple[str, ...]] = ("open", "repair", "filter", "copy")
    CSS = """
    FleetScreen > #body { height: 1fr; }
    FleetScreen #waiting { height: auto; padding: 1 2; }
    FleetScreen #regions { height: auto; }
    FleetScreen RowList > .row-list--cursor { background: $background; }
    FleetScreen #regions:focus > .row-list--cursor { background: $foreground 8%; }
    FleetScreen #findings:focus > .row-list--cursor { background: $accent 20%; }
    """

    def __init__(self) -> None:
        super().__init__()
        self._listed: dict[str, Listed] = {}
        self._scene: Scene | None = None
        self._current: Snapshot | None = None
        self._trees = FindingTrees()
        self._plan: Arrangement | None = None

    def compose(self) -> ComposeResult:
        """Regions, a rule with the counts, findings, the filter."""
        with Vertical(id="body"):
            yield Line(self._waiting(), id="waiting")
            yield RowList(id="regions")
            yield Line(id="counts")
            yield RowList(id="findings")
            yield FilterLine()

    def on_mount(self) -> None:
        """The regions have the focus."""
        self.query_one("#regions").focus()

    def narrowed(self) -> RowList:
        """The filter is for findings."""
        return self.query_one("#findings", RowList)

    def on_resize(self) -> None:
        """Arrange it anew, when the new sizes are known."""
        self.call_after_refresh(self.redraw)

    def draw(self, scene: Scene | None, now: datetime) -> None:
        """Show the Scene."""
        self.query_one("#waiting").display = scene is None
        if scene is None:
            return
        if scene is not self._scene:
            self._scene, self._current = scene, scene.snapshot.current()
            self._trees = FindingTrees.of(scene.findings)
        self._draw_regions(scene, now)
        self._draw_findings(scene)

    def _draw_regions(self, scene: Scene, now: datetime) -> None:
        from console.screens.fleet_page import arrange, region_lines

        size = self.query_one("#body").size
        if not size:
            return  # before the first layout: a resize follows
        fleet = scene.snapshot.fleet
        plan = arrange(size.width, size.height, len(fleet.regions))
        rows = self.query_one("#regions", RowList)
        if plan != self._plan:
            self._plan = plan
            rows.styles.height = plan.regions
            self.call_after_refresh(self.redraw)  # the findings have another height then
        by_region: dict[str, list[Finding]] = {}
        for finding in scene.findings:
            by_region.setdefault(finding.region, []).append(finding)

        def lines(name: str, width: int) -> Sequence[Content]:
            return region_lines(scene, self._current, name, by_region.get(name, ()), width, now, full=plan.full)

        rows.show([region.name for region in fleet.regions], lines, plan.row)

    def _draw_findings(self, scene: Scene) -> None:
        from console.screens.fleet_page import findings_rule

        listed = self._trees.matching(self.words) if self.words else self._worst()
        self._listed = {item.key: item for item in listed}
        counts = self.query_one("#counts", Line)
        counts.show(findings_rule(scene.findings, len(listed), self.words, self.size.width))
        self.narrowed().show([item.key for item in listed], lambda key, width: [finding_row(self._listed[key], width)])

    def _worst(self) -> tuple[Listed, ...]:
        """All findings where they fit; else without what follows from another."""
        fits = len(self._trees.every) <= self.narrowed().size.height
        return self._trees.every if fits else self._trees.roots

    def selected(self) -> Finding | str | None:
        """The finding under the cursor where that list has the focus; else the region's name."""
        if self.narrowed().has_focus or self.query_one(FilterLine).has_focus:
            key = self.narrowed().key
            item = self._listed.get(key) if key is not None else None
            return item.finding if item is not None else None
        return self.query_one("#regions", RowList).key

    def reason_disabled(self, action: str) -> str:
        """Nothing can be done with what is not there."""
        if action not in ("open", "copy", "repair") or not self.is_mounted:
            return ""
        selected = self.selected()
        if selected is None:
            return "nothing is selected"
        if action == "repair" and isinstance(selected, Finding):
            return reason_no_repair(selected, self.setting.fleet)
        return ""

    def on_row_list_chosen(self, message: RowList.Chosen) -> None:
        """Open the region or the finding."""
        if message.rows.id == "regions":
            self.console.open_region(message.key)
        else:
            self.console.open_finding(message.key)

    def action_open(self) -> None:
        """Open what is under the cursor."""
        rows = self.narrowed() if isinstance(self.selected(), Finding) else self.query_one("#regions", RowList)
        rows.action_choose()

    def action_repair(self) -> None:
        """Begin what mends the finding, or a repair of the region."""
        selected = self.selected()
        if isinstance(selected, Finding):
            self.console.begin_repair(selected.region, selected.key)
        elif selected is not None:
            self.console.begin_repair(selected, None)

    def action_copy(self) -> None:
        """Copy the finding or the region as text."""
        from widgets.finding_page import finding_text

        selected = self.selected()
        if isinstance(selected, Finding):
            self.console.copy(finding_text(selected, self.console.now()))
        elif selected is not None and self._scene is not None:
            rows = self.query_one("#regions", RowList)
            self.console.copy(
                "\n".join(rows.line(selected, number).plain.rstrip() for number in range(rows.row_height))
            )

    def _waiting(self) -> Content:
        names = ", ".join(one_line(region.name, 80) for region in self.setting.fleet.regions)
        return plain(f"? waiting for the first answer of {names}", "$status-unknown")
