"""The console's themes, and the variables that every theme has: states, roles, environments.

A state is always told by word, symbol and colour; a theme changes the colour alone. `vmdb-colourblind` uses blue for
healthy and orange for bad, which all kinds of colour vision tell apart (Okabe and Ito, "Color Universal Design").
"""

from __future__ import annotations

from collections.abc import Mapping

from textual.theme import Theme

DEFAULT = "vmdb-dark"

_DARK = {
    "status-ok": "#6fc276",
    "status-warning": "#e5b84b",
    "status-critical": "#ff6b68",
    "status-unknown": "#c792ea",
    "status-info": "#7fb4e6",
    "role-primary": "#8ab4ff",
    "role-standby": "#9fd0c8",
    "faint": "#8b93a1",
    "key": "#e5b84b",
    "environment-production": "#b3261e",
    "environment-demo": "#5b4b9a",
    "environment-other": "#2f6f4f",
    "environment-text": "#ffffff",
}
_LIGHT = {
    "status-ok": "#1b6e2b",
    "status-warning": "#805300",
    "status-critical": "#b3261e",
    "status-unknown": "#7b2d9e",
    "status-info": "#1a5fa8",
    "role-primary": "#1d4fa3",
    "role-standby": "#22665d",
    "faint": "#5d6470",
    "key": "#805300",
    "environment-production": "#b3261e",
    "environment-demo": "#5b4b9a",
    "environment-other": "#2f6f4f",
    "environment-text": "#ffffff",
}
_CONTRAST = {
    "status-ok": "#5cff6c",
    "status-warning": "#ffe600",
    "status-critical": "#ff8080",
    "status-unknown": "#ff9cff",
    "status-info": "#7ddcff",
    "role-primary": "#9ec8ff",
    "role-standby": "#a6ffe9",
    "faint": "#d0d0d0",
    "key": "#ffe600",
    "environment-production": "#ffffff",
    "environment-demo": "#ffe600",
    "environment-other": "#7ddcff",
    "environment-text": "#000000",
}
_COLOURBLIND = {
    "status-ok": "#56b4e9",
    "status-warning": "#f0e442",
    "status-critical": "#ff9233",
    "status-unknown": "#e08fc0",
    "status-info": "#b8c4d6",
    "role-primary": "#7cc4f2",
    "role-standby": "#b8d8ee",
    "faint": "#949ba8",
    "key": "#f0e442",
    "environment-production": "#b04a00",
    "environment-demo": "#2b5f8f",
    "environment-other": "#4a5568",
    "environment-text": "#ffffff",
}
# Textual's ansi themes use the terminal's own colours.
_TERMINAL = dict.fromkeys(_DARK, "ansi_default")

THEMES = (
    Theme(
        "vmdb-dark",
        primary="#4f7cc4",
        secondary="#5f8f88",
        accent="#e5b84b",
        warning="#e5b84b",
        error="#ff6b68",
        success="#6fc276",
        foreground="#dfe3ea",
        background="#12151b",
        surface="#181c24",
        panel="#222834",
        dark=True,
        variables=_DARK,
    ),
    Theme(
        "vmdb-light",
        primary="#1d4fa3",
        secondary="#22665d",
        accent="#805300",
        warning="#805300",
        error="#b3261e",
        success="#1b6e2b",
        foreground="#1b1f27",
        background="#f7f7f4",
        surface="#efefea",
        panel="#e1e2dc",
        dark=False,
        variables=_LIGHT,
    ),
    Theme(
        "vmdb-contrast",
        primary="#ffffff",
        secondary="#7ddcff",
        accent="#ffe600",
        warning="#ffe600",
        error="#ff8080",
        success="#5cff6c",
        foreground="#ffffff",
        background="#000000",
        surface="#000000",
        panel="#1c1c1c",
        dark=True,
        variables=_CONTRAST,
    ),
    Theme(
        "vmdb-colourblind",
        primary="#3d7fb0",
        secondary="#8aa4b8",
        accent="#f0e442",
        warning="#f0e442",
        error="#ff9233",
        success="#56b4e9",
        foreground="#e2e6ec",
        background="#11151b",
        surface="#171c24",
        panel="#212936",
        dark=True,
        variables=_COLOURBLIND,
    ),
)
"""What `--theme` offers first; Textual's own themes can be named too."""


def theme_names() -> tuple[str, ...]:
    """Every theme that `--theme` takes, ours first."""
    from textual.theme import BUILTIN_THEMES

    return (*(theme.name for theme in THEMES), *sorted(BUILTIN_THEMES))


def variables_for(theme: Theme, environment: str) -> dict[str, str]:
    """What a theme does not define itself, and the colour of the environment (the word that every screen shows).

    Every theme but ours gets the states' colours of our dark or light one.
    """
    if theme.name.startswith("ansi"):
        states: Mapping[str, str] = _TERMINAL
    else:
        states = {**(_DARK if theme.dark else _LIGHT), **theme.variables}
    kind = {"PRODUCTION": "production", "DEMO": "demo"}.get(environment, "other")
    return {**{name: states[name] for name in _DARK}, "environment": states[f"environment-{kind}"]}
