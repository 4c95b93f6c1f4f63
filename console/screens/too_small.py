"""What is shown while the terminal is too small for any screen; it goes away when the terminal grows."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.content import Content
from textual.geometry import Size
from textual.screen import ModalScreen
from textual.widgets import Static

from console.scene import Setting
from console.screens.bindings import bindings_of

WIDTH, HEIGHT = 60, 16
"""The least that the screens are made for."""


def fits(size: Size) -> bool:
    """Whether a terminal of this size can show the screens."""
    return size.width >= WIDTH and size.height >= HEIGHT


class TooSmallScreen(ModalScreen[None]):
    """Says what is needed. Polling and runs go on behind it."""

    DEFAULT_CSS = """
    TooSmallScreen { align: center middle; background: $background; }
    TooSmallScreen > Static { width: 100%; height: auto; text-align: center; }
    """

    BINDINGS: ClassVar[list[BindingType]] = [*bindings_of(["quit"])]

    def __init__(self, setting: Setting) -> None:
        super().__init__()
        self._setting = setting

    def compose(self) -> ComposeResult:
        """The words."""
        yield Static("", markup=False)

    def on_mount(self) -> None:
        """Show the size that there is."""
        self.show(self.app.size)

    def show(self, size: Size) -> None:
        """Say what is needed, and what there is."""
        self.query_one(Static).update(words(self._setting, size))


def words(setting: Setting, size: Size) -> Content:
    """At most 38 columns and 7 lines, so that 40×12 shows it whole."""
    return Content.assemble(
        ("vmdb-console ", "bold"),
        (f" {setting.environment[:20]} ", "bold $environment-text on $environment"),
        "\n\n",
        (f"needs {WIDTH} columns × {HEIGHT} lines", "bold"),
        f"\nthis terminal has {size.width} × {size.height}",
        "\n\nPolling and runs go on.\nMake it larger, or press q to quit.",
    )
