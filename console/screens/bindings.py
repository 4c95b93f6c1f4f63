"""From the registry of actions to Textual's bindings. Every key goes through `act`, which knows the reasons."""

from __future__ import annotations

from collections.abc import Iterable

from textual.binding import Binding

from console.screens.actions import actions_of


def bindings_of(ids: Iterable[str]) -> list[Binding]:
    """A binding for each action, with its id, so that the config file's keymap can give it other keys."""
    return [
        Binding(action.keys, f"app.act('{action.id}')", action.title, id=action.id, show=action.footer)
        for action in actions_of(ids)
    ]
