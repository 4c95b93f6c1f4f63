"""Runs of the console on the lab: begin one, kill it where a test wants, read its journal, compare hosts."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.lab import paths
from tests.lab.fleet import Lab
from tests.lab.shell import LabError

DONE, REFUSED, HALF_WAY, CANCELLED, ROLLED_BACK = 0, 10, 11, 12, 13


@dataclass(frozen=True)
class Finished:
    """A console process that has ended."""

    code: int
    words: str
    seconds: float


def runs_folder() -> Path:
    """Where the lab's console keeps its journals."""
    return paths.state() / "console" / "vmdb-console" / "runs"


def journal(run: str) -> list[dict[str, Any]]:
    """The events of a run, oldest first."""
    lines = (runs_folder() / f"{run}.jsonl").read_text().splitlines()
    return [json.loads(line) for line in lines]


def newest_run() -> str:
    """The id of the newest run."""
    found = sorted(runs_folder().glob("*.jsonl"), key=lambda path: path.stat().st_mtime)
    if not found:
        raise LabError("there is no journal of a run")
    return found[-1].stem


def console(lab: Lab, *arguments: str, timeout: float = 400) -> Finished:
    """Run the console to its end."""
    start = time.monotonic()
    done = lab.console(*arguments, timeout=timeout)
    return Finished(done.returncode, done.stdout + done.stderr, time.monotonic() - start)


def run_arguments(runbook: str, target: str, *options: str, confirm: Sequence[str] = ()) -> list[str]:
    """`run RUNBOOK` without a terminal: everything is confirmed by arguments."""
    words = [word for host in confirm for word in ("--confirm", host)]
    return ["run", runbook, "--target", target, "--reason", "a lab test", *options, *words]


def run(lab: Lab, runbook: str, target: str, *options: str, confirm: Sequence[str] = ()) -> Finished:
    """Begin a run and wait for its end."""
    return console(lab, *run_arguments(runbook, target, *options, confirm=confirm))


class Started:
    """A console that carries out a run, in a process that a test may kill."""

    def __init__(self, lab: Lab, *arguments: str) -> None:
        self._run: str | None = None
        self._finished: Finished | None = None
        self._words = tempfile.TemporaryFile("w+")  # noqa: SIM115 - as long as the process; a pipe that nobody reads would stop it
        program = str(paths.REPOSITORY / ".venv/bin/vmdb-console")
        own = {"PGPASSFILE": str(lab.pgpass), "XDG_STATE_HOME": str(paths.state() / "console")}
        self._process = subprocess.Popen(
            [*lab.ws_prefix, program, "--inventory", str(lab.inventory), *arguments],
            env=os.environ | own,
            stdin=subprocess.DEVNULL,
            stdout=self._words,
            stderr=subprocess.STDOUT,
        )

    @property
    def run(self) -> str | None:
        """The run's id, once it has a journal."""
        if self._run is None:
            found = runs_folder().glob("*.jsonl")
            self._run = next((path.stem for path in found if _began_by(path) == self._process.pid), None)
        return self._run

    def follow(self, run: str) -> None:
        """This console resumes that run."""
        self._run = run

    def events(self) -> list[dict[str, Any]]:
        """Its journal so far; a line that is being written is left out."""
        run = self.run
        text = (runs_folder() / f"{run}.jsonl").read_text() if run else ""
        return [json.loads(line) for line in text.split("\n")[:-1]]

    def wait_event(self, predicate: Callable[[dict[str, Any]], bool], timeout: float = 300) -> dict[str, Any]:
        """The first event that the predicate holds for, as soon as it is in the journal."""
        deadline = time.monotonic() + timeout
        while True:
            found = next((event for event in self.events() if predicate(event)), None)
            if found is not None:
                return found
            if self._process.poll() is not None:
                raise LabError(f"the console ended first: {self.end().words[-2000:]}")
            if time.monotonic() > deadline:
                raise LabError(f"no such event within {timeout:g} s; there are {self.events()[-3:]}")
            time.sleep(0.005)

    def kill(self) -> None:
        """SIGKILL: nothing of it can tidy up."""
        self._process.send_signal(signal.SIGKILL)
        self._process.wait(20)

    def interrupt(self) -> None:
        """What ctrl-C sends."""
        self._process.send_signal(signal.SIGINT)

    def end(self, timeout: float = 400) -> Finished:
        """Wait for its end."""
        if self._finished is None:
            start = time.monotonic()
            self._process.wait(timeout)
            self._words.seek(0)
            self._finished = Finished(self._process.returncode, self._words.read(), time.monotonic() - start)
        return self._finished


def _began_by(journal_file: Path) -> int | None:
    """The console's process that began the run; None where its first line is not there yet."""
    first, newline, _ = journal_file.read_text().partition("\n")
    return int(json.loads(first)["who"]["pid"]) if newline else None


def resume(lab: Lab, run: str | None, *options: str, confirm: Sequence[str] = ()) -> Finished:
    """Go on with a run, or with `--roll-back` take it back, and wait for the end."""
    words = [word for host in confirm for word in ("--confirm", host)]
    return console(lab, "resume", run or "", "--reason", "a lab test", *options, *words)


def kill_after_every_step(lab: Lab, started: Started, confirm: Sequence[str]) -> tuple[Finished, int]:
    """SIGKILL whenever a further step is verified, and resume; how the last console ended, and how many were killed."""
    return _kill_at_every(lab, "verified", 0.0, started, confirm)


def kill_in_every_step(lab: Lab, started: Started, confirm: Sequence[str], after: float) -> tuple[Finished, int]:
    """The same `after` seconds from each further step's intent: before its order was given, or in the middle of it."""
    return _kill_at_every(lab, "intent", after, started, confirm)


def _kill_at_every(lab: Lab, kind: str, after: float, started: Started, confirm: Sequence[str]) -> tuple[Finished, int]:
    seen: set[str] = set()
    words = [word for host in confirm for word in ("--confirm", host)]
    while True:
        try:
            event = started.wait_event(lambda found: found["event"] == kind and found["step"] not in seen)
        except LabError:
            return started.end(), len(seen)
        seen.add(event["step"])
        run = started.run or ""
        time.sleep(after)
        started.kill()
        started = Started(lab, "resume", run, "--reason", "a lab test", *words)
        started.follow(run)


def traces(lab: Lab, region: str) -> str:
    """Everything that a run may leave on the pair's hosts, as text; what a finished or refused run must not change."""
    spec = lab.region(region)
    data = spec.layout.data
    look = (
        f"ls -d {data} {data}.vmdb-* {data}/pgsql_tmp.vmdb-console /usr/bin/pgsql-* /var/lib/vmdb-console/lease "
        f"/var/lib/vmdb-console/jobs/* {spec.layout.tmp}/PGSQL.lock* 2>/dev/null; iptables-save | grep -v '^#' | "
        "sed 's/\\[[0-9:]*\\]//'; chkconfig --list 2>/dev/null; "
        f"ls -l --time-style=+%s {data} 2>/dev/null | awk '{{print $1, $3, $7}}' | grep -v -e pg_stat -e total; "
        f"cat {data}/postgresql.auto.conf {data}/recovery.conf {data}/standby.signal 2>/dev/null"
    )
    return "\n".join(f"{host.short}:\n{lab.sh(host, look, check=False).stdout}" for host in spec.databases)
