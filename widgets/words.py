"""How facts are said on a screen: short host names, ages, sizes, states as word + symbol + colour."""

from __future__ import annotations

from datetime import datetime

from rich.text import Text

from console.diagnosis.finding import Severity

_SEVERITIES = {
    Severity.CRITICAL: ("✖", "CRITICAL", "bold white on red"),
    Severity.WARNING: ("▲", "WARNING", "bold yellow"),
    Severity.UNKNOWN: ("?", "UNKNOWN", "bold magenta"),
    Severity.INFO: ("·", "INFO", "cyan"),
}
OK = ("✔", "OK", "bold blue")


def plain(text: str) -> Text:
    """Text from outside as inert text: no markup, no control characters."""
    return Text("".join(char if char.isprintable() else "·" for char in text))


def severity_text(severity: Severity | None) -> Text:
    """A severity as symbol, word and colour; None is OK."""
    symbol, word, style = OK if severity is None else _SEVERITIES[severity]
    return Text(f"{symbol} {word}", style=style)


def short(host: str) -> str:
    """A host's name without its domain."""
    return host.split(".", 1)[0]


def size(count: int | None) -> str:
    """Bytes for a person: "0 B", "16.0 MiB"; "unknown" where there is no figure. A minus sign is kept."""
    if count is None:
        return "unknown"
    amount, unit = float(abs(count)), "B"
    for unit in ("B", "KiB", "MiB", "GiB", "TiB"):
        if amount < 1024 or unit == "TiB":
            break
        amount /= 1024
    sign = "-" if count < 0 else ""
    return f"{sign}{amount:.0f} {unit}" if unit == "B" else f"{sign}{amount:.1f} {unit}"


def age_text(observed_at: datetime | None, now: datetime, stale_after: float) -> Text:
    """How old a figure is: "2 s", "STALE 45 s" when older than `stale_after` seconds, "never" when never seen."""
    if observed_at is None:
        return Text("never seen", style="bold magenta")
    seconds = max(0.0, (now - observed_at).total_seconds())
    shown = f"{seconds:.0f} s" if seconds < 120 else f"{seconds / 60:.0f} min"
    if seconds > stale_after:
        return Text(f"STALE {shown}", style="bold magenta")
    return Text(shown, style="dim")
