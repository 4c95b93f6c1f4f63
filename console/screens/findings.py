"""Every finding, worst first, those that follow from another under it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import ClassVar

from textual.app import ComposeResult
from textual.content import Content

from console.diagnosis.finding import Finding
from console.scene import Scene
from console.screens.narrowing import NarrowingScreen
from widgets.columns import beside, cell, joined
from widgets.filter_line import FilterLine
from widgets.finding_lines import FindingTrees, Listed, count_text, finding_row
from widgets.finding_page import finding_text
from widgets.line import Line
from widgets.mending import reason_no_repair
from widgets.rows import RowList
from widgets.words import FAINT, plain

_WAITING = Content.styled(" ? waiting for the first answer", "$status-unknown")


class FindingsScreen(NarrowingScreen):
    """The list of findings; enter opens one."""

    NAME = "Findings"
    ABOUT = (
        "Everything that is wrong or could not be seen, worst first. What follows from another finding stands under "
        "it, with ↳. UNKNOWN is what could not be looked at: neither fine nor an alarm."
    )
    ACTIONS: ClassVar[tuple[str, ...]] = ("open", "filter", "repair", "copy")
    CSS = "FindingsScreen > #counts { margin: 0 0 1 0; }"

    def __init__(self) -> None:
        super().__init__()
        self._scene: Scene | None = None
        self._trees = FindingTrees()
        self._listed: dict[str, Listed] = {}
        self._narrowed_by = ""

    def compose(self) -> ComposeResult:
        """Counts, the list, the filter."""
        yield Line(_WAITING, id="counts")
        yield RowList(id="findings")
        yield FilterLine()

    def draw(self, scene: Scene | None, now: datetime) -> None:
        """Show the Scene's findings."""
        if scene is None:
            return
        if scene is not self._scene:
            self._scene, self._trees = scene, FindingTrees.of(scene.findings)
        listed = self._trees.matching(self.words) if self.words else self._trees.every
        self._listed = {item.key: item for item in listed}
        width = self.size.width
        self.query_one("#counts", Line).show(heading(scene.findings, len(listed), self.words, width))
        rows = self.query_one(RowList)
        rows.show([item.key for item in listed], lambda key, room: [finding_row(self._listed[key], room)])
        if self.words != self._narrowed_by:
            self._narrowed_by = self.words
            if self.words and listed:
                rows.select(listed[0].key)

    def selected(self) -> Finding | None:
        """The finding under the cursor."""
        key = self.query_one(RowList).key
        item = self._listed.get(key) if key is not None else None
        return item.finding if item is not None else None

    def reason_disabled(self, action: str) -> str:
        """Nothing can be done with a finding where there is none."""
        finding = self.selected() if self.is_mounted else None
        if action in ("open", "copy", "repair") and finding is None:
            return "no finding is selected"
        return reason_no_repair(finding, self.setting.fleet) if action == "repair" and finding is not None else ""

    def on_row_list_chosen(self, message: RowList.Chosen) -> None:
        """Open the finding."""
        self.console.open_finding(message.key)

    def action_open(self) -> None:
        """Open the finding under the cursor."""
        self.query_one(RowList).action_choose()

    def action_repair(self) -> None:
        """Begin what mends the finding under the cursor."""
        finding = self.selected()
        if finding is not None:
            self.console.begin_repair(finding.region, finding.key)

    def action_copy(self) -> None:
        """Copy the finding under the cursor as text."""
        finding = self.selected()
        self.console.copy(finding_text(finding, self.console.now()) if finding is not None else "")


def heading(findings: Sequence[Finding], shown: int, words: str, width: int) -> Content:
    """How many of each severity; with a filter, how many of them it shows."""
    told = joined([Content.styled("Findings", "bold"), count_text(findings)])
    if not words:
        return cell(Content.assemble(" ", told), width)
    narrowed = Content.assemble(
        plain(f"{shown} of {len(findings)} have "), plain(f"“{words}”"), (" · esc: all ", FAINT)
    )
    return beside(Content.assemble(" ", told), narrowed, width)
