"""How a run sees: the same witnesses, parsers and Ledger as the Poller, asked when a run needs to know."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from console.facts.snapshot import Snapshot


class Observer(Protocol):
    """Fresh facts on demand. Every snapshot it gives is already `.current()`."""

    def survey(self, sections: Iterable[tuple[str, str]] = ()) -> Snapshot:
        """Everything: slow sections, the dear evidence that the diagnosis calls for, and (host, section) more."""

    def look(self, *, clients: bool = False, sections: Iterable[tuple[str, str]] = ()) -> Snapshot:
        """The pair's fast sections anew, with (host, section) more, and with `clients` what a client meets. A UI
        appliance that `sections` name is asked for its fast ones too.

        Slow facts and evidence of earlier looks stay in it with their age.
        """

    def close(self) -> None:
        """Drop every connection at once."""


class Clock(Protocol):
    """Time for the Runner: a test's clock passes when it is slept on."""

    def monotonic(self) -> float:
        """Seconds since some moment."""

    def time(self) -> float:
        """Seconds since the epoch, UTC."""

    def sleep(self, seconds: float) -> None:
        """Let time pass."""
