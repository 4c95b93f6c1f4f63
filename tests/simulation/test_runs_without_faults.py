"""Every runbook does what it is for where nothing goes wrong, and leaves nothing behind."""

from __future__ import annotations

from functools import cache

import pytest

from console.diagnosis.engine import diagnose
from console.exit_codes import ExitCode
from console.runner.outcome import Outcome
from tests.simulation.faults import Schedule
from tests.simulation.runs import CASES, DRILLS, Drill, drilled

CLOSED_GATE = {"rebuild, scripts, host 1"}


@cache
def done(name: str) -> tuple[Drill, Outcome | None]:
    """A case without faults, to its end; its world stands still unless a test lets time pass."""
    return drilled(CASES[name], Schedule(), ())


@pytest.mark.parametrize("name", CASES)
def test_a_run_is_done_and_leaves_nothing_behind(name: str) -> None:
    _, outcome = done(name)
    assert outcome is not None
    assert outcome.code is ExitCode.OK, outcome.words


@pytest.mark.parametrize("name", sorted(set(CASES) - CLOSED_GATE))
def test_after_a_run_the_pair_is_as_it_should_be(name: str) -> None:
    drill, _ = drilled(CASES[name], Schedule(), ())
    drill.clock.pass_seconds(90)
    drill.parts.observer.survey()
    findings = diagnose(drill.parts.observer.survey())
    hosts = {host.name for host in drill.world.state.databases}
    left = {finding.code for finding in findings if finding.host in hosts or finding.host is None}
    assert left <= {"H08"}  # old data that is kept


@pytest.mark.parametrize("method", ["rejoin", "copy"])
def test_after_a_failback_host_1_is_the_primary_that_host_2_follows(method: str) -> None:
    name = {"rejoin": "failback by rejoining", "copy": "failback by copying"}[method]
    drill, _ = done(name)
    first, second = drill.world.state.databases
    assert (first.server.primary, second.server.streaming) == (True, True)
    assert (first.port_open, second.port_open) == (True, False)
    assert (first.service_enabled, second.service_enabled) == (False, True)


@pytest.mark.parametrize("name", CASES)
def test_old_data_is_kept_until_it_is_let_go(name: str) -> None:
    drill, _ = done(name)
    kept = [folder.path for host in drill.world.state.databases for folder in host.folders]
    assert len(kept) == (0 if name in {"lock-cleanup", *DRILLS} else 1)
