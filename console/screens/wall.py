"""The wall: a screen that nobody touches. It shows only, and goes on whatever happens while it draws."""

from __future__ import annotations

import logging
from datetime import datetime
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widgets import Static

from console.facts.text import one_line
from console.scene import Scene
from console.screens.base import SceneScreen
from widgets.wall_page import TURN, WallFacts, wall_lines

_log = logging.getLogger(__name__)


class WallScreen(SceneScreen):
    """Tiles, and details that take turns. No key does anything but `q`; there is nothing to focus, click or select."""

    NAME = "Wall"
    ABOUT = "Every region in large letters, and below them the worst findings, pairs, appliances and changes in turn."
    ACTIONS = ()
    FRAMED = False
    ALLOW_SELECT = False
    AUTO_FOCUS = ""
    BINDINGS: ClassVar[list[BindingType]] = [Binding("q", "app.quit", show=False)]
    CSS = """
    WallScreen { background: $background; overflow: hidden; }
    WallScreen > #wall { width: 1fr; height: 1fr; overflow: hidden; }
    """

    def __init__(self) -> None:
        super().__init__()
        self._begun: datetime | None = None
        self._failed = ""
        self._drawn: tuple[object, ...] = ()

    @property
    def is_modal(self) -> bool:
        """Bindings end here: the application's keys are not the wall's."""
        return True

    def compose(self) -> ComposeResult:
        """One sheet of lines."""
        yield Static("", id="wall", markup=False)

    def on_resize(self) -> None:
        """Draw for the new size at once."""
        self.call_after_refresh(lambda: self.draw(self.console.scene, self.console.now()))

    def draw(self, scene: Scene | None, now: datetime) -> None:
        """Draw the Scene, once a second. A defect while drawing is logged and said in words; the next second draws
        again.
        """
        known = (now.replace(microsecond=0), self.size, scene is None)
        if not self.is_mounted or self.size.width <= 0 or known == self._drawn:
            return
        self._drawn = known
        sheet = self.query_one("#wall", Static)
        try:
            lines = self._lines(scene, now)
            self._failed = ""
        except Exception as error:  # for weeks on end: no Scene may end the wall
            lines = [self._trouble(error, now)]
        sheet.update(Content("\n").join(lines))

    def _lines(self, scene: Scene | None, now: datetime) -> list[Content]:
        self._begun = self._begun or now
        turn = int(max(0.0, (now - self._begun).total_seconds()) // TURN)
        return wall_lines(self._facts(scene), now, self.size.width, self.size.height, turn)

    def _facts(self, scene: Scene | None) -> WallFacts:
        setting = self.setting
        source = setting.source or setting.fleet.source
        if scene is None:
            return WallFacts(setting.fleet, setting.environment, source)
        return WallFacts(
            setting.fleet, setting.environment, source, scene.snapshot, scene.findings, scene.changes, scene.lags
        )

    def _trouble(self, error: Exception, now: datetime) -> Content:
        """What went wrong, once in the log, and on the screen as long as it stays."""
        words = f"{type(error).__name__}: {one_line(str(error))}"
        if words != self._failed:
            self._failed = words
            _log.exception("the wall could not be drawn")
        said = f" {now:%H:%M:%S} UTC  The wall could not be drawn ({words}). It tries again every second."
        return Content.styled(said, "bold $status-unknown")
