"""The config file as values, and its one error."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from console.errors import UsageError


class SettingsError(UsageError):
    """The config file is wrong; the message lists every fault as `file:line: key: text` (exit code 64)."""


@dataclass(frozen=True, slots=True)
class Settings:
    """`theme` is a theme's name, or None where the file says nothing. `keymap`: keys by an action's id, as people write
    them (`R`, `ctrl+r`, `?`), several separated by commas.
    """

    theme: str | None = None
    keymap: Mapping[str, str] = field(default_factory=dict)
