"""What guided repairs cost on the lab's real hosts: how long clients cannot write, and a rebuild's time.

A client that writes every 50 ms behind the traffic manager's rule measures the downtime (tests/lab/writer.py). The
documented scripts' steps (REFERENCE 4) are run on the same data in the same sitting. Region global is restored after.
"""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Callable

from tests.bench.figures import Figure, at_most
from tests.lab import faults, runs
from tests.lab.fleet import Lab, is_up
from tests.lab.shell import wait_until
from tests.lab.spec import HostSpec
from tests.lab.writer import prepare, writing

G = "global"
DB1, DB2 = "cf-global-db1.example.com", "cf-global-db2.example.com"
MIB = 1024**2
SMALL, LARGE = 100 * MIB, 1024 * MIB


def run(quick: bool) -> list[Figure]:
    """Seconds. Without the lab nothing can be measured, and that is a failure, not a pass."""
    if os.geteuid() != 0 or not is_up():
        note = "the lab of real hosts is not up: run `make lab` as root first"
        return [Figure("guided repairs", float("nan"), "s", "≤ 4", False, note)]
    lab = Lab.running()
    try:
        return _figures(lab, quick)
    finally:
        lab.restore(G)


def _figures(lab: Lab, quick: bool) -> list[Figure]:
    large = SMALL if quick else LARGE
    times = 1 if quick else 3
    small_gap = _median(times, lambda: _downtime(lab, SMALL, "rejoin"))
    large_gap = _median(times, lambda: _downtime(lab, large, "rejoin"))
    size = f"{large // MIB} MiB"
    rebuild, bare = _rebuild(lab, large)
    return [
        at_most(f"failback rejoin, {SMALL // MIB} MiB: clients cannot write", small_gap, 4, "s"),
        at_most(f"failback rejoin, {size}: clients cannot write", large_gap, 4, "s"),
        at_most(f"the same, {size} against {SMALL // MIB} MiB", large_gap / small_gap, 1.3, "×"),
        _told(f"failback copy, {size}: clients cannot write", _downtime(lab, large, "copy")),
        _told(f"the documented scripts' steps, {size}: clients cannot write", _documented(lab, large)),
        at_most(f"rebuild-standby, {size}", rebuild, 1.15 * bare + 15, "s", f"bare pg_basebackup {bare:.1f} s"),
        at_most("a run's plan is shown", _median(5, lambda: _plan(lab)), 3, "s", "rebuild-standby --dry-run, global"),
    ]


def _median(times: int, measure: Callable[[], float]) -> float:
    return statistics.median(measure() for _ in range(times))


def _told(name: str, value: float) -> Figure:
    """A figure to compare with; it has no limit of its own."""
    return Figure(name, value, "s", "told", True)


def fill(lab: Lab, size: int) -> None:
    """Region global healthy, with a database of about `size` bytes on both hosts."""
    lab.restore(G)
    head, standby = lab.primary(G), lab.standby(G)
    rows = size // 8192
    _archive(lab, head, wanted=False)  # the lab's archive is small, and a full one is refused
    lab.sql(head, "drop table if exists filler; create table filler (n int, words text)")
    lab.sql(head, "alter table filler alter words set storage plain")
    lab.sql(
        head, f"insert into filler select n, repeat(md5(n::text), 240) from generate_series(1, {rows}) n; checkpoint"
    )
    end = lab.sql(head, "select pg_current_wal_lsn()")
    reached = f"select pg_last_wal_replay_lsn() >= '{end}'"
    wait_until(lambda: lab.sql(standby, reached) == "t", 120, "the standby has everything")
    lab.sql(standby, "checkpoint")
    _archive(lab, head, wanted=True)


def _archive(lab: Lab, head: HostSpec, *, wanted: bool) -> None:
    """Archive WAL as configured, or throw it away."""
    lab.sql(head, "alter system reset archive_command" if wanted else "alter system set archive_command = '/bin/true'")
    lab.sql(head, "select pg_reload_conf()")


def _failed_over(lab: Lab, size: int) -> None:
    fill(lab, size)
    prepare(lab, G)
    faults.fail_over_global(lab)


def _downtime(lab: Lab, size: int, method: str) -> float:
    _failed_over(lab, size)
    with writing(lab, G) as writer:
        done = runs.run(lab, "failback", G, "--method", method, confirm=(DB1, DB2))
        if done.code != runs.DONE:
            raise RuntimeError(done.words)
        writer.wait_for(5)
        written = writer.stop()
    lost = written.missing(lab, DB1)
    if lost:
        raise RuntimeError(f"{len(lost)} acknowledged writes are missing")
    return written.longest_gap


def _documented(lab: Lab, size: int) -> float:
    """pgsql-standby-release, pgsql-primary-initialize, and the chmod without which host 1 cannot start."""
    _failed_over(lab, size)
    data, service = lab.region(G).layout.data, lab.region(G).layout.service
    with writing(lab, G) as writer:
        lab.sh(DB2, "pgsql-standby-release", timeout=600)
        lab.sh(DB1, "pgsql-primary-initialize", check=False, timeout=600)
        lab.sh(DB1, f"chmod 700 {data}; service {service} start")
        writer.wait_for(5, 60)
        return writer.stop().longest_gap


def _rebuild(lab: Lab, size: int) -> tuple[float, float]:
    fill(lab, size)
    binaries = lab.region(G).layout.binaries
    bare = f"{binaries}/pg_basebackup -w -h {DB1} -U replicator -D /var/lib/postgresql/bare -X stream -c fast"
    start = time.monotonic()
    lab.sh(DB2, bare, "postgres", timeout=600)
    seconds = time.monotonic() - start
    lab.sh(DB2, "rm -rf /var/lib/postgresql/bare")
    done = runs.run(lab, "rebuild-standby", DB2, "--discard-old", confirm=(DB2,))
    if done.code != runs.DONE:
        raise RuntimeError(done.words)
    return done.seconds, seconds


def _plan(lab: Lab) -> float:
    done = runs.run(lab, "rebuild-standby", DB2, "--dry-run")
    if "copy" not in done.words:
        raise RuntimeError(done.words)
    return done.seconds
