"""What the screens with lists share: `/` narrows the list in front, escape widens it again before it leaves."""

from __future__ import annotations

from console.screens.base import SceneScreen
from widgets.filter_line import FilterLine
from widgets.rows import RowList


class NarrowingScreen(SceneScreen):
    """A screen with a FilterLine. `narrowed` is the list that its words narrow."""

    def narrowed(self) -> RowList:
        """The list that has the focus when the filter is left."""
        return self.query_one(RowList)

    @property
    def words(self) -> str:
        """The filter; "" shows everything."""
        return self.query_one(FilterLine).words

    def redraw(self) -> None:
        """Show the newest Scene."""
        self.draw(self.console.scene, self.console.now())

    def action_filter(self) -> None:
        """Type words."""
        self.query_one(FilterLine).begin()

    async def action_back(self) -> None:
        """Widen the list; where it is wide, leave."""
        if self.words:
            self.query_one(FilterLine).drop()
            self.narrowed().focus()
        else:
            await self.console.action_back()

    def on_filter_line_narrowed(self) -> None:
        """Other words."""
        self.redraw()

    def on_filter_line_left(self) -> None:
        """Back to the list."""
        self.narrowed().focus()
