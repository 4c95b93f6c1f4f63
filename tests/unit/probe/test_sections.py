"""One fact each about what the sections' parsers read; their texts are what the program printed on real hosts."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given, note, settings
from hypothesis import strategies as st

from console.facts.evidence import WalEndMethod
from console.facts.lsn import Lsn, WalSegment
from console.facts.system import Listener
from console.facts.text import clean
from console.inventory.fleet import Host
from console.probe.addresses import parse_addresses
from console.probe.archive import failed_archives, parse_archive
from console.probe.boot import parse_boot
from console.probe.clock import parse_clock
from console.probe.conf import assignment
from console.probe.configuration import parse_configuration
from console.probe.context import Context
from console.probe.data import parse_data
from console.probe.disks import failed_disks, parse_disks
from console.probe.evidence import parse_commits, parse_segment, parse_wal_end_section
from console.probe.identity import parse_identity
from console.probe.listeners import parse_listeners
from console.probe.registry import READERS
from console.probe.scripts import parse_scripts
from console.probe.sql import parse_sql
from console.probe.tools import parse_tools
from console.probe.ui import parse_ui
from tests.unit.probe.hosts import TemporaryHost

NOW = datetime(2026, 11, 23, 7, 0, tzinfo=UTC)


def test_the_full_name_counts_where_it_belongs_to_the_kernels_name() -> None:
    both = parse_identity("hostname cf-dc1-db1\nfqdn cf-dc1-db1.example.com\nuptime 12.5\n")
    assert both is not None
    assert (both.hostname, both.uptime, both.machine_id) == ("cf-dc1-db1.example.com", 12.5, "")
    foreign = parse_identity("hostname cf-dc1-db1\nfqdn localhost.localdomain\n")
    assert foreign is not None
    assert foreign.hostname == "cf-dc1-db1"


def test_a_clock_is_judged_against_the_middle_of_the_round_trip() -> None:
    clock = parse_clock(f"{NOW.timestamp() + 8:.3f}\n", NOW, NOW + timedelta(seconds=2))
    assert clock is not None
    assert (clock.skew, clock.uncertainty) == (7.0, 1.0)


def test_a_clock_of_whole_seconds_is_that_much_less_certain() -> None:
    clock = parse_clock(f"{NOW.timestamp():.0f}", NOW, NOW + timedelta(seconds=2))
    assert clock is not None
    assert (clock.skew, clock.uncertainty) == (-0.5, 1.5)


def test_addresses_are_those_that_others_can_use() -> None:
    text = (
        "1: lo    inet 127.0.0.1/8 scope host lo\\       valid_lft forever\n"
        "4: eth0    inet 10.19.11.13/8 brd 10.255.255.255 scope global eth0\\       valid_lft forever\n"
        "4: eth0    inet 10.19.11.14/32 scope global eth0\\       valid_lft forever\n"
        "4: eth0    inet6 fe80::1/64 scope link \\       valid_lft forever\n"
    )
    assert parse_addresses(text) == ("10.19.11.13", "10.19.11.14")
    assert parse_addresses("eth0  Link encap:Ethernet\n          inet addr:10.1.2.3  Bcast:10.9\n") == ("10.1.2.3",)
    assert parse_addresses("nothing here") is None


@pytest.mark.parametrize(
    ("line", "listener"),
    [
        ("   0: 0100007F:1538 00000000:0000 0A 00000000:00000000 00:0 0 101", Listener("127.0.0.1", 5432)),
        ("   1: 00000000000000000000000000000000:1538 0:0 0A 0:0 0", Listener("::", 5432)),
        ("LISTEN 0      200          0.0.0.0:5432      0.0.0.0:*", Listener("0.0.0.0", 5432)),
        ("LISTEN 0      128                *:22              *:*", Listener("::", 22)),
        ("LISTEN 0      128               :::22             :::*", Listener("::", 22)),
        ("LISTEN 0      128            [::1]:5432         [::]:*", Listener("::1", 5432)),
        ("LISTEN 0      128    127.0.0.53%lo:53        0.0.0.0:*", Listener("127.0.0.53", 53)),
    ],
)
def test_listeners_are_read_in_every_form(line: str, listener: Listener) -> None:
    assert parse_listeners(f"State Recv-Q\n{line}\n") == (listener,)


def test_a_file_system_that_hangs_costs_only_itself() -> None:
    text = (
        "@@data /d\nFilesystem 1024-blocks Used Available Capacity Mounted on\n/dev/sdb1 1000 400 600 40% /d\n"
        "@@archive /nfs\nfailed 124\n"
    )
    (disk,) = parse_disks(text)
    assert (disk.purpose, disk.total, disk.available, disk.mount) == ("data", 1024000, 614400, "/d")
    assert failed_disks(text) == ("/nfs: did not answer in time",)


def test_tools_are_known_by_their_versions() -> None:
    tools = parse_tools(
        "psql\t/usr/bin/psql\tpsql (PostgreSQL) 15.18 (Debian 15.18-0)\n"
        "iptables-save\t/sbin/x\tiptables-save v1.8.9 (nf_tables)\n"
        "crm_mon\t/usr/sbin/crm_mon\tPacemaker 2.1.5\nservice\t/sbin/service\t\n"
    )
    assert tools.versions == {"psql": "15.18", "iptables-save": "1.8.9", "pacemaker": "2.1.5", "service": "installed"}


def test_an_archive_that_hangs_is_unknown_and_the_other_is_read() -> None:
    text = (
        "@@write /w\nexists yes\nwritable yes\nreadable yes\nfiles 0\ntemporary 0\n@@read /r\n"
        "failed did not answer in time\n"
    )
    archive = parse_archive(text)
    assert archive is not None
    assert archive.write is not None
    assert archive.read is None
    assert failed_archives(text) == ("/r: did not answer in time",)


def test_a_listing_cut_short_is_no_listing() -> None:
    text = "@@write /w\nexists yes\nreadable yes\nrun 000000010000000000000001 000000010000000000000002\n"
    assert parse_archive(text) is None
    assert failed_archives(text) == ("/w: the listing is cut short",)


def test_nfs_counts_as_mounted_wherever_in_it_the_directory_lies() -> None:
    text = "@@write /a/b\nexists yes\nreadable yes\nfiles 0\ndevice 5\ndevice 5\nmount nfs4 filer:/x /a\nreal /a/b\n"
    archive = parse_archive(text)
    assert archive is not None
    assert archive.write is not None
    assert (archive.write.mounted, archive.write.mount_source) == (True, "filer:/x")


DATA = """path /d
version 9.2
file recovery.conf
file something-else
stat postgres 700 4096 100 /d
stat postgres 600 4 90 /d/PG_VERSION
stat root 644 0 80 /t/PGSQL.lock
pidfile 123
pidfile /d
pidfile 70
pidfile 5433
alive no
@@/d/recovery.conf
/d/recovery.conf:standby_mode = 'on'
/d/recovery.conf:primary_conninfo = 'host=10.1.1.1 port=5432 user=r password=***' # agent
/d/recovery.conf:restore_command = 'cp /a/%f "%p"'
/d/recovery.conf:recovery_target_timeline='latest'
"""


def test_a_data_directory_is_read_with_its_lock_and_recovery_settings() -> None:
    data = parse_data(DATA)
    assert data is not None
    assert (data.exists, str(data.version), data.owner, data.mode, data.created) == (
        True,
        "9.2.0",
        "postgres",
        "700",
        90,
    )
    assert data.files == {"recovery.conf"}
    assert data.lock is not None
    assert (data.lock.owner, data.lock.modified) == ("root", 80)
    assert data.postmaster is not None
    assert (data.postmaster.pid, data.postmaster.port, data.postmaster.alive) == (123, 5433, False)
    assert data.recovery is not None
    assert (data.recovery.standby_mode, data.recovery.primary_host) == (True, "10.1.1.1")
    assert (data.recovery.restore_command, data.recovery.recovery_target_timeline) == ('cp /a/%f "%p"', "latest")


def test_from_12_on_the_agents_included_file_counts_and_auto_conf_wins() -> None:
    data = parse_data(
        "path /d\nversion 15\n@@/d/postgresql.conf\n@@/t/recovery.conf\n@@/d/postgresql.auto.conf\n"
        "/d/postgresql.conf:primary_conninfo = 'host=old'\n"
        "/d/postgresql.conf:include '/t/recovery.conf' # added by pgsql RA\n"
        "/t/recovery.conf:primary_conninfo = 'host=agent'\n/t/recovery.conf:restore_command = 'cp a b'\n"
        "/d/postgresql.auto.conf:restore_command = 'cp c d'\n"
    )
    assert data is not None
    assert data.recovery is not None
    assert (data.recovery.primary_host, data.recovery.restore_command) == ("agent", "cp c d")
    assert data.recovery.source == "/t/recovery.conf"


def test_a_file_that_is_not_included_does_not_count() -> None:
    data = parse_data(
        "path /d\nversion 15\n@@/d/postgresql.conf\n@@/t/recovery.conf\n/t/recovery.conf:primary_conninfo = 'host=x'\n"
    )
    assert data is not None
    assert data.recovery is None


@pytest.mark.parametrize(
    ("line", "pair"),
    [
        ("port = 5432 # comment", ("port", "5432")),
        ("Port 5432", ("port", "5432")),
        ("a = 'it''s # no comment'", ("a", "it's # no comment")),
        ("a='b\\'c'", ("a", "b'c")),
        ("archive_command = ''", ("archive_command", "")),
        ("# a = b", None),
        ("garbage", None),
        ("a = 'open", None),
    ],
)
def test_assignments_are_read_as_the_server_reads_them(line: str, pair: tuple[str, str] | None) -> None:
    assert assignment(line) == pair


def test_the_last_setting_wins_and_rules_keep_their_lines() -> None:
    configuration = parse_configuration(
        "@@conf /d/postgresql.conf\nport = 1\nport = 2\n@@conf /d/postgresql.auto.conf\nport = '3'\n"
        '@@hba /d/pg_hba.conf\n85:local   all  \t postgres  peer # x\n90:host "a#b" all 10.0.0.0/8 md5\n'
    )
    assert configuration is not None
    assert configuration.settings == {"port": "3"}
    assert [(rule.line, rule.text) for rule in configuration.hba] == [
        (85, "local all postgres peer"),
        (90, 'host "a#b" all 10.0.0.0/8 md5'),
    ]


ROLE = {"version": 90202, "in_recovery": True, "read_only": "off", "received": "2/1DD61450", "replayed": "0/0"}


def test_a_standby_of_9_2_is_read() -> None:
    sql = parse_sql(f"role {json.dumps(ROLE)}\nreplication {{}}\n")
    assert sql is not None
    assert (str(sql.version), sql.in_recovery, sql.received, sql.replayed) == ("9.2.2", True, Lsn(2, 0x1DD61450), None)
    assert (sql.timeline, sql.walreceiver, sql.archiver, sql.apply_delay) == (None, None, None, None)


def test_a_standbys_timeline_is_its_streams_before_the_checkpoints() -> None:
    rows = f'role {json.dumps(ROLE)}\ncontrol {{"timeline": 1, "system_identifier": "7"}}\n'
    receiver = 'walreceiver {"status": "streaming", "received": "0/1", "timeline": 2, "sender": "a:1"}\n'
    both, one = parse_sql(rows + receiver), parse_sql(rows)
    assert both is not None
    assert one is not None
    assert (both.timeline, one.timeline) == (2, 1)


def test_without_the_role_there_is_no_status() -> None:
    assert parse_sql('setting {"name": "port", "value": "1"}\n') is None
    assert parse_sql('role {"version": 150001, "in_recovery": null}\n') is None


def test_the_scripts_state_is_read() -> None:
    state = parse_scripts(
        "counter 1\nstat 900 /h/primary-failcount\nstat 940 /var/log/pgsql-standby-check-promote.log\n"
        '@@config /etc/sysconfig/pgsql-replication\nPRIMARY_HOST="a.example.com"\n'
        "export MAX_PRIMARY_FAILCOUNT=2 # two\n"
        "@@installed\n123 456 /usr/bin/pgsql-primary-archive-wal\n@@cron\n@hourly root pgsql-standby-check-promote\n"
        "@@state\ncron yes\nchecks 2\n@@log\n"
        "Jul 24 11:11:01 INFO: 2 failures reached, promoting myself to primary\nodd\n",
        1000.0,
    )
    assert state is not None
    assert (state.counter, state.counter_age, state.log_age, state.check_running) == (1, 100, 60, 2)
    assert state.config == {"PRIMARY_HOST": "a.example.com", "MAX_PRIMARY_FAILCOUNT": "2"}
    assert state.installed == {"/usr/bin/pgsql-primary-archive-wal": "123 456"}
    assert state.cron == ("@hourly root pgsql-standby-check-promote",)
    assert state.cron_running is True
    assert [(line.at, line.level, line.text) for line in state.log] == [
        ("Jul 24 11:11:01", "INFO", "2 failures reached, promoting myself to primary"),
        ("", "", "odd"),
    ]


def test_an_empty_counter_file_is_unknown_and_not_0() -> None:
    state = parse_scripts("counter \n", 0.0)
    assert state is not None
    assert state.counter is None


@pytest.mark.parametrize(
    ("words", "enabled"),
    [
        ("chkconfig postgresql92-postgresql \t0:off\t1:off\t2:on\t3:on\t4:on\t5:on\t6:off", True),
        ("chkconfig postgresql92-postgresql \t0:off\t1:off\t2:off\t3:off\t4:off\t5:off\t6:off", False),
        ("systemctl enabled", True),
        ("systemctl disabled", False),
        ("systemctl generated\ninit /etc/init.d/x\nlink /etc/rc3.d/S01x", True),
        ("init /etc/init.d/x", False),
        ("init /etc/init.d/x\nlink /etc/rc3.d/S01x\nstart.conf manual", False),
        ("", None),
    ],
)
def test_what_starts_at_boot_is_told_by_the_tool_that_knows(words: str, enabled: bool | None) -> None:
    boot = parse_boot(f"@@service x\n{words}\n@@cluster pacemaker\n@@scripts\n/usr/bin/pgsql-primary-check-start\n")
    assert boot is not None
    assert (boot.service_enabled, boot.cluster_enabled) == (enabled, None)
    assert boot.boot_scripts == ("/usr/bin/pgsql-primary-check-start",)


def test_the_replication_lines_age_is_by_the_hosts_own_zone() -> None:
    ui = parse_ui(
        'httpd yes\nworkers no\nping 200\naccess-line 10.1.1.1 - - [01/Jan/1970:01:01:30 +0100] "GET / HTTP/1.1" 200\n'
        "@@replication\n[----] I, [1970-01-01T02:00:10.000000 #1:3]  INFO -- : "
        "Replication Status: Current Backlog=[5], Added=[6], Deleted=[-7], Tables=[{}]\nutc-offset +0200\n",
        100.0,
    )
    assert ui is not None
    assert (ui.httpd_running, ui.workers_running, ui.ping_status, ui.last_access_age) == (True, False, 200, 10)
    assert ui.replication is not None
    assert (ui.replication.backlog, ui.replication.deleted, ui.replication.age) == (5, -7, 90)


def test_what_an_appliance_could_not_tell_is_unknown() -> None:
    ui = parse_ui("ping-error curl: (7) refused\n@@replication\n", 0.0)
    assert ui is not None
    assert (ui.httpd_running, ui.workers_running, ui.ping_status, ui.replication) == (None, None, None, None)
    assert ui.ping_error == "curl: (7) refused"


def _classic(record: str, state: str = "shut down") -> str:
    return (
        "version 9.2\nposition 2 0/8000020\n@@control\npg_control version number: 922\n"
        f"Database cluster state: {state}\n"
        "Latest checkpoint location: 0/8000020\nLatest checkpoint's REDO location: 0/8000020\n"
        f"Latest checkpoint's TimeLineID: 2\nBytes per WAL segment: 16777216\n@@waldump\nnone\n@@record\n{record}\n"
        "@@pages\npage 000000020000000000000008 16777216 3\n"
    )


# crc, prev (two words), xid, total length 0x60, … as 9.2 lays it out.
RECORD_9_2 = "aa bb cc dd 00 00 00 00 00 00 00 07 00 00 00 00\n60 00 00 00 40 00 00 00 00 00 00 00 00 00 00 00"


def test_9_2s_shutdown_checkpoint_ends_where_it_was_measured() -> None:
    end = parse_wal_end_section(_classic(RECORD_9_2))
    assert end is not None
    assert (end.method, end.timeline, end.exact) == (WalEndMethod.SHUTDOWN_CHECKPOINT, 2, True)
    assert str(end.upper) == "0/8000080"  # DOMAIN 8


def test_after_a_crash_of_9_2_the_last_page_is_a_bound() -> None:
    end = parse_wal_end_section(_classic(RECORD_9_2, "in production"))
    assert end is not None
    assert (end.method, str(end.lower), str(end.upper)) == (WalEndMethod.PAGES, "0/8006000", "0/8008000")  # DOMAIN 7b


def test_a_standby_shut_down_in_recovery_does_not_end_at_its_restartpoint() -> None:
    end = parse_wal_end_section(_classic(RECORD_9_2, "shut down in recovery"))
    assert end is not None
    assert end.method is WalEndMethod.PAGES


def test_9_2s_last_page_of_a_log_id_ends_at_the_next_one() -> None:
    text = "version 9.2\nposition 1 0/FE000000\n@@pages\npage 0000000100000000000000FE 16777216 2047\n"
    end = parse_wal_end_section(text)
    assert end is not None
    assert str(end.upper) == "1/0"


def test_no_page_no_end() -> None:
    assert parse_wal_end_section("version 9.2\nposition 1 0/1\n@@pages\nno segment at or after x was written\n") is None


def test_commits_are_incomplete_where_the_reader_did_not_reach_the_end() -> None:
    line = (
        "rmgr: Transaction len (rec/tot):     34/    34, tx:        735, lsn: 0/016B1230, prev "
        "0/016B11F8, desc: COMMIT 2026-11-23 06:46:18.1 UTC"
    )
    whole = parse_commits(
        f"fork 0/16B1230\n{line}\ncount 1\n"
        "end pg_waldump: error: error in WAL record at 0/16B1230: invalid record length at "
        "0/16B1258: wanted 24, got 0\n"
    )
    assert whole is not None
    assert (whole.count, whole.complete, whole.commits[0].transaction, whole.commits[0].lsn) == (
        1,
        True,
        735,
        whole.fork,
    )
    late = parse_commits(f"fork 0/16B1230\n{line}\ncount 5000\nend vmdb: pg_waldump did not finish in time\n")
    assert late is not None
    assert (late.count, late.complete) == (5000, False)


def test_no_commits_seen_by_a_reader_that_failed_is_unknown_and_not_none() -> None:
    assert (
        parse_commits("fork 0/16B1230\ncount 0\nend pg_waldump: error: could not find a valid record after 0/16B1230\n")
        is None
    )


def test_a_segment_that_could_not_be_read_says_why() -> None:
    found = parse_segment(
        "segment 00000001000000000000000A\npath /a\nreadable no\nreason head: cannot open: Permission denied\n"
    )
    assert found is not None
    assert (found.segment, found.readable, found.reason) == (
        WalSegment(1, 0, 10),
        False,
        "head: cannot open: Permission denied",
    )


def test_clean_text_keeps_lines_only_where_asked() -> None:
    assert clean("a\x1b[31m\u202eb\x9b\n\tc") == "a\ufffd[31m\ufffdb\ufffd\ufffd\ufffdc"
    assert clean("a\r\n\tb\x7f", lines=True) == "a\ufffd\n\tb\ufffd"
    assert clean("żółć [b]") == "żółć [b]"


@cache
def _host() -> tuple[Host, Context]:
    machine = TemporaryHost(Path("/nonexistent"))
    return machine.host, Context(machine.host, machine.region, NOW, NOW, 0.0)


_KEYS = [
    "hostname",
    "uptime",
    "ready",
    "oldest",
    "modified",
    "counter",
    "stat",
    "now",
    "path",
    "version",
    "file",
    "pidfile",
    "alive",
    "missing",
    "entries",
    "exists",
    "run",
    "device",
    "mount",
    "history",
    "files",
    "httpd",
    "ping",
    "role",
    "control",
    "setting",
    "replication",
    "slot",
    "page",
    "position",
    "fork",
    "count",
    "segment",
    "readable",
    "@@write",
    "@@read",
    "@@conf",
    "@@hba",
    "@@service",
    "@@log",
    "@@pages",
    "@@record",
    "@@control",
    "@@data",
    "@@replication",
    "@@state",
    "@@none",
    "rmgr:",
    "LISTEN",
]
_LINES = st.builds(
    "{} {}".format,
    st.sampled_from(_KEYS),
    st.one_of(
        st.text(max_size=40),
        st.sampled_from(
            ["yes", "no", "-1", "1e999", "9" * 30, "0/FFFFFFFF", "F" * 24, "{}", "[[", '{"version": 1e400}', "/x 1 2"]
        ),
    ),
)


_TEXTS = st.one_of(st.text(max_size=200), st.lists(_LINES, max_size=12).map("\n".join))


@settings(max_examples=300)
@given(_TEXTS)
def test_no_text_makes_a_parser_raise(text: str) -> None:
    """Every parser reads every text: drawing one costs far more than reading it."""
    for section, reader in READERS.items():
        note(section)
        reader.parse(text, _host()[1])
        if reader.missing is not None:
            reader.missing(text)


@given(_TEXTS)
def test_no_text_makes_an_evidence_parser_raise(text: str) -> None:
    parse_wal_end_section(text)
    parse_commits(text)
    parse_segment(text)


def _strings(value: object) -> list[str]:
    if isinstance(value, str):
        return [value]
    if isinstance(value, dict):
        return [text for pair in value.items() for item in pair for text in _strings(item)]
    if isinstance(value, tuple | list | set | frozenset):
        return [text for item in value for text in _strings(item)]
    names = getattr(type(value), "__dataclass_fields__", {})
    return [text for name in names for text in _strings(getattr(value, name))]


_OWN = sorted(set(READERS) - {"log", "cluster", "cib", "processes", "controldata", "history"})


@settings(max_examples=300)
@given(text=st.lists(_LINES, max_size=12).map("\n".join))
def test_no_fact_can_move_the_cursor(text: str) -> None:
    for section in _OWN:
        value = READERS[section].parse(text, _host()[1])
        assert [found for found in _strings(value) if clean(found) != found] == [], section
