"""24 simulated hours before the wall, hosts dying and returning: no growth, no exception, no stuck host."""

from __future__ import annotations

from tests.bench.figures import Figure, at_most
from tests.bench.wall_day import WallDay, halves

MEBIBYTE = 1024**2


def run(quick: bool) -> list[Figure]:
    """A day of polls every 30 s; with `quick` four hours. An exception or an unanswered request ends the benchmark."""
    hours, day = (4.0 if quick else 24.0), WallDay(step=30.0)
    middle, end = halves(day, hours)
    day.recover()
    note = f"{day.polls} polls of 12 hosts in {hours:g} simulated hours, {day.fate.deaths} deaths"
    grown = 100 * (end.blocks / middle.blocks - 1)
    resident = (end.resident - middle.resident) / MEBIBYTE
    return [
        at_most("wall, growth of objects in the second half", grown, 5.0, "%", note),
        at_most("wall, growth of resident memory in the second half", resident, 8.0, "MiB"),
        at_most("wall, resident memory at the end", end.resident / MEBIBYTE, 150.0, "MiB", "the simulator included"),
        at_most("wall, hosts not seen again after their return", len(day.unseen()), 0, "hosts"),
        at_most("wall, the whole screen drawn, p99", 1000 * day.drawn_within(0.99), 50.0, "ms"),
    ]
