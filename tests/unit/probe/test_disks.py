"""Section `disks`: what df told, and what it could not tell."""

from __future__ import annotations

from console.probe.disks import failed_disks, parse_disks

DATA = """@@data /var/lib/pgsql/data
Filesystem     1024-blocks    Used Available Capacity Mounted on
/dev/vdb            102400   20480     81920      20% /var/lib/pgsql/data
"""
NO_MIRROR = """@@archive /var/lib/pgsql/wal-archive-read
df: /var/lib/pgsql/wal-archive-read: No such file or directory
failed 1
"""


def test_a_file_system_is_measured_in_bytes() -> None:
    (disk,) = parse_disks(DATA)
    assert (disk.purpose, disk.mount, disk.available) == ("data", "/var/lib/pgsql/data", 81920 * 1024)


def test_an_archive_directory_that_is_not_there_is_no_gap_in_what_is_known() -> None:
    assert failed_disks(DATA + NO_MIRROR) == ()


def test_a_data_directory_that_is_not_there_is_told() -> None:
    assert failed_disks(NO_MIRROR.replace("@@archive", "@@data")) == (
        "/var/lib/pgsql/wal-archive-read: df: /var/lib/pgsql/wal-archive-read: No such file or directory",
    )


def test_an_archive_that_may_not_be_entered_is_unknown() -> None:
    assert len(failed_disks(NO_MIRROR.replace("No such file or directory", "Permission denied"))) == 1


def test_a_hung_archive_is_unknown() -> None:
    assert failed_disks("@@archive /mnt/nfs\nfailed 124\n") == ("/mnt/nfs: did not answer in time",)
