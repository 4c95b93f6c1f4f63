"""Pages: wrapped at words, never through a path; plain wherever nothing may be styled."""

from __future__ import annotations

import io

import pytest

from console.terminal.page import make_page
from tests.unit.terminal.plans import colour_page, plain_page


class Tty(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_further_lines_are_as_deep_as_the_first() -> None:
    page, text = plain_page(width=30)
    page.hanging("  - ", "one two three four five six seven")
    assert text() == "  - one two three four five\n    six seven\n"


def test_a_path_is_never_broken() -> None:
    page, text = plain_page(width=30)
    path = "/a/path/that/is/longer/than/the/page/is/wide"
    page.line(f"look at {path} first")
    assert path in text().splitlines()[1]


def test_wide_characters_count_as_two_columns() -> None:
    page, text = plain_page(width=24)
    page.line("日本 " * 8)
    assert max(len(line) for line in text().splitlines()) <= 12 + 4


@pytest.mark.parametrize(
    ("stdout", "environ", "live"),
    [
        (Tty(), {"TERM": "xterm"}, True),
        (Tty(), {"TERM": "xterm", "NO_COLOR": "1"}, False),
        (Tty(), {"TERM": "dumb"}, False),
        (Tty(), {}, False),
        (io.StringIO(), {"TERM": "xterm"}, False),
    ],
)
def test_only_a_capable_terminal_is_redrawn(stdout: io.StringIO, environ: dict[str, str], live: bool) -> None:
    page = make_page(Tty(), stdout, environ)
    assert page.live is live
    page.line("words", "bold red")
    assert ("\x1b" in stdout.getvalue()) is live


def test_somebody_can_be_asked_only_where_both_ends_are_a_terminal() -> None:
    assert make_page(Tty(), Tty(), {"TERM": "xterm", "NO_COLOR": "1"}).asks
    assert not make_page(io.StringIO(), Tty(), {"TERM": "xterm"}).asks
    assert not make_page(Tty(), io.StringIO(), {"TERM": "xterm"}).asks


def test_controls_become_a_mark_and_markup_stays_text() -> None:
    page, text = colour_page()
    page.hanging("[i]x[/i] ", "[bold]a[/bold] \x1b[31m \x07 b")
    page.verbatim("[bold]c[/bold]\x1b[2J", "$ ")
    assert "[i]x[/i] [bold]a[/bold]" in text()
    assert "[bold]c[/bold]" in text()
    assert "\x1b[31m" not in text()
    assert "\x1b[2J" not in text()
    assert "\x07" not in text()
