"""rebuild-standby on real hosts: an outdated standby of a cluster, the scripted pair's, and what it must refuse."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.lab import faults, runs
from tests.lab.both import REGIONS, heavy, in_both
from tests.lab.faults import Pair
from tests.lab.fleet import Lab
from tests.lab.report import check
from tests.lab.runs import Finished, Started
from tests.lab.shell import wait_until
from tests.lab.writer import prepare, writing

G = "global"
DB1, DB2 = "cf-global-db1.example.com", "cf-global-db2.example.com"


# --- regions under the cluster -----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def outdated(lab: Lab) -> Iterator[dict[str, Pair]]:
    with heavy(lab, lambda region: faults.make_standby_out_of_date(lab, region)) as pairs:
        yield pairs


@pytest.fixture(scope="module")
def rebuilt(lab: Lab, outdated: dict[str, Pair]) -> dict[str, Finished]:
    def rebuild(region: str) -> Finished:
        name = outdated[region].new.name
        return runs.run(lab, "rebuild-standby", region, "--discard-old", confirm=(name,))

    return in_both(rebuild)


@pytest.mark.parametrize("region", REGIONS)
def test_an_outdated_standby_is_rebuilt(lab: Lab, rebuilt: dict[str, Finished], region: str) -> None:
    assert rebuilt[region].code == runs.DONE, rebuilt[region].words
    assert lab.is_healthy(region)


@pytest.mark.parametrize("region", REGIONS)
def test_with_the_old_data_discarded_nothing_at_all_is_left(
    lab: Lab, rebuilt: dict[str, Finished], region: str
) -> None:
    report = check(lab, region)
    assert report.codes == [], report.words
    assert "vmdb" not in runs.traces(lab, region).replace("/var/lib/vmdb-console", "")


@pytest.mark.parametrize("region", REGIONS)
def test_the_primary_is_never_rebuilt(lab: Lab, rebuilt: dict[str, Finished], region: str) -> None:
    before = runs.traces(lab, region)
    head = lab.primary(region).name
    done = runs.run(lab, "rebuild-standby", head, confirm=(head,))
    assert done.code == runs.REFUSED, done.words
    assert runs.traces(lab, region) == before


# --- the scripted region -----------------------------------------------------------------------------------------


@pytest.fixture
def fresh(lab: Lab) -> Iterator[Lab]:
    lab.restore(G)
    prepare(lab, G)
    yield lab
    lab.restore(G)


def test_the_scripted_standby_is_rebuilt_while_clients_write(fresh: Lab) -> None:
    with writing(fresh, G) as writer:
        done = runs.run(fresh, "rebuild-standby", DB2, confirm=(DB2,))
        writer.wait_for(5)
        written = writer.stop()
    assert done.code == runs.DONE, done.words
    assert written.longest_gap < 1.0
    assert written.missing(fresh, DB1) == []
    assert set(check(fresh, G).codes) <= {"H08"}


def test_a_console_killed_after_every_step_is_resumed_to_the_end(fresh: Lab) -> None:
    started = Started(fresh, *runs.run_arguments("rebuild-standby", DB2, confirm=(DB2,)))
    finished, kills = runs.kill_after_every_step(fresh, started, (DB2,))
    assert finished.code == runs.DONE, finished.words
    assert kills > 5
    assert fresh.is_healthy(G)


SMALL = "/mnt/small"


def move_to_a_small_disk(lab: Lab) -> None:
    """Host 2's data directory on a file system of its own that has room for a copy, but not for much more."""
    layout = lab.region(G).layout
    lab.sh(
        DB2,
        f"service {layout.service} stop && mkdir -p {SMALL} && mount -t tmpfs -o size=512m tmpfs {SMALL} && "
        f"chmod 755 {SMALL} && chown postgres: {SMALL} && mv {layout.data} {SMALL}/main && "
        f"ln -s {SMALL}/main {layout.data} && service {layout.service} start",
    )
    lab.wait_healthy(G, 60)


def test_a_full_disk_in_the_copy_leaves_the_old_standby_running_and_is_taken_back(fresh: Lab) -> None:
    move_to_a_small_disk(fresh)
    started = Started(fresh, *runs.run_arguments("rebuild-standby", DB2, "--max-rate", "4MB", confirm=(DB2,)))
    started.wait_event(lambda event: event["event"] == "job-begun")
    fresh.sh(DB2, f"dd if=/dev/zero of={SMALL}/filler bs=1M", check=False)
    finished = started.end()
    fresh.sh(DB2, f"rm {SMALL}/filler")
    assert finished.code == runs.HALF_WAY, finished.words
    assert "No space left on device" in " ".join(finished.words.split())
    fresh.wait_healthy(G, 30)  # its walreceiver may have met the full disk too, and connects again
    back = runs.console(fresh, "resume", started.run or "", "--roll-back", "--reason", "a lab test", "--confirm", DB2)
    assert back.code == runs.ROLLED_BACK, back.words
    assert check(fresh, G).codes == []


def test_a_primary_that_is_lost_during_the_copy_leaves_the_old_standby_as_it_was(fresh: Lab) -> None:
    started = Started(fresh, *runs.run_arguments("rebuild-standby", DB2, "--max-rate", "2MB", confirm=(DB2,)))
    started.wait_event(lambda event: event["event"] == "job-begun")
    fresh.cut(DB1)
    finished = started.end()
    fresh.heal(DB1)
    assert finished.code == runs.HALF_WAY, finished.words
    back = runs.console(fresh, "resume", started.run or "", "--roll-back", "--reason", "a lab test", "--confirm", DB2)
    assert back.code == runs.ROLLED_BACK, back.words
    wait_until(lambda: fresh.in_recovery(DB2) is not None, 30, "host 2 runs")


def test_tablespaces_are_refused_with_the_reason(fresh: Lab) -> None:
    for host in (DB1, DB2):
        fresh.sh(host, "install -d -o postgres -g postgres -m 700 /var/lib/postgresql/space")
    fresh.sql(DB1, "create tablespace elsewhere location '/var/lib/postgresql/space'")
    before = runs.traces(fresh, G)
    done = runs.run(fresh, "rebuild-standby", DB2, confirm=(DB2,))
    assert done.code == runs.REFUSED, done.words
    assert "tablespace" in done.words
    assert runs.traces(fresh, G) == before


def test_a_symlinked_data_directory_is_rebuilt_behind_its_link(fresh: Lab) -> None:
    layout = fresh.region(G).layout
    fresh.sh(
        DB2,
        f"service {layout.service} stop && mv {layout.data} /var/lib/postgresql/elsewhere && "
        f"ln -s /var/lib/postgresql/elsewhere {layout.data} && service {layout.service} start",
    )
    fresh.wait_healthy(G, 60)
    done = runs.run(fresh, "rebuild-standby", DB2, "--discard-old", confirm=(DB2,))
    assert done.code == runs.DONE, done.words
    assert fresh.sh(DB2, f"readlink {layout.data}").stdout.strip() == "/var/lib/postgresql/elsewhere"


# --- bad input ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["run", "rebuild-standby", "--target", DB2, "--reason", "x", "--confirm", DB1], runs.CANCELLED),
        (["run", "rebuild-standby", "--target", DB2, "--reason", "", "--confirm", DB2], 64),
        (["run", "rebuild-standby", "--target", "nowhere", "--reason", "x", "--confirm", DB2], 64),
        (["run", "lock-cleanup", "--target", G, "--reason", "x", "--confirm", DB2], runs.REFUSED),
        (["run", "failback", "--target", "dc1", "--reason", "x", "--confirm", DB2], runs.REFUSED),
        (["--read-only", "run", "rebuild-standby", "--target", DB2, "--reason", "x", "--confirm", DB2], runs.REFUSED),
    ],
)
def test_what_does_not_fit_is_told_and_changes_nothing(lab: Lab, arguments: list[str], code: int) -> None:
    before = runs.traces(lab, G)
    done = runs.console(lab, *arguments)
    assert done.code == code, done.words
    assert done.words.strip()
    assert runs.traces(lab, G) == before
