"""How facts are said on a screen: ages, states as word + symbol + colour, and outside text made inert."""

from __future__ import annotations

from datetime import datetime

from rich.text import Text

from console.diagnosis.finding import Severity
from console.facts.text import clean

_SEVERITIES = {
    Severity.CRITICAL: ("✖", "CRITICAL", "bold white on red"),
    Severity.WARNING: ("▲", "WARNING", "bold yellow"),
    Severity.UNKNOWN: ("?", "UNKNOWN", "bold magenta"),
    Severity.INFO: ("·", "INFO", "cyan"),
}
OK = ("✔", "OK", "bold blue")


def plain(text: str) -> Text:
    """Text from outside as inert text: no markup, no control characters."""
    return Text(clean(text))


def severity_text(severity: Severity | None) -> Text:
    """A severity as symbol, word and colour; None is OK."""
    symbol, word, style = OK if severity is None else _SEVERITIES[severity]
    return Text(f"{symbol} {word}", style=style)


def age_text(observed_at: datetime | None, now: datetime, stale_after: float) -> Text:
    """How old a figure is: "2 s", "STALE 45 s" when older than `stale_after` seconds, "never" when never seen."""
    if observed_at is None:
        return Text("never seen", style="bold magenta")
    seconds = max(0.0, (now - observed_at).total_seconds())
    shown = f"{seconds:.0f} s" if seconds < 120 else f"{seconds / 60:.0f} min"
    if seconds > stale_after:
        return Text(f"STALE {shown}", style="bold magenta")
    return Text(shown, style="dim")
