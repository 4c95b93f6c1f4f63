"""`vmdb-console explain CODE`: the page of a finding's code as text."""

from __future__ import annotations

import difflib
import textwrap

from console.diagnosis.registry import REGISTRY, Entry
from console.errors import UsageError

_WIDTH = 96


def explain(code: str) -> str:
    """The page of `code` (any case) for a terminal, ending in a newline.

    Raises UsageError for a code that there is not, with the nearest ones.
    """
    entry = REGISTRY.get(code.strip().upper())
    if entry is None:
        raise UsageError(_no_such_code(code))
    return _page(entry)


def index() -> str:
    """Every code with its title, a line each."""
    return "\n".join(f"{code}  {entry.page.title}" for code, entry in sorted(REGISTRY.items()))


def _page(entry: Entry) -> str:
    page = entry.page
    parts = [f"{page.code}  {page.title}", _paragraph("What it means", page.meaning)]
    if page.looks_at:
        parts.append(_paragraph("What it looks at and quotes as evidence", page.looks_at))
    parts.append(_paragraph("What to do", _remedy(page.remedy)))
    return "\n\n".join(parts) + "\n"


def _remedy(remedy: str) -> str:
    """A runbook is named by one word."""
    if remedy and " " not in remedy:
        return (
            f"The guided repair {remedy} mends it: vmdb-console run {remedy} --target REGION. With --dry-run it shows "
            "every command and what would be lost, and changes nothing."
        )
    return remedy


def _paragraph(title: str, text: str) -> str:
    blocks = [
        textwrap.fill(block, _WIDTH, break_long_words=False, break_on_hyphens=False) for block in text.split("\n")
    ]
    return f"{title}\n" + textwrap.indent("\n".join(blocks), "  ")


def _no_such_code(code: str) -> str:
    wanted = "".join(char for char in code.strip().upper() if char.isprintable())[:20]
    near = _nearest(wanted)
    hint = f"The nearest are {', '.join(near)}." if near else f"Codes are {', '.join(sorted(REGISTRY))}."
    return f"There is no finding code {wanted!r}. {hint}"


def _nearest(wanted: str) -> list[str]:
    """Up to four codes that share enough with `wanted`, those of its own area (first letter) before others."""
    ratios = {known: difflib.SequenceMatcher(None, wanted, known).ratio() for known in REGISTRY}
    near = [known for known in ratios if ratios[known] >= 0.5]
    return sorted(near, key=lambda known: (known[0] != wanted[0], -ratios[known], known))[:4]
