"""A world that is watched: what DESIGN 10 forbids is looked for at every change that hands make, and as time passes."""

from __future__ import annotations

from collections.abc import Callable

from console.simulation.clock import ManualClock
from console.simulation.living import LivingWorld
from console.simulation.network import lets_in, serves_clients
from console.simulation.server import is_part_of
from console.simulation.state import DatabaseHost, RegionState, Server, World


class Forbidden(BaseException):
    """Something happened that must never happen. No part of the console catches it."""


class WatchedWorld(LivingWorld):
    """One region that raises Forbidden. `discards` are paths of old data that the operator let go."""

    def __init__(self, region: RegionState, at: float, clock: ManualClock) -> None:
        super().__init__(World(at, (region,)), clock)
        self.name = region.name
        self.discards: tuple[str, ...] = ()
        self.suffered = False

    @property
    def state(self) -> RegionState:
        return self.now().region(self.name)

    def now(self) -> World:
        world = super().now()
        self._nobody_follows_what_it_is_no_part_of(world.region(self.name))
        if not self.suffered:
            self._one_primary(world.region(self.name))
        return world

    def change(self, event: Callable[[World], World]) -> World:
        """What hands do."""
        before = self.now().region(self.name)
        world = super().change(event)
        after = world.region(self.name)
        self._every_commit_is_still_there(before, after)
        self._no_second_writer(before, after)
        self._no_client_is_led_to_host_1(before, after)
        return world

    def suffer(self, event: Callable[[RegionState, float], RegionState]) -> None:
        """What the world does by itself, and other people."""
        super().change(lambda world: world.with_region(event(world.region(self.name), world.at)))

    # DESIGN 10.1
    def _every_commit_is_still_there(self, before: RegionState, after: RegionState) -> None:
        left = [server for host in after.databases for _, server in data_of(host)]
        for host in before.databases:
            for path, server in data_of(host):
                if path not in self.discards and not any(is_part_of(server, other) for other in left):
                    raise Forbidden(f"the data in {path} of {host.name} is nowhere any more")

    # DESIGN 10.2
    def _no_second_writer(self, before: RegionState, after: RegionState) -> None:
        found = writable if self.suffered else _primaries  # somebody may have started one behind a closed gate
        if len(found(after)) > max(1, len(found(before))):
            raise Forbidden("a second node accepts writes")
        for host in _primaries(after):
            was, peer = before.database(host.name).server, after.other(host.name)
            made = was.in_recovery or (not was.running and not self.suffered)
            if made and peer.data_there and not is_part_of(peer.server, host.server):
                raise Forbidden(f"{host.name} was made a primary without what {peer.name} has")

    def _one_primary(self, state: RegionState) -> None:
        if len(_primaries(state)) > 1:
            raise Forbidden("two primaries, and nothing from outside had made them")

    # DESIGN 10.3
    def _nobody_follows_what_it_is_no_part_of(self, state: RegionState) -> None:
        for host in state.databases:
            if host.server.streaming and not is_part_of(host.server, state.other(host.name).server):
                raise Forbidden(f"{host.name} follows a primary whose history it is no part of")

    # DESIGN 10.4
    def _no_client_is_led_to_host_1(self, before: RegionState, after: RegionState) -> None:
        if after.cluster is None and _misled(after) and not _misled(before):
            raise Forbidden("host 1 answers clients while host 2 is the primary")


def data_of(host: DatabaseHost) -> list[tuple[str, Server]]:
    """Every whole data directory of a host, by path."""
    found = [(host.settings.data, host.server)] if host.data_there else []
    return found + [(folder.path, folder.server) for folder in host.folders if folder.complete]


def _primaries(state: RegionState) -> list[DatabaseHost]:
    return [host for host in state.databases if host.machine.on and host.server.primary]


def _misled(state: RegionState) -> bool:
    first, second = state.databases
    return serves_clients(first) and second.machine.on and second.server.primary


def writable(state: RegionState) -> list[DatabaseHost]:
    """Where clients can write."""
    return [host for host in _primaries(state) if lets_in(host, None)]
