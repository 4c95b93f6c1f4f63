"""`?`: what one sees on the screen in front, and everything that can be done there; what cannot, with the reason."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from textwrap import wrap
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from console.facts.text import clean, one_line
from console.scene import Setting
from console.screens.actions import GROUPS
from console.screens.key_bar import Key

_COLUMN = 33
"""Where the help texts begin."""


@dataclass(frozen=True, slots=True)
class HelpFacts:
    """What help is about: a screen's name and what one sees there, the keys there, and this process."""

    name: str
    about: str
    keys: tuple[Key, ...]
    setting: Setting


class HelpScreen(ModalScreen[None]):
    """A page over the screen; typing searches it, esc leaves."""

    DEFAULT_CSS = """
    HelpScreen { align: center middle; background: $background 60%; }
    HelpScreen > Vertical {
        width: 90%; max-width: 110; height: 90%; border: round $primary; background: $surface; padding: 0 1;
    }
    HelpScreen Input { margin: 0 0 1 0; background: $panel; }
    HelpScreen VerticalScroll { height: 1fr; scrollbar-gutter: stable; }
    HelpScreen Static { height: auto; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,f1", "dismiss", "Back"),
        Binding("down", "scroll(1)", show=False),
        Binding("up", "scroll(-1)", show=False),
        Binding("pagedown", "page(1)", show=False),
        Binding("pageup", "page(-1)", show=False),
    ]

    def __init__(self, facts: HelpFacts) -> None:
        super().__init__()
        self._facts = facts

    def compose(self) -> ComposeResult:
        """Search line and page."""
        with Vertical() as box:
            box.border_title = Content(f"Help: {clean(self._facts.name or 'here')}")
            box.border_subtitle = Content("type to search · ↑↓ scroll · esc back")
            yield Input(placeholder="search", select_on_focus=False, compact=True)
            with VerticalScroll(can_focus=False):
                yield Static("", markup=False)

    def on_resize(self) -> None:
        """Wrap anew."""
        self._show()

    def on_input_changed(self, event: Input.Changed) -> None:
        """Show what contains the words."""
        event.stop()
        self._show()
        self.query_one(VerticalScroll).scroll_home(animate=False)

    def _show(self) -> None:
        page = self.query_one(VerticalScroll)
        words = self.query_one(Input).value
        self.query_one(Static).update(help_page(self._facts, words, max(40, page.size.width - 2)))

    def action_scroll(self, lines: int) -> None:
        """Scroll by a line."""
        self.query_one(VerticalScroll).scroll_relative(y=lines, animate=False)

    def action_page(self, pages: int) -> None:
        """Scroll by a page."""
        scroll = self.query_one(VerticalScroll)
        scroll.scroll_relative(y=pages * max(1, scroll.size.height - 1), animate=False)


def help_page(facts: HelpFacts, search: str, width: int) -> Content:
    """The page, `width` cells wide, with what contains every word of `search` (all of it without any)."""
    words = search.casefold().split()
    parts = [] if words else [*_about(facts)]
    for group in GROUPS:
        keys = [key for key in facts.keys if key.action.group == group and _contains(key, words)]
        if keys:
            parts += [Content.assemble((group, "bold")), *(_entry(key, width) for key in keys), Content("")]
    return Content("\n").join(parts or [Content("Nothing here has these words.")])


def _about(facts: HelpFacts) -> Iterator[Content]:
    setting = facts.setting
    if facts.about:
        yield from (Content(clean(facts.about, lines=True)), Content(""))
    yield Content.assemble(
        "Environment ", (clean(setting.environment), "bold"), f", {clean(setting.source or setting.fleet.source)}"
    )
    if setting.read_only:
        yield Content.assemble(("READ-ONLY", "bold"), f": {clean(setting.read_only)}.")
    else:
        yield Content.assemble(
            ("WRITE", "bold $status-warning"),
            ": guided repairs can be made. Each shows its whole plan first, and asks for the host's name.",
        )
    yield Content("")


def _contains(key: Key, words: Sequence[str]) -> bool:
    action = key.action
    text = f"{key.keys} {action.title} {action.help} {action.id} {action.group} {key.reason}".casefold()
    return all(word in text for word in words)


def _entry(key: Key, width: int) -> Content:
    """Keys, title, and what it does in a column of its own; or why it cannot be done."""
    first, *more = wrap(f"not now: {one_line(key.reason)}" if key.reason else key.action.help, max(20, width - _COLUMN))
    parts = [
        (f"  {key.keys:<13} ", "$faint" if key.reason else "bold $key"),
        (f"{key.action.title:<16} ", "$faint" if key.reason else ""),
        (first, "$status-warning" if key.reason else "$faint"),
    ]
    parts += [(f"\n{' ' * _COLUMN}{line}", parts[-1][1]) for line in more]
    return Content.assemble(*parts)
