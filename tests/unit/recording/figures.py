"""Figures of a recording, by simulated time: `python -m tests.unit.recording.figures [HOURS]` prints them.

Bytes a host and hour of a healthy and of a busy fleet at polls every 2 s, CPU of the recorder a reply, and the time
of a seek in a recording of HOURS (24): the same hours are told again and again with their times moved on.
"""

from __future__ import annotations

import random
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from console.facts.client import ClientView
from console.facts.observed import Observed
from console.history.change import LagPoint
from console.inventory.fleet import Fleet
from console.polling.witnesses import Witnesses
from console.recording.player import Player
from console.recording.recorder import MAX_BYTES
from console.recording.replies import document_of, section_names
from console.recording.values import view_document
from console.recording.writer import StreamKey, Writer
from console.simulation import events
from console.transport.protocol import Reply
from tests.unit.history.watching import BEGIN, DB2, Watch

_MINUTES = 10


class Heard:
    """What was heard of a region in some minutes."""

    def __init__(self, watch: Watch, *, busy: bool) -> None:
        self.fleet: Fleet = watch.fleet
        self.replies: list[Reply] = []
        self.views: list[tuple[str, Observed[ClientView]]] = []
        ears: Any = _Ear(watch.witnesses.transport, "replies", self.replies)
        eyes: Any = _Ear(watch.witnesses.client, "views", self.views)
        watch.witnesses = Witnesses(watch.fleet, ears, eyes)
        for look in range(_MINUTES * 30):
            if busy and look % 60 == 20:
                watch.happen(lambda region: events.power_off(region, DB2))
            if busy and look % 60 == 50:
                watch.happen(lambda region: events.boot(region, DB2, watch.now))
            watch.looks(1)

    def again(self, moved: timedelta) -> Iterator[tuple[str, Reply | Observed[ClientView]]]:
        """Everything in its order, so much later."""
        views = iter(self.views)
        share = len(self.views) / len(self.replies)
        due = 0.0
        for reply in self.replies:
            yield "", replace(reply, sent_at=reply.sent_at + moved, received_at=reply.received_at + moved)
            due += share
            while due >= 1.0:
                due -= 1.0
                key, view = next(views)
                assert view.observed_at is not None
                yield key, replace(view, observed_at=view.observed_at + moved)


class _Ear:
    """Passes everything on, and keeps what one method returned."""

    def __init__(self, inner: object, method: str, kept: list[Any]) -> None:
        self._inner, self._method, self._kept = inner, method, kept

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._inner, name)
        if name != self._method:
            return found

        def heard(*values: object) -> Any:
            answer = found(*values)
            self._kept.extend(answer)
            return answer

        return heard


def written(heard: Heard, path: Path, hours: float) -> tuple[int, float]:
    """Write so many hours; returns replies, and seconds of CPU."""
    writer = Writer(path, heard.fleet, MAX_BYTES)
    replies, cpu, rounds = 0, time.process_time(), int(hours * 60 / _MINUTES)
    for number in range(max(1, rounds)):
        moved = timedelta(minutes=_MINUTES * number)
        writer.begin()
        for key, item in heard.again(moved):
            if isinstance(item, Reply):
                document, usable = document_of(item)
                kind, part = ("reply", section_names(item)) if usable else ("failure", "")
                writer.heard(item.received_at, StreamKey(kind, item.host, part), document)
                replies += 1
            elif item.observed_at is not None:
                writer.heard(item.observed_at, StreamKey("view", key), view_document(item))
        for second in range(0, _MINUTES * 60, 3):
            writer.lag("dc1", LagPoint(BEGIN + moved + timedelta(seconds=second), second, 0.1))
        writer.commit()
    cpu = time.process_time() - cpu
    writer.close()
    return replies, cpu


def main(hours: float) -> None:
    """Print the figures."""
    with tempfile.TemporaryDirectory() as folder:
        for busy in (False, True):
            heard = Heard(Watch(), busy=busy)
            path = Path(folder) / f"busy-{busy}"
            replies, cpu = written(heard, path, 2)
            size = path.stat().st_size / 2 / len(heard.fleet.hosts)
            name = "busy" if busy else "healthy"
            each = cpu / replies * 1e6
            print(f"{name}: {size / 1024:.0f} KiB a host and hour, {each:.0f} µs of CPU a reply (with its views)")
        heard = Heard(Watch(), busy=False)
        path = Path(folder) / "long"
        written(heard, path, hours)
        print(f"{hours:g} h: {path.stat().st_size / 1024**2:.1f} MiB for {len(heard.fleet.hosts)} hosts")
        began = time.monotonic()
        player = Player(path)
        print(f"opened in {(time.monotonic() - began) * 1000:.0f} ms")
        rolls, times = random.Random(1), []
        for _ in range(30):
            at = player.span[0] + rolls.random() * (player.span[1] - player.span[0])
            began = time.monotonic()
            player.scene_at(at)
            times.append((time.monotonic() - began) * 1000)
        print(f"seek: median {statistics.median(times):.0f} ms, worst {max(times):.0f} ms")
        player.close()


if __name__ == "__main__":
    main(float(sys.argv[1]) if len(sys.argv) > 1 else 24.0)
