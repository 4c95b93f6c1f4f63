"""Hands that reach into simulated hosts: orders are obeyed as real hosts obey them, with identity and lease checked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from console.facts.traces import Lease
from console.operations.copying import BaseBackup
from console.operations.operation import Operation
from console.operations.platform import Platform
from console.operations.trial import ReadTrial
from console.operations.web_server import AskEndpoint
from console.runner.hands import HandsError, JobState, Order, Result
from console.simulation import jobs
from console.simulation.clock import RunClock
from console.simulation.living import LivingWorld
from console.simulation.obeying.obey import obey
from console.simulation.state import AnyHost, Job, RegionState, World

_ROUND_TRIP = 0.04
"""Seconds that a call takes."""
_TAKEN_OVER_KEPT = 100
_READ_PATIENCE = 30
"""Seconds for which rows are waited for (operations/shell/trial.sh)."""
_SECONDS: dict[str, float] = {
    "StartDatabase": 0.4,
    "StopDatabase": 0.5,
    "Promote": 0.2,
    "NodeStandby": 1.0,
    "SwapIn": 0.2,
    "StopWebServer": 0.5,
    "StartWebServer": 0.8,
}


class SimulatedHands:
    """Implements console.runner.hands.Hands on a LivingWorld."""

    def __init__(self, world: LivingWorld, region: str) -> None:
        self._world = world
        self._region = region
        self._clock = RunClock(world.clock)

    def perform(self, order: Order) -> Result:
        """Each operation at once, one after the other; a base backup among them is waited for."""
        self._checked(order)
        began = self._clock.monotonic()
        self._clock.sleep(_ROUND_TRIP)
        output = ""
        for operation in order.operations:
            status, words = self._one(order, operation)
            output += words
            if status:
                return Result(status, output, self._clock.monotonic() - began, operation)
        return Result(0, output, self._clock.monotonic() - began)

    def _one(self, order: Order, operation: Operation) -> tuple[int, str]:
        if isinstance(operation, BaseBackup):
            return self._awaited(replace(order, step=f"{order.step}-now", operations=(operation,), number=0))
        seconds = operation.looks if isinstance(operation, AskEndpoint) else None
        self._clock.sleep(seconds or _SECONDS.get(type(operation).__name__, 0.02))
        status, words = self._obeyed(order, operation)
        if isinstance(operation, ReadTrial):
            for _ in range(_READ_PATIENCE):
                if status == 0:
                    break
                self._clock.sleep(1.0)
                status, words = self._obeyed(order, operation)
        return status, words

    def _obeyed(self, order: Order, operation: Operation) -> tuple[int, str]:
        found: list[tuple[int, str]] = []

        def act(state: RegionState, at: float) -> RegionState:
            done = obey(state, order.host, operation, at)
            found.append((done.status, done.output))
            return done.state

        self._change(act)
        return found[0]

    def _awaited(self, order: Order) -> tuple[int, str]:
        self.begin(order)
        job = self.job(order)
        while job.running:
            self._clock.sleep(1.0)
            job = self.job(order)
        return (1 if job.status is None else job.status), job.output

    def begin(self, order: Order) -> None:
        """As a job of the host; one of the same attempt that runs is left alone."""
        host = self._checked(order)
        self._clock.sleep(_ROUND_TRIP)
        found = _job(host, order)
        if found is not None and found.running and found.attempt == order.attempt:
            return
        if found is not None and (found.running or found.attempt > order.attempt):
            life = "still runs" if found.running else "has been begun since"
            words = f"{host.name}: attempt {found.attempt} of this job {life} there; nothing was done"
            raise HandsError(words, changed=False)

        def act(state: RegionState, at: float) -> RegionState:
            job = Job(order.run, order.step, order.operations, at, attempt=order.attempt)
            return jobs.advance(state, order.host, job, at)

        self._change(act)

    def job(self, order: Order) -> JobState:
        """How far it is."""
        self._clock.sleep(_ROUND_TRIP)
        found = _job(self._host(order.platform), order)
        if found is None or found.attempt != order.attempt:
            return JobState(False, False, None, "")
        return JobState(True, found.running, found.status, found.output)

    def end(self, order: Order) -> None:
        """Killed, with what it copied so far left lying there."""
        self._clock.sleep(_ROUND_TRIP)
        found = _job(self._host(order.platform), order)
        if found is None or not found.running or found.attempt > order.attempt:
            return
        ended = replace(found, running=False)
        self._change(lambda state, at: jobs.with_job(state, order.host, ended))

    def take_lease(self, platform: Platform, lease: Lease, instead_of: str | None = None) -> Lease | None:
        """Ours where it is free, ours already, or taken over from `instead_of` with no job of it running."""
        self._clock.sleep(_ROUND_TRIP)
        host = self._host(platform)
        _refuse_the_taken_over(host, lease.run)
        holder = host.lease
        barred: tuple[tuple[str, Lease], ...] = ()
        if holder is not None and holder.run != lease.run:
            at_work = any(job.running for job in host.jobs if job.run == holder.run)
            if holder.run != instead_of or at_work:
                return holder
            barred = ((holder.run, replace(lease, since=self._clock.time())),)
        since = holder.since if holder is not None and holder.run == lease.run else self._clock.time()
        taken = replace(lease, since=since, renewed=self._clock.time())

        def given(host: AnyHost) -> AnyHost:
            return replace(host, lease=taken, taken_over=(*host.taken_over, *barred)[-_TAKEN_OVER_KEPT:])

        self._change(_with_host(platform.host, given))
        return None

    def renew_lease(self, platform: Platform, run: str) -> bool:
        """The time of renewal."""
        self._clock.sleep(_ROUND_TRIP)
        holder = self._host(platform).lease
        if holder is None or holder.run != run:
            return False
        renewed = replace(holder, renewed=self._clock.time())
        self._change(_with_host(platform.host, lambda host: replace(host, lease=renewed)))
        return True

    def release_lease(self, platform: Platform, run: str) -> None:
        """Given back where it is the run's; the run's ended jobs go whoever holds it."""
        self._clock.sleep(_ROUND_TRIP)
        self._host(platform)

        def freed(host: AnyHost) -> AnyHost:
            left = tuple(job for job in host.jobs if job.run != run or job.running)
            ours = host.lease is not None and host.lease.run == run
            return replace(host, lease=None if ours else host.lease, jobs=left)

        self._change(_with_host(platform.host, freed))

    def close(self) -> None:
        """Nothing is open."""

    def _checked(self, order: Order) -> AnyHost:
        """The order's host, where it is that host, the run holds the lease there, and no later order was there."""
        host = self._host(order.platform)
        _refuse_the_taken_over(host, order.run)
        if host.lease is None or host.lease.run != order.run:
            holder = f"run {host.lease.run} of {host.lease.owner} holds it" if host.lease else "nobody holds it"
            raise HandsError(f"{host.name}: the lease is not this run's: {holder}; nothing was done", changed=False)
        self._check_turn(host, order)
        return host

    def _check_turn(self, host: AnyHost, order: Order) -> None:
        run, newest = host.newest_order
        if not order.number:
            return
        if run == order.run and order.number <= newest:
            words = f"order {order.number} of this run came after its order {newest}; nothing was done"
            raise HandsError(f"{host.name}: {words}", changed=False)
        noted = (order.run, order.number)
        self._change(_with_host(host.name, lambda host: replace(host, newest_order=noted)))

    def _host(self, platform: Platform) -> AnyHost:
        host = self._world.now().region(self._region).host(platform.host)
        if not host.reachable:
            raise HandsError(f"{host.name} ({host.host.address}:22): no answer to TCP; is it on?", changed=False)
        if platform.machine_id and platform.machine_id != host.machine.machine_id:
            words = f"machine-id {host.machine.machine_id}, expected {platform.machine_id}"
            raise HandsError(f"{host.name} is another machine ({words}); nothing was done", changed=False)
        return host

    def _change(self, act: Callable[[RegionState, float], RegionState]) -> None:
        def event(world: World) -> World:
            return world.with_region(act(world.region(self._region), world.at))

        self._world.change(event)


def _job(host: AnyHost, order: Order) -> Job | None:
    return next((job for job in host.jobs if (job.run, job.step) == (order.run, order.step)), None)


def _refuse_the_taken_over(host: AnyHost, run: str) -> None:
    by = next((lease for old, lease in host.taken_over if old == run), None)
    if by is not None:
        words = f"run {by.run} of {by.owner} took this run's lease over; nothing was done; begin a new run"
        raise HandsError(f"{host.name}: {words}", changed=False)


def _with_host(name: str, change: Callable[[AnyHost], AnyHost]) -> Callable[[RegionState, float], RegionState]:
    return lambda state, at: state.with_host(change(state.host(name)))
