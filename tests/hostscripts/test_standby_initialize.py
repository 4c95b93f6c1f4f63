"""pgsql-standby-initialize on host 2: the old data stay until a checked copy streams."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.hostscripts import user
from tests.hostscripts.conftest import Pair
from tests.hostscripts.host import FIRST, SECOND, ScriptHost
from tests.hostscripts.waiting import wait_until

pytestmark = pytest.mark.slow

INITIALIZE = "pgsql-standby-initialize"


@pytest.fixture
def stopped(pair: Pair) -> Pair:
    """Host 2's database is stopped and was made of something else; its archive holds a file."""
    return _stopped(pair)


@pytest.fixture
def old_stopped(old_pair: Pair) -> Pair:
    return _stopped(old_pair)


def _stopped(pair: Pair) -> Pair:
    pair.second.stop()
    (pair.second.data / "of-the-old-data").touch()
    (pair.second.home / "wal-archive-write/000000010000000000000009").touch()
    user.give(pair.second.home)
    return pair


def others(host: ScriptHost) -> list[str]:
    """What lies beside the data directory."""
    return sorted(path.name for path in host.home.iterdir() if path.name.startswith("data."))


def deny_replication(pair: Pair) -> None:
    """Host 1 lets replication begin and refuses the copy itself: the walsenders are used up."""
    path = pair.first.data / "pg_hba.conf"
    path.write_text("host replication all 127.0.0.0/8 reject\n" + path.read_text())
    pair.first.pg("pg_ctl", "-D", str(pair.first.data), "reload")


def test_host_2_becomes_a_standby_that_streams(stopped: Pair) -> None:
    stopped.first.sql("insert into vms values (4711)")
    done = stopped.second.run(INITIALIZE)
    assert done.returncode == 0, stopped.second.log(INITIALIZE)
    assert stopped.second.role == "standby"
    wait_until(lambda: stopped.second.sql("select count(*) from vms where id = 4711") == "1", 5)
    assert stopped.first.sql("select state from pg_stat_replication") == "streaming"
    assert stopped.second.log(INITIALIZE).endswith("INFO: the standby runs\n")


def test_afterwards_the_old_data_are_gone_and_the_port_lets_host_1_in_alone(stopped: Pair) -> None:
    stopped.second.rules = [stopped.second.allow]
    stopped.second.run(INITIALIZE)
    assert others(stopped.second) == []
    assert not (stopped.second.data / "of-the-old-data").exists()
    assert stopped.second.allow not in stopped.second.rules
    assert stopped.second.jump in stopped.second.rules
    assert "chkconfig postgresql on" in stopped.second.calls


def test_old_data_that_are_to_be_kept_are_kept(stopped: Pair) -> None:
    stopped.second.configure(KEEP_OLD_DATA="yes")
    stopped.second.run(INITIALIZE)
    (kept,) = others(stopped.second)
    assert kept.startswith("data.old-")
    assert (stopped.second.home / kept / "of-the-old-data").exists()


def test_the_new_data_directory_is_its_user_s_alone(stopped: Pair) -> None:
    stopped.second.run(INITIALIZE)
    assert stopped.second.data.stat().st_mode & 0o777 == 0o700


def test_standby_settings_hold_no_password_and_follow_any_timeline(stopped: Pair) -> None:
    stopped.second.run(INITIALIZE)
    assert (stopped.second.data / "standby.signal").exists()
    lines = (stopped.second.data / "postgresql.auto.conf").read_text().splitlines()
    assert lines[-3:] == [
        f"primary_conninfo = 'host={FIRST} port={stopped.port} user=replicator application_name={SECOND}'",
        f"restore_command = 'cp {stopped.second.home}/wal-archive-read/%f \"%p\"'",
        "recovery_target_timeline = 'latest'",
    ]


# --- nothing is lost ---------------------------------------------------------------------------------------------


def test_the_old_script_has_emptied_everything_when_the_copy_fails(old_stopped: Pair) -> None:
    deny_replication(old_stopped)
    assert old_stopped.second.run(INITIALIZE).returncode == 1
    assert not (old_stopped.second.data / "PG_VERSION").exists()
    assert list((old_stopped.second.home / "wal-archive-write").iterdir()) == []


def unchanged(pair: Pair) -> bool:
    kept = (pair.second.data / "of-the-old-data", pair.second.home / "wal-archive-write/000000010000000000000009")
    return all(path.exists() for path in kept) and others(pair.second) == [] and not pair.second.is_up


def test_a_replication_login_that_is_refused_changes_nothing(stopped: Pair) -> None:
    deny_replication(stopped)
    assert stopped.second.run(INITIALIZE).returncode == 1
    assert "ERROR: no replication connection" in stopped.second.log(INITIALIZE)
    assert unchanged(stopped)


def wrapped(host: ScriptHost, program: str, text: str) -> None:
    """The host's own `program` first does something else; $REAL is the real one."""
    folder = host.root / "programs"
    if not folder.exists():
        folder.mkdir()
        for path in host.binaries.iterdir():
            (folder / path.name).symlink_to(path)
        host.configure(PGSQL_BIN_CLIENT=str(folder))
    (folder / program).unlink()
    (folder / program).write_text(f"#!/bin/sh\nREAL={host.binaries}/{program}\n{text}")
    (folder / program).chmod(0o755)
    user.give(folder)


@pytest.mark.parametrize(
    ("damage", "told"),
    [
        ("rm $copy/backup_label", "backup_label is not there"),
        ("rm $copy/PG_VERSION", "PG_VERSION is not there"),
        ("rm $copy/pg_wal/0*", "its first WAL file"),
        ("dd if=/dev/zero of=$copy/global/pg_control bs=8 count=1 conv=notrunc", "its system identifier is"),
        ("rm -r $copy/base/1", "pg_verifybackup"),
        ("chmod 755 $copy", "its mode is not 0700"),
    ],
)
def test_a_copy_that_is_not_good_is_not_used(stopped: Pair, damage: str, told: str) -> None:
    find = 'for word; do [ "$last" != -D ] || copy=$word; last=$word; done'
    wrapped(stopped.second, "pg_basebackup", f'$REAL "$@" || exit\n{find}\n{damage} 2>/dev/null\n')
    assert stopped.second.run(INITIALIZE).returncode == 1
    assert told in stopped.second.log(INITIALIZE)
    assert unchanged(stopped)


def test_a_copy_that_breaks_off_is_removed_and_changes_nothing(stopped: Pair) -> None:
    wrapped(stopped.second, "pg_basebackup", '$REAL "$@" && exit 1\n')
    assert stopped.second.run(INITIALIZE).returncode == 1
    assert "ERROR: the copy failed; the old data are as they were" in stopped.second.log(INITIALIZE)
    assert unchanged(stopped)


def end_main_shell(host: ScriptHost, session: int) -> None:
    """SIGTERM for the program alone, while pg_basebackup goes on."""
    words = ["pgrep", "-o", "-s", str(session), "-f", f"^sh {host.root}/usr/bin/"]
    main = int(subprocess.run(words, check=True, capture_output=True, text=True).stdout)
    subprocess.run(["kill", "-TERM", str(main)], check=True)


def test_a_run_that_is_ended_takes_its_copy_away(stopped: Pair) -> None:
    wrapped(stopped.second, "pg_basebackup", '$REAL "$@"; sleep 30\n')
    with stopped.second.running(INITIALIZE) as process:
        wait_until(lambda: others(stopped.second) != [], 10)
        end_main_shell(stopped.second, process.pid)
        wait_until(lambda: unchanged(stopped), 10)


def test_too_little_space_is_seen_before_anything(stopped: Pair) -> None:
    stopped.second.program("df", "#!/bin/sh\necho head\necho /dev/x 100 90 10 90% /\n")
    assert stopped.second.run(INITIALIZE).returncode == 1
    assert "nothing was changed" in stopped.second.log(INITIALIZE)
    assert unchanged(stopped)


# --- refusals ----------------------------------------------------------------------------------------------------


def test_a_local_database_that_runs_is_refused(pair: Pair) -> None:
    assert pair.second.run(INITIALIZE).returncode == 1
    assert "ERROR: the local database runs; stop it first" in pair.second.log(INITIALIZE)


def test_a_host_1_that_does_not_answer_is_refused(stopped: Pair) -> None:
    stopped.first.stop()
    assert stopped.second.run(INITIALIZE).returncode == 1
    assert f"ERROR: {FIRST} does not answer" in stopped.second.log(INITIALIZE)
    assert unchanged(stopped)


def test_a_host_1_that_is_a_standby_itself_is_refused(stopped: Pair) -> None:
    stopped.first.stop()
    user.give(Path(stopped.first.data))
    (stopped.first.data / "standby.signal").touch()
    stopped.first.start()
    assert stopped.second.run(INITIALIZE).returncode == 1
    assert "is a standby itself" in stopped.second.log(INITIALIZE)
    assert unchanged(stopped)


def test_a_link_for_a_data_directory_is_refused(stopped: Pair) -> None:
    real = stopped.second.home / "real"
    stopped.second.data.rename(real)
    stopped.second.data.symlink_to(real)
    assert stopped.second.run(INITIALIZE).returncode == 1
    assert "is a link: set PGSQL_DATA" in stopped.second.log(INITIALIZE)


def test_a_data_directory_that_is_a_mount_point_is_refused_with_the_way_to_go(stopped: Pair) -> None:
    """stat tells another device than the parent's, as it does of a mount point."""
    stopped.second.program(
        "stat", f'#!/bin/sh\ncase "$*" in *{stopped.second.data}/.) echo 99 ;; *) exec /usr/bin/stat "$@" ;; esac\n'
    )
    assert stopped.second.run(INITIALIZE).returncode == 1
    assert "is a mount point" in stopped.second.log(INITIALIZE)
    assert "vmdb-console run rebuild-standby" in stopped.second.log(INITIALIZE)
    assert unchanged(stopped)


# --- up to PostgreSQL 11 -----------------------------------------------------------------------------------------


def written(host: ScriptHost, major: str) -> Path:
    """The library's own writing of standby settings into a folder of that version."""
    folder = host.home / "copy"
    folder.mkdir()
    (folder / "PG_VERSION").write_text(f"{major}\n")
    user.give(folder)
    library = f"{host.root}/usr/libexec/pgsql-replication"
    names = " ".join(f". {library}/{name}.sh;" for name in ("settings", "user", "standby"))
    done = user.run(["sh", "-c", f"{names} write_standby {folder}"], host.environment)
    assert done.returncode == 0, done.stderr
    return folder


@pytest.mark.parametrize("major", ["9.2", "11"])
def test_up_to_11_the_settings_are_in_recovery_conf(hosts: Callable[..., ScriptHost], major: str) -> None:
    folder = written(hosts(2, data=False), major)
    lines = (folder / "recovery.conf").read_text().splitlines()
    assert lines[0] == "standby_mode = 'on'"
    assert [line.partition(" = ")[0] for line in lines[1:]] == [
        "primary_conninfo",
        "restore_command",
        "recovery_target_timeline",
    ]
    assert (folder / "recovery.conf").stat().st_mode & 0o777 == 0o600
    assert not (folder / "standby.signal").exists()


def test_from_12_on_they_are_in_postgresql_auto_conf(hosts: Callable[..., ScriptHost]) -> None:
    folder = written(hosts(2, data=False), "12")
    assert (folder / "standby.signal").read_text() == ""
    assert "primary_conninfo" in (folder / "postgresql.auto.conf").read_text()
    assert not (folder / "recovery.conf").exists()


def test_names_with_quotes_and_backslashes_are_quoted_twice(hosts: Callable[..., ScriptHost]) -> None:
    host = hosts(2, data=False)
    host.configure(PGSQL_REPLICATION_USER=r"o\re")
    folder = written(host, "12")
    # libpq: 'o\\re'; PostgreSQL's file: each quote and backslash twice.
    assert r"user=''o\\\\re'' " in (folder / "postgresql.auto.conf").read_text()
