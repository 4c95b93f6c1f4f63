"""A fleet of any size: the reference's three regions again and again, for benches of the poller and the screens."""

from __future__ import annotations

from dataclasses import replace

from console.inventory.fleet import Endpoint, Fleet, Host, Region
from console.polling.witnesses import Witnesses
from console.simulation.birth import healthy
from console.simulation.client import SimulatedClient
from console.simulation.clock import Clock, SystemClock
from console.simulation.living import LivingWorld
from console.simulation.reference import demo_fleet
from console.simulation.transport import SimulatedTransport

_WARM_UP = 30


def simulated_fleet(hosts: int) -> Fleet:
    """At least `hosts` hosts: global, dc1, dc2, then copies of dc1 and dc2 with names and addresses of their own.

    One region alone is global: the others replicate to it. Four hosts a region, so 200 hosts are 50 regions.
    """
    fleet = demo_fleet()
    regions = list(fleet.regions)
    shapes = [region for region in fleet.regions if region.cluster is not None]
    while sum(len(region.hosts) for region in regions) < hosts:
        number = len(regions)
        regions.append(_copy(shapes[number % len(shapes)], number))
    return replace(fleet, regions=tuple(regions), source=f"simulated fleet of {hosts} hosts")


def simulated_many(hosts: int, clock: Clock | None = None) -> tuple[Witnesses, LivingWorld]:
    """Witnesses on a healthy fleet of `hosts` hosts, and the world behind them, to let things happen in."""
    clock = clock or SystemClock()
    fleet = simulated_fleet(hosts)
    world = LivingWorld(healthy(fleet, clock.now().timestamp() - _WARM_UP), clock)
    return Witnesses(fleet, SimulatedTransport(fleet, world), SimulatedClient(world)), world


def _copy(region: Region, number: int) -> Region:
    name = f"{region.name}-{number}"

    def host(old: Host) -> Host:
        storage = old.storage
        moved = replace(storage, name=_named(storage.name, region.name, name)) if storage is not None else None
        renamed = _named(old.name, region.name, name)
        return replace(old, name=renamed, node=renamed, address=_moved(old.address, number), region=name, storage=moved)

    def endpoint(old: Endpoint | None) -> Endpoint | None:
        if old is None:
            return None
        addresses = tuple(_moved(address, number) for address in old.addresses)
        return replace(old, name=_named(old.name, region.name, name), addresses=addresses)

    return replace(
        region,
        name=name,
        number=number,
        databases=tuple(host(old) for old in region.databases),
        uis=tuple(host(old) for old in region.uis),
        endpoint=endpoint(region.endpoint),
        ui_endpoint=endpoint(region.ui_endpoint),
    )


def _named(name: str, old: str, new: str) -> str:
    return name.replace(f"-{old}-", f"-{new}-", 1)


def _moved(address: str, number: int) -> str:
    """10.19.11.13 becomes 10.(100 + high).(number).13 for the sites' networks 10.16 and 10.19."""
    first, second, third, last = address.split(".")
    return f"{first}.{int(second) + 20 + 10 * int(third)}.{number}.{last}"
