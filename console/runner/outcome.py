"""How a run ended, and the failures that end one."""

from __future__ import annotations

from dataclasses import dataclass

from console.errors import VmdbConsoleError
from console.exit_codes import ExitCode


@dataclass(frozen=True, slots=True)
class Outcome:
    """`code` is OK, REFUSED, HALF_WAY, CANCELLED or ROLLED_BACK (DESIGN 8); `words` for the operator.

    `step` is the key of the step at which it stopped, None where it ended or had not begun.
    """

    run: str
    code: ExitCode
    words: str
    step: str | None = None


class StepFailed(VmdbConsoleError):
    """A step cannot go on. `words` say what did not hold or did not work, and where."""


class NoWayBack(StepFailed):
    """A step that cannot be taken back was carried out; the run can only go forward."""


class LeftStanding(StepFailed):
    """Steps that could not be taken back while all others were; the message names each, its host, and why."""


class LeaseRefused(VmdbConsoleError):
    """The lease cannot be had; says who holds it or why the host could not be asked."""


class LeaseGone(LeaseRefused):
    """A run that changed hosts holds a lease of its own no more: what the hosts are now is not this run's."""


class UndoForbidden(StepFailed):
    """The world has gone on since the step was done: to take it back now may do harm."""


class StopAsked(VmdbConsoleError):
    """The operator asked to stop, and this is a safe point."""
