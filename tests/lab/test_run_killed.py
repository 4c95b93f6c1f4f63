"""Consoles that are killed with SIGKILL, at the boundaries of steps and in the middle of them; resume ends the run."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest

from tests.lab import faults, runs
from tests.lab.both import heavy, in_both
from tests.lab.fleet import Lab
from tests.lab.report import check
from tests.lab.runs import Finished, Started
from tests.lab.scripted_faults import let_host_2_serve
from tests.lab.writer import writing

pytestmark = pytest.mark.long

G = "global"
DB1, DB2 = "cf-global-db1.example.com", "cf-global-db2.example.com"
BOTH = (DB1, DB2)

Killing = Callable[[Lab, Started, Sequence[str]], tuple[Finished, int]]
STEPS = {"lock-cleanup": 3, "rebuild-standby": 8}
"""Fewer steps than this a run of a cluster's node with a lock does not have."""


def at_once(lab: Lab, started: Started, confirm: Sequence[str]) -> tuple[Finished, int]:
    return runs.kill_in_every_step(lab, started, confirm, 0.0)


def in_the_middle(lab: Lab, started: Started, confirm: Sequence[str]) -> tuple[Finished, int]:
    return runs.kill_in_every_step(lab, started, confirm, 0.25)


@pytest.mark.parametrize(
    ("runbooks", "kill"),
    [
        (("lock-cleanup", "rebuild-standby"), runs.kill_after_every_step),
        (("rebuild-standby", "lock-cleanup"), in_the_middle),
    ],
)
def test_a_cluster_run_is_resumed_to_the_end(lab: Lab, runbooks: tuple[str, str], kill: Killing) -> None:
    with heavy(lab, lambda region: faults.make_lock_safe(lab, region)) as pairs:
        chosen = dict(zip(pairs, runbooks, strict=True))

        def work(region: str) -> tuple[Finished, int]:
            target = pairs[region].old.name
            started = Started(lab, *runs.run_arguments(chosen[region], target, confirm=(target,)))
            return kill(lab, started, (target,))

        for region, (finished, kills) in in_both(work).items():
            assert finished.code == runs.DONE, f"{chosen[region]} in {region}: {finished.words}"
            assert kills >= STEPS[chosen[region]]
            assert lab.is_healthy(region)
            assert set(check(lab, region).codes) <= {"H08"}


@pytest.mark.parametrize("kill", [at_once, in_the_middle])
def test_a_scripted_rebuild_is_resumed_to_the_end(lab: Lab, kill: Killing) -> None:
    lab.restore(G)
    started = Started(lab, *runs.run_arguments("rebuild-standby", DB2, confirm=(DB2,)))
    finished, kills = kill(lab, started, (DB2,))
    assert finished.code == runs.DONE, finished.words
    assert kills > 5
    assert lab.is_healthy(G)
    assert set(check(lab, G).codes) <= {"H08"}


@pytest.mark.parametrize("kill", [at_once, in_the_middle])
def test_a_failback_is_resumed_to_the_end(lab: Lab, kill: Killing) -> None:
    let_host_2_serve(lab)
    with writing(lab, G) as writer:
        started = Started(lab, *runs.run_arguments("failback", G, confirm=BOTH))
        finished, kills = kill(lab, started, BOTH)
        writer.wait_for(5)
        written = writer.stop()
    assert finished.code == runs.DONE, finished.words
    assert kills > 8
    assert written.missing(lab, DB1) == []
    assert set(check(lab, G).codes) <= {"H08"}
