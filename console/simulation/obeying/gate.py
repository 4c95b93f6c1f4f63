"""Firewall and failover scripts on a simulated host."""

from __future__ import annotations

from dataclasses import replace

from console.operations.gate import AllowPort, ClosePort, DenyPort, HoldScript, ReleaseScript, ReopenPort
from console.simulation.obeying.done import Done
from console.simulation.state import DatabaseHost, Gate, RegionState


def close_port(state: RegionState, host: DatabaseHost, operation: ClosePort, at: float) -> Done:
    """The run's own chain before every rule."""
    del at
    return Done(state.with_database(replace(host, gate=Gate(operation.spare))))


def reopen_port(state: RegionState, host: DatabaseHost, operation: ReopenPort, at: float) -> Done:
    """That chain away."""
    del operation, at
    return Done(state.with_database(replace(host, gate=None)))


def allow_port(state: RegionState, host: DatabaseHost, operation: AllowPort, at: float) -> Done:
    """The scripts' rule."""
    del operation, at
    return Done(state.with_database(replace(host, port_open=True)))


def deny_port(state: RegionState, host: DatabaseHost, operation: DenyPort, at: float) -> Done:
    """That rule away."""
    del operation, at
    return Done(state.with_database(replace(host, port_open=False)))


def hold_script(state: RegionState, host: DatabaseHost, operation: HoldScript, at: float) -> Done:
    """A script renamed; held already is done."""
    del at
    held = tuple(sorted({*host.held, operation.path}))
    return Done(state.with_database(replace(host, held=held)))


def release_script(state: RegionState, host: DatabaseHost, operation: ReleaseScript, at: float) -> Done:
    """And renamed back."""
    del at
    held = tuple(path for path in host.held if path != operation.path)
    return Done(state.with_database(replace(host, held=held)))
