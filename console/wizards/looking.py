"""The eyes of a wizard: a thread that draws the plan up, and judges it anew on fresh looks while a person reads."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from console.errors import VmdbConsoleError
from console.inventory.fleet import Fleet
from console.runner.observer import Observer
from console.wizards.choosing import Order
from console.wizards.drawing_up import Drawn, Unfit, draw_up, judged_anew, look_for
from console.wizards.places import Place

_log = logging.getLogger(__name__)

PAUSE = 3.0
"""Seconds between two looks at a plan that is shown."""
PAUSE_UNFIT = 15.0
"""Seconds until it is tried again whether a runbook fits: that takes a survey."""


class NoLook(str):
    """Why nothing could be looked at, in words."""


Seen = Drawn | Unfit | NoLook
Tell = Callable[[Seen], None]


class Eyes:
    """Looks at one region for one order until `close`. `tell` is called in this thread with everything new.

    The plan is made once and only judged anew: what a person reads does not change under their eyes. `again` makes it
    anew.
    """

    def __init__(self, place: Place, fleet: Fleet, order: Order, tell: Tell, pause: float = PAUSE) -> None:
        self._place = place
        self._fleet = fleet
        self._order = order
        self._tell = tell
        self._pause = pause
        self._wake = threading.Event()
        self._ended = threading.Event()
        self._anew = True
        self._thread = threading.Thread(target=self._work, name=f"eyes on {order.region}", daemon=True)

    def open(self) -> None:
        """Begin to look."""
        self._thread.start()

    def again(self) -> None:
        """Make the plan anew, now."""
        self._anew = True
        self._wake.set()

    def close(self) -> None:
        """Look no more; a look that is under way is left to end by itself."""
        self._ended.set()
        self._wake.set()

    def _work(self) -> None:
        try:
            observer = self._place.look(self._fleet)
        except Exception as error:
            self._say(_no_look(error))
            return
        try:
            self._look_on(observer)
        finally:
            observer.close()

    def _look_on(self, observer: Observer) -> None:
        seen: Seen = NoLook("")
        while not self._ended.is_set():
            anew, self._anew = self._anew or not isinstance(seen, Drawn), False
            try:
                seen = self._see(observer, seen, anew=anew)
            except Exception as error:
                seen = _no_look(error)
            if self._anew:  # it was asked for while this one was made
                continue
            self._say(seen)
            self._wake.wait(self._pause if isinstance(seen, Drawn) else max(self._pause, PAUSE_UNFIT))
            self._wake.clear()

    def _see(self, observer: Observer, seen: Seen, *, anew: bool) -> Seen:
        if anew or not isinstance(seen, Drawn):
            return draw_up(observer, self._fleet, self._order, self._place.new_run())
        return judged_anew(seen, look_for(observer, self._fleet, seen.plan), self._order)

    def _say(self, seen: Seen) -> None:
        if not self._ended.is_set():
            self._tell(seen)


def _no_look(error: Exception) -> NoLook:
    if isinstance(error, VmdbConsoleError):
        return NoLook(str(error))
    _log.exception("a look for a plan failed")
    return NoLook(f"a defect of the console: {type(error).__name__}: {error}")
