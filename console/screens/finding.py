"""One finding, whole: evidence with witnesses and ages, what it means, what to do."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Static

from console.diagnosis.explain import explain
from console.diagnosis.finding import Evidence, Finding
from widgets.words import plain, severity_text


class FindingScreen(ModalScreen[None]):
    """A page over the fleet; esc goes back."""

    CSS = """
    FindingScreen { align: center middle; }
    FindingScreen > VerticalScroll {
        width: 90%; height: 90%; border: thick $primary; background: $surface; padding: 1 2;
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,q,enter", "dismiss", "Back")]

    def __init__(self, finding: Finding) -> None:
        super().__init__()
        self._finding = finding

    def compose(self) -> ComposeResult:
        """The page."""
        with VerticalScroll():
            yield Static(finding_text(self._finding, datetime.now(UTC)), markup=False)


def finding_text(finding: Finding, now: datetime) -> Text:
    """A finding as inert text: summary, evidence, remedy, and the page of its code."""
    parts = [
        severity_text(finding.severity),
        Text(" "),
        plain(f"{finding.code} {finding.region} {finding.host or ''}"),
        Text("\n\n"),
        plain(finding.summary),
        Text("\n\nEvidence\n", style="bold"),
        *(_evidence_line(item, now) for item in finding.evidence),
        Text("\nWhat to do\n", style="bold"),
        plain(finding.remedy or "see below"),
        Text("\n\n"),
        Text("\n").join(plain(line) for line in explain(finding.code).splitlines()),
    ]
    return Text("").join(parts)


def _evidence_line(item: Evidence, now: datetime) -> Text:
    witness = " ".join(word for word in (item.source, f"on {item.host}" if item.host else "") if word)
    age = f", {max(0.0, (now - item.observed_at).total_seconds()):.0f} s ago" if item.observed_at else ""
    origin = f"  ({witness}{age})" if witness or age else ""
    return plain(f"  {item.fact}: {item.value}{origin}").append("\n")
