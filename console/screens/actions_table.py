"""The registry of actions as a Markdown table, for the README and the docs."""

from __future__ import annotations

from collections.abc import Iterator

from console.screens.actions import ACTIONS, GROUPS, key_words


def markdown_table() -> str:
    """Every action: keys, title, what it does, and the id that the config file's keymap takes."""
    return "\n".join(["| keys | action | what it does | id |", "|---|---|---|---|", *_rows()])


def _rows() -> Iterator[str]:
    for group in GROUPS:
        for action in ACTIONS.values():
            if action.group == group:
                keys = " ".join(f"`{key}`" for key in key_words(action.keys).split(" or "))
                yield f"| {keys} | {action.title} | {action.help} | `{action.id}` |"
