"""A world of two hosts that the Runner's specifications run in: small, and true to the contracts of Hands and Observer.

A host has marks. Operations put marks there and take them away, the observer shows them as facts (the traces' `held`),
conditions read those facts. Orders are refused where the host is another one or the lease is another's. Faults are
planned by the number of the call: see `Fault`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from enum import Enum, auto
from pathlib import Path
from typing import ClassVar

from console.facts.host import HostFacts, Reach
from console.facts.observed import Observed
from console.facts.server_version import ServerVersion
from console.facts.snapshot import Snapshot
from console.facts.system import Identity
from console.facts.traces import Lease, Traces
from console.inventory.fleet import Fleet
from console.operations.operation import Operation, Risk
from console.operations.platform import Platform
from console.runbooks.plan import Answer, Choices, Condition, Parameters, Plan, Ruling, Step
from console.runbooks.runbook import Runbook
from console.runner.hands import HandsError, JobState, Order, Result
from console.runner.journal import Event, Journal, JournalError, Kind
from console.runner.outcome import Outcome
from console.runner.parts import RunParts
from console.runner.runner import Runner
from console.transport.protocol import Failure, FailureKind
from tests.unit.diagnosis.builders import postgresql_settings, scripted_region

REGION = scripted_region()
A, B = (host.name for host in REGION.databases)
FLEET = Fleet("test", (REGION,), source="inventory.yaml")
RUN = "20260301-030000-abcd"
BEGAN = datetime(2026, 3, 1, 3, 0, tzinfo=UTC).timestamp()


class Killed(BaseException):
    """The console's process ends here."""


class Fault(Enum):
    """What goes wrong with one call of the hands."""

    NOT_REACHED = auto()  # nothing was done, and that is certain
    LOST_BEFORE = auto()  # nothing was done, and that is not known
    LOST_AFTER = auto()  # it was done, and that is not known
    FAILS = auto()  # status 1, nothing done
    LIES_FAILED = auto()  # status 1, but done
    LIES_DONE = auto()  # status 0, but not done
    KILLED_BEFORE = auto()
    KILLED_AFTER = auto()


@dataclass(frozen=True, slots=True)
class Put(Operation):
    """Put a mark on the host."""

    mark: str

    def describe(self) -> str:
        return f"put {self.mark}"

    def command(self, platform: Platform) -> str:
        return f"put {self.mark} on {platform.host}"


@dataclass(frozen=True, slots=True)
class Take(Operation):
    """Take a mark away."""

    mark: str

    def describe(self) -> str:
        return f"take {self.mark}"

    def command(self, platform: Platform) -> str:
        return f"take {self.mark} from {platform.host}"


@dataclass(frozen=True, slots=True)
class Check(Operation):
    """Succeeds where a mark is there."""

    risk: ClassVar[Risk] = Risk.READ
    proves: ClassVar[bool] = True

    mark: str

    def describe(self) -> str:
        return f"check {self.mark}"

    def command(self, platform: Platform) -> str:
        return f"check {self.mark} on {platform.host}"


class ManualClock:
    """Passes when it is slept on."""

    def __init__(self) -> None:
        self.now = 0.0
        self.when_slept: Callable[[], None] = lambda: None

    def monotonic(self) -> float:
        return self.now

    def time(self) -> float:
        return BEGAN + self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds
        self.when_slept()


@dataclass
class Job:
    order: Order
    ends_at: float
    status: int | None = None
    running: bool = True


@dataclass
class WorldHost:
    name: str
    marks: set[str] = field(default_factory=set)
    lease: Lease | None = None
    jobs: dict[tuple[str, str], Job] = field(default_factory=dict)
    hostname: str = ""
    seen: bool = True


class World:
    """The two hosts, and time."""

    def __init__(self) -> None:
        self.clock = ManualClock()
        self.hosts = {name: WorldHost(name, hostname=name) for name in (A, B)}
        self.hosts[A].marks.add("ready")
        self.job_seconds = 30.0
        self.job_status = 0

    @property
    def marks(self) -> dict[str, set[str]]:
        return {name: set(host.marks) for name, host in self.hosts.items()}

    def do(self, host: str, operation: Operation) -> int:
        marks = self.hosts[host].marks
        if isinstance(operation, Put):
            marks.add(operation.mark)
        elif isinstance(operation, Take):
            marks.discard(operation.mark)
        elif isinstance(operation, Check):
            return 0 if operation.mark in marks else 1
        return 0

    def age(self) -> None:
        """Jobs whose time has come end."""
        for host in self.hosts.values():
            for job in host.jobs.values():
                if job.running and self.clock.now >= job.ends_at:
                    job.running, job.status = False, self.job_status
                    if job.status == 0:
                        for operation in job.order.operations:
                            self.do(host.name, operation)


class WorldHands:
    """Hands that keep their contract. `faults` by the number of the call of perform or begin, from 1."""

    def __init__(self, world: World, faults: dict[int, Fault] | None = None) -> None:
        self.world = world
        self.faults = dict(faults or {})
        self.calls = 0
        self.done: list[str] = []
        self.renewals = 0

    def perform(self, order: Order) -> Result:
        fault = self._next_fault()
        self._before(order, fault)
        if fault in {Fault.FAILS, Fault.LIES_DONE}:
            failed = order.operations[0] if fault is Fault.FAILS else None
            return Result(int(fault is Fault.FAILS), "no", 0.1, failed)
        result = self._do(order)
        if fault is Fault.LIES_FAILED:
            result = Result(1, "it said no", 0.1, order.operations[0])
        self._after(order, fault)
        return result

    def _do(self, order: Order) -> Result:
        for operation in order.operations:
            self.done.append(operation.command(order.platform))
            status = self.world.do(order.host, operation)
            if status:
                return Result(status, f"{operation.describe()} failed, password=geheim", 0.1, operation)
        return Result(0, "done", 0.1)

    def begin(self, order: Order) -> None:
        fault = self._next_fault()
        self._before(order, fault)
        host = self.world.hosts[order.host]
        job = host.jobs.get((order.run, order.step))
        if job is None or not job.running:
            self.done.append(f"job {order.step}")
            host.jobs[(order.run, order.step)] = Job(order, self.world.clock.now + self.world.job_seconds)
        self._after(order, fault)

    def job(self, order: Order) -> JobState:
        self.world.age()
        job = self.world.hosts[order.host].jobs.get((order.run, order.step))
        if job is None:
            return JobState(False, False, None, "")
        return JobState(True, job.running, job.status, "1024/2048 kB (50%), 0/1 tablespace")

    def end(self, order: Order) -> None:
        job = self.world.hosts[order.host].jobs.get((order.run, order.step))
        if job is not None and job.running:
            job.running = False

    def take_lease(self, platform: Platform, lease: Lease, instead_of: str | None = None) -> Lease | None:
        host = self.world.hosts[platform.host]
        if host.lease is None or host.lease.run in {lease.run, instead_of}:
            host.lease = lease
            return None
        return host.lease

    def renew_lease(self, platform: Platform, run: str) -> bool:
        self.renewals += 1
        lease = self.world.hosts[platform.host].lease
        return lease is not None and lease.run == run

    def release_lease(self, platform: Platform, run: str) -> None:
        host = self.world.hosts[platform.host]
        if host.lease is not None and host.lease.run == run:
            host.lease = None

    def close(self) -> None:
        """Nothing to drop."""

    def _next_fault(self) -> Fault | None:
        self.calls += 1
        return self.faults.get(self.calls)

    def _before(self, order: Order, fault: Fault | None) -> None:
        host = self.world.hosts[order.host]
        if fault is Fault.KILLED_BEFORE:
            raise Killed
        if fault is Fault.NOT_REACHED or host.hostname != order.host:
            raise HandsError(f"{order.host}: not reached", changed=False)
        if fault is Fault.LOST_BEFORE:
            raise HandsError(f"{order.host}: connection lost", changed=None)
        if host.lease is None or host.lease.run != order.run:
            raise HandsError(f"{order.host}: the lease is not this run's", changed=False)

    def _after(self, order: Order, fault: Fault | None) -> None:
        if fault is Fault.KILLED_AFTER:
            raise Killed
        if fault is Fault.LOST_AFTER:
            raise HandsError(f"{order.host}: connection lost", changed=None)


class WorldObserver:
    """Shows the marks as the traces' `held`, and leases and jobs as they are."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.looks = 0

    def survey(self, sections: Iterable[tuple[str, str]] = ()) -> Snapshot:
        return self._snapshot()

    def look(self, *, clients: bool = False, sections: Iterable[tuple[str, str]] = ()) -> Snapshot:
        self.looks += 1
        return self._snapshot()

    def _snapshot(self) -> Snapshot:
        self.world.age()
        at = datetime.fromtimestamp(self.world.clock.time(), UTC)
        hosts = {name: self._facts(host, at) for name, host in self.world.hosts.items()}
        return Snapshot(FLEET, at, hosts).current()

    def _facts(self, host: WorldHost, at: datetime) -> HostFacts:
        failure = None if host.seen else Failure(FailureKind.HUNG, "does not answer")
        traces = Traces(lease=host.lease, held=tuple(sorted(host.marks)))
        return HostFacts(
            host.name,
            REGION.name,
            reach=Reach(asked_at=at, failure=failure),
            identity=Observed(Identity(host.hostname, f"machine-{host.name}", "boot"), "identity", at),
            traces=Observed(traces, "traces", at),
        )

    def close(self) -> None:
        """Nothing to drop."""


# --- a plan ----------------------------------------------------------------------------------------------------------


def has(host: str, mark: str) -> Condition:
    return Condition(f"{host} has {mark}", lambda snapshot: _ruling(snapshot, host, mark, wanted=True))


def lacks(host: str, mark: str) -> Condition:
    return Condition(f"{host} has no {mark}", lambda snapshot: _ruling(snapshot, host, mark, wanted=False))


def _ruling(snapshot: Snapshot, host: str, mark: str, *, wanted: bool) -> Ruling:
    traces = snapshot.facts(host).traces.value
    if traces is None:
        return Ruling(Answer.UNKNOWN, "not seen")
    return Ruling(Answer.YES if (mark in traces.held) is wanted else Answer.NO, f"marks: {', '.join(traces.held)}")


def put(key: str, host: str, **overrides: object) -> Step:
    """A step that puts the mark `key` on a host, and can take it back."""
    step = Step(
        key=key,
        title=f"Put {key}",
        host=host,
        operations=(Put(key),),
        after=(has(host, key),),
        undo=(Take(key),),
        undone=(lacks(host, key),),
        patience=5.0,
    )
    return replace(step, **overrides)  # type: ignore[arg-type]


STEPS: tuple[Step, ...] = (
    Step("try", "Try it", A, operations=(Check("ready"),)),
    put("hold", B, before=(has(A, "ready"),)),
    put("copy", A, detached=True, before=(has(B, "hold"),)),
    put("close", B, window=True, before=(has(A, "copy"),)),
    put("stop", B, window=True, before=(has(B, "close"),)),
    Step("prove", "Prove it", A, after=(has(B, "stop"),), window=True, patience=1.0),
    put("promote", A, window=True, final=True, before=(has(B, "stop"), has(B, "close"))),
    put("open", A, window=True, before=(has(A, "promote"),)),
    put("follow", B, before=(has(A, "promote"),), steady=3.0, undo=(), undone=()),
    Step("release", "Release", B, (Take("hold"),), after=(lacks(B, "hold"),), undo=(Put("hold"),)),
)
DONE = {A: {"ready", "copy", "promote", "open"}, B: {"close", "stop", "follow"}}
AT_FIRST = {A: {"ready"}, B: set[str]()}


@dataclass(frozen=True, slots=True)
class SomeParameters(Parameters):
    """A runbook's own parameter beside the common ones."""

    note: str = "a"


def platform(host: str) -> Platform:
    return Platform(host, f"machine-{host}", postgresql_settings(), ServerVersion(150018), True, host)


PARAMETERS = SomeParameters(RUN, REGION.name, A, (platform(A), platform(B)), "password=geheim stays")


def plan_of_steps(steps: tuple[Step, ...], parameters: Parameters = PARAMETERS) -> Plan:
    return Plan(
        runbook="some",
        parameters=parameters,
        summary="Some plan.",
        checks=(has(A, "ready"),),
        steps=steps,
        losses=("nothing",),
    )


def runbooks(steps: tuple[Step, ...] = STEPS) -> dict[str, Runbook]:
    def decide(snapshot: Snapshot, region: str, host: str | None, choices: Choices, run: str) -> Parameters:
        return PARAMETERS

    return {
        "some": Runbook(
            "some", "some", SomeParameters, decide, lambda fleet, parameters: plan_of_steps(steps, parameters)
        )
    }


# --- consoles that drive it ------------------------------------------------------------------------------------------


class Console:
    """One console after another that drives the same run in the same world."""

    def __init__(self, folder: Path, steps: tuple[Step, ...] = STEPS, world: World | None = None) -> None:
        self.folder = folder
        self.steps = steps
        self.world = world or World()
        self.hands = WorldHands(self.world)
        self.events: list[Event] = []
        self.stop_at: tuple[Kind, str | None] | None = None
        self.kill_at_write: int | None = None
        self.fail_at_write: int | None = None
        self._runner: Runner | None = None

    def start(self, faults: dict[int, Fault] | None = None, run: str = RUN, instead_of: str | None = None) -> Outcome:
        parameters = replace(PARAMETERS, run=run)
        journal = Journal.create(self.folder, run, self.world.clock)
        plan = plan_of_steps(self.steps, parameters)
        return self._drive(journal, faults, lambda runner: runner.start(plan, "why", instead_of))

    def resume(self, faults: dict[int, Fault] | None = None, reason: str = "") -> Outcome:
        journal = Journal.open(self.folder, RUN, self.world.clock)
        return self._drive(journal, faults, lambda runner: runner.resume(runbooks(self.steps), reason=reason))

    def roll_back(self, faults: dict[int, Fault] | None = None, reason: str = "") -> Outcome:
        journal = Journal.open(self.folder, RUN, self.world.clock)
        return self._drive(journal, faults, lambda runner: runner.roll_back(runbooks(self.steps), reason=reason))

    def _drive(self, journal: Journal, faults: dict[int, Fault] | None, way: Callable[[Runner], Outcome]) -> Outcome:
        self.hands = WorldHands(self.world, faults)
        parts = RunParts(FLEET, WorldObserver(self.world), self.hands, self.world.clock)
        if self.kill_at_write is not None:
            _fail_at_write(journal, self.kill_at_write, Killed())
        if self.fail_at_write is not None:
            _fail_at_write(journal, self.fail_at_write, JournalError("the journal cannot be written"))
        runner = Runner(parts, journal, self._hear)
        self._runner = runner
        try:
            return way(runner)
        finally:
            journal.close()

    def _hear(self, event: Event) -> None:
        self.events.append(event)
        if (event.kind, event.step) == self.stop_at and self._runner is not None:
            self._runner.stop()


def _fail_at_write(journal: Journal, number: int, error: BaseException) -> None:
    """From the `number`-th line on nothing can be written: the process ends, or the disk is full."""
    real, count = journal.write, 0

    def write(kind: Kind, step: str | None = None, **data: object) -> Event:
        nonlocal count
        count += 1
        if count >= number:
            raise error
        return real(kind, step, **data)

    journal.write = write  # type: ignore[method-assign]
