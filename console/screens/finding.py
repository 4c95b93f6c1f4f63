"""One finding, whole: evidence with witnesses and ages, what it means, what to do."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.content import Content

from console.diagnosis.finding import Finding
from console.scene import Scene
from console.screens.base import SceneScreen
from widgets.finding_page import finding_page, finding_text
from widgets.line import Line
from widgets.mending import reason_no_repair

_WIDEST = 120
"""Lines longer than this are hard to read."""


class FindingScreen(SceneScreen):
    """The page of a finding, by its key; it stays when the finding is gone, and says so."""

    NAME = "Finding"
    ABOUT = (
        "One finding: what is wrong, what to do, the facts it rests on with the witness and the age of each, what it "
        "follows from and what follows from it, and what its code means."
    )
    ACTIONS: ClassVar[tuple[str, ...]] = ("repair", "copy")
    CSS = """
    FindingScreen > VerticalScroll { height: 1fr; background: $background; padding: 0 1; }
    FindingScreen Line { height: auto; }
    """

    def __init__(self, finding_key: str) -> None:
        super().__init__()
        self._key = finding_key
        self._finding: Finding | None = None
        self._gone_since: datetime | None = None

    def compose(self) -> ComposeResult:
        """The page."""
        with VerticalScroll():
            yield Line(Content("This finding does not hold any more."), id="page")

    def on_mount(self) -> None:
        """Let keys scroll it."""
        self.query_one(VerticalScroll).focus()

    def draw(self, scene: Scene | None, now: datetime) -> None:
        """Show the finding as it is now, or as it was."""
        if scene is None:
            return
        found = next((item for item in scene.findings if item.key == self._key), None)
        if found is not None:
            self._finding, self._gone_since = found, None
        elif self._gone_since is None:
            self._gone_since = now
        if self._finding is not None:
            width = min(_WIDEST, max(20, self.query_one(VerticalScroll).scrollable_content_region.width))
            page = finding_page(self._finding, scene.findings, width, now, self._gone_since)
            self.query_one("#page", Line).show(Content("\n").join(page))

    def reason_disabled(self, action: str) -> str:
        """There is nothing to mend or to copy of a finding that was gone before the page was open."""
        if action not in ("repair", "copy"):
            return ""
        if self._finding is None or (action == "repair" and self._gone_since is not None):
            return "this finding does not hold any more"
        return reason_no_repair(self._finding, self.setting.fleet) if action == "repair" else ""

    def action_repair(self) -> None:
        """Begin what mends it."""
        if self._finding is not None:
            self.console.begin_repair(self._finding.region, self._finding.key)

    def action_copy(self) -> None:
        """Copy it as text."""
        if self._finding is not None:
            self.console.copy(finding_text(self._finding, self.console.now()))
