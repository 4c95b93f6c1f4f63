"""The findings, worst first, folded ones under their cause; the cursor stays on its finding when rows change."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from rich.text import Text
from textual.binding import Binding, BindingType
from textual.widgets import DataTable

from console.diagnosis.finding import Finding
from console.diagnosis.words import short
from widgets.words import plain, severity_text


class FindingsTable(DataTable[Text]):
    """One row a finding, keyed by the finding's key."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("enter", "select_cursor", "Open finding")]
    DEFAULT_CSS = "FindingsTable { height: 1fr; min-height: 5; }"

    def __init__(self) -> None:
        super().__init__(cursor_type="row", zebra_stripes=True)
        self._shown: tuple[tuple[str, str, str], ...] = ()

    def on_mount(self) -> None:
        """Make the columns."""
        self.add_columns("status", "code", "region", "host", "what")

    def show(self, findings: Sequence[Finding]) -> None:
        """Show `findings`; nothing is redrawn when they are the same."""
        shown = tuple((finding.key, finding.severity.value, finding.summary) for finding in findings)
        if shown == self._shown:
            return
        self._shown = shown
        selected = self._selected_key()
        self.clear()
        for finding in findings:
            self.add_row(*_cells(finding), key=finding.key)
        keys = [finding.key for finding in findings]
        if selected in keys:
            self.move_cursor(row=keys.index(selected))

    def _selected_key(self) -> str | None:
        if not self.row_count:
            return None
        return self.coordinate_to_cell_key(self.cursor_coordinate).row_key.value


def _cells(finding: Finding) -> tuple[Text, ...]:
    indent = "  ↳ " if finding.caused_by else ""
    return (
        severity_text(finding.severity),
        Text(finding.code, style="bold"),
        plain(finding.region),
        plain(short(finding.host or "")),
        plain(indent + finding.summary.removeprefix(f"{short(finding.host or '')}: ")),
    )
