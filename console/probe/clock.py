"""Section `clock`: the host's time, and how far it is from the console's."""

from __future__ import annotations

from datetime import datetime

from console.facts.system import Clock
from console.probe.lines import number

# A year around 5138: beyond it the number is no time.
_LATEST = 1e11


def parse_clock(text: str, sent_at: datetime, received_at: datetime) -> Clock | None:
    """The host read its clock at some moment between `sent_at` and `received_at` (the console's UTC clock).

    So its skew lies within half of that time around the difference to their midpoint.
    """
    epoch = host_epoch(text)
    if epoch is None:
        return None
    sent, received = sent_at.timestamp(), received_at.timestamp()
    # date without %N (busybox) gives whole seconds: the true time lies up to a second later.
    coarse = 0.0 if "." in text else 0.5
    skew = epoch + coarse - (sent + received) / 2
    return Clock(epoch, skew, max(0.0, received - sent) / 2 + coarse)


def host_epoch(text: str) -> float | None:
    """What the host's clock showed, in seconds since 1970; None where it is no time."""
    epoch = number(text.strip().removesuffix(".%N"))
    return epoch if epoch is not None and 0 <= epoch <= _LATEST else None
