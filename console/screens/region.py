"""One region: everything that is known about its pair, side by side, each figure with its witness and its age."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widgets import Input, Static

from console.inventory.fleet import Region
from console.scene import Face, Scene
from console.screens.base import SceneScreen
from widgets.region_layout import Line, row_text, section_text
from widgets.region_page import headline, region_lines
from widgets.rows import RowList
from widgets.words import plain


class RegionScreen(SceneScreen):
    """Shows the region called `name`. Only lines that are seen are drawn; the cursor stays on its figure."""

    NAME = "Region"
    ABOUT = (
        "Everything that is known about one pair, host by host: where the witnesses disagree first, then replication, "
        "timelines, Pacemaker or the failover scripts, the WAL archive, what a client meets, logs, settings, hosts. "
        "Behind each figure stand its witness and its age."
    )
    ACTIONS = ("repair", "filter", "copy", "open", "next-section", "previous-section")
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("tab", "app.act('next-section')", show=False),
        Binding("shift+tab", "app.act('previous-section')", show=False),
    ]
    CSS = """
    RegionScreen #region-head { height: 1; padding: 0 1; }
    RegionScreen RowList { padding: 0 1; }
    RegionScreen #region-filter { height: 1; border: none; padding: 0 1; background: $panel; display: none; }
    RegionScreen #region-none { height: 1fr; padding: 1 2; display: none; }
    """

    def __init__(self, name: str) -> None:
        super().__init__()
        self.region_name = name
        self._lines: dict[str, Line] = {}
        self._drawn: tuple[object, ...] = ()

    @property
    def inventory_region(self) -> Region | None:
        """The region in the inventory; None where a recording or a selection does not have it."""
        return next((each for each in self.setting.fleet.regions if each.name == self.region_name), None)

    def compose(self) -> ComposeResult:
        """The region's line, its figures, the filter."""
        yield Static("", id="region-head", markup=False)
        yield RowList(id="region-lines")
        yield Static("", id="region-none", markup=False)
        yield Input(placeholder="words that a line must contain; esc shows all", id="region-filter")

    def on_mount(self) -> None:
        """The figures have the focus. A recording has the square brackets for its own time."""
        self.query_one(RowList).focus()
        if self.setting.face is Face.REPLAY:
            for key in ("left_square_bracket", "right_square_bracket"):
                self._bindings.key_to_bindings.pop(key, None)

    def on_resize(self) -> None:
        """Another width is another layout."""
        self.call_after_refresh(self.redraw)

    # -- drawing ---------------------------------------------------------------------------------------------------

    def redraw(self) -> None:
        """Draw what the application has now."""
        if self.is_mounted:
            self.draw(self.console.scene, self.console.now())

    def draw(self, scene: Scene | None, now: datetime) -> None:
        """Lay out anew once a second, and when the width or the filter is another one: Scenes may come faster."""
        width = self._width()
        known = (scene is None, now.replace(microsecond=0), width, self._words())
        region = self.inventory_region
        if known == self._drawn or width <= 0:
            return
        self._drawn = known
        if scene is None or region is None:
            self._say("waiting for the first answer" if region is not None else "this fleet has no such region")
            return
        self.query_one("#region-head", Static).update(headline(scene.snapshot, region, scene.findings, now))
        history = scene.lags.get(region.name, ())
        lines = region_lines(
            scene.snapshot, region, scene.findings, now, width=width, words=self._words(), history=history
        )
        self._lines = {line.key: line for line in lines}
        self._say("" if lines else f"nothing here contains “{self._words()}”")
        self.query_one(RowList).show(list(self._lines), self._content)

    def _width(self) -> int:
        """Cells of a line: all but the margins and the scroll bar."""
        return self.size.width - 3 if self.is_mounted else 0

    def _words(self) -> str:
        return self.query_one("#region-filter", Input).value.strip()

    def _content(self, key: str, width: int) -> tuple[Content, ...]:
        line = self._lines.get(key)
        return (line.content,) if line is not None else ()

    def _say(self, words: str) -> None:
        """Words instead of figures, or "" where there are figures."""
        none, rows = self.query_one("#region-none", Static), self.query_one(RowList)
        if words:
            none.update(plain(words))
        none.display, rows.display = bool(words), not words

    # -- actions ---------------------------------------------------------------------------------------------------

    def reason_disabled(self, action: str) -> str:
        """The cursor decides what can be opened or copied."""
        if action == "open" and self._finding() is None:
            return "this figure belongs to no finding; those with one are in “What is wrong”"
        if action == "copy" and self._line() is None:
            return "there is nothing here to copy"
        return super().reason_disabled(action)

    def action_repair(self) -> None:
        """Begin what mends the finding under the cursor, or the region's worst that a runbook mends."""
        self.console.begin_repair(self.region_name, self._finding() or self._mendable())

    def action_open(self) -> None:
        """Open the finding that the figure under the cursor belongs to."""
        finding = self._finding()
        if finding is not None:
            self.console.open_finding(finding)

    def action_filter(self) -> None:
        """Show the line to type words into."""
        field = self.query_one("#region-filter", Input)
        field.display = True
        field.focus()

    def action_copy(self) -> None:
        """Copy the figure under the cursor, or on a heading its whole section."""
        line, region = self._line(), self.inventory_region
        if line is None or region is None:
            return
        first, second = (host.name for host in region.databases)
        told = section_text(line.section, (first, second)) if line.row is None else row_text(line.row, (first, second))
        self.console.copy(f"{self.region_name}: {told}")

    def action_next_section(self) -> None:
        """Move the cursor to the next heading."""
        self._jump(1)

    def action_previous_section(self) -> None:
        """Move the cursor to the heading before."""
        self._jump(-1)

    async def action_back(self) -> None:
        """Clear the filter first, then leave."""
        field = self.query_one("#region-filter", Input)
        if field.display:
            self._end_filter(clear=True)
        else:
            await self.console.action_back()

    @on(Input.Changed, "#region-filter")
    def _filtered(self) -> None:
        self.redraw()

    @on(Input.Submitted, "#region-filter")
    def _filter_chosen(self) -> None:
        self._end_filter(clear=not self._words())

    @on(RowList.Chosen)
    async def _chosen(self) -> None:
        await self.console.action_act("open")

    def _end_filter(self, *, clear: bool) -> None:
        """Back to the figures; the field stays visible as long as it hides lines."""
        field = self.query_one("#region-filter", Input)
        if clear:
            field.value = ""
            field.display = False
        self.query_one(RowList).focus()
        self.redraw()

    def _jump(self, by: int) -> None:
        rows = self.query_one(RowList)
        keys = list(self._lines)
        headings = [place for place, key in enumerate(keys) if self._lines[key].heading]
        here = keys.index(rows.key) if rows.key in self._lines else 0
        further = [place for place in headings if (place > here if by > 0 else place < here)]
        if further:
            place = further[0] if by > 0 else further[-1]
            rows.select(keys[place])
            rows.scroll_to(y=place, animate=False, force=True)

    def _line(self) -> Line | None:
        key = self.query_one(RowList).key if self.is_mounted else None
        return self._lines.get(key) if key is not None else None

    def _finding(self) -> str | None:
        line = self._line()
        return line.finding if line is not None else None

    def _mendable(self) -> str | None:
        """The region's worst finding that a runbook mends."""
        from console.runbooks.names import NAMES

        scene = self.console.scene
        own = [f for f in scene.findings if f.region == self.region_name] if scene is not None else []
        return next((finding.key for finding in own if finding.remedy in NAMES), None)
