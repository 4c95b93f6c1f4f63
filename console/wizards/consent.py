"""What a person must type before anything is changed, and what is still missing of it. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from console.facts.text import one_line

YES = "yes"
_LONGEST_REASON = 500


@dataclass(frozen=True, slots=True)
class Form:
    """What is asked. `names` are host names to be typed exactly; with none, the word yes is.

    `what` says in a sentence what begins, `warnings` what of it matters most; `button` is that of who goes on.
    """

    title: str
    what: str
    button: str
    names: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    reason_needed: bool = True

    @property
    def asked(self) -> tuple[str, ...]:
        """The words to be typed, in their order."""
        return self.names or (YES,)


@dataclass(frozen=True, slots=True)
class Consent:
    """It was confirmed, for this reason: one line."""

    reason: str


def missing(form: Form, reason: str, typed: Sequence[str]) -> str:
    """What still has to be typed, in words; "" where all is there."""
    if form.reason_needed and not worded(reason):
        return "say why: it is kept in the journal"
    for word, answer in zip(form.asked, typed, strict=True):
        if answer.strip() == word:
            continue
        if not answer:
            return f"type {word}"
        return f"'{one_line(answer, 60)}' is not {word}"
    return ""


def worded(reason: str) -> str:
    """The reason as one line."""
    return one_line(reason, _LONGEST_REASON).strip()
