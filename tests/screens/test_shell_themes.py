"""Themes: every one has the console's variables, can be read, and tells healthy from bad for every eye."""

from __future__ import annotations

import math

import pytest
from textual.color import Color
from textual.theme import BUILTIN_THEMES, Theme

from console.screens.themes import THEMES, theme_names, variables_for

OURS = {theme.name: theme for theme in THEMES}
STATES = ("status-ok", "status-warning", "status-critical", "status-unknown", "status-info")
ROLES = ("role-primary", "role-standby", "faint", "key")

# Machado, Oliveira, Fernandes, "A Physiologically-based Model for Simulation of Color Vision Deficiency" (2009),
# severity 1.0, on linear RGB.
BLINDNESS = {
    "protanopia": ((0.152286, 1.052583, -0.204868), (0.114503, 0.786281, 0.099216), (-0.003882, -0.048116, 1.051998)),
    "deuteranopia": ((0.367322, 0.860646, -0.227968), (0.280085, 0.672501, 0.047413), (-0.011820, 0.042940, 0.968881)),
    "tritanopia": ((1.255528, -0.076749, -0.178779), (-0.078411, 0.930809, 0.147602), (0.004733, 0.691367, 0.303900)),
}


def luminance(colour: Color) -> float:
    """WCAG 2.2 relative luminance."""
    red, green, blue = map(_linear, colour.rgb)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """WCAG 2.2 contrast ratio, 1 to 21."""
    bright, dark = sorted((luminance(Color.parse(one)), luminance(Color.parse(other))), reverse=True)
    return (bright + 0.05) / (dark + 0.05)


def _linear(channel: int) -> float:
    value = channel / 255
    return value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4


def _lab(linear: tuple[float, ...]) -> tuple[float, float, float]:
    red, green, blue = (min(1.0, max(0.0, each)) for each in linear)
    x = (0.4124 * red + 0.3576 * green + 0.1805 * blue) / 0.95047
    y = 0.2126 * red + 0.7152 * green + 0.0722 * blue
    z = (0.0193 * red + 0.1192 * green + 0.9505 * blue) / 1.08883
    fx, fy, fz = (each ** (1 / 3) if each > 0.008856 else 7.787 * each + 16 / 116 for each in (x, y, z))
    return 116 * fy - 16, 500 * (fx - fy), 200 * (fy - fz)


def distance(one: str, other: str, blindness: str) -> float:
    """CIE76 difference of two colours as such an eye sees them; 10 is plainly different."""
    seen = []
    for each in (one, other):
        linear = [_linear(channel) for channel in Color.parse(each).rgb]
        rows = BLINDNESS[blindness]
        seen.append(_lab(tuple(sum(a * b for a, b in zip(row, linear, strict=True)) for row in rows)))
    return math.dist(*seen)


def backgrounds(theme: Theme) -> list[str]:
    return [colour for colour in (theme.background, theme.surface, theme.panel) if colour]


@pytest.mark.parametrize("name", OURS)
@pytest.mark.parametrize("variable", [*STATES, *ROLES])
def test_every_colour_can_be_read_on_every_background_of_its_theme(name: str, variable: str) -> None:
    theme = OURS[name]
    least = 7.0 if name == "vmdb-contrast" else 4.5
    for background in backgrounds(theme):
        assert contrast(theme.variables[variable], background) >= least, (background, theme.variables[variable])


@pytest.mark.parametrize("name", OURS)
@pytest.mark.parametrize("environment", ["PRODUCTION", "DEMO", "TEST"])
def test_the_environments_word_can_be_read(name: str, environment: str) -> None:
    variables = variables_for(OURS[name], environment)
    assert contrast(variables["environment-text"], variables["environment"]) >= 4.5


@pytest.mark.parametrize("name", OURS)
def test_production_has_a_colour_of_its_own(name: str) -> None:
    kinds = {variables_for(OURS[name], word)["environment"] for word in ("PRODUCTION", "DEMO", "TEST")}
    assert len(kinds) == 3


@pytest.mark.parametrize("blindness", BLINDNESS)
@pytest.mark.parametrize("bad", ["status-critical", "status-warning"])
def test_the_colour_blind_safe_theme_tells_healthy_from_bad_for_every_eye(blindness: str, bad: str) -> None:
    variables = OURS["vmdb-colourblind"].variables
    assert distance(variables["status-ok"], variables[bad], blindness) > 30


@pytest.mark.parametrize("blindness", ["protanopia", "deuteranopia"])
def test_the_colour_blind_safe_theme_tells_more_apart_than_the_usual_one(blindness: str) -> None:
    def least(theme: str) -> float:
        colours = OURS[theme].variables
        return min(distance(colours["status-ok"], colours[bad], blindness) for bad in STATES[1:3])

    assert least("vmdb-colourblind") > least("vmdb-dark")


@pytest.mark.parametrize("name", theme_names())
def test_every_theme_that_can_be_chosen_has_the_consoles_variables(name: str) -> None:
    theme = OURS.get(name) or BUILTIN_THEMES[name]
    variables = variables_for(theme, "DEMO")
    assert {*STATES, *ROLES, "environment", "environment-text"} <= set(variables)
    for value in variables.values():
        Color.parse(value)
