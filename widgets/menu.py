"""A page on which some items are there to be chosen: the cursor goes from one of them to the next."""

from __future__ import annotations

from textual.geometry import Region

from widgets.plan_outline import Outline, item_of


class Menu(Outline):
    """Items whose id begins with `choice` can be chosen; the others, headings and the like, are only read."""

    def __init__(self, choice: str, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self._choice = choice

    def action_cursor_down(self) -> None:
        """To the next choice; line by line where there is none."""
        if not self._step(1):
            super().action_cursor_down()

    def action_cursor_up(self) -> None:
        """To the choice before."""
        if not self._step(-1):
            super().action_cursor_up()

    def _step(self, by: int) -> bool:
        """Whether there is a choice that way; the cursor is on it then, and all its lines are seen."""
        places = [place for place, key in enumerate(self.keys) if self._begins_choice(place, key)]
        own = self.keys.index(self.key) if self.key in self.keys else 0
        ahead = [place for place in places if (place > own if by > 0 else place < own)]
        if not ahead:
            return False
        first = ahead[0] if by > 0 else ahead[-1]
        item = item_of(self.keys[first])
        self.go_to(item)
        lines = sum(item_of(key) == item for key in self.keys)
        self.scroll_to_region(Region(0, first, 1, lines), animate=False, force=True, x_axis=False)
        return True

    def _begins_choice(self, place: int, key: str) -> bool:
        item = item_of(key)
        return item.startswith(self._choice) and (place == 0 or item_of(self.keys[place - 1]) != item)
