"""A piece of Content that is drawn anew only where it changed."""

from __future__ import annotations

from textual.content import Content
from textual.widgets import Static


class Line(Static):
    """Shows Content; one line unless its CSS says otherwise."""

    DEFAULT_CSS = "Line { height: 1; }"

    def __init__(self, content: Content | None = None, *, id: str | None = None, classes: str | None = None) -> None:
        self._shown = content or Content("")
        super().__init__(self._shown, id=id, classes=classes, markup=False)

    def show(self, content: Content) -> None:
        """Show it."""
        if not content.is_same(self._shown):
            self._shown = content
            self.update(content, layout=self.styles.auto_dimensions)
