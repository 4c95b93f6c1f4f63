"""A measured figure and its target, and the table of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Figure:
    """`value` in `unit`, what it has to be (`target`, words), and whether it is; `note` says how it was measured."""

    name: str
    value: float
    unit: str
    target: str
    passed: bool
    note: str = ""


def at_most(name: str, value: float, limit: float, unit: str, note: str = "") -> Figure:
    """A figure that must not be above `limit`."""
    return Figure(name, value, unit, f"≤ {limit:g}", value <= limit, note)


def table(figures: Iterable[Figure]) -> str:
    """The figures as aligned text, one a line."""
    rows = [("", "figure", "value", "target", "unit", "note")]
    rows += [
        (
            "PASS" if figure.passed else "FAIL",
            figure.name,
            f"{figure.value:.3g}",
            figure.target,
            figure.unit,
            figure.note,
        )
        for figure in figures
    ]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    )
