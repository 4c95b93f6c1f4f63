"""Evidence sections merged into a host's Evidence: what one answer does not concern stays."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from console.facts.evidence import Evidence
from console.facts.text import clean
from console.probe.evidence import parse_commits, parse_segment, parse_wal_end_section
from console.probe.frame import Frame, RawSection
from console.transport.protocol import Reply


@dataclass(frozen=True, slots=True)
class _Kind:
    field: str
    parse: Callable[[str], Any]


_KINDS = {
    "wal_end": _Kind("wal_end", parse_wal_end_section),
    "commits": _Kind("commits_after", parse_commits),
    "segment": _Kind("segment", parse_segment),
}


def merged_evidence(before: Evidence, frame: Frame, reply: Reply) -> Evidence:
    """`before` with what this reply's evidence sections tell. An error is "SECTION: why", one a section."""
    asked = [name for section in reply.sections if (name := section.partition(":")[0]) in _KINDS]
    if not asked:
        return before
    values = {kind.field: getattr(before, kind.field) for kind in _KINDS.values()}
    errors = {text.partition(":")[0]: text for text in before.errors}
    for name in asked:
        value, error = _read(name, frame.sections.get(name))
        values[_KINDS[name].field] = value
        errors.pop(name, None)
        if error is not None:
            errors[name] = f"{name}: {error}"
    return Evidence(**values, errors=tuple(errors.values()))


def without_evidence(before: Evidence, sections: Iterable[str]) -> Evidence:
    """`before` without what these sections told; others are left alone."""
    names = {name for section in sections if (name := section.partition(":")[0]) in _KINDS}
    if not names:
        return before
    values = {kind.field: None if name in names else getattr(before, kind.field) for name, kind in _KINDS.items()}
    return Evidence(**values, errors=tuple(text for text in before.errors if text.partition(":")[0] not in names))


def _read(name: str, section: RawSection | None) -> tuple[Any, str | None]:
    if section is None:
        return None, "the report does not have it"
    if not section.answered:
        return None, section.reason or f"it ended with status {section.returncode}"
    text = clean(section.text, lines=True)
    try:
        value = _KINDS[name].parse(text)
    except Exception as error:
        return None, f"the console could not read it ({type(error).__name__}): please report this defect"
    return value, None if value is not None else _last_line(text)


def _last_line(text: str) -> str:
    """Why nothing was found: the tool's last word."""
    lines = [line for line in text.split("\n") if line.strip() and not line.startswith("@@")]
    return f"not found: {lines[-1].strip()[:300]}" if lines else "nothing was printed"
