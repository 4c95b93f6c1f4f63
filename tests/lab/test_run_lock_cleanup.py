"""lock-cleanup on real clusters: a lock that is safe is cleaned up, one that is not is refused and the node rebuilt."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from tests.lab import faults, runs
from tests.lab.both import REGIONS, heavy, in_both
from tests.lab.faults import Pair
from tests.lab.fleet import Lab
from tests.lab.report import Report, check
from tests.lab.runs import Finished

pytestmark = pytest.mark.parametrize("region", REGIONS)


@dataclass(frozen=True)
class Seen:
    """What a run said, and the pair's hosts before and after it."""

    pair: Pair
    finished: Finished
    before: str
    after: str

    @property
    def unchanged(self) -> bool:
        """Whether the run left the hosts as they were."""
        return self.before == self.after


def observe(lab: Lab, pair: Pair, runbook: str, *options: str, confirm: tuple[str, ...] = ()) -> Seen:
    region = lab.region_of(pair.old).name
    before = runs.traces(lab, region)
    finished = runs.run(lab, runbook, pair.old.name, *options, confirm=confirm)
    return Seen(pair, finished, before, runs.traces(lab, region))


# --- safe --------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def safe(lab: Lab) -> Iterator[dict[str, Pair]]:
    with heavy(lab, lambda region: faults.make_lock_safe(lab, region)) as pairs:
        yield pairs


@pytest.fixture(scope="module")
def dry(lab: Lab, safe: dict[str, Pair]) -> dict[str, Seen]:
    return in_both(lambda region: observe(lab, safe[region], "lock-cleanup", "--dry-run"))


@pytest.fixture(scope="module")
def cleaned(lab: Lab, safe: dict[str, Pair], dry: dict[str, Seen]) -> dict[str, Seen]:
    return in_both(lambda region: observe(lab, safe[region], "lock-cleanup", confirm=(safe[region].old.name,)))


@pytest.fixture(scope="module")
def after_cleanup(lab: Lab, cleaned: dict[str, Seen]) -> dict[str, Report]:
    return in_both(lambda region: check(lab, region))


def test_a_dry_run_shows_the_commands_and_changes_nothing(dry: dict[str, Seen], region: str) -> None:
    seen = dry[region]
    assert seen.finished.code == 0, seen.finished.words
    assert "PGSQL.lock" in seen.finished.words
    assert "pcs resource cleanup" in seen.finished.words
    assert seen.unchanged


def test_a_safe_lock_is_cleaned_up(cleaned: dict[str, Seen], region: str) -> None:
    assert cleaned[region].finished.code == 0, cleaned[region].finished.words


def test_the_node_streams_again_and_nothing_is_found(lab: Lab, after_cleanup: dict[str, Report], region: str) -> None:
    assert after_cleanup[region].codes == [], after_cleanup[region].words
    assert lab.is_healthy(region)


def test_neither_lock_nor_lease_nor_job_is_left(cleaned: dict[str, Seen], region: str) -> None:
    left = cleaned[region].after
    assert cleaned[region].pair.new.short in left
    for trace in ("vmdb-aside", "/var/lib/vmdb-console/lease", "/var/lib/vmdb-console/jobs/"):
        assert trace not in left
    own = left.split(f"{cleaned[region].pair.old.short}:")[1].split("\ncf-")[0]
    assert "PGSQL.lock" not in own


def test_the_journal_says_who_why_and_what(cleaned: dict[str, Seen], region: str) -> None:
    found = [run for path in runs.runs_folder().glob("*.jsonl") if (run := runs.journal(path.stem))]
    own = next(run for run in found if run[0]["runbook"] == "lock-cleanup" and run[0]["region"] == region)
    assert own[0]["reason"] == "a lab test"
    assert own[-1]["event"] == "end"


# --- unsafe ------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def diverged(lab: Lab, after_cleanup: dict[str, Report]) -> Iterator[dict[str, Pair]]:
    with heavy(lab, lambda region: faults.make_diverged_old_primary(lab, region)) as pairs:
        yield pairs


@pytest.fixture(scope="module")
def refused(lab: Lab, diverged: dict[str, Pair]) -> dict[str, Seen]:
    return in_both(lambda region: observe(lab, diverged[region], "lock-cleanup", confirm=(diverged[region].old.name,)))


@pytest.fixture(scope="module")
def rebuilt(lab: Lab, diverged: dict[str, Pair], refused: dict[str, Seen]) -> dict[str, Seen]:
    return in_both(
        lambda region: observe(lab, diverged[region], "rebuild-standby", confirm=(diverged[region].old.name,))
    )


def test_an_unsafe_lock_is_refused(refused: dict[str, Seen], region: str) -> None:
    assert refused[region].finished.code == runs.REFUSED, refused[region].finished.words


def test_the_refusal_names_the_commits_and_offers_the_rebuild(refused: dict[str, Seen], region: str) -> None:
    words = refused[region].finished.words
    assert "commit" in words
    assert "rebuild-standby" in words


def test_a_refused_run_changes_nothing(refused: dict[str, Seen], region: str) -> None:
    assert refused[region].unchanged, refused[region].after


def test_the_rebuild_mends_the_diverged_node(lab: Lab, rebuilt: dict[str, Seen], region: str) -> None:
    assert rebuilt[region].finished.code == 0, rebuilt[region].finished.words
    assert lab.is_healthy(region)


def test_the_rebuilt_node_has_the_primarys_rows_and_not_its_own(
    lab: Lab, rebuilt: dict[str, Seen], region: str
) -> None:
    pair = rebuilt[region].pair
    count = "select count(*) from vms where name like 'on-the-new-primary%'"
    lost = "select count(*) from vms where name like '%only-on-the-old-primary%'"
    assert lab.sql(pair.old, count) == lab.sql(pair.new, count) != "0"
    assert lab.sql(pair.old, lost) == "0"


def test_the_old_data_stays_aside(lab: Lab, rebuilt: dict[str, Seen], region: str) -> None:
    data = lab.region(region).layout.data
    kept = lab.sh(
        rebuilt[region].pair.old,
        f"ls {data}.vmdb-old.*/PG_VERSION {data}/pgsql_tmp.vmdb-console/*/vmdb-old/PG_VERSION 2>/dev/null",
        check=False,
    ).stdout.split()
    assert len(kept) == 1, kept


def test_after_the_rebuild_nothing_worse_than_the_kept_data_is_found(
    lab: Lab, rebuilt: dict[str, Seen], region: str
) -> None:
    report = check(lab, region)
    assert [f["code"] for f in report.findings if f["severity"] == "critical"] == [], report.words
    assert set(report.codes) <= {"H08"}, report.words
