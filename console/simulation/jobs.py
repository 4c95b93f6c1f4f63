"""Detached steps on simulated hosts: each second a job gets on, a base backup as fast as the network and its limit."""

from __future__ import annotations

from dataclasses import replace

from console.operations.copying import BaseBackup
from console.simulation import server as postgresql
from console.simulation.obeying.copying import cannot_copy, source_of
from console.simulation.obeying.obey import obey
from console.simulation.sizes import data_size
from console.simulation.state import DatabaseHost, Folder, Job, RegionState

_KB = 1024
_LONGEST_OUTPUT = 64 * 1024
_BEGINNING = (
    "pg_basebackup: initiating base backup, waiting for checkpoint to complete\npg_basebackup: checkpoint completed\n"
)

_REMOVED = "pg_basebackup failed with status 1; what it had copied is removed\n"


def step(state: RegionState, host: DatabaseHost, at: float) -> RegionState:
    """What the host's jobs do in second `at`."""
    for job in host.jobs:
        if job.running and host.machine.on:
            state = advance(state, host.name, job, at)
    return state


def advance(state: RegionState, name: str, job: Job, at: float) -> RegionState:
    """A job as far as it gets at `at`: quick operations at once, a base backup by the bytes it could copy."""
    while job.running and job.done < len(job.operations):
        operation = job.operations[job.done]
        if isinstance(operation, BaseBackup):
            state, job = _copy(state, name, operation, job, at)
            if job.running and job.source is not None:
                break
        else:
            made = obey(state, name, operation, at)
            state, job = made.state, _ended_one(job, made.status, made.output, at)
    if job.running and job.done == len(job.operations):
        job = replace(job, running=False, status=0)
    return with_job(state, name, job)


def with_job(state: RegionState, name: str, job: Job) -> RegionState:
    """The region with that job on a host, instead of an older one of the same run and step."""
    host = state.database(name)
    others = tuple(other for other in host.jobs if (other.run, other.step) != (job.run, job.step))
    return state.with_database(replace(host, jobs=(*others, job)))


def _ended_one(job: Job, status: int, output: str, at: float) -> Job:
    job = replace(job, output=(job.output + output)[-_LONGEST_OUTPUT:], since=at, source=None)
    if status:
        return replace(job, running=False, status=status)
    return replace(job, done=job.done + 1)


def _copy(state: RegionState, name: str, operation: BaseBackup, job: Job, at: float) -> tuple[RegionState, Job]:
    host = state.database(name)
    if job.source is None:
        return _begin(state, host, operation, job, at)
    source = state.database(job.source)
    why = _broken(state, host, source, job)
    if why:
        state = state.with_database(host.with_folder(operation.layout.new, None))
        return state, _ended_one(job, 1, f"\npg_basebackup: {why}\n{_REMOVED}", at)
    size = data_size(state)
    copied = int((at - job.since) * rate(state, operation))
    if copied < size:
        return state, replace(job, output=_with_progress(job.output, copied, size, host))
    server = postgresql.base_backup(source.server, name, at)
    host = host.with_folder(operation.layout.new, Folder(operation.layout.new, server))
    output = "\npg_basebackup: base backup completed\n" if not host.platform.server.classic_wal else "\n"
    job = replace(job, output=_with_progress(job.output, size, size, host, end="1/1"))
    return state.with_database(host), _ended_one(job, 0, output, at)


def rate(state: RegionState, operation: BaseBackup) -> float:
    """Bytes a second."""
    limit = operation.max_rate * _KB if operation.max_rate else state.copied_per_second
    return float(min(limit, state.copied_per_second))


def _begin(
    state: RegionState, host: DatabaseHost, operation: BaseBackup, job: Job, at: float
) -> tuple[RegionState, Job]:
    if why := cannot_copy(host, operation.layout):
        return state, _ended_one(job, 1, f"{why}\n", at)
    source = source_of(state, host, operation.source)
    if isinstance(source, str):
        state = state.with_database(host.with_folder(operation.layout.new, None))
        return state, _ended_one(job, 1, f"pg_basebackup: {source}\n{_REMOVED}", at)
    unfinished = Folder(operation.layout.new, postgresql.base_backup(source.server, host.name, at), complete=False)
    head = "" if host.platform.server.classic_wal else _BEGINNING
    job = replace(job, since=at, source=source.name, source_start=source.server.starts, output=job.output + head)
    return state.with_database(host.with_folder(operation.layout.new, unfinished)), job


def _broken(state: RegionState, host: DatabaseHost, source: DatabaseHost, job: Job) -> str:
    """Why the connection is no more, or nothing can be written; "" where all is well."""
    if host.disk_full:
        return 'could not write to file "base/16385/2619": No space left on device'
    alive = source.machine.on and source.server.running and source.server.starts == job.source_start
    if not alive:
        return "could not read COPY data: server closed the connection unexpectedly"
    open_now = source_of(state, host, source.name)
    return "" if not isinstance(open_now, str) else "could not read COPY data: could not receive data from server"


def _with_progress(output: str, copied: int, size: int, host: DatabaseHost, end: str = "0/1") -> str:
    """As `-P` writes it: lines that overwrite each other."""
    share = min(100, 100 * copied // max(1, size))
    file = "" if end == "1/1" else f" ({host.settings.data[:6]}.../base/16385/{copied // _KB % 9999})"
    line = (
        f"{copied // _KB}/{size // _KB} kB ({share}%), {end} {'tablespace' if end[-1] == '1' else 'tablespaces'}{file}"
    )
    kept = output if output.endswith("\n") or not output else output + "\r"
    return (kept + line)[-_LONGEST_OUTPUT:]
