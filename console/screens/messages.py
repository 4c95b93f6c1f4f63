"""Messages from the Source's thread to the application."""

from __future__ import annotations

from dataclasses import dataclass

from textual.message import Message

from console.scene import Scene


@dataclass
class SceneTaken(Message):
    """A new Scene. Of several waiting ones only the newest is worth drawing."""

    scene: Scene

    def can_replace(self, message: Message) -> bool:
        """A newer Scene makes an older one superfluous."""
        return isinstance(message, SceneTaken)


@dataclass
class SourceFailed(Message):
    """The Source's thread ended by a defect; the screen must say so, since its figures stop. Outside text."""

    reason: str
