"""What a finding is (DESIGN 6), and what its code means."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from console.facts.observed import Observed


class Severity(StrEnum):
    """How bad. `UNKNOWN` is "could not be looked at": never OK, and never an alarm about what was not seen."""

    CRITICAL = "critical"
    WARNING = "warning"
    UNKNOWN = "unknown"
    INFO = "info"

    @property
    def rank(self) -> int:
        """0 is worst."""
        return _RANKS[self]


_RANKS = {severity: rank for rank, severity in enumerate(Severity)}


@dataclass(frozen=True, slots=True)
class Evidence:
    """A fact quoted: what it is, its value as text, who said it, about or on which host, and when (UTC)."""

    fact: str
    value: str
    source: str = ""
    host: str | None = None
    observed_at: datetime | None = None

    @classmethod
    def of(cls, fact: str, value: object, observed: Observed[Any], host: str | None = None) -> Evidence:
        """Quote `value` with the witness of `observed`."""
        return cls(fact, str(value), observed.source, host, observed.observed_at)


@dataclass(frozen=True)
class Finding:
    """Something that is wrong, or could not be seen.

    `subject` tells findings of one code and host apart (a node, a directory), and is part of its identity.
    `details` is for machines and has fixed keys for a code (DESIGN 8). `remedy`: a runbook's name, or words.
    `caused_by` is the key of the finding that this one follows from; such a finding is folded.
    """

    code: str
    severity: Severity
    region: str
    host: str | None
    summary: str
    evidence: tuple[Evidence, ...] = ()
    remedy: str = ""
    details: Mapping[str, Any] = field(default_factory=dict)
    subject: str = ""
    caused_by: str | None = None

    @property
    def key(self) -> str:
        """Its identity from poll to poll: code, region, host, subject."""
        return ":".join(part for part in (self.code, self.region, self.host or "", self.subject) if part)


@dataclass(frozen=True, slots=True)
class CodePage:
    """What `explain CODE` prints. `remedy` names a runbook or says what to do."""

    code: str
    title: str
    meaning: str
    remedy: str
    looks_at: str = ""
