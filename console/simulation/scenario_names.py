"""The names of the scenarios, for whoever needs no more than to know one."""

from __future__ import annotations

from console.errors import UsageError

SCENARIO_NAMES = (
    "healthy",
    "standby-out-of-date",
    "lock-safe",
    "lock-unsafe",
    "failed-over",
    "split-brain",
    "archive-gap",
    "host-down",
    "ui-down",
    "network-cut",
)
"""As `--demo` takes them; what happens in each is in console.simulation.scenarios."""


def known_scenario(name: str) -> str:
    """The name, or UsageError with all names and the nearest one."""
    if name in SCENARIO_NAMES:
        return name
    import difflib

    near = difflib.get_close_matches(name, SCENARIO_NAMES, n=1)
    hint = f"; did you mean {near[0]}?" if near else ""
    raise UsageError(f"--demo: there is no scenario '{name}'{hint} (there are: {', '.join(SCENARIO_NAMES)})")
