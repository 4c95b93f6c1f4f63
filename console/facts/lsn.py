"""WAL positions and the arithmetic that depends on the server's version (DOMAIN 3.1).

Up to 9.2 the last 16 MB of every log id is not used: a log id has 0xFF000000 bytes and 0/FF000000 is 1/0.
From 9.3 on a position is a plain 64-bit number. Order is the same in both, but for that one alias.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum

from console.facts.server_version import ServerVersion

_TEXT = re.compile(r"([0-9A-Fa-f]{1,8})/([0-9A-Fa-f]{1,8})")
_HEX16 = re.compile(r"[0-9A-Fa-f]{16}")
_WAL_FILE = re.compile(r"([0-9A-Fa-f]{8})([0-9A-Fa-f]{8})([0-9A-Fa-f]{8})")
SEGMENT_SIZE = 16 * 1024**2
_CLASSIC_LOG_SIZE = 0xFF000000


class WalArithmetic(Enum):
    """How many bytes a log id has: CLASSIC up to 9.2, LINEAR from 9.3."""

    CLASSIC = _CLASSIC_LOG_SIZE
    LINEAR = 1 << 32

    @classmethod
    def of(cls, version: ServerVersion | None) -> WalArithmetic:
        """The arithmetic of `version`; LINEAR where the version is unknown, off by 16 MB a log id at worst."""
        return cls.CLASSIC if version is not None and version.classic_wal else cls.LINEAR


@dataclass(frozen=True, order=True, slots=True)
class Lsn:
    """A WAL position `high/low`, printed as PostgreSQL prints it: upper-case hex, no padding.

    `<` and `==` compare as written; where 9.2's alias 0/FF000000 = 1/0 may matter, compare `position()`s.
    """

    high: int
    low: int

    @classmethod
    def parse(cls, text: str | None) -> Lsn | None:
        """Read "2/1DD61450"; None for anything else (never an exception)."""
        match = _TEXT.fullmatch(text.strip()) if text else None
        return cls(int(match[1], 16), int(match[2], 16)) if match else None

    @classmethod
    def parse_attribute(cls, text: str | None) -> Lsn | None:
        """Read the agent's 16 hex digits: "0000000010000080" is 0/10000080 (DOMAIN 1.2)."""
        match = _HEX16.fullmatch(text.strip()) if text else None
        return cls(int(match[0][:8], 16), int(match[0][8:], 16)) if match else None

    @property
    def valid(self) -> bool:
        """0/0 is InvalidXLogRecPtr: "none", not a position."""
        return (self.high, self.low) != (0, 0)

    def position(self, arithmetic: WalArithmetic) -> int:
        """Bytes since 0/0."""
        return self.high * arithmetic.value + self.low

    def minus(self, earlier: Lsn, arithmetic: WalArithmetic) -> int:
        """Bytes from `earlier` to this; negative when this lies before it."""
        return self.position(arithmetic) - earlier.position(arithmetic)

    def plus(self, size: int, arithmetic: WalArithmetic) -> Lsn:
        """The position `size` bytes further on (`size` may be negative, not past 0/0)."""
        return Lsn(*divmod(max(0, self.position(arithmetic) + size), arithmetic.value))

    def __str__(self) -> str:
        return f"{self.high:X}/{self.low:X}"


@dataclass(frozen=True, order=True, slots=True)
class WalSegment:
    """A WAL file's name: timeline, log id, segment within the log id."""

    timeline: int
    log: int
    segment: int

    @classmethod
    def parse(cls, name: str) -> WalSegment | None:
        """Read a 24-digit WAL file name; None for history, backup, partial files and anything else."""
        match = _WAL_FILE.fullmatch(name.strip())
        return cls(*(int(part, 16) for part in match.groups())) if match else None

    @classmethod
    def containing(cls, timeline: int, lsn: Lsn, size: int = SEGMENT_SIZE) -> WalSegment:
        """The segment in which `lsn` lies."""
        return cls(timeline, lsn.high, lsn.low // size)

    def index(self, arithmetic: WalArithmetic, size: int = SEGMENT_SIZE) -> int:
        """Its place in the row of all segments of its timeline; neighbours differ by 1."""
        return self.log * (arithmetic.value // size) + self.segment

    @classmethod
    def at(cls, timeline: int, index: int, arithmetic: WalArithmetic, size: int = SEGMENT_SIZE) -> WalSegment:
        """The inverse of `index`."""
        return cls(timeline, *divmod(index, arithmetic.value // size))

    def start(self, size: int = SEGMENT_SIZE) -> Lsn:
        """Its first byte's position."""
        return Lsn(self.log, self.segment * size)

    def __str__(self) -> str:
        return f"{self.timeline:08X}{self.log:08X}{self.segment:08X}"
