"""Why, and the confirmation: typed host names, or a yes to a question whose default is Cancel."""

from __future__ import annotations

import sys
import termios
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from console.errors import UsageError, VmdbConsoleError
from console.facts.text import one_line

if TYPE_CHECKING:
    from console.terminal.page import Page


class Cancelled(VmdbConsoleError):
    """The operator did not confirm (exit code 12). Nothing was changed by this command."""


@dataclass(frozen=True, slots=True)
class Consent:
    """What the command line says already: `--reason`, `--confirm`; None where not given."""

    reason: str | None
    confirm: tuple[str, ...] | None


def require_answers(asks: bool, consent: Consent) -> None:
    """UsageError where an answer is missing that nobody can be asked for, or is empty; before any host is looked at."""
    if consent.reason is not None:
        worded(consent.reason)
    missing = [
        option
        for option, given in (("--reason TEXT", consent.reason), ("--confirm HOST", consent.confirm))
        if given is None
    ]
    if missing and not asks:
        raise UsageError(
            f"There is no terminal to ask at: add {' and '.join(missing)} (--dry-run shows what is to be confirmed).\n"
            "Nothing was changed."
        )


def ask_reason(page: Page, consent: Consent) -> str:
    """Why this run is made, kept in the journal. Raises UsageError where it is empty."""
    if consent.reason is not None:
        return worded(consent.reason)
    return worded(_ask(page, "Why? (kept in the journal) "))


def confirm(
    page: Page, consent: Consent, names: Sequence[str], target: str, what: str, known: Sequence[str] = ()
) -> None:
    """Raise Cancelled unless the operator confirms `what`.

    `names` are host names to be typed exactly; with none, a question is asked, or `--confirm` names `target`. `known`
    may be given too: names that the whole run needs, though what is left of it does not.
    """
    if consent.confirm is not None:
        _judge_given(consent.confirm, tuple(names) or (target,), known)
    elif names:
        for name in names:
            _typed(page, name)
    elif _ask(page, f"{what}? Type yes to begin; anything else cancels [Cancel] ").strip().casefold() != "yes":
        raise Cancelled("Cancelled: nothing was changed.")


def _typed(page: Page, name: str) -> None:
    page.line(f"To go on, type the host name {name}; anything else cancels.")
    typed = _ask(page, "Host name [Cancel] ").strip()
    if typed != name:
        said = f"'{one_line(typed)}' is not {name}" if typed else f"{name} was not typed"
        raise Cancelled(f"Cancelled: {said}. Nothing was changed.")


def _judge_given(given: tuple[str, ...], wanted: tuple[str, ...], known: Sequence[str]) -> None:
    wrong = [name for name in given if name not in (*wanted, *known)]
    missing = [name for name in wanted if name not in given]
    if wrong or missing:
        parts = [f"--confirm {one_line(name)} is none of the names to be confirmed" for name in wrong]
        parts += [f"--confirm {name} is missing" for name in missing]
        raise Cancelled(f"Cancelled: {'; '.join(parts)} ({', '.join(wanted)}). Nothing was changed.")


def worded(reason: str) -> str:
    """The reason as one line; UsageError where it says nothing."""
    words = one_line(reason, 500).strip()
    if not words:
        raise UsageError("a reason is needed: say in a few words why (--reason TEXT). Nothing was changed.")
    return words


def _ask(page: Page, question: str) -> str:
    """What is typed from now on; the end of input is an empty answer, an interrupt cancels."""
    page.console.print(question, end="", soft_wrap=True)
    page.console.file.flush()
    _forget_what_was_typed_ahead()
    try:
        return sys.stdin.readline()
    except KeyboardInterrupt:
        page.line()
        raise Cancelled("Cancelled: interrupted. Nothing was changed.") from None


def _forget_what_was_typed_ahead() -> None:
    """Keys pressed before the question was there are no answer to it."""
    with suppress(termios.error, OSError, ValueError):
        termios.tcflush(sys.stdin.fileno(), termios.TCIFLUSH)
