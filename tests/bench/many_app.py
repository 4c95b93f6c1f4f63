"""`python -m tests.bench.many_app HOSTS SECONDS`: the console on a simulated fleet of HOSTS, each polled every SECONDS.

Started by tests.bench.bench_screens on a terminal of its own.
"""

from __future__ import annotations

import sys
from dataclasses import replace

from console.polling.witnesses import Witnesses
from console.scene import Face, Setting
from console.screens.app import ConsoleApp
from console.screens.source import LiveSource, NoMemory
from console.simulation import events
from console.simulation.client import SimulatedClient
from console.simulation.living import LivingWorld
from console.simulation.many import simulated_many
from console.simulation.state import World
from console.simulation.transport import SimulatedTransport


def many(hosts: int, interval: float) -> tuple[Witnesses, LivingWorld]:
    """Witnesses on `hosts` hosts polled every `interval` seconds; a tenth of the pairs has lost its standby's host."""
    witnesses, world = simulated_many(hosts)
    fleet = replace(witnesses.fleet, poll=replace(witnesses.fleet.poll, interval=interval))
    for region in fleet.regions[::10]:
        lost = region.databases[1].name

        def strike(now: World, region: str = region.name, lost: str = lost) -> World:
            return now.with_region(events.power_off(now.region(region), lost))

        world.change(strike)
    return Witnesses(fleet, SimulatedTransport(fleet, world), SimulatedClient(world)), world


def main() -> int:
    """Run until `q`."""
    hosts, interval = int(sys.argv[1]), float(sys.argv[2])
    witnesses, _ = many(hosts, interval)
    setting = Setting(witnesses.fleet, Face.CONSOLE, "healthy", "a bench", f"{hosts} simulated hosts")
    app = ConsoleApp(setting, LiveSource(lambda: witnesses, NoMemory()))
    app.run()
    return app.return_code or 0


if __name__ == "__main__":
    sys.exit(main())
