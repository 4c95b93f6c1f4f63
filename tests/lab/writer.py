"""A client that never stops writing: what it got acknowledged, and for how long it could not write.

As a program it runs on the workstation and behaves like an application behind the traffic manager (REFERENCE 4): a new
connection goes to the first address whose port answers, a lost one is opened anew for ever, failed SQL is not repeated.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psycopg2

from tests.lab import paths
from tests.lab.fleet import Lab
from tests.lab.spec import DATABASE, SQL_USER, HostSpec

PERIOD = 0.05
"""Seconds between writes."""
TABLE = "lab_writes"


@dataclass(frozen=True)
class Written:
    """What a writer got acknowledged: numbers and the seconds (epoch) at which the answers came."""

    acknowledged: tuple[int, ...]
    at: tuple[float, ...]

    @property
    def longest_gap(self) -> float:
        """Seconds of the longest time without an acknowledged write."""
        return max((later - earlier for earlier, later in zip(self.at, self.at[1:], strict=False)), default=0.0)

    def missing(self, lab: Lab, host: str) -> list[int]:
        """Acknowledged numbers that the host's database does not have."""
        there = {int(line) for line in lab.sql(host, f"select n from {TABLE}").split()}
        return [number for number in self.acknowledged if number not in there]


class Writer:
    """A writer that runs, on the workstation or with the network card of the host `at`; `stop` tells what it did."""

    def __init__(self, lab: Lab, region: str, at: HostSpec | None = None) -> None:
        spec = lab.region(region)
        addresses = [host.address for host in spec.databases] if spec.kind == "scripted" else spec.endpoint_addresses
        self._log = Path(tempfile.mkstemp(prefix="vmdb-writer-")[1])
        program = [str(paths.REPOSITORY / ".venv/bin/python"), "-m", "tests.lab.writer", str(self._log), *addresses]
        environment = os.environ | {"PGPASSFILE": str(lab.pgpass)}
        place = ("ip", "netns", "exec", at.namespace) if at is not None else lab.ws_prefix
        with self._log.open("w"):
            self._process = subprocess.Popen([*place, *program], cwd=paths.REPOSITORY, env=environment)

    def so_far(self) -> Written:
        """What it got acknowledged until now."""
        lines = [json.loads(line) for line in self._log.read_text().splitlines() if line.endswith("]")]
        return Written(tuple(int(number) for number, _ in lines), tuple(float(at) for _, at in lines))

    def wait_for(self, more: int, timeout: float = 20) -> None:
        """Return when `more` further writes were acknowledged."""
        goal, deadline = len(self.so_far().at) + more, time.monotonic() + timeout
        while len(self.so_far().at) < goal:
            assert self._process.poll() is None, "the writer ended"
            assert time.monotonic() < deadline, f"no {more} writes within {timeout:g} s"
            time.sleep(0.1)

    def stop(self) -> Written:
        """End it."""
        if self._process.poll() is None:
            self._process.terminate()
        self._process.wait(10)
        written = self.so_far()
        self._log.unlink(missing_ok=True)
        return written


@contextmanager
def writing(lab: Lab, region: str, at: HostSpec | None = None) -> Iterator[Writer]:
    """A writer that runs throughout, and has begun."""
    writer = Writer(lab, region, at)
    try:
        writer.wait_for(5)
        yield writer
    finally:
        with suppress(OSError):
            writer.stop()


def prepare(lab: Lab, region: str) -> None:
    """The table that writers fill, on the region's primary."""
    lab.sql(
        lab.primary(region),
        f"create table if not exists {TABLE} (n bigint primary key); truncate {TABLE}; grant all on {TABLE} to public",
    )


def _open_port(addresses: list[str]) -> str | None:
    for address in addresses:
        try:
            socket.create_connection((address, 5432), 0.5).close()
        except OSError:
            continue
        return address
    return None


def _connect(addresses: list[str]) -> psycopg2.extensions.connection | None:
    address = _open_port(addresses)
    if address is None:
        return None
    try:
        connection = psycopg2.connect(
            host=address,
            dbname=DATABASE,
            user=SQL_USER,
            connect_timeout=2,
            options="-c statement_timeout=2000",
            tcp_user_timeout=1000,
        )
    except psycopg2.Error:
        return None
    connection.autocommit = True
    return connection


def _write_for_ever(log: Path, addresses: list[str]) -> None:
    connection, number = None, int(time.time() * 1000) * 1000
    with log.open("a", buffering=1) as file:
        while True:
            begun = time.monotonic()
            connection = connection or _connect(addresses)
            if connection is not None:
                number += 1
                try:
                    connection.cursor().execute(f"insert into {TABLE} values (%s)", (number,))
                    file.write(json.dumps([number, time.time()]) + "\n")
                except psycopg2.Error:
                    connection.close()
                    connection = None
            time.sleep(max(0.0, PERIOD - (time.monotonic() - begun)))


if __name__ == "__main__":
    with suppress(KeyboardInterrupt):
        _write_for_ever(Path(sys.argv[1]), sys.argv[2:])
