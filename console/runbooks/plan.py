"""A plan: everything that a run would do, as values. Guards and post-conditions are judged on facts alone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from itertools import dropwhile

from console.facts.snapshot import Snapshot
from console.operations.operation import Operation
from console.operations.platform import Platform


class Answer(StrEnum):
    """Whether a condition holds. `UNKNOWN` is never taken for yes."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Ruling:
    """What a condition came to, and the facts for it in words for a person."""

    answer: Answer
    because: str

    @property
    def holds(self) -> bool:
        """Only a yes is one."""
        return self.answer is Answer.YES


@dataclass(frozen=True, slots=True)
class Condition:
    """Something that must hold: in words, and how to tell from a snapshot (already `.current()`).

    `taking_over` makes what must hold instead where the run takes the place of the one that it is given.
    """

    words: str
    judge: Callable[[Snapshot], Ruling]
    taking_over: Callable[[str], Condition] | None = None


def _nothing(_: Snapshot) -> tuple[tuple[str, str], ...]:
    return ()


@dataclass(frozen=True, slots=True)
class Step:
    """One step on one host. `key` names it in the journal, once in a plan.

    `before` are guards, judged on fresh facts; `after` must hold afterwards, within `patience` seconds, and then stay
    so for `steady` seconds. `undo` takes it back, `undone` must hold then. A step without operations only waits.

    `detached`: the operations run as one job on the host, which outlives the console. `final`: once its operations
    may have run there is no way back past it by `undo`, unless `undone` can be proven. `window`: the switch that
    shuts clients out, from the step that `shuts_out`; a failure takes the window's steps back by itself, but leaves
    those that `stays` as they are: they keep no client from writing, and what they did is still right when the run
    goes on.

    `undo_before` are the guards of `undo`, judged on fresh facts right before it: the world may have gone on since the
    step was done, and what it did may be what everything rests on by now. A step of the window must be taken back where
    the other host does not answer: clients wait.

    What its conditions need to see beside the fast sections: `sections` (host, probe section), what `before` alone
    needs `guard_sections`, those that depend on facts by `evidence`, and with `clients` what a client meets. `prepare`
    makes more operations from fresh facts.
    """

    key: str
    title: str
    host: str
    operations: tuple[Operation, ...] = ()
    before: tuple[Condition, ...] = ()
    after: tuple[Condition, ...] = ()
    undo: tuple[Operation, ...] = ()
    undone: tuple[Condition, ...] = ()
    undo_before: tuple[Condition, ...] = ()
    patience: float = 30.0
    steady: float = 0.0
    detached: bool = False
    final: bool = False
    window: bool = False
    shuts_out: bool = False
    stays: bool = False
    clients: bool = False
    sections: tuple[tuple[str, str], ...] = ()
    guard_sections: tuple[tuple[str, str], ...] = ()
    evidence: Callable[[Snapshot], tuple[tuple[str, str], ...]] = _nothing
    prepare: Callable[[Snapshot], tuple[Operation, ...]] | None = None


@dataclass(frozen=True, slots=True)
class Choices:
    """What the operator chose beside target and reason.

    `method`: of failback, "rejoin" or "copy". `max_rate` of a copy in kB/s. `discard_old`: let the old data go at the
    end. `accept_unproven`: of lock-cleanup, go on where the verdict is not-provable.
    """

    method: str | None = None
    max_rate: int | None = None
    discard_old: bool = False
    accept_unproven: bool = False


@dataclass(frozen=True, slots=True)
class Parameters:
    """What a plan is made from, kept in the journal: the same parameters always give the same plan.

    `platforms` are the pair's hosts, inventory order. Each runbook adds its own.
    """

    run: str
    region: str
    target: str
    platforms: tuple[Platform, ...]

    def platform(self, host: str) -> Platform:
        """The platform of one of the pair's hosts; StopIteration for another is a defect."""
        return next(platform for platform in self.platforms if platform.host == host)


@dataclass(frozen=True, slots=True)
class Plan:
    """The whole plan. `checks` must hold before anything; `losses` and `needs` (time, space) are told to the operator.

    `undo_checks` must hold before the first step of the whole run is taken back (not before a retreat: clients wait).
    `confirm` are host names that must be typed, since steps on them cannot be taken back.

    `drill`: a test, which leaves nothing behind whatever comes of it. Where a step fails, or the operator stops it, all
    of it is taken back at once, each step whether or not others can be, and also where a host does not answer that has
    nothing to be taken back.
    """

    runbook: str
    parameters: Parameters
    summary: str
    checks: tuple[Condition, ...]
    steps: tuple[Step, ...]
    losses: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    confirm: tuple[str, ...] = ()
    sections: tuple[tuple[str, str], ...] = ()
    undo_checks: tuple[Condition, ...] = ()
    drill: bool = False

    @property
    def without_writes(self) -> tuple[str, ...]:
        """Keys of the steps in which clients cannot write: of the window, from the first that shuts them out."""
        window = [step for step in self.steps if step.window]
        return tuple(step.key for step in dropwhile(lambda step: not step.shuts_out, window))

    def step(self, key: str) -> Step:
        """A step by its key; StopIteration for an unknown one is a defect."""
        return next(step for step in self.steps if step.key == key)

    def checks_for(self, instead_of: str | None) -> tuple[Condition, ...]:
        """The checks, where the run takes the place of another one."""
        if instead_of is None:
            return self.checks
        return tuple(check.taking_over(instead_of) if check.taking_over is not None else check for check in self.checks)
