"""The line at the bottom of every screen: the keys of what can be done here, as many as fit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from textual.content import Content
from textual.style import Style
from textual.widgets import Static

from console.screens.actions import Action, key_words


@dataclass(frozen=True, slots=True)
class Key:
    """An action with the keys it has here (as people read them), and why it cannot be done ("" where it can)."""

    action: Action
    keys: str
    reason: str = ""

    @property
    def first(self) -> str:
        """The key that the bar shows."""
        return self.keys.split(" or ")[0]


class KeyBar(Static):
    """Shows keys; a click does what the key does."""

    DEFAULT_CSS = """
    KeyBar { dock: bottom; height: 1; background: $panel; color: $foreground; padding: 0 1; }
    """

    def __init__(self) -> None:
        super().__init__("", markup=False)
        self.auto_links = False  # links would have one colour, and the keys have theirs
        self._shown: tuple[tuple[Key, ...], int] | None = None

    def show(self, keys: Sequence[Key]) -> None:
        """Draw them; where not all fit, those that can be used stay, and of them the ones in front."""
        width = (self.size.width or self.app.size.width) - 2
        shown = tuple(keys), width
        if shown == self._shown:
            return
        self._shown = shown
        self.update(bar(keys, width), layout=False)  # one line always


def bar(keys: Sequence[Key], width: int) -> Content:
    """The keys that fit into `width` cells; `?` for the rest always does. One that cannot be done now is faint, and
    gets no room before those that can; each stays at its place in the row, wherever the cursor goes.
    """
    last = [key for key in keys if key.action.id == "help"]
    offered = [key for key in keys if key.action.footer and key not in last]
    room = width - sum(_room(key) for key in last)
    chosen: set[str] = set()
    for key in sorted(offered, key=lambda each: bool(each.reason)):
        if _room(key) > room:
            break
        chosen.add(key.action.id)
        room -= _room(key)
    return Content("  ").join(_entry(key) for key in (*(key for key in offered if key.action.id in chosen), *last))


def _room(key: Key) -> int:
    return _entry(key).cell_length + 2


def keys_of(action: Action, keymap: dict[str, str], reason: str = "") -> Key:
    """The action with the keys that the keymap or the registry gives it."""
    return Key(action, key_words(keymap.get(action.id, action.keys)), reason)


def _entry(key: Key) -> Content:
    link = Style.from_meta({"@click": f"app.act('{key.action.id}')"})
    if key.reason:
        entry = Content.assemble((key.first, "$faint"), " ", (key.action.title, "$faint"))
    else:
        entry = Content.assemble((key.first, "bold $key"), " ", key.action.title)
    return entry.stylize(link)
