"""A replication test's table on a simulated host: where its WAL is, and who has replayed that."""

from __future__ import annotations

from dataclasses import replace

from console.operations.trial import CreateTrial, DropTrial, ReadTrial, TryTrialInsert, schema_of
from console.simulation import server as postgresql
from console.simulation.obeying.done import Done, refused
from console.simulation.state import DatabaseHost, RegionState, Server, TrialTable

_NO_SERVER = "psql: could not connect to server: No such file or directory"
_WAL = 4096
"""Bytes that such a transaction takes, some of it in the catalogs."""
_READ_ONLY = "ERROR:  25006: cannot execute {} in a read-only transaction"


def create(state: RegionState, host: DatabaseHost, operation: CreateTrial, at: float) -> Done:
    """In the primary's WAL; only a primary with room on its disk takes it."""
    if why := _cannot_write(host, "CREATE SCHEMA"):
        return refused(state, why)
    schema = schema_of(operation.run)
    if _shown(host.server, schema):
        return Done(state, 0, f"{schema} is there already\n")
    server = postgresql.write(host.server, host.platform, _WAL, at)
    table = TrialTable(schema, operation.run, server.written)
    done = state.with_database(host.with_server(replace(server, trials=(*server.trials, table))))
    took = "received by the standby 0.012 s after the commit (by the primary's clock)"
    fed = state.other(host.name).server.streaming
    words = took if fed else "not received by a standby within 10 s"
    return Done(done, 0, f"{schema} was created in {host.settings.database}\n{words}\n")


def read(state: RegionState, host: DatabaseHost, operation: ReadTrial, at: float) -> Done:
    """As far as replay has come. (The real one waits for it.)"""
    del at
    schema = schema_of(operation.run)
    if not host.server.running:
        return refused(state, f"the rows were not there after 120 looks in some 30 s: {_NO_SERVER}")
    if not _shown(host.server, schema):
        words = f'ERROR:  42P01: relation "{schema}.rows" does not exist'
        return refused(state, f"the rows were not there after 120 looks in some 30 s: {words}")
    seen = "the same rows are here, seen at look 1, 0.416 s after they were written (by the clocks of both hosts)"
    return Done(state, 0, f"{seen}\n")


def try_insert(state: RegionState, host: DatabaseHost, operation: TryTrialInsert, at: float) -> Done:
    """A standby refuses it."""
    del at, operation
    if not host.server.running:
        return refused(state, f"the INSERT failed, but not as one on a standby does (SQLSTATE 25006): {_NO_SERVER}")
    if not host.server.in_recovery:
        return refused(state, "an INSERT was carried out (and rolled back) here: this is no standby")
    return Done(state, 0, f"refused: {_READ_ONLY.format('INSERT')}\n")


def drop(state: RegionState, host: DatabaseHost, operation: DropTrial, at: float) -> Done:
    """In the primary's WAL; a standby has nothing to drop."""
    schema = schema_of(operation.run)
    if host.server.in_recovery:
        return Done(state, 0, "this is a standby: what the primary drops goes here by replication\n")
    if why := _cannot_write(host, "DROP TABLE"):
        return refused(state, why)
    if not _shown(host.server, schema):
        return Done(state, 0, f"{schema} is not there\n")
    server = postgresql.write(host.server, host.platform, _WAL, at)
    trials = tuple(_dropped(trial, server.written) if trial.schema == schema else trial for trial in server.trials)
    return Done(state.with_database(host.with_server(replace(server, trials=trials))), 0, f"{schema} was dropped\n")


def _dropped(trial: TrialTable, position: int) -> TrialTable:
    return trial if trial.dropped is not None else replace(trial, dropped=position)


def _shown(server: Server, schema: str) -> bool:
    return any(trial.schema == schema and trial.shown_at(server.replayed) for trial in server.trials)


def _cannot_write(host: DatabaseHost, statement: str) -> str:
    if not host.server.running:
        return _NO_SERVER
    if host.server.in_recovery:
        return _READ_ONLY.format(statement)
    return "ERROR:  53100: could not extend file: No space left on device" if host.disk_full else ""
