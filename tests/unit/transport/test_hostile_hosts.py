"""Hosts that are down, hang, or print what is no report: each costs only itself."""

from __future__ import annotations

import os
import signal
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from console.transport.protocol import FailureKind, Request
from tests.unit.transport.conftest import Console, Site, StartSshd
from tests.unit.transport.fleets import make_host, settings
from tests.unit.transport.sshd import Sshd, descendants, free_port


@contextmanager
def listener(answer: bytes | None) -> Iterator[int]:
    """A TCP server on 127.0.0.1 that says `answer` and hangs up, or says nothing at all (None); yields its port."""
    server = socket.create_server(("127.0.0.1", 0))
    kept: list[socket.socket] = []

    def serve() -> None:
        while True:
            try:
                connection, _ = server.accept()
            except OSError:
                return
            kept.append(connection)
            if answer is not None:
                connection.sendall(answer)
                connection.close()

    threading.Thread(target=serve, daemon=True).start()
    try:
        yield server.getsockname()[1]
    finally:
        server.shutdown(socket.SHUT_RDWR)
        server.close()
        for connection in kept:
            connection.close()


def console_for(site: Site, port: int, address: str = "127.0.0.1", connect_timeout: float = 2.0) -> Console:
    ssh = settings("nobody", port, site.user_key, site.known_hosts, connect_timeout=connect_timeout)
    return site.console(make_host("db1", address, ssh))


def test_a_closed_port_is_refused(site: Site) -> None:
    failure = console_for(site, free_port("127.0.0.1")).failure("db1")
    assert failure.kind is FailureKind.REFUSED
    assert "Connection refused" in failure.message


def test_a_host_with_no_route_is_unreachable(site: Site) -> None:
    assert console_for(site, 22, "255.255.255.255").failure("db1").kind is FailureKind.UNREACHABLE


def test_a_host_that_answers_no_tcp_is_unreachable_after_connect_timeout(site: Site) -> None:
    with socket.socket() as full:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        port = full.getsockname()[1]
        filler = [socket.socket() for _ in range(4)]
        for one in filler:
            one.setblocking(False)
            one.connect_ex(("127.0.0.1", port))
        failure = console_for(site, port, connect_timeout=0.3).failure("db1")
        for one in filler:
            one.close()
    assert failure.kind is FailureKind.UNREACHABLE
    assert "no answer to TCP in 0.3 s" in failure.message


def test_a_name_without_an_address_is_unresolved(site: Site) -> None:
    assert console_for(site, 22, "no-such-host.invalid").failure("db1").kind is FailureKind.UNRESOLVED


def test_a_host_that_takes_the_connection_and_says_nothing_is_hung_at_the_deadline(site: Site) -> None:
    with listener(None) as port:
        start = time.monotonic()
        failure = console_for(site, port).failure("db1", deadline=0.4)
        assert failure.kind is FailureKind.HUNG
        assert "SSH banner" in failure.message
        assert time.monotonic() - start < 10


def test_something_that_is_no_sshd_is_garbage(site: Site) -> None:
    with listener(b"220 mail.example.com ESMTP\x1b[2J\r\n") as port:
        failure = console_for(site, port).failure("db1")
    assert failure.kind is FailureKind.GARBAGE
    assert "220 mail.example.com ESMTP" in failure.message
    assert failure.message.isprintable()


def test_a_connection_closed_before_the_banner_is_tried_again_and_then_lost(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("console.transport.lobby.THROTTLE_RETRIES", 1)
    with listener(b"") as port:
        failure = console_for(site, port).failure("db1")
    assert failure.kind is FailureKind.LOST
    assert "MaxStartups" in failure.remedy


def test_hung_hosts_hold_no_dialer(sshd: Sshd, site: Site) -> None:
    site.trust(sshd)
    with listener(None) as port:
        ssh = settings("nobody", port, site.user_key, site.known_hosts)
        stuck = [make_host(f"stuck{n}", "127.0.0.1", ssh) for n in range(30)]
        console = site.console(*stuck, site.host("db1", sshd), dialers=2)
        for host in stuck:
            console.transport.submit(Request(host.name, ("one",), 30))
        start = time.monotonic()
        assert console.ask("db1").failure is None
        assert time.monotonic() - start < 20


def test_a_stopped_sshd_is_hung_at_the_deadline_and_not_asked_again_at_once(start_sshd: StartSshd, site: Site) -> None:
    sshd = start_sshd()
    site.trust(sshd)
    console = site.console(site.host("db1", sshd))
    console.ask("db1")
    sshd.freeze()
    start = time.monotonic()
    failure = console.failure("db1", deadline=0.5)
    assert failure.kind is FailureKind.HUNG
    assert time.monotonic() - start < 10
    assert "next try in" in console.failure("db1").message


def test_close_does_not_wait_for_hung_hosts(start_sshd: StartSshd, site: Site) -> None:
    sshd = start_sshd()
    site.trust(sshd)
    console = site.console(site.host("db1", sshd), *(site.host(f"db{n}", sshd) for n in range(2, 6)))
    console.ask("db1")
    sshd.freeze()
    assert sshd.process is not None
    os.kill(sshd.process.pid, signal.SIGSTOP)
    for n in range(1, 6):
        console.transport.submit(Request(f"db{n}", ("one",), 30))
    console.transport.replies(0.2)
    start = time.monotonic()
    console.transport.close()
    assert time.monotonic() - start < 10


def test_a_probe_that_hangs_is_ended_on_the_host(start_sshd: StartSshd, site: Site) -> None:
    sshd = start_sshd()
    site.trust(sshd)
    console = site.console(site.host("db1", sshd))
    console.ask("db1")
    assert console.failure("db1", "hang", deadline=0.3).kind is FailureKind.HUNG
    assert sshd.process is not None
    until = time.monotonic() + 20
    while descendants(sshd.process.pid) and time.monotonic() < until:
        time.sleep(0.02)
    assert descendants(sshd.process.pid) == []


def test_after_a_hang_the_host_is_connected_to_again(start_sshd: StartSshd, site: Site) -> None:
    sshd = start_sshd()
    site.trust(sshd)
    console = site.console(site.host("db1", sshd))
    console.failure("db1", "hang", deadline=0.3)
    until = time.monotonic() + 30
    reply = console.ask("db1")
    while reply.failure is not None and time.monotonic() < until:
        time.sleep(0.1)
        reply = console.ask("db1")
    assert reply.failure is None


@pytest.mark.parametrize(
    ("section", "words"),
    [
        ("flood", "more than 8 MiB"),
        ("other-version", "probe version other-9, but version test-1"),
        ("half", "half a report"),
    ],
)
def test_output_that_is_no_report_is_garbage(sshd: Sshd, site: Site, section: str, words: str) -> None:
    site.trust(sshd)
    failure = site.console(site.host("db1", sshd)).failure("db1", section)
    assert failure.kind is FailureKind.GARBAGE
    assert words in failure.message


def test_half_a_report_and_then_silence_is_garbage_at_the_deadline(sshd: Sshd, site: Site) -> None:
    site.trust(sshd)
    console = site.console(site.host("db1", sshd))
    console.ask("db1")
    failure = console.failure("db1", "half-then-hang", deadline=0.7)
    assert failure.kind is FailureKind.GARBAGE
    assert "half a report" in failure.message


def test_binary_before_the_report_does_no_harm(sshd: Sshd, site: Site) -> None:
    site.trust(sshd)
    assert site.console(site.host("db1", sshd)).ask("db1", "binary").report is not None


def test_a_host_that_floods_leaves_the_others_alone(sshd: Sshd, site: Site) -> None:
    site.trust(sshd)
    console = site.console(site.host("db1", sshd), site.host("db2", sshd, "127.0.0.3"))
    console.ask("db2")
    console.transport.submit(Request("db1", ("flood",), 10))
    assert all(console_reply(console, "db2") for _ in range(5))


def console_reply(console: Console, name: str) -> bool:
    console.transport.submit(Request(name, ("one",), 5))
    for _ in range(3):
        for reply in console.transport.replies(5):
            if reply.host == name:
                return reply.report is not None
    return False


@pytest.mark.parametrize(
    ("command", "kind", "words"),
    [
        ("echo 'This account is currently not available.'; exit 1", FailureKind.NO_SHELL, "currently not available"),
        ("head -c 1000 /dev/urandom", FailureKind.NO_SHELL, "no POSIX shell answered"),
        ("yes", FailureKind.GARBAGE, "instead of starting a shell"),
        ("exit 3", FailureKind.NO_SHELL, "exit status 3"),
        ("echo hello; sleep 4", FailureKind.HUNG, "hello"),
    ],
)
def test_a_forced_command_is_no_shell(
    start_sshd: StartSshd, site: Site, command: str, kind: FailureKind, words: str
) -> None:
    sshd = start_sshd(f"ForceCommand {command}")
    site.trust(sshd)
    deadline = 1.0 if kind is FailureKind.HUNG else 8.0
    failure = site.console(site.host("db1", sshd)).failure("db1", deadline=deadline)
    assert failure.kind is kind
    assert words in failure.message
    assert failure.message.isprintable()


def test_a_message_of_the_day_does_no_harm(start_sshd: StartSshd, site: Site) -> None:
    sshd = start_sshd('ForceCommand echo "Welcome, all is logged"; exec /bin/sh')
    site.trust(sshd)
    assert site.console(site.host("db1", sshd)).ask("db1").failure is None
