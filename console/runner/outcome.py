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


class LeaseRefused(VmdbConsoleError):
    """The lease cannot be had; says who holds it or why the host could not be asked."""


class StopAsked(VmdbConsoleError):
    """The operator asked to stop, and this is a safe point."""
