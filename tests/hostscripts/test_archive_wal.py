"""pgsql-primary-archive-wal: whole or not at all, never over another file."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.hostscripts import user
from tests.hostscripts.conftest import Pair
from tests.hostscripts.host import ScriptHost
from tests.hostscripts.waiting import wait_until

ARCHIVE = "pgsql-primary-archive-wal"
NAME = "000000010000000000000001"
CONTENT = bytes(range(256)) * 4096


@pytest.fixture(params=["old", "new"])
def either(request: pytest.FixtureRequest, hosts: Callable[..., ScriptHost]) -> ScriptHost:
    return hosts(1, old=request.param == "old", data=False)


@pytest.fixture
def host(hosts: Callable[..., ScriptHost]) -> ScriptHost:
    return hosts(1, data=False)


def segment(host: ScriptHost, content: bytes = CONTENT) -> Path:
    path = host.home / "segment"
    path.write_bytes(content)
    return user.give(path)


def archived(host: ScriptHost) -> Path:
    return host.home / "wal-archive-write" / NAME


def names(host: ScriptHost) -> list[str]:
    return sorted(path.name for path in (host.home / "wal-archive-write").iterdir())


def limited(host: ScriptHost) -> subprocess.CompletedProcess[str]:
    """Archive where no file may grow over 64 KiB: the copy breaks off, as on a full disk."""
    text = f'ulimit -f 128; trap "" XFSZ; sh {host.root}/usr/bin/{ARCHIVE} {segment(host)} {NAME}'
    return user.run(["sh", "-c", text], host.environment)


def test_a_segment_is_archived(either: ScriptHost) -> None:
    assert either.run(ARCHIVE, str(segment(either)), NAME).returncode == 0
    assert archived(either).read_bytes() == CONTENT
    assert names(either) == [NAME]


def test_the_old_script_leaves_half_a_file_under_its_name(hosts: Callable[..., ScriptHost]) -> None:
    old = hosts(1, old=True, data=False)
    assert limited(old).returncode != 0
    assert 0 < archived(old).stat().st_size < len(CONTENT)


def test_a_copy_that_breaks_off_leaves_nothing(host: ScriptHost) -> None:
    done = limited(host)
    assert done.returncode == 1
    assert "ERROR: cannot copy" in done.stderr
    assert names(host) == []


def test_the_old_script_overwrites_another_file_of_that_name(hosts: Callable[..., ScriptHost]) -> None:
    old = hosts(1, old=True, data=False)
    archived(old).write_bytes(b"of another server")
    user.give(archived(old))
    assert old.run(ARCHIVE, str(segment(old)), NAME).returncode == 0
    assert archived(old).read_bytes() == CONTENT


def test_another_file_of_that_name_is_kept_and_told(host: ScriptHost) -> None:
    archived(host).write_bytes(b"of another server")
    done = host.run(ARCHIVE, str(segment(host)), NAME)
    assert done.returncode == 1
    assert "is there with other content and is kept" in done.stderr
    assert archived(host).read_bytes() == b"of another server"
    assert names(host) == [NAME]


def test_a_segment_that_is_archived_already_is_a_success(host: ScriptHost) -> None:
    for _ in range(2):
        assert host.run(ARCHIVE, str(segment(host)), NAME).returncode == 0


def test_what_a_killed_copy_left_is_replaced(host: ScriptHost) -> None:
    (host.home / f"wal-archive-write/.{NAME}.part").write_bytes(b"half")
    user.give(host.home)
    assert host.run(ARCHIVE, str(segment(host)), NAME).returncode == 0
    assert names(host) == [NAME]


def test_the_file_is_on_the_disk_before_it_has_its_name(host: ScriptHost) -> None:
    host.program("dd", f'#!/bin/sh\necho "dd $*" >>{host.root}/calls\nexec /bin/dd "$@"\n')
    host.program("mv", f'#!/bin/sh\necho "mv $*" >>{host.root}/calls\nexec /bin/mv "$@"\n')
    host.run(ARCHIVE, str(segment(host)), NAME)
    copied, renamed = host.calls
    assert copied.startswith("dd ")
    assert "conv=fsync" in copied
    assert renamed.startswith("mv -n -T ")


def test_a_folder_that_is_not_there_is_never_made_outside_the_data(host: ScriptHost) -> None:
    (host.home / "wal-archive-write").rmdir()
    done = host.run(ARCHIVE, str(segment(host)), NAME)
    assert done.returncode == 1
    assert "is not there: mount it or make it" in done.stderr


@pytest.mark.parametrize("name", ["../etc/passwd", "", ".hidden"])
def test_a_name_that_is_no_wal_file_s_is_refused(host: ScriptHost, name: str) -> None:
    assert host.run(ARCHIVE, str(segment(host)), name).returncode == 1
    assert names(host) == []


def linked(host: ScriptHost) -> Path:
    """Host 2's archive as the reference has it: a link into the data directory."""
    (host.home / "wal-archive-write").rmdir()
    (host.home / "wal-archive-write").symlink_to("data/wal-archive-write")
    user.give(host.home)
    return host.data / "wal-archive-write"


def test_the_old_script_discards_host_2_s_wal(hosts: Callable[..., ScriptHost]) -> None:
    old = hosts(2, old=True)
    linked(old)
    assert old.run(ARCHIVE, str(segment(old)), NAME).returncode == 0
    assert not (old.data / "wal-archive-write" / NAME).exists()


def test_host_2_keeps_its_wal_and_makes_its_folder_after_a_copy(hosts: Callable[..., ScriptHost]) -> None:
    second = hosts(2)
    folder = linked(second)
    assert second.run(ARCHIVE, str(segment(second)), NAME).returncode == 0
    assert (folder / NAME).read_bytes() == CONTENT


def test_a_real_server_archives_with_it(pair: Pair) -> None:
    pair.first.sql("alter system set archive_mode = on")
    pair.first.pg(
        "pg_ctl", "-D", str(pair.first.data), "-m", "fast", "-w", "-l", str(pair.first.root / "server.log"), "restart"
    )
    name = pair.first.sql("select pg_walfile_name(pg_current_wal_lsn())")
    pair.first.sql("select pg_switch_wal()")
    wait_until(lambda: name in names(pair.first), 10)
