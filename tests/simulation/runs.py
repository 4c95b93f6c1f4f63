"""A run in a watched world under a schedule of faults, to its end; and what must be true at that end."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path

from console.exit_codes import ExitCode
from console.operations.places import INSIDE, NEW
from console.runbooks.plan import Choices, Plan
from console.runbooks.registry import RUNBOOKS
from console.runner.journal import Journal
from console.runner.outcome import Outcome
from console.runner.parts import RunParts
from console.runner.runner import Runner
from console.simulation.parts import simulated_parts
from console.simulation.state import DatabaseHost
from tests.simulation.faults import PASSWORD, FaultyHands, KilledConsole, Schedule
from tests.simulation.watched import Forbidden, WatchedWorld
from tests.simulation.worlds import clock, world

RUN = "20261123-1200-run"
ENDED = {ExitCode.OK, ExitCode.REFUSED, ExitCode.CANCELLED, ExitCode.ROLLED_BACK}
ATTEMPTS = 6
_MEMORY = Path("/dev/shm")  # a journal is synced to disk at every line; here nobody would miss it


NO_CHOICES = Choices()


@dataclass(frozen=True)
class Case:
    """A runbook, and where it is run."""

    runbook: str
    scenario: str
    region: str
    target: str | None = None
    choices: Choices = NO_CHOICES


CASES = {
    "lock-cleanup": Case("lock-cleanup", "lock-safe", "dc1"),
    "rebuild, 9.2 under Pacemaker": Case("rebuild-standby", "standby-out-of-date", "dc1"),
    "rebuild, 15 with a lock": Case("rebuild-standby", "lock-unsafe", "dc2"),
    "rebuild, scripts, host 2": Case("rebuild-standby", "healthy", "global", "cf-global-db2.example.com"),
    "rebuild, scripts, host 1": Case("rebuild-standby", "failed-over", "global"),
    "failback by rejoining": Case("failback", "failed-over", "global", None, Choices("rejoin")),
    "failback by copying": Case("failback", "failed-over", "global", None, Choices("copy")),
    "verify replication, Pacemaker": Case("verify-replication", "healthy", "dc1"),
    "verify replication, scripts": Case("verify-replication", "healthy", "global"),
    "UI drill": Case("ui-drill", "healthy", "dc2"),
    "install the failover scripts": Case("install-scripts", "healthy", "global"),
}
DRILLS = ("verify replication, Pacemaker", "verify replication, scripts", "UI drill", "install the failover scripts")


class Drill:
    """One run of a case, by as many consoles as it takes."""

    def __init__(self, case: Case, schedule: Schedule, folder: Path) -> None:
        self.case = case
        self.schedule = schedule
        self.folder = folder
        self.clock = clock()
        self.world = WatchedWorld(world(case.scenario).region(case.region), self.clock.at.timestamp(), self.clock)
        self.parts = simulated_parts(self.world, case.region)
        self.hands = FaultyHands(self.parts.hands, self.world, self.clock, schedule)
        self.parts = RunParts(self.parts.fleet, self.parts.observer, self.hands, self.parts.clock)
        self.before = self.world.state
        self.plan = self._planned()
        self.ways: list[tuple[str, Outcome | None]] = []

    def _planned(self) -> Plan:
        runbook = RUNBOOKS[self.case.runbook]
        snapshot = self.parts.observer.survey(runbook.sees(self.parts.fleet.region(self.case.region)))
        parameters = runbook.decide(snapshot, self.case.region, self.case.target, self.case.choices, RUN)
        return runbook.plan(self.parts.fleet, parameters)

    def start(self) -> Outcome | None:
        """None: the console was killed."""
        journal = Journal.create(self.folder, RUN, self.parts.clock)
        return self._driven(journal, "start")

    def go_on(self, way: str) -> Outcome | None:
        """`resume` or `roll back`."""
        journal = Journal.open(self.folder, RUN, self.parts.clock)
        return self._driven(journal, way)

    def _driven(self, journal: Journal, way: str) -> Outcome | None:
        runner = Runner(self.parts, journal)
        self.hands.tell(f"a console begins to {way}")
        outcome: Outcome | None = None
        try:
            if way == "start" or not journal.events:
                outcome = runner.start(self.plan, "a drill")
            elif way == "resume":
                outcome = runner.resume(RUNBOOKS)
            else:
                outcome = runner.roll_back(RUNBOOKS)
        except KilledConsole:
            pass
        finally:
            journal.close()
        self.ways.append((way, outcome))
        return outcome

    def to_the_end(self, ways: tuple[str, ...]) -> Outcome | None:
        """Start, and go on by `ways` in calm until the run has ended or the ways are used up."""
        outcome = self.start()
        for way in ways:
            if outcome is not None and outcome.code in ENDED:
                break
            self.hands.calm()
            self.clock.pass_seconds(90)
            outcome = self.go_on(way)
        if outcome is not None and outcome.code in ENDED and "gives it back" in outcome.words:
            self.hands.calm()
            outcome = self.go_on("resume")
        return outcome

    # --- what must be true -----------------------------------------------------------------------------------------

    def check(self, outcome: Outcome | None) -> None:
        """DESIGN 10.5 and 10.7, and that the outcome is the truth."""
        self.hands.calm()
        assert all(PASSWORD not in path.read_text("utf-8") for path in self.folder.iterdir())
        if outcome is None or outcome.code not in ENDED:
            return
        after = self.world.state
        for host in after.databases:
            self._nothing_left(host, outcome)
        for appliance in after.uis:
            words = f"{outcome.code.name} {appliance.name}: {outcome.words}"
            assert appliance.httpd, words
            assert appliance.lease is None or appliance.lease.run != RUN, words
        if outcome.code in {ExitCode.REFUSED, ExitCode.CANCELLED, ExitCode.ROLLED_BACK} and not self.world.suffered:
            for was, host in zip(self.before.databases, after.databases, strict=True):
                assert unchanged(host) == unchanged(was), outcome.words

    def _nothing_left(self, host: DatabaseHost, outcome: Outcome) -> None:
        words = f"{outcome.code.name} {host.name}: {outcome.words}"
        assert host.data_there, words
        assert host.lease is None or host.lease.run != RUN, words
        assert not host.jobs, words
        assert host.held == (), words
        assert not host.server.primary or not tables_of(host), words
        assert host.lock_aside_since is None, words
        assert not [folder.path for folder in host.folders if NEW in folder.path.replace(INSIDE, "")], words
        if outcome.code is not ExitCode.OK:
            assert host.folders == (), words
        if "stays closed" not in self.plan.summary:
            assert host.gate is None, words
        cluster = self.world.state.cluster
        assert cluster is None or not cluster.node(host.host.node).standby, words


def tables_of(host: DatabaseHost) -> list[str]:
    """The test tables that this server shows now."""
    return [trial.schema for trial in host.server.trials if trial.shown_at(host.server.replayed)]


def unchanged(host: DatabaseHost) -> tuple[object, ...]:
    """What a run that was refused or taken back must have left as it found it."""
    server = host.server
    data = (server.created_at, server.system_identifier, server.recovery_file, server.running)
    set_up = (host.port_open, host.gate, host.held, host.service_enabled, host.files)
    return (*data, host.lock_since, *set_up, host.folders)


def drilled(case: Case, schedule: Schedule, ways: tuple[str, ...]) -> tuple[Drill, Outcome | None]:
    """A run to its end, with everything checked."""
    with tempfile.TemporaryDirectory(dir=_MEMORY if _MEMORY.is_dir() else None) as folder:
        drill = Drill(case, schedule, Path(folder))
        try:
            outcome = drill.to_the_end(ways)
            drill.check(outcome)
        except (Forbidden, AssertionError) as error:
            raise AssertionError("\n".join([str(error), "what was done:", *drill.hands.told])) from error
        return drill, outcome
