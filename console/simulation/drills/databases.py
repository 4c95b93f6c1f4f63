"""Drills on a database host."""

from __future__ import annotations

from dataclasses import replace

from console.simulation import agent, events
from console.simulation.drills.drill import (
    Drill,
    Fits,
    Happens,
    Scope,
    scripted,
    to_database,
    to_host,
    where_database,
)
from console.simulation.state import RegionState


def _reboot(state: RegionState, name: str, at: float) -> RegionState:
    return events.boot(events.power_off(state, name), name, at)


def _set_node_standby(standby: bool) -> Happens:
    return to_host(lambda state, name, at: agent.set_standby(state, state.database(name), at, standby=standby))


def _may_be_put_in_standby(standby: bool) -> Fits:
    def fits(state: RegionState, name: str) -> bool:
        if state.cluster is None:
            return False
        node = state.cluster.node(state.database(name).host.node)
        return node.online and node.standby != standby

    return fits


def _hold_replay(held: bool) -> Happens:
    return to_database(lambda host: host.with_server(replace(host.server, replay_held=held)))


def _put_lock(state: RegionState, name: str, at: float) -> RegionState:
    return state.with_database(replace(state.database(name), lock_since=at))


OF_DATABASES = (
    Drill(
        "power-off",
        "Power off",
        "The host loses power: its database dies without a clean stop.",
        Scope.DATABASE,
        to_host(lambda state, name, at: events.power_off(state, name)),
        where_database(lambda host: host.machine.on),
    ),
    Drill(
        "power-on",
        "Power on",
        "The host boots: its cluster node joins, or its boot scripts decide what starts.",
        Scope.DATABASE,
        to_host(events.boot),
        where_database(lambda host: not host.machine.on),
    ),
    Drill(
        "reboot",
        "Reboot",
        "Power fails for a moment, and the host boots at once.",
        Scope.DATABASE,
        to_host(_reboot),
        where_database(lambda host: host.machine.on),
    ),
    Drill(
        "stop-database",
        "Stop the database",
        "service postgresql stop: a clean stop; of host 1 the scripts promote host 2 after two minutes.",
        Scope.DATABASE,
        to_host(events.stop_service),
        lambda state, name: scripted(state) and state.database(name).machine.on and state.database(name).server.running,
    ),
    Drill(
        "start-database",
        "Start the database",
        "service postgresql start: it comes up as what its recovery file says, whatever the other host is by now.",
        Scope.DATABASE,
        to_host(events.start_service),
        lambda state, name: (
            scripted(state) and state.database(name).machine.on and not state.database(name).server.running
        ),
    ),
    Drill(
        "node-standby",
        "Put the node in standby",
        "pcs node standby: the cluster stops its database; of the primary's node the other host takes over.",
        Scope.DATABASE,
        _set_node_standby(True),
        _may_be_put_in_standby(True),
    ),
    Drill(
        "node-unstandby",
        "Take the node out of standby",
        "pcs node unstandby: the cluster starts its database, unless PGSQL.lock is there.",
        Scope.DATABASE,
        _set_node_standby(False),
        _may_be_put_in_standby(False),
    ),
    Drill(
        "put-lock",
        "Leave PGSQL.lock there",
        "A lock file as after a crashed primary: the agent refuses the next start.",
        Scope.DATABASE,
        to_host(_put_lock),
        lambda state, name: not scripted(state) and state.database(name).lock_since is None,
    ),
    Drill(
        "delete-lock",
        "Delete PGSQL.lock blindly",
        "What the documentation says and nobody should: nothing is proved, and the next start joins what is there.",
        Scope.DATABASE,
        to_database(lambda host: replace(host, lock_since=None)),
        lambda state, name: not scripted(state) and state.database(name).lock_since is not None,
    ),
    Drill(
        "fall-behind",
        "Fall behind for good",
        "The standby was away for so long that the WAL it needs is nowhere any more: it must be rebuilt.",
        Scope.DATABASE,
        to_host(events.fall_behind),
        where_database(lambda host: host.machine.on and host.server.streaming),
    ),
    Drill(
        "hold-replay",
        "Hold replay back",
        "A long query on the standby holds replay back, while it goes on to receive: lag grows.",
        Scope.DATABASE,
        _hold_replay(True),
        where_database(lambda host: host.server.in_recovery and not host.server.replay_held),
    ),
    Drill(
        "release-replay",
        "Let replay go on",
        "The query on the standby is cancelled.",
        Scope.DATABASE,
        _hold_replay(False),
        where_database(lambda host: host.server.replay_held),
    ),
    Drill(
        "close-port",
        "Close port 5432",
        "Somebody takes the rule out of the firewall: no client gets in, and no standby.",
        Scope.DATABASE,
        to_database(lambda host: replace(host, port_open=False)),
        where_database(lambda host: host.machine.on and host.port_open),
    ),
    Drill(
        "open-port",
        "Open port 5432",
        "Somebody opens the firewall: the traffic manager sees a database, standby or not.",
        Scope.DATABASE,
        to_database(lambda host: replace(host, port_open=True)),
        where_database(lambda host: host.machine.on and not host.port_open),
    ),
    Drill(
        "fill-disk",
        "Fill the disk",
        "The data disk is full: no copy can be made there.",
        Scope.DATABASE,
        to_database(lambda host: replace(host, disk_full=True)),
        where_database(lambda host: not host.disk_full),
    ),
    Drill(
        "free-disk",
        "Make room on the disk",
        "What filled the data disk is gone.",
        Scope.DATABASE,
        to_database(lambda host: replace(host, disk_full=False)),
        where_database(lambda host: host.disk_full),
    ),
    Drill(
        "cut-host",
        "Cut the console off",
        "The console does not reach the host any more, though it runs: everything on it becomes unknown.",
        Scope.DATABASE,
        to_database(lambda host: replace(host, cut_off=True)),
        where_database(lambda host: not host.cut_off),
    ),
    Drill(
        "reconnect-host",
        "Let the console reach it",
        "The way from the console to the host is there again.",
        Scope.DATABASE,
        to_database(lambda host: replace(host, cut_off=False)),
        where_database(lambda host: host.cut_off),
    ),
)
