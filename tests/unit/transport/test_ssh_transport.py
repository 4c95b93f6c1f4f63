"""Asking healthy hosts over a real sshd."""

from __future__ import annotations

import threading
import time
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from console.transport.protocol import FailureKind, Reply, Request
from console.transport.ssh import SshTransport
from tests.unit.transport.conftest import Console, Site, StartSshd
from tests.unit.transport.fleets import make_fleet, stub_program
from tests.unit.transport.sshd import Sshd


@pytest.fixture
def console(sshd: Sshd, site: Site) -> Console:
    """A console of the shared sshd's hosts: db1, db2, …"""
    site.trust(sshd)
    return site.console(*(site.host(f"db{n}", sshd, address) for n, address in enumerate(sshd.addresses, 1)))


def body(report: bytes | None) -> list[str]:
    assert report is not None
    return report.decode().splitlines()[1:-1]


def test_a_report_is_framed_by_the_lines_of_this_request(console: Console) -> None:
    report = console.ask("db1", "one", "two:argument").report
    assert report is not None
    lines = report.decode().splitlines()
    assert lines[0].split()[::3] == ["VMDB-BEGIN", "test-1"]
    assert lines[1:-1] == ["one", "two:argument"]
    assert lines[-1].split() == ["VMDB-END", *lines[0].split()[1:3]]


def test_one_shell_answers_every_request_of_a_host(console: Console) -> None:
    assert len({body(console.ask("db1", "pid").report)[0] for _ in range(3)}) == 1


def test_the_times_of_a_reply_enclose_the_probe(console: Console) -> None:
    before = datetime.now(UTC)
    reply = console.ask("db1")
    assert before <= reply.sent_at <= reply.received_at <= datetime.now(UTC)


def test_a_second_request_before_the_reply_is_a_defect(console: Console) -> None:
    console.transport.submit(Request("db1", ("one",), 5))
    with pytest.raises(RuntimeError, match="has a request already"):
        console.transport.submit(Request("db1", ("one",), 5))


@pytest.mark.parametrize("section", ["", "a b", "a;reboot", "$(reboot)", "a\nb", "`x`", "é"])
def test_a_section_that_a_shell_could_misread_is_never_sent(console: Console, section: str) -> None:
    with pytest.raises(RuntimeError, match="no probe section"):
        console.transport.submit(Request("db1", (section,), 5))


def test_a_host_that_is_not_in_the_inventory_is_a_defect(console: Console) -> None:
    with pytest.raises(RuntimeError, match="not in the inventory"):
        console.transport.submit(Request("db99", ("one",), 5))


def test_a_slow_host_delays_no_other(console: Console) -> None:
    for name in ("db1", "db2", "db3"):
        console.ask(name)
    console.transport.submit(Request("db1", ("slow",), 5))
    console.transport.submit(Request("db2", ("one",), 5))
    console.transport.submit(Request("db3", ("one",), 5))
    replies: list[Reply] = []
    while len(replies) < 3:
        replies += console.transport.replies(5)
    assert [reply.failure for reply in replies] == [None] * 3
    assert replies[2].host == "db1"
    assert all((replies[2].received_at - reply.received_at).total_seconds() > 0.3 for reply in replies[:2])


def test_all_hosts_are_asked_at_once(console: Console) -> None:
    names = [f"db{n}" for n in range(1, 13)]
    for name in names:
        console.transport.submit(Request(name, ("slow",), 10))
    start, replies = time.monotonic(), list(console.transport.replies(5))
    while len(replies) < len(names):
        replies += console.transport.replies(5)
    assert {reply.host for reply in replies if reply.report} == set(names)
    assert time.monotonic() - start < len(names) * 0.7 / 2


def test_a_report_of_megabytes_arrives_whole(console: Console) -> None:
    report = console.ask("db1", "big").report
    assert report is not None
    assert report.count(b"x") > 3_000_000 - 10
    assert report.endswith(b"\n")


def test_noise_on_the_probes_standard_error_is_no_part_of_the_report(console: Console) -> None:
    assert body(console.ask("db1", "stderr").report) == ["stderr"]


def test_output_of_an_earlier_request_that_comes_late_is_passed_over(console: Console) -> None:
    assert body(console.ask("db1", "late").report) == ["late"]


def test_nothing_to_wait_for_returns_in_time(console: Console) -> None:
    start = time.monotonic()
    assert console.transport.replies(0.05) == []
    assert 0.04 < time.monotonic() - start < 2


def test_a_connection_that_ends_between_two_polls_is_no_failure(start_sshd: StartSshd, site: Site) -> None:
    sshd = start_sshd()
    site.trust(sshd)
    console = site.console(site.host("db1", sshd))
    console.ask("db1")
    sshd.stop()
    sshd.start()
    console.transport.replies(0.2)
    assert console.ask("db1").failure is None


def test_a_worn_connection_is_replaced(console: Console, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("console.transport.ssh.RECYCLE_BYTES", 1)
    first, second = (body(console.ask("db1", "pid").report)[0] for _ in range(2))
    assert first != second


def test_ssh_config_is_honoured_with_includes(sshd: Sshd, site: Site) -> None:
    site.trust(sshd)
    included = site.folder / "more"
    included.write_text(f"Host alias\n HostName 127.0.0.2\n Port {sshd.port}\n IdentityFile {site.user_key}\n")
    site.config.write_text(f"Include {included}\nHost *\n UserKnownHostsFile {site.known_hosts}\n")
    host = site.host("alias", sshd, "alias")
    bare = type(host.ssh)(become=host.ssh.become)
    assert site.console(replace(host, ssh=bare)).ask("alias").failure is None


def test_without_ssh_installed_the_inventory_alone_is_used_and_a_notice_says_so(sshd: Sshd, site: Site) -> None:
    site.trust(sshd)
    transport = SshTransport(make_fleet([site.host("db1", sshd)]), stub_program, openssh=None)
    try:
        transport.submit(Request("db1", ("one",), 5))
        assert [reply.failure for reply in transport.replies(5)] == [None]
        assert "ssh is not installed" in transport.notices[0]
    finally:
        transport.close()


def test_a_host_that_renews_its_keys_all_the_time_is_asked_all_the_same(start_sshd: StartSshd, site: Site) -> None:
    sshd = start_sshd("RekeyLimit 64K 1s")
    site.trust(sshd)
    console = site.console(site.host("db1", sshd))
    pids = {body(console.ask("db1", "pid").report)[0]}
    for _ in range(3):
        assert console.ask("db1", "big").failure is None
    for _ in range(20):
        assert console.ask("db1").failure is None
    pids.add(body(console.ask("db1", "pid").report)[0])
    assert len(pids) == 1


def test_close_is_idempotent_and_then_nothing_can_be_submitted(console: Console) -> None:
    console.ask("db1")
    console.transport.close()
    console.transport.close()
    with pytest.raises(RuntimeError, match="closed"):
        console.transport.submit(Request("db1", ("one",), 5))


def test_after_close_no_thread_is_left(console: Console) -> None:
    before = set(threading.enumerate())
    console.ask("db1")
    console.failure("db1", "hang", deadline=0.2)
    console.ask("db2")
    console.transport.close()
    until = time.monotonic() + 20
    while (left := set(threading.enumerate()) - before) and time.monotonic() < until:
        time.sleep(0.02)
    assert left == set()


def test_a_connection_that_breaks_while_the_probe_runs_is_lost(console: Console) -> None:
    assert console.failure("db1", "disconnect").kind is FailureKind.LOST
