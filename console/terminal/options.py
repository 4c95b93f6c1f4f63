"""What the command line asks for, as values; options that a runbook has no use for are refused, not ignored."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass

from console.errors import UsageError
from console.facts.text import one_line
from console.runbooks.plan import Choices
from console.runbooks.runbook import Runbook
from console.terminal.asking import Consent

_COPIES = ("rebuild-standby", "failback")
_ONLY_FOR = {
    "--method": ("failback",),
    "--max-rate": _COPIES,
    "--discard-old": _COPIES,
    "--accept-unproven": ("lock-cleanup",),
}


@dataclass(frozen=True, slots=True)
class RunOptions:
    """`run RUNBOOK …`."""

    runbook: str
    target: str
    choices: Choices
    take_over: str | None
    dry_run: bool
    consent: Consent
    full: bool = False


@dataclass(frozen=True, slots=True)
class ResumeOptions:
    """`resume RUN …`."""

    run: str
    roll_back: bool
    dry_run: bool
    consent: Consent
    full: bool = False


def find_runbook(runbooks: Mapping[str, Runbook], name: str) -> Runbook:
    """The runbook called `name`; UsageError with the nearest and all names for an unknown one."""
    found = runbooks.get(name)
    if found is not None:
        return found
    near = difflib.get_close_matches(name, runbooks, n=1)
    hint = f"; did you mean {near[0]}?" if near else ""
    raise UsageError(f"There is no runbook '{one_line(name)}'{hint} (there are: {', '.join(runbooks)})")


def require_fitting_choices(runbook: str, choices: Choices) -> None:
    """UsageError for an option that means nothing to this runbook: whoever gave it expects something of it."""
    given = {
        "--method": choices.method is not None,
        "--max-rate": choices.max_rate is not None,
        "--discard-old": choices.discard_old,
        "--accept-unproven": choices.accept_unproven,
    }
    for option, is_given in given.items():
        if is_given and runbook not in _ONLY_FOR[option]:
            raise UsageError(f"{option} goes with {' and '.join(_ONLY_FOR[option])}, not with {runbook}")
