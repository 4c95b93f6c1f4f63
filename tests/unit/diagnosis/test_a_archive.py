"""A01–A04: the archive's directories, gaps, backlog and room."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from console.diagnosis.archive import check_directories, check_gaps, check_queue, check_space
from console.diagnosis.context import RegionContext
from console.diagnosis.finding import Severity
from console.facts.archive import ArchiveDirectory
from console.facts.host import HostFacts
from console.facts.postgresql import ArchiverProcess, ArchiverRow
from console.inventory.fleet import Archive as ArchivePaths
from console.inventory.fleet import Host, Region, Storage
from tests.unit.diagnosis.builders import (
    AT,
    DC1,
    DC1_DB1,
    DC1_DB2,
    GLOBAL_DB1,
    GLOBAL_DB2,
    PG92,
    context,
    fleet,
    history,
    primary,
    processes,
    seen,
    sql,
    standby,
    stopped,
    unreachable,
    unseen,
)
from tests.unit.diagnosis.setup_builders import archive, directory, disk, only, queue, quoted, run

DAY = 86400.0


def with_nfs(host: Host) -> Host:
    return replace(host, storage=Storage(f"{host.name}-nfs"))


NFS_DC1 = replace(DC1, databases=(with_nfs(DC1_DB1), with_nfs(DC1_DB2)))


def pair(
    first: ArchiveDirectory | None = None, second: ArchiveDirectory | None = None, region: Region = NFS_DC1
) -> RegionContext:
    """DC1 with what each host sees of the shared archive."""
    hosts = (
        primary(DC1_DB1, archive=seen(archive(first or directory()), "archive")),
        standby(DC1_DB2, archive=seen(archive(second or directory()), "archive")),
    )
    return context(*hosts, region=region)


def test_a_mounted_writable_whole_archive_has_no_finding() -> None:
    healthy = pair()
    checks = (check_directories, check_gaps, check_queue, check_space)
    assert [finding for check in checks for finding in check(healthy)] == []


def test_an_unknown_archive_is_not_judged() -> None:
    blind = context(primary(DC1_DB1, archive=unseen("timed out")), standby(DC1_DB2, archive=unseen("timed out")))
    checks = (check_directories, check_gaps, check_queue, check_space)
    assert [finding for check in checks for finding in check(blind)] == []


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"exists": False, "mounted": None, "runs": ()}, "is missing"),
        ({"mounted": False}, "is not mounted"),
        ({"writable": False}, "cannot be written"),
    ],
)
def test_a_primary_that_cannot_archive_is_critical(changes: dict[str, Any], words: str) -> None:
    found = only(check_directories(pair(first=directory(**changes))))
    assert (found.code, found.severity, found.host) == ("A01", Severity.CRITICAL, DC1_DB1.name)
    assert words in found.summary


def test_a_standby_that_cannot_read_the_archive_is_a_warning() -> None:
    found = only(check_directories(pair(second=directory(readable=False, writable=False))))
    assert (found.severity, found.host) == (Severity.WARNING, DC1_DB2.name)
    assert "cannot be read" in found.summary


def test_a_standby_need_not_write() -> None:
    assert list(check_directories(pair(second=directory(writable=False)))) == []


def test_without_a_filer_in_the_inventory_a_local_directory_is_fine() -> None:
    assert list(check_directories(pair(first=directory(mounted=False), region=DC1))) == []


def test_what_could_not_be_tested_is_not_called_broken() -> None:
    untested = directory(mounted=None, readable=None, writable=None)
    assert list(check_directories(pair(first=untested, second=untested))) == []


def test_in_a_scripted_region_the_standby_reads_its_mirror_and_the_primary_writes_its_own() -> None:
    write, read = directory(path="/w"), directory(path="/r", writable=False)
    mine = primary(GLOBAL_DB1, archive=seen(archive(write, replace(read, readable=False))))
    other = standby(GLOBAL_DB2, archive=seen(archive(replace(write, writable=False), read)))
    assert list(check_directories(context(mine, other))) == []
    blind = standby(GLOBAL_DB2, archive=seen(archive(write, replace(read, readable=False))))
    assert only(check_directories(context(mine, blind))).subject == "/r"


MISSING = directory(path="/r", exists=False, mounted=None, readable=False, writable=False, runs=())


def test_host_1_of_a_split_archive_needs_no_mirror_while_it_is_the_standby() -> None:
    rebuilt = standby(GLOBAL_DB1, archive=seen(archive(directory(path="/w"), MISSING)))
    serving = primary(GLOBAL_DB2, archive=seen(archive(directory(path="/w"), directory(path="/r"))))
    assert list(check_directories(context(rebuilt, serving))) == []


def test_host_2_of_a_split_archive_needs_its_mirror() -> None:
    serving = primary(GLOBAL_DB1, archive=seen(archive(directory(path="/w"), MISSING)))
    other = standby(GLOBAL_DB2, archive=seen(archive(directory(path="/w"), MISSING)))
    found = only(check_directories(context(serving, other)))
    assert (found.host, found.subject) == (GLOBAL_DB2.name, "/r")


HOLED = directory(
    run("000000010000000000000001", "000000010000000000000004"),
    run("000000010000000000000007", "000000010000000000000009"),
)


def test_a_hole_in_a_shared_archive_is_one_finding_with_the_contract_s_details() -> None:
    found = only(check_gaps(pair(first=HOLED, second=HOLED)))
    assert (found.code, found.severity) == ("A02", Severity.WARNING)
    assert found.details == {
        "first_missing": "000000010000000000000005",
        "last_missing": "000000010000000000000006",
        "count": 2,
    }


def test_a_hole_that_only_the_standby_s_mirror_has_is_the_standby_s() -> None:
    mine = primary(GLOBAL_DB1, archive=seen(archive(directory(path="/w"), directory(path="/r"))))
    other = standby(GLOBAL_DB2, archive=seen(archive(directory(path="/w"), replace(HOLED, path="/r"))))
    found = only(check_gaps(context(mine, other)))
    assert (found.host, found.subject) == (GLOBAL_DB2.name, "/r")


def test_several_holes_are_counted_together_and_listed_one_by_one() -> None:
    twice = directory(*HOLED.runs, run("00000001000000000000000C"))
    found = only(check_gaps(pair(first=twice, second=twice)))
    assert found.details["count"] == 4
    assert "00000001000000000000000A … 00000001000000000000000B (2)" in quoted(found)


def test_on_9_2_the_unused_last_segment_of_a_log_id_is_no_hole() -> None:
    old = directory(run("0000000100000000000000F0", "0000000100000000000000FE"), run("000000010000000100000000"))
    hosts = [
        primary(DC1_DB1, archive=seen(archive(old)), sql=seen(sql(in_recovery=False, version=PG92), "psql")),
        standby(DC1_DB2, archive=seen(archive(old)), sql=seen(sql(in_recovery=True, version=PG92), "psql")),
    ]
    assert list(check_gaps(context(*hosts))) == []
    assert only(check_gaps(pair(first=old, second=old))).details["first_missing"] == "0000000100000000000000FF"


def test_the_fork_is_read_from_the_primary_s_history() -> None:
    forked = directory(run("000000010000000000000001"), run("000000020000000000000006"))
    hosts = [
        primary(DC1_DB1, archive=seen(archive(forked)), history=seen(history(2, (1, "0/4038598")))),
        standby(DC1_DB2),
    ]
    found = only(check_gaps(context(*hosts)))
    assert found.details["last_missing"] == "000000020000000000000005"


def test_a_listing_is_judged_even_when_no_primary_is_known() -> None:
    hosts = [stopped(DC1_DB1, archive=seen(archive(HOLED))), unreachable(DC1_DB2)]
    assert only(check_gaps(context(*hosts))).code == "A02"


def archiving(**overrides: Any) -> RegionContext:
    return context(primary(DC1_DB1, **overrides), standby(DC1_DB2))


@pytest.mark.parametrize(
    ("ready", "severity"), [(0, None), (16, None), (17, Severity.WARNING), (129, Severity.CRITICAL)]
)
def test_the_backlog_is_judged_by_the_thresholds(ready: int, severity: Severity | None) -> None:
    found = list(check_queue(archiving(archive_queue=seen(queue(ready, "000000010000000000000007", 60.0)))))
    assert [item.severity for item in found] == ([severity] if severity else [])
    assert all(item.code == "A03" and item.details["ready"] == ready for item in found)


def test_one_file_that_waits_for_long_is_a_warning() -> None:
    found = only(check_queue(archiving(archive_queue=seen(queue(1, "000000010000000000000007", 900.0)))))
    assert "1 file waiting, the oldest for 15 min" in found.summary


def test_an_archiver_that_says_that_it_fails_is_a_warning_at_any_backlog() -> None:
    row = ArchiverRow(5, "000000010000000000000006", 3, "000000010000000000000007", True)
    found = only(
        check_queue(archiving(archive_queue=seen(queue(1)), sql=seen(sql(in_recovery=False, archiver=row), "psql")))
    )
    assert "archiving fails" in found.summary
    assert "failing on 000000010000000000000007" in quoted(found)


def test_the_archiver_s_process_title_is_a_witness_where_the_queue_is_unknown() -> None:
    failed_on = processes(archiver=ArchiverProcess(9, None, "000000010000000000000007"))
    found = only(check_queue(archiving(archive_queue=unseen("not root"), processes=seen(failed_on, "ps"))))
    assert "backlog is unknown" in found.summary
    assert found.details["ready"] is None


def test_a_standby_s_queue_is_not_judged() -> None:
    hosts = [primary(DC1_DB1), standby(DC1_DB2, archive_queue=seen(queue(500)))]
    assert list(check_queue(context(*hosts))) == []


def test_a_primary_s_unknown_queue_is_no_backlog_of_zero_and_no_alarm() -> None:
    assert list(check_queue(archiving(archive_queue=unseen("not root")))) == []


@pytest.mark.parametrize(("free", "severity"), [(0.25, None), (0.19, Severity.WARNING), (0.05, Severity.CRITICAL)])
def test_the_archive_s_room_is_judged_by_the_thresholds(free: float, severity: Severity | None) -> None:
    found = list(check_space(archiving(disks=seen((disk("archive", free, "/wal", "/dev/sdc1"),)))))
    assert [(item.code, item.severity) for item in found] == ([("A04", severity)] if severity else [])


@pytest.mark.parametrize("device", ["cf-dc1-nfs1:/archive", "lab-archive"])
def test_one_filer_shown_by_both_hosts_is_one_finding(device: str) -> None:
    full = seen((disk("archive", 0.05, "/wal", device),))
    assert only(check_space(context(standby(DC1_DB1, disks=full), primary(DC1_DB2, disks=full)))).host == DC1_DB2.name


def test_two_hosts_own_disks_are_two_findings() -> None:
    full = seen((disk("archive", 0.05, "/wal", "/dev/sdc1"),))
    assert len(list(check_space(context(primary(DC1_DB1, disks=full), standby(DC1_DB2, disks=full))))) == 2


def kept(region: Region, days: float) -> Region:
    paths = region.archive or ArchivePaths("/w", "/w")
    return replace(region, archive=replace(paths, retention=days * DAY))


@pytest.mark.parametrize(("age", "fires"), [(3.9, False), (4.9, False), (6.0, True)])
def test_files_much_older_than_the_retention_show_that_it_does_not_run(age: float, *, fires: bool) -> None:
    old = directory(oldest_modified=AT.timestamp() - age * DAY)
    found = list(check_space(pair(first=old, second=old, region=kept(DC1, 3))))
    assert [(item.code, item.subject) for item in found] == ([("A04", "retention")] if fires else [])


def test_without_a_retention_or_a_primary_the_age_is_not_judged() -> None:
    old = directory(oldest_modified=AT.timestamp() - 90 * DAY)
    assert list(check_space(pair(first=old, second=old))) == []
    hosts: list[HostFacts] = [stopped(DC1_DB1, archive=seen(archive(old))), standby(DC1_DB2)]
    region = kept(DC1, 3)
    assert list(check_space(context(*hosts, region=region, fleet=fleet(region)))) == []
