"""pgsql-standby-release on host 2, then pgsql-primary-initialize on host 1: the documented failback, made safe."""

from __future__ import annotations

import shutil

import pytest

from tests.hostscripts import user
from tests.hostscripts.conftest import Pair
from tests.hostscripts.host import SECOND, ScriptHost

pytestmark = pytest.mark.slow

RELEASE = "pgsql-standby-release"
INITIALIZE = "pgsql-primary-initialize"


def fail_over(pair: Pair) -> Pair:
    """Host 1 died, host 2 serves and has a row that host 1 never got; host 1 has a file and archived WAL of before."""
    pair.first.stop()
    pair.second.pg("pg_ctl", "-D", str(pair.second.data), "-w", "promote")
    pair.second.rules = [pair.second.allow]
    pair.second.sql("insert into vms values (4711)")
    (pair.first.data / "of-the-old-data").touch()
    (pair.first.home / "wal-archive-write/000000010000000000000009").touch()
    user.give(pair.first.home)
    return pair


@pytest.fixture
def failed_over(pair: Pair) -> Pair:
    return fail_over(pair)


def carry(pair: Pair) -> None:
    """What arrived in the network between the hosts lies in host 1's /tmp."""
    for path in (pair.second.root / "arrived").iterdir():
        shutil.move(path, pair.first.root / "tmp" / path.name)


@pytest.fixture
def sent(failed_over: Pair) -> Pair:
    """Released, and arrived."""
    done = failed_over.second.run(RELEASE)
    assert done.returncode == 0, failed_over.second.log(RELEASE)
    carry(failed_over)
    return failed_over


def others(host: ScriptHost) -> list[str]:
    return sorted(path.name for path in host.home.iterdir() if path.name.startswith("data."))


def in_tmp(host: ScriptHost) -> list[str]:
    return sorted(path.name for path in (host.root / "tmp").iterdir())


# --- release -----------------------------------------------------------------------------------------------------


def test_a_release_stops_host_2_and_sends_the_copy_under_its_documented_name(sent: Pair) -> None:
    assert not sent.second.is_up
    assert "chkconfig postgresql off" in sent.second.calls
    assert sent.second.jump in sent.second.rules
    assert in_tmp(sent.first) == ["pgbackup.tar.gz", "pgbackup.tar.gz.info"]
    assert others(sent.second) == []


def test_what_is_sent_is_its_owner_s_alone(sent: Pair) -> None:
    modes = {path.stat().st_mode & 0o777 for path in (sent.first.root / "tmp").iterdir()}
    assert modes == {0o600}


def serves(pair: Pair) -> bool:
    return pair.second.role == "primary" and pair.second.rules[1:] == [pair.second.allow]


def test_the_old_script_leaves_the_port_closed_when_the_copy_fails(old_pair: Pair) -> None:
    fail_over(old_pair)
    old_pair.second.configure(PGSQL_BIN_CLIENT="/nowhere")
    assert old_pair.second.run(RELEASE).returncode == 1
    assert old_pair.second.allow not in old_pair.second.rules


def test_a_copy_that_fails_opens_the_port_again(failed_over: Pair) -> None:
    programs = failed_over.second.root / "programs"
    programs.mkdir()
    for path in failed_over.second.binaries.iterdir():
        if path.name != "pg_basebackup":
            (programs / path.name).symlink_to(path)
    (programs / "pg_basebackup").write_text("#!/bin/sh\nexit 1\n")
    (programs / "pg_basebackup").chmod(0o755)
    failed_over.second.configure(PGSQL_BIN_CLIENT=str(programs))
    assert failed_over.second.run(RELEASE).returncode == 1
    assert serves(failed_over)
    assert others(failed_over.second) == []


def test_a_network_that_is_cut_while_sending_opens_the_port_again(failed_over: Pair) -> None:
    scp = failed_over.second.root / "bin/scp"
    failed_over.second.program("scp", f"#!/bin/sh\ntouch {failed_over.second.root}/cut\nexit 1\n")
    assert scp.exists()
    assert failed_over.second.run(RELEASE).returncode == 1
    assert serves(failed_over)
    assert in_tmp(failed_over.second) == []
    assert list((failed_over.second.root / "arrived").iterdir()) == []


def test_a_host_1_that_ssh_does_not_reach_is_seen_before_anything(failed_over: Pair) -> None:
    (failed_over.second.root / "cut").touch()
    before = failed_over.second.postmaster
    assert failed_over.second.run(RELEASE).returncode == 1
    assert "does not work; nothing was changed" in failed_over.second.log(RELEASE)
    assert failed_over.second.postmaster == before
    assert serves(failed_over)


def test_a_standby_has_nothing_to_release(pair: Pair) -> None:
    assert pair.second.run(RELEASE).returncode == 1
    assert "the local database is a standby, nothing to release" in pair.second.log(RELEASE)
    assert pair.second.is_up


def test_check_promote_leaves_a_release_alone(failed_over: Pair) -> None:
    """A minute strikes while it copies: the port stays closed."""
    programs = failed_over.second.root
    strike = f"sh {programs}/usr/bin/pgsql-standby-check-promote\n"
    failed_over.second.program("tar", f'#!/bin/sh\n{strike}exec /bin/tar "$@"\n')
    assert failed_over.second.run(RELEASE).returncode == 0
    assert failed_over.second.jump in failed_over.second.rules
    assert "another pgsql-* program runs" in failed_over.second.log("pgsql-standby-check-promote")


# --- initialize --------------------------------------------------------------------------------------------------


def test_the_old_procedure_ends_with_a_host_1_that_does_not_start(old_pair: Pair) -> None:
    """The unpacked data directory has the mode 0755 (REFERENCE 4)."""
    fail_over(old_pair)
    assert old_pair.second.run(RELEASE).returncode == 0
    carry(old_pair)
    assert old_pair.first.run(INITIALIZE).returncode == 1
    assert not old_pair.first.is_up
    assert not (old_pair.first.data / "of-the-old-data").exists()


def test_host_1_is_the_primary_with_all_that_host_2_had(sent: Pair) -> None:
    done = sent.first.run(INITIALIZE)
    assert done.returncode == 0, sent.first.log(INITIALIZE)
    assert sent.first.role == "primary"
    assert sent.first.sql("select count(*) from vms") == "101"
    assert sent.first.log(INITIALIZE).endswith("INFO: the primary runs\n")


def test_afterwards_the_old_is_gone_and_the_port_is_open(sent: Pair) -> None:
    sent.first.rules = [sent.first.allow]
    sent.first.run(INITIALIZE)
    assert sent.first.rules[1:] == [sent.first.allow]
    assert others(sent.first) == []
    assert list((sent.first.home / "wal-archive-write").iterdir()) == []
    assert sent.first.data.stat().st_mode & 0o777 == 0o700
    assert in_tmp(sent.first) == ["pgbackup.tar.gz.used"]


def test_the_pair_is_whole_again_when_host_2_is_initialized(sent: Pair) -> None:
    assert sent.first.run(INITIALIZE).returncode == 0
    done = sent.second.run("pgsql-standby-initialize")
    assert done.returncode == 0, sent.second.log("pgsql-standby-initialize")
    assert (sent.first.role, sent.second.role) == ("primary", "standby")


def unchanged(pair: Pair) -> bool:
    kept = (pair.first.data / "of-the-old-data", pair.first.home / "wal-archive-write/000000010000000000000009")
    return all(path.exists() for path in kept) and others(pair.first) == []


def refused(pair: Pair, words: str) -> bool:
    done = pair.first.run(INITIALIZE)
    assert words in pair.first.log(INITIALIZE)
    return done.returncode == 1 and unchanged(pair) and not pair.first.is_up


def test_a_tarball_that_was_damaged_on_its_way_is_refused(sent: Pair) -> None:
    with (sent.first.root / "tmp/pgbackup.tar.gz").open("r+b") as file:
        file.seek(5000)
        file.write(b"damage")
    assert refused(sent, "its checksum differs")


def test_a_tarball_without_its_description_is_refused(sent: Pair) -> None:
    (sent.first.root / "tmp/pgbackup.tar.gz.info").unlink()
    assert refused(sent, "pgbackup.tar.gz.info is missing")


def test_no_tarball_is_refused(failed_over: Pair) -> None:
    assert refused(failed_over, "pgbackup.tar.gz is missing")


def describe(pair: Pair, key: str, value: str) -> None:
    path = pair.first.root / "tmp/pgbackup.tar.gz.info"
    lines = [line for line in path.read_text().splitlines() if not line.startswith(f"{key}=")]
    path.write_text("\n".join([*lines, f"{key}={value}", ""]))


def test_a_tarball_of_another_database_is_refused(sent: Pair) -> None:
    describe(sent, "identifier", "7000000000000000000")
    assert refused(sent, "is of another database")


def test_a_copy_that_is_not_of_the_timeline_it_was_sent_as_is_refused(sent: Pair) -> None:
    describe(sent, "timeline", "3")
    assert refused(sent, "it is of timeline 2, not 3")


def test_a_host_2_that_still_answers_is_refused(sent: Pair) -> None:
    sent.second.start()
    assert refused(sent, f"{SECOND} still answers")


def test_a_tarball_of_an_earlier_failback_is_refused(sent: Pair) -> None:
    """Host 1 has been the primary on a later timeline since."""
    assert sent.first.run(INITIALIZE).returncode == 0
    sent.first.stop()
    (sent.first.data / "standby.signal").touch()
    user.give(sent.first.data / "standby.signal")
    sent.first.start()
    sent.first.pg("pg_ctl", "-D", str(sent.first.data), "-w", "promote")
    sent.first.sql("checkpoint")
    sent.first.pg("pg_ctl", "-D", str(sent.first.data), "-m", "fast", "-w", "stop")
    shutil.move(sent.first.root / "tmp/pgbackup.tar.gz.used", sent.first.root / "tmp/pgbackup.tar.gz")
    _describe_anew(sent)
    done = sent.first.run(INITIALIZE)
    assert done.returncode == 1
    assert "older than what is here (3)" in sent.first.log(INITIALIZE)


def test_on_one_timeline_the_older_of_two_is_refused(sent: Pair) -> None:
    assert sent.first.run(INITIALIZE).returncode == 0
    sent.first.sql("insert into vms values (4712)")
    sent.first.sql("checkpoint")
    sent.first.pg("pg_ctl", "-D", str(sent.first.data), "-m", "fast", "-w", "stop")
    shutil.move(sent.first.root / "tmp/pgbackup.tar.gz.used", sent.first.root / "tmp/pgbackup.tar.gz")
    _describe_anew(sent)
    assert sent.first.run(INITIALIZE).returncode == 1
    assert "is older (" in sent.first.log(INITIALIZE)
    assert others(sent.first) == []


def _describe_anew(pair: Pair) -> None:
    """The description that came with the tarball, of which the first initialization made an end."""
    tarball = pair.first.root / "tmp/pgbackup.tar.gz"
    import hashlib

    total = hashlib.sha256(tarball.read_bytes()).hexdigest()
    identifier = pair.first.pg("pg_controldata", str(pair.first.data)).partition("system identifier:")[2].split()[0]
    path = pair.first.root / "tmp/pgbackup.tar.gz.info"
    path.write_text(f"sha256={total}\nidentifier={identifier}\ntimeline=2\nkilobytes=50000\n")
    user.give(path)


def test_a_new_primary_that_does_not_start_gives_the_old_data_their_place_back(sent: Pair) -> None:
    service = sent.first.root / "bin/service"
    sent.first.program("service", service.read_text().replace("start) running", "start) exit 1; running"))
    assert sent.first.run(INITIALIZE).returncode == 1
    assert "the old data are in place again" in sent.first.log(INITIALIZE)
    assert unchanged(sent)
