"""Where a run takes place: on the inventory's real hosts, or in the simulated fleet of --demo."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from console.inventory.fleet import Fleet
from console.paths import runs_path

if TYPE_CHECKING:
    from console.runner.observer import Observer
    from console.runner.parts import RunParts
    from console.transport.protocol import Transport


def _nothing_yet(fleet: Fleet) -> None:
    """There is nothing to begin with."""


@dataclass(frozen=True, slots=True)
class Source:
    """A fleet, and how to look at one region of it and to reach into it; `scenario` is the demo's, None for real hosts.

    `look` gives eyes alone, `open` eyes and hands; both take a fleet of one region. `folder` has the journals.
    `lasting`: the hosts are there after this process, so that another may go on with a run. `begin` dials the hosts of
    that one region already, for the look that follows.
    """

    fleet: Fleet
    scenario: str | None
    folder: Path
    look: Callable[[Fleet], Observer]
    open: Callable[[Fleet], RunParts]
    lasting: bool = True
    begin: Callable[[Fleet], None] = _nothing_yet


def runs_folder(*, demo: bool) -> Path:
    """Where the journals lie; those of demos apart, so that no hand-over tells of a run that never was."""
    return runs_path().with_name("demo-runs") if demo else runs_path()


def source_of(scenario: str | None, load: Callable[[], Fleet]) -> Source:
    """Where the command line's run takes place: in the demo's `scenario`, or on the hosts of the inventory."""
    return real_source(load()) if scenario is None else demo_source(scenario)


def real_source(fleet: Fleet) -> Source:
    """The inventory's hosts. Nothing is contacted before it begins, or something is looked at."""
    hosts = _RealHosts()
    return Source(fleet, None, runs_folder(demo=False), hosts.observer, hosts.parts, begin=hosts.begin)


class _RealHosts:
    """How real hosts are reached; at most one transport is begun before it is used."""

    def __init__(self) -> None:
        self._begun: Transport | None = None

    def begin(self, fleet: Fleet) -> None:
        """Dial the database hosts of the fleet's only region."""
        from console.terminal.dial_ahead import DialAhead

        (region,) = fleet.regions
        self._begun = DialAhead(_transport(fleet), [host.name for host in region.databases])

    def observer(self, fleet: Fleet) -> Observer:
        """Eyes, by what has begun if anything."""
        from console.memory import load_machine_ids
        from console.paths import machine_ids_path
        from console.polling.witnesses import Witnesses
        from console.runner.clock import SystemClock
        from console.runner.witness_observer import WitnessObserver
        from console.sql.client import ClientEye

        transport, self._begun = self._begun or _transport(fleet), None
        (region,) = fleet.regions
        witnesses = Witnesses(fleet, transport, ClientEye())
        return WitnessObserver(witnesses, region.name, SystemClock(), machine_ids=load_machine_ids(machine_ids_path()))

    def parts(self, fleet: Fleet) -> RunParts:
        """Eyes and hands."""
        from console.runner.clock import SystemClock
        from console.runner.parts import RunParts
        from console.runner.ssh_hands import SshHands

        return RunParts(fleet, self.observer(fleet), SshHands(fleet), SystemClock())


def _transport(fleet: Fleet) -> Transport:
    from console.probe.program import programs
    from console.transport.ssh import SshTransport

    return SshTransport(fleet, programs(fleet))


def demo_source(scenario: str) -> Source:
    """The simulated fleet in `scenario`; UsageError that names the scenarios for an unknown one."""
    from console.simulation.parts import simulated_parts
    from console.simulation.reference import demo_inventory

    fleet = demo_inventory(scenario)

    def parts(one: Fleet) -> RunParts:
        return replace(simulated_parts(scenario, one.regions[0].name), fleet=one)

    return Source(fleet, scenario, runs_folder(demo=True), lambda one: parts(one).observer, parts, lasting=False)


def new_run_id(at: float) -> str:
    """`20260301-030000-1f2e`: the moment (epoch seconds) in UTC, and four digits that two consoles do not share."""
    return f"{datetime.fromtimestamp(at, UTC):%Y%m%d-%H%M%S}-{secrets.token_hex(2)}"
