"""Runs whose network is cut, or host 2 loses power: jobs go on, clients get their writes back, resume ends it."""

from __future__ import annotations

import time

import pytest

from tests.lab import runs
from tests.lab.both import heavy, in_both
from tests.lab.cuts import CONSOLE, cut, sampling
from tests.lab.fleet import Lab
from tests.lab.runs import Started
from tests.lab.scripted_faults import let_host_2_serve
from tests.lab.shell import wait_until
from tests.lab.spec import HostSpec
from tests.lab.writer import prepare, writing

pytestmark = pytest.mark.long

G = "global"
DB1, DB2 = "cf-global-db1.example.com", "cf-global-db2.example.com"
BOTH = (DB1, DB2)
CONSOLE_LOSES_HOST_1, HOSTS_LOSE_EACH_OTHER = (CONSOLE, DB1), BOTH
SLOWLY = ("--max-rate", "2MB")


def client(lab: Lab) -> HostSpec:
    """Where clients are whose network is not cut."""
    return lab.region(G).appliances[0]


def jobs_begun(started: Started, step: str) -> int:
    return sum(event["event"] == "job-begun" and event["step"] == step for event in started.events())


# --- during the copy, in clusters --------------------------------------------------------------------------------


def rebuild_in_its_copy(lab: Lab, region: str) -> Started:
    """A rebuild of the region's standby that copies."""
    prepare(lab, region)
    target = lab.standby(region).name
    started = Started(lab, *runs.run_arguments("rebuild-standby", target, *SLOWLY, confirm=(target,)))
    started.wait_event(lambda event: event["event"] == "job-begun")
    return started


def test_a_nodes_copy_goes_on_while_the_console_does_not_reach_it(lab: Lab) -> None:
    with heavy(lab, lambda region: rebuild_in_its_copy(lab, region)) as started:
        targets = [lab.standby(region).name for region in started]
        with cut(lab, CONSOLE, *targets):
            time.sleep(20)
        ends = in_both(lambda region: started[region].end())
        for region, finished in ends.items():
            assert finished.code == runs.DONE, finished.words
            assert jobs_begun(started[region], "copy") == 1
            assert lab.is_healthy(region)


def test_a_node_that_is_cut_off_and_fenced_in_its_copy_is_rebuilt_by_resuming(lab: Lab) -> None:
    def lose_the_target(region: str) -> None:
        started, target = begun[region], lab.standby(region)
        with writing(lab, region) as writer:
            lab.cut(target)
            finished = started.end()
            assert finished.code == runs.HALF_WAY, finished.words
            wait_until(lambda: not lab.is_on(target), 60, f"{target.short} fenced")
            lab.boot(target)
            lab.start_cluster(target)
            resumed = runs.resume(lab, started.run, confirm=(target.name,))
            assert resumed.code == runs.DONE, resumed.words
            writer.wait_for(5)
            written = writer.stop()
        lab.wait_healthy(region, 30)
        assert written.missing(lab, target.name) == []

    with heavy(lab, lambda region: rebuild_in_its_copy(lab, region)) as begun:
        in_both(lose_the_target)


def test_a_primary_that_is_cut_off_and_fenced_in_the_copy_leaves_the_promoted_node_alone(lab: Lab) -> None:
    def lose_the_source(region: str) -> None:
        started, source, target = begun[region], lab.primary(region), lab.standby(region)
        lab.cut(source)
        finished = started.end()
        assert finished.code == runs.HALF_WAY, finished.words
        wait_until(lambda: lab.in_recovery(target) is False, 60, f"{target.short} promoted")
        wait_until(lambda: not lab.is_on(source), 60, f"{source.short} fenced")
        lab.boot(source)
        resumed = runs.resume(lab, started.run, confirm=(target.name,))
        assert resumed.code == runs.HALF_WAY, resumed.words
        back = runs.resume(lab, started.run, "--roll-back", confirm=(target.name,))
        assert back.code == runs.ROLLED_BACK, back.words
        assert lab.in_recovery(target) is False
        assert "vmdb-" not in runs.traces(lab, region).replace("/var/lib/vmdb-console", "")

    with heavy(lab, lambda region: rebuild_in_its_copy(lab, region)) as begun:
        in_both(lose_the_source)


# --- during the copy, in region global ---------------------------------------------------------------------------


def failback_in_its_copy(lab: Lab) -> Started:
    started = Started(lab, *runs.run_arguments("failback", G, *SLOWLY, confirm=BOTH))
    started.wait_event(lambda event: event["event"] == "job-begun")
    return started


def test_a_failbacks_copy_goes_on_while_the_console_does_not_reach_host_1(lab: Lab) -> None:
    let_host_2_serve(lab)
    with writing(lab, G, client(lab)) as writer:
        started = failback_in_its_copy(lab)
        with cut(lab, *CONSOLE_LOSES_HOST_1):
            time.sleep(15)
        finished = started.end()
        writer.wait_for(5)
        written = writer.stop()
    assert finished.code == runs.DONE, finished.words
    assert jobs_begun(started, "copy") == 1
    assert written.missing(lab, DB1) == []


def test_a_failback_whose_hosts_lose_each_other_in_the_copy_is_resumed_to_the_end(lab: Lab) -> None:
    let_host_2_serve(lab)
    with writing(lab, G, client(lab)) as writer:
        started = failback_in_its_copy(lab)
        with cut(lab, *HOSTS_LOSE_EACH_OTHER):
            finished = started.end()
        assert finished.code == runs.HALF_WAY, finished.words
        resumed = runs.resume(lab, started.run, confirm=BOTH)
        writer.wait_for(5)
        written = writer.stop()
    assert resumed.code == runs.DONE, resumed.words
    assert written.missing(lab, DB1) == []


# --- in the switch -----------------------------------------------------------------------------------------------


def failback_at(lab: Lab, step: str) -> Started:
    """A failback that is about to do this step."""
    started = Started(lab, *runs.run_arguments("failback", G, confirm=BOTH))
    started.wait_event(lambda event: event["event"] == "intent" and event["step"] == step)
    return started


@pytest.mark.parametrize("ends", [CONSOLE_LOSES_HOST_1, HOSTS_LOSE_EACH_OTHER], ids=["console", "hosts"])
@pytest.mark.parametrize("way", ["resume", "--roll-back"])
def test_a_cut_while_host_2_stops_gives_clients_their_writes_back(lab: Lab, ends: tuple[str, str], way: str) -> None:
    let_host_2_serve(lab)
    with sampling(lab, G) as sampler, writing(lab, G, client(lab)) as writer:
        started = failback_at(lab, "stop-second")
        with cut(lab, *ends):
            finished = started.end()
            writer.wait_for(5, 10)
        assert finished.code in (runs.DONE, runs.HALF_WAY), finished.words
        options = (way,) if way != "resume" else ()
        after = runs.resume(lab, started.run, *options, confirm=BOTH)
        writer.wait_for(5)
        written, writable = writer.stop(), sampler.stop()
    back = way == "--roll-back" and finished.code == runs.HALF_WAY
    assert after.code == (runs.ROLLED_BACK if back else runs.DONE), after.words
    assert writable == ([2] if back else [2, 1])
    assert written.missing(lab, DB2 if back else DB1) == []


@pytest.mark.parametrize("ends", [CONSOLE_LOSES_HOST_1, HOSTS_LOSE_EACH_OTHER], ids=["console", "hosts"])
def test_a_cut_at_the_promotion_ends_with_one_primary(lab: Lab, ends: tuple[str, str]) -> None:
    let_host_2_serve(lab)
    with sampling(lab, G) as sampler, writing(lab, G, client(lab)) as writer:
        started = failback_at(lab, "promote")
        with cut(lab, *ends):
            finished = started.end()
        assert finished.code in (runs.DONE, runs.HALF_WAY), finished.words
        resumed = runs.resume(lab, started.run, confirm=BOTH)
        writer.wait_for(5)
        written, writable = writer.stop(), sampler.stop()
    assert resumed.code == runs.DONE, resumed.words
    assert writable == [2, 1]
    assert written.missing(lab, DB1) == []


def test_host_2_losing_power_while_it_stops_serves_again_when_it_is_back(lab: Lab) -> None:
    let_host_2_serve(lab)
    with sampling(lab, G) as sampler, writing(lab, G, client(lab)) as writer:
        started = failback_at(lab, "stop-second")
        lab.crash(DB2)
        finished = started.end()
        assert finished.code == runs.HALF_WAY, finished.words
        lab.boot(DB2)
        back = runs.resume(lab, started.run, "--roll-back", confirm=BOTH)
        assert back.code == runs.ROLLED_BACK, back.words
        writer.wait_for(5)
        written, writable = writer.stop(), sampler.stop()
    assert writable == [2]
    assert written.missing(lab, DB2) == []


def test_a_switch_that_host_2_lost_power_in_is_resumed_to_the_end(lab: Lab) -> None:
    let_host_2_serve(lab)
    with sampling(lab, G) as sampler, writing(lab, G, client(lab)) as writer:
        started = failback_at(lab, "stop-second")
        lab.crash(DB2)
        assert started.end().code == runs.HALF_WAY
        lab.boot(DB2)
        first = runs.resume(lab, started.run, confirm=BOTH)  # finds host 2 as it fell, and lets it serve
        last = first if first.code == runs.DONE else runs.resume(lab, started.run, confirm=BOTH)
        writer.wait_for(5)
        written, writable = writer.stop(), sampler.stop()
    assert last.code == runs.DONE, first.words + last.words
    assert writable == [2, 1]
    assert written.missing(lab, DB1) == []


def test_host_2_losing_power_after_the_promotion_keeps_no_client_from_host_1(lab: Lab) -> None:
    let_host_2_serve(lab)
    with sampling(lab, G) as sampler, writing(lab, G, client(lab)) as writer:
        started = failback_at(lab, "open-first")
        lab.crash(DB2)
        finished = started.end()
        writer.wait_for(5)
        assert finished.code == runs.HALF_WAY, finished.words
        lab.boot(DB2)
        resumed = runs.resume(lab, started.run, confirm=BOTH)
        written, writable = writer.stop(), sampler.stop()
    assert resumed.code == runs.DONE, resumed.words
    assert writable == [2, 1]
    assert written.missing(lab, DB1) == []
