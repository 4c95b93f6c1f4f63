"""Cuts in the network between some, while everybody else reaches all of them; and a client that looks at both hosts."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from itertools import groupby
from pathlib import Path

import psycopg2

from tests.lab import network, paths
from tests.lab.fleet import Lab
from tests.lab.shell import wait_until
from tests.lab.spec import DATABASE, SQL_USER

CONSOLE = "console"
"""The workstation, as an end of a cut."""
PERIOD = 0.05


@contextmanager
def cut(lab: Lab, *ends: str) -> Iterator[None]:
    """None of the ends (hosts, CONSOLE) reaches another of them: packets vanish, nobody is told. One cut at a time."""
    cables = [network.WORKSTATION_CABLE if end == CONSOLE else lab.host(end).cable for end in ends]
    network.set_apart(cables, apart=True)
    try:
        yield
    finally:
        network.set_apart(cables, apart=False)


class Sampler:
    """A client on an appliance that connects to both hosts' 5432 again and again, and notes who would take a write."""

    def __init__(self, lab: Lab, region: str) -> None:
        spec = lab.region(region)
        self._log = Path(tempfile.mkstemp(prefix="vmdb-sampler-")[1])
        program = [str(paths.REPOSITORY / ".venv/bin/python"), "-m", "tests.lab.cuts", str(self._log)]
        program += [host.address for host in spec.databases]
        self._process = subprocess.Popen(
            ["ip", "netns", "exec", spec.appliances[0].namespace, *program],
            cwd=paths.REPOSITORY,
            env=os.environ | {"PGPASSFILE": str(lab.pgpass)},
        )

    def wait_for(self, number: int) -> None:
        """Return when it has found that host writable once."""
        seen = lambda: f"[{number}, " in self._log.read_text()  # noqa: E731
        wait_until(seen, 20, f"the sampler to see host {number}")

    def stop(self) -> list[int]:
        """End it: the numbers (1, 2) of the hosts that were found writable, in order, each stretch once."""
        self._process.terminate()
        self._process.wait(10)
        lines = [json.loads(line) for line in self._log.read_text().splitlines() if line.endswith("]")]
        self._log.unlink(missing_ok=True)
        return [number for number, _ in groupby(number for number, _ in lines)]


@contextmanager
def sampling(lab: Lab, region: str) -> Iterator[Sampler]:
    """A sampler that runs throughout."""
    sampler = Sampler(lab, region)
    try:
        yield sampler
    finally:
        with suppress(OSError):
            sampler.stop()


def _writable(address: str) -> bool:
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
        return False
    try:
        cursor = connection.cursor()
        cursor.execute("select pg_is_in_recovery()")
        return cursor.fetchone() == (False,)
    except psycopg2.Error:
        return False
    finally:
        connection.close()


def _sample_for_ever(log: Path, number: int, address: str) -> None:
    with log.open("a", buffering=1) as file:
        while True:
            if _writable(address):
                file.write(json.dumps([number, time.time()]) + "\n")
            time.sleep(PERIOD)


def main() -> None:
    """Sample for ever: LOG ADDRESS…. One that does not answer keeps nobody from looking at the other."""
    with ThreadPoolExecutor() as pool:
        for each in enumerate(sys.argv[2:], 1):
            pool.submit(_sample_for_ever, Path(sys.argv[1]), *each)


if __name__ == "__main__":
    main()
