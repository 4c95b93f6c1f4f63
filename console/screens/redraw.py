"""Drawing only what has changed."""

from __future__ import annotations

from textual.content import Content
from textual.widgets import Static


def update(widget: Static, content: Content) -> None:
    """Let the widget show `content`; nothing is drawn where it does already."""
    if not isinstance(widget.content, Content) or not widget.content.is_same(content):
        widget.update(content)
