"""What can go wrong with an order and around it, by a schedule that hypothesis draws."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

from console.facts.traces import Lease
from console.operations.copying import SwapBack, SwapIn
from console.operations.platform import Platform
from console.runner.hands import Hands, HandsError, JobState, Order, Result
from console.simulation import agent, events
from console.simulation.clock import ManualClock
from console.simulation.obeying.copying import half_swapped
from console.simulation.state import RegionState
from tests.simulation.watched import WatchedWorld

PASSWORD = "hunter2-of-the-database"
_LEAKY = f"psql: host=a user=b password={PASSWORD}\nPGPASSWORD={PASSWORD}\n"


class KilledConsole(BaseException):
    """kill -9: nothing catches it."""


class Ill(StrEnum):
    """What becomes of one order."""

    FAILS_BEFORE = "fails, nothing done"
    FAILS_AFTER = "says that it failed, all done"
    LIES = "says that it is done, nothing done"
    FIRST_ONLY = "stops after its first operation"
    SLOW = "takes 25 s"
    REFUSED = "the connection is refused"
    LOST_UNDONE = "the connection is lost, nothing done"
    LOST_DONE = "the connection is lost, all done"
    LOST_HALF = "the connection is lost, half of a swap or the first operation done"
    KILLED_BEFORE = "the console is killed, nothing done"
    KILLED_AFTER = "the console is killed, all done"
    LEAKS = "a password stands in the output"


class Woe(StrEnum):
    """What the world, or somebody else, does between two calls."""

    POWER_1 = "host 1 loses power for a while"
    POWER_2 = "host 2 loses power for a while"
    REBOOT_1 = "host 1 reboots"
    REBOOT_2 = "host 2 reboots"
    SEVERED = "the sites lose each other for a while"
    CUT_1 = "the console loses host 1 for a while"
    CUT_2 = "the console loses host 2 for a while"
    FULL_1 = "host 1's disk is full"
    FULL_2 = "host 2's disk is full"
    STOLEN = "another run takes the lease on host 1 over"
    LOCK_DELETED_1 = "somebody deletes PGSQL.lock on host 1"
    STARTED_1 = "somebody starts the service on host 1"
    STOPPED_2 = "somebody stops the service on host 2"
    CHECKPOINTS = "ten minutes pass"
    CUT_UI = "the console loses the first appliance for a while"
    STARTED_UI = "somebody starts the web server of the first appliance"
    STOPPED_UI = "somebody stops the web server of the second appliance for a while"
    FAILED_OVER = "host 1 dies, and is back after a while"


MENDED_AFTER = 75.0
"""Seconds for which what lasts a while lasts."""
LONG_GONE = 400.0
"""The same where the pair has failed over meanwhile."""
OF_DRILLS = frozenset({Woe.CUT_UI, Woe.STARTED_UI, Woe.STOPPED_UI, Woe.FAILED_OVER})
"""Woes that only drills suffer."""
HARMLESS = frozenset(
    {Woe.CUT_1, Woe.CUT_2, Woe.FULL_1, Woe.FULL_2, Woe.CHECKPOINTS, Woe.CUT_UI, Woe.STARTED_UI, Woe.STOPPED_UI}
)
"""Woes after which a run must still come to an end by itself."""
_LONG = 600.0


@dataclass(frozen=True)
class Schedule:
    """`ills` by the number of an order (perform or begin), `woes` by the number of any call, both from 0."""

    ills: Mapping[int, Ill] = field(default_factory=dict)
    woes: Mapping[int, Woe] = field(default_factory=dict)

    @property
    def gentle(self) -> bool:
        return all(woe in HARMLESS for woe in self.woes.values())


class FaultyHands:
    """Implements console.runner.hands.Hands: the hands that it wraps, and the schedule."""

    def __init__(self, hands: Hands, world: WatchedWorld, clock: ManualClock, schedule: Schedule) -> None:
        self._hands = hands
        self._world = world
        self._clock = clock
        self._schedule = schedule
        self._orders = 0
        self._calls = 0
        self.told: list[str] = []
        self._mend: list[tuple[float, Callable[[RegionState, float], RegionState]]] = []

    def tell(self, words: str) -> None:
        """Keep what happens, for a person who wants to understand a failing schedule."""
        self.told.append(f"{self._clock.at:%H:%M:%S} {words}")

    def calm(self) -> None:
        """From here on nothing goes wrong, and what was broken is mended."""
        self._schedule = Schedule()
        self._mended(float("inf"))

    def perform(self, order: Order) -> Result:
        ill = self._next_order(order)
        if ill is Ill.SLOW:
            self._clock.pass_seconds(25)
        self._before(ill)
        if ill is Ill.FAILS_BEFORE:
            return Result(1, "sh: fork: Cannot allocate memory\n", 0.1, next(iter(order.operations), None))
        if ill is Ill.LIES:
            return Result(0, "", 0.1)
        if ill in {Ill.FIRST_ONLY, Ill.LOST_HALF} and order.operations:
            return self._half(order, ill)
        result = self._hands.perform(order)
        self._after(ill)
        if ill is Ill.FAILS_AFTER:
            return Result(1, "Terminated\n", result.seconds, next(reversed(order.operations), None))
        return replace(result, output=result.output + _LEAKY) if ill is Ill.LEAKS else result

    def begin(self, order: Order) -> None:
        ill = self._next_order(order)
        self._before(ill)
        if ill in {Ill.FAILS_BEFORE, Ill.LIES, Ill.LOST_HALF}:
            raise HandsError(f"{order.host}: the connection was lost", changed=None)
        self._hands.begin(order)
        self._after(ill)

    def _half(self, order: Order, ill: Ill) -> Result:
        first = order.operations[0]
        if isinstance(first, SwapIn | SwapBack) and ill is Ill.LOST_HALF:
            self._world.suffer(lambda state, at: half_swapped(state, order.host, first))
        else:
            self._hands.perform(replace(order, operations=(first,)))
        if ill is Ill.LOST_HALF:
            raise HandsError(f"{order.host}: the connection was lost", changed=None)
        rest = order.operations[1] if len(order.operations) > 1 else first
        return Result(1, "Killed\n", 0.1, rest)

    def _before(self, ill: Ill | None) -> None:
        if ill is Ill.REFUSED:
            raise HandsError("connection refused", changed=False)
        if ill is Ill.LOST_UNDONE:
            raise HandsError("the connection was lost; it is not known whether it was done", changed=None)
        if ill is Ill.KILLED_BEFORE:
            raise KilledConsole

    def _after(self, ill: Ill | None) -> None:
        if ill is Ill.LOST_DONE:
            raise HandsError("the connection was lost; it is not known whether it was done", changed=None)
        if ill is Ill.KILLED_AFTER:
            raise KilledConsole

    def job(self, order: Order) -> JobState:
        self._next_call()
        return self._hands.job(order)

    def end(self, order: Order) -> None:
        self._next_call()
        self._hands.end(order)

    def take_lease(self, platform: Platform, lease: Lease, instead_of: str | None = None) -> Lease | None:
        self._next_call()
        return self._hands.take_lease(platform, lease, instead_of)

    def renew_lease(self, platform: Platform, run: str) -> bool:
        self._next_call()
        return self._hands.renew_lease(platform, run)

    def release_lease(self, platform: Platform, run: str) -> None:
        self._next_call()
        self._hands.release_lease(platform, run)

    def close(self) -> None:
        self._hands.close()

    def _next_order(self, order: Order) -> Ill | None:
        self._next_call()
        number, self._orders = self._orders, self._orders + 1
        ill = self._schedule.ills.get(number)
        names = ", ".join(type(operation).__name__ for operation in order.operations)
        self.tell(f"{order.step} on {order.host}: {names}{f': {ill.value}' if ill else ''}")
        return ill

    def _next_call(self) -> None:
        now = self._clock.at.timestamp()
        self._mended(now)
        number, self._calls = self._calls, self._calls + 1
        woe = self._schedule.woes.get(number)
        if woe is not None:
            self._suffer(woe, now)

    def _mended(self, now: float) -> None:
        due = [item for item in self._mend if item[0] <= now]
        self._mend = [item for item in self._mend if item[0] > now]
        for _, mend in due:
            self._world.suffer(mend)

    def _suffer(self, woe: Woe, now: float) -> None:
        self.tell(woe.value)
        if woe not in HARMLESS:
            self._world.suffered = True
        if woe is Woe.CHECKPOINTS:
            self._clock.pass_seconds(_LONG)
            return
        self._world.suffer(lambda state, at: strike(state, woe, at))
        after = LONG_GONE if woe is Woe.FAILED_OVER else MENDED_AFTER
        self._mend.append((now + after, lambda state, at: mend(state, woe, at)))


def strike(state: RegionState, woe: Woe, at: float) -> RegionState:
    """The region after a woe; the same where it does not apply."""
    host = state.databases[1 if woe.name.endswith("_2") else 0]
    name = host.name
    if woe in {Woe.POWER_1, Woe.POWER_2, Woe.FAILED_OVER}:
        return events.power_off(state, name) if host.machine.on else state
    if woe in {Woe.REBOOT_1, Woe.REBOOT_2}:
        return events.boot(events.power_off(state, name), name, at) if host.machine.on else state
    if woe is Woe.SEVERED:
        return events.sever(state)
    if woe in {Woe.CUT_1, Woe.CUT_2}:
        return state.with_database(replace(host, cut_off=True))
    if woe in {Woe.FULL_1, Woe.FULL_2}:
        return state.with_database(replace(host, disk_full=True))
    if woe in {Woe.CUT_UI, Woe.STARTED_UI, Woe.STOPPED_UI}:
        return _of_an_appliance(state, woe, at)
    if woe is Woe.STOLEN and host.lease is not None:
        return state.with_database(replace(host, lease=replace(host.lease, run="another", owner="a colleague")))
    if woe is Woe.LOCK_DELETED_1:
        return state.with_database(replace(host, lock_since=None))
    if woe is Woe.STARTED_1 and host.machine.on:
        return _started(state, name, at)
    if woe is Woe.STOPPED_2 and host.machine.on:
        return agent.stop_resource(state, host, at) if state.cluster else events.stop_service(state, name, at)
    return state


def _of_an_appliance(state: RegionState, woe: Woe, at: float) -> RegionState:
    first, second = state.uis[:2]
    if woe is Woe.CUT_UI:
        return state.with_ui(replace(first, cut_off=True))
    if woe is Woe.STARTED_UI:
        return state.with_ui(replace(first, httpd_stopped=None))
    return state.with_ui(replace(second, httpd_stopped=at))


def _started(state: RegionState, name: str, at: float) -> RegionState:
    return state if state.cluster is not None else events.start_service(state, name, at)


def mend(state: RegionState, woe: Woe, at: float) -> RegionState:
    """The region after what lasts a while has passed."""
    host = state.databases[1 if woe.name.endswith("_2") else 0]
    if woe is Woe.CUT_UI:
        return state.with_ui(replace(state.uis[0], cut_off=False))
    if woe is Woe.STOPPED_UI:
        return state.with_ui(replace(state.uis[1], httpd_stopped=None))
    if woe in {Woe.POWER_1, Woe.POWER_2, Woe.FAILED_OVER} and not host.machine.on:
        return events.boot(state, host.name, at)
    if woe is Woe.SEVERED:
        return events.sever(state, severed=False)
    if woe in {Woe.CUT_1, Woe.CUT_2}:
        return state.with_database(replace(host, cut_off=False))
    if woe in {Woe.FULL_1, Woe.FULL_2}:
        return state.with_database(replace(host, disk_full=False))
    if woe is Woe.STOLEN and host.lease is not None and host.lease.run == "another":
        return state.with_database(replace(host, lease=None))
    return state
