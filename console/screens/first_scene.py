"""A Source that lets something be done once, after its first Scene: what must not delay what a person waits for."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from console.scene import Scene
    from console.screens.source import Publish, Source


class AfterFirstScene:
    """Implements console.screens.source.Source over another one. `then` is called in its thread, and must not block."""

    def __init__(self, source: Source, then: Callable[[], None]) -> None:
        self._source = source
        self._then: Callable[[], None] | None = then

    def run(self, publish: Publish) -> None:
        """Look; after the first Scene do it."""

        def published(scene: Scene) -> None:
            publish(scene)
            then, self._then = self._then, None
            if then is not None:
                then()

        self._source.run(published)

    def now(self) -> datetime:
        """The other one's."""
        return self._source.now()

    def hasten(self) -> None:
        """The other one's."""
        self._source.hasten()

    def stop(self) -> None:
        """The other one's; nothing is done after that."""
        self._then = None
        self._source.stop()

    def close(self) -> None:
        """The other one's."""
        self._source.close()
