"""The least screen: for tests of what stands around every screen."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from textual.app import ComposeResult
from textual.widgets import Input, OptionList, Static

from console.scene import Scene
from console.screens.base import SceneScreen


class PlainScreen(SceneScreen):
    """Three lines to move over, and what was done to it."""

    NAME: ClassVar[str] = "Plain"
    ABOUT: ClassVar[str] = "Three lines [not markup]."
    ACTIONS: ClassVar[tuple[str, ...]] = ("repair", "filter", "copy")

    def __init__(self) -> None:
        super().__init__()
        self.drawn: list[tuple[Scene | None, datetime]] = []
        self.filtered = 0
        self.why_not_copy = ""

    def compose(self) -> ComposeResult:
        yield OptionList("one", "two", "three")
        yield Input(id="words")
        yield Static("body", id="body")

    def draw(self, scene: Scene | None, now: datetime) -> None:
        self.drawn.append((scene, now))

    def action_filter(self) -> None:
        self.filtered += 1

    def action_copy(self) -> None:
        self.console.copy("what is selected")

    def action_repair(self) -> None:
        self.console.begin_repair("dc1", None)

    def reason_disabled(self, action: str) -> str:
        return self.why_not_copy if action == "copy" else ""


class OtherScreen(PlainScreen):
    """Another one."""

    NAME: ClassVar[str] = "Other"


class RegionPage(PlainScreen):
    """One about a region."""

    def __init__(self, region: str) -> None:
        super().__init__()
        self.named = region
