"""The failover scripts of a scripted region (REFERENCE 4), as far as they act by themselves: each minute on host 2."""

from __future__ import annotations

from dataclasses import replace

from console.simulation import server as postgresql
from console.simulation.host_files import MAX_PRIMARY_FAILCOUNT
from console.simulation.network import reaches
from console.simulation.state import DatabaseHost, RegionState, ScriptLine

CHECK_PROMOTE = "/usr/bin/pgsql-standby-check-promote"
CHECK_ACCESS = "/usr/bin/pgsql-standby-check-access"
CHECK_START = "/usr/bin/pgsql-primary-check-start"
_KEPT_LINES = 40


def step(state: RegionState, at: float) -> RegionState:
    """At the full minute, `pgsql-standby-check-promote` on host 2: count failures of host 1, promote at the limit.

    Cron finds no script where a run holds it.
    """
    if int(at) % 60:
        return state
    host = state.databases[1]
    if not (host.machine.on and host.scripts.cron and host.server.running) or CHECK_PROMOTE in host.held:
        return state
    if not host.server.recovery_file:
        return state.with_database(_says(host, at, "I'm already the primary, nothing to do."))
    if answers(state, state.databases[0]):
        return state.with_database(_reset(host, at))
    return _failed(state, host, at)


def answers(state: RegionState, target: DatabaseHost) -> bool:
    """Whether `select 1` on the other site's host gets an answer from here."""
    return reaches(state, state.other(target.name), target)


def _reset(host: DatabaseHost, at: float) -> DatabaseHost:
    """While host 1 answers the script is silent, but for the first success after a failure."""
    if not host.scripts.counter:
        return host
    host = _says(host, at, "Resetting failure count to 0")
    return replace(host, scripts=replace(host.scripts, counter=0))


def _failed(state: RegionState, host: DatabaseHost, at: float) -> RegionState:
    count = host.scripts.counter + 1
    host = _says(host, at, f"{state.databases[0].name} is down", level="WARNING")
    host = replace(host, scripts=replace(host.scripts, counter=count, counter_at=at))
    if count < MAX_PRIMARY_FAILCOUNT:
        words = f"Current failure count {count} less than threshold {MAX_PRIMARY_FAILCOUNT}, waiting"
        return state.with_database(_says(host, at, words))
    host = _says(host, at, f"{count} failures reached, promoting myself to primary")
    host = _says(host, at, "server promoting", level="")
    server = postgresql.promote(host.server, host.platform, at, keep_timeline=False)
    scripts = replace(host.scripts, counter=0)
    return state.with_database(replace(host, server=server, port_open=True, scripts=scripts))


def _says(host: DatabaseHost, at: float, text: str, level: str = "INFO") -> DatabaseHost:
    log = (*host.scripts.log, ScriptLine(at + 1, level, text))[-_KEPT_LINES:]
    return replace(host, scripts=replace(host.scripts, log=log))
