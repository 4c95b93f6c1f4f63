"""The probe's framed report: sections with their status, told from their payload by a nonce (DESIGN 5).

    VMDB-BEGIN <nonce> <number> <version>
    VMDB-SECTION <nonce> <name[:argument]>
    <payload>
    VMDB-STATUS <nonce> <name> rc=<status> ms=<milliseconds> [truncated=1] [reason=<words>]
    VMDB-END <nonce> <number>

A line of a payload that looks like one of these but lacks the nonce is payload.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import NamedTuple

from console.facts.text import clean

_MARK = "VMDB-"
_BEGIN = re.compile(r"BEGIN (\S{1,128}) (\d{1,18}) (\S{1,128})\r?")
_STATUS = re.compile(r"(\S{1,64}) rc=(\d{1,9}) ms=(\d{1,12})( truncated=1)?(?: reason=(.*))?\r?")
_SECTION = re.compile(r"([a-z_]{1,64})(?::(\S{0,200}))?\r?")
_REASON_LENGTH = 500


class RawSection(NamedTuple):
    """A section as it came: `text` without the newlines at its end, `returncode` of what it ran, `reason` if it failed.

    `milliseconds` were spent on the host, with a resolution of 10.
    """

    name: str
    argument: str
    text: str
    returncode: int
    milliseconds: int
    truncated: bool = False
    reason: str = ""

    @property
    def answered(self) -> bool:
        """Whether it ran to its end and found what it looked for."""
        return self.returncode == 0


@dataclass(frozen=True, slots=True)
class Frame:
    """A report: only sections with their status line are in it. `problem` says what is wrong where not `complete`."""

    version: str = ""
    number: int | None = None
    sections: dict[str, RawSection] = field(default_factory=dict)
    complete: bool = False
    problem: str | None = None


def parse_frame(report: bytes) -> Frame:
    """Read a report; never raises. What comes before its first line (a banner) is ignored."""
    # Nearly every line is payload: only those that may be the frame's own are looked at one by one.
    _, *parts = f"\n{report.decode('utf-8', 'replace')}".split(f"\n{_MARK}")
    for start, part in enumerate(parts):
        if part.startswith("BEGIN ") and (match := _BEGIN.fullmatch(part.partition("\n")[0])):
            return _parse_body(match[1], int(match[2]), clean(match[3]), parts[start + 1 :])
    return Frame(problem="no report: the answer has no VMDB-BEGIN line")


def _parse_body(nonce: str, number: int, version: str, parts: list[str]) -> Frame:
    """`parts` begin behind a `VMDB-` that begins a line; the lines that follow it are payload."""
    reader = _Reader(nonce)
    end = f"END {nonce} {number}"
    for part in parts:
        line, newline, payload = part.partition("\n")
        if line.rstrip("\r") == end:
            complete = reader.name is None
            problem = None if complete else f"section {reader.name} has no end"
            return Frame(version, number, reader.sections, complete, problem)
        reader.take(line)
        if newline:
            reader.payload.append(payload)
    where = f" in section {reader.name}" if reader.name else ""
    return Frame(version, number, reader.sections, False, f"the report ends half-way{where}")


class _Reader:
    def __init__(self, nonce: str) -> None:
        self._section = f"SECTION {nonce} "
        self._status = f"STATUS {nonce} "
        self.name: str | None = None
        self._argument = ""
        self.payload: list[str] = []
        self.sections: dict[str, RawSection] = {}

    def take(self, line: str) -> None:
        """What stands behind VMDB- in a line: ours, if it carries the nonce."""
        if line.startswith(self._section):
            match = _SECTION.fullmatch(line, len(self._section))
            self.name, self._argument = (match[1], match[2] or "") if match else (None, "")
            self.payload = []
        elif line.startswith(self._status) and (match := _STATUS.fullmatch(line, len(self._status))):
            self._finish(match)
        else:
            self.payload.append(f"{_MARK}{line}")

    def _finish(self, match: re.Match[str]) -> None:
        name, returncode, milliseconds, truncated, reason = match.groups()
        if self.name is not None and name in {self.name, "unknown"}:
            text = "\n".join(self.payload).rstrip("\n")
            words = clean(reason.strip())[:_REASON_LENGTH] if reason else ""
            section = RawSection(
                self.name, self._argument, text, int(returncode), int(milliseconds), bool(truncated), words
            )
            self.sections[self.name] = section
        self.name = None
        self.payload = []
