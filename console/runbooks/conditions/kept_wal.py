"""How much WAL a primary keeps for a standby, whatever it needs itself: by its settings, or by a slot in use.

With nothing kept, a clean stop may not deliver the shutdown checkpoint: the shutdown's own segment switch lets the
segment go that the walsender still sends (measured; xlog.c, KeepLogSeg and RemoveOldXlogFiles).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from console.diagnosis.settings import setting
from console.diagnosis.words import short
from console.facts.host import HostFacts
from console.facts.lsn import SEGMENT_SIZE
from console.facts.snapshot import Snapshot
from console.runbooks.conditions.rulings import no, not_looked, yes
from console.runbooks.plan import Condition, Ruling

SEGMENTS = 2
"""Segments that must be kept for a stop: the one that is being sent, and the one that the shutdown begins."""
_UNITS = {"B": 1, "kB": 1024, "MB": 1024**2, "GB": 1024**3, "TB": 1024**4}
_SIZE = re.compile(r"\s*(-?\d{1,12})\s*(B|kB|MB|GB|TB)?\s*")


@dataclass(frozen=True, slots=True)
class KeptWal:
    """`size` in bytes, and the setting in words: "wal_keep_size = 64MB"."""

    size: int
    words: str


def kept_wal(facts: HostFacts) -> KeptWal | None:
    """What wal_keep_size (13 and later; MB without a unit) or wal_keep_segments keeps; None where neither was seen, or
    the one that the server has cannot be read.
    """
    for name, unit in (("wal_keep_size", _UNITS["MB"]), ("wal_keep_segments", segment_size(facts))):
        found = setting(facts, name)
        if found is not None:
            match = _SIZE.fullmatch(found[0])
            size = max(0, int(match[1])) * (_UNITS[match[2]] if match[2] else unit) if match else None
            return KeptWal(size, f"{name} = {found[0]}") if size is not None else None
    return None


def segment_size(facts: HostFacts) -> int:
    """Bytes of a WAL segment, the default where the control file does not tell."""
    return (facts.control.value.segment_size if facts.control.value is not None else None) or SEGMENT_SIZE


def _set_words(facts: HostFacts, segments: int = SEGMENTS) -> str:
    """What to set there, and how: both settings are read anew by a reload (guc.c, PGC_SIGHUP)."""
    status = facts.sql.value
    size = max(64, segments * segment_size(facts) // 1024**2)
    newer = status is None or status.version.number >= 130000
    name = f"wal_keep_size = {size}MB" if newer else f"wal_keep_segments = {max(4, segments)}"
    return f"set {name} or more in postgresql.conf on {short(facts.name)}; a reload is enough"


def keeps_wal(primary: str, standby: str, *, by_slot: bool) -> Condition:
    """The primary keeps at least SEGMENTS segments of its WAL. `by_slot`: the slot that the standby streams by will do,
    since the standby stays as it is.
    """

    def judge(snapshot: Snapshot) -> Ruling:
        facts = snapshot.facts(primary)
        slot = _slot(facts, snapshot.facts(standby)) if by_slot else ""
        if slot:
            return yes(f"{short(standby)} streams by the slot {slot}, which keeps what it needs")
        kept = kept_wal(facts)
        if kept is None:
            return not_looked(facts, "how much WAL it keeps (wal_keep_size, wal_keep_segments)", facts.settings)
        if kept.size >= SEGMENTS * segment_size(facts):
            return yes(kept.words)
        return no(f"{kept.words}: a stop could take WAL away before it was sent; {_set_words(facts)}")

    return Condition(f"{short(primary)} keeps {SEGMENTS} segments of WAL for {short(standby)}", judge)


def _slot(primary: HostFacts, standby: HostFacts) -> str:
    """The active slot by which the standby's walreceiver streams; "" where none is seen."""
    theirs, ours = primary.sql.value, standby.sql.value
    name = ours.walreceiver.slot if ours is not None and ours.walreceiver is not None else None
    active = {slot.name for slot in theirs.slots if slot.active} if theirs is not None else set()
    return name if name and name in active else ""
