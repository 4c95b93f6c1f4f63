"""Many looks at once: none waits for another, and nobody waits for a hung server."""

from __future__ import annotations

import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest

from console.facts.client import ClientAnswer, ClientView, PortAnswer
from console.facts.observed import Observed
from console.polling.witnesses import ClientQuestion, ClientWitness
from console.sql.client import ClientEye
from console.sql.client_resolve import Resolver
from tests.unit.sql.server import Server, free_port, settings
from tests.unit.sql.test_client_network import full_backlog


@pytest.fixture
def eye() -> Iterator[ClientEye]:
    eye = ClientEye()
    yield eye
    eye.close()


def question(key: str, port: int, deadline: float = 5.0, address: str = "127.0.0.1") -> ClientQuestion:
    return ClientQuestion(key, address, settings(port), deadline)


def collect(eye: ClientEye, count: int, timeout: float = 20.0) -> dict[str, Observed[ClientView]]:
    found: dict[str, Observed[ClientView]] = {}
    end = time.monotonic() + timeout
    while len(found) < count and time.monotonic() < end:
        found.update(eye.views(timeout=0.1))
    return found


def silent_ports(stack: ExitStack, count: int) -> list[int]:
    listeners = [stack.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(count)]
    return [int(listener.getsockname()[1]) for listener in listeners]


def test_it_is_a_client_witness() -> None:
    witness: ClientWitness = ClientEye()
    witness.close()


def test_a_port_that_drops_packets_costs_the_patience_for_tcp_and_not_the_deadline(eye: ClientEye) -> None:
    with full_backlog() as port:
        started = time.monotonic()
        eye.submit(replace(question("db2", port, deadline=20.0), patience=0.2))
        view = collect(eye, 1)["db2"].value
        taken = time.monotonic() - started
    assert view is not None
    assert (view.tcp, view.message) == (PortAnswer.FILTERED, f"no answer to TCP from 127.0.0.1:{port} within 0.2 s")
    assert 0.15 < taken < 15


def test_a_server_that_accepts_tcp_has_the_whole_deadline_to_answer(eye: ClientEye) -> None:
    with ExitStack() as stack:
        (port,) = silent_ports(stack, 1)
        eye.submit(replace(question("db1", port, deadline=0.6), patience=0.1))
        view = collect(eye, 1)["db1"].value
    assert view is not None
    assert (view.tcp, view.answer) == (PortAnswer.OPEN, ClientAnswer.SILENT)


def test_an_answer_comes_back_under_its_key_with_source_and_time(eye: ClientEye) -> None:
    eye.submit(question("db1", free_port()))
    observed = collect(eye, 1)["db1"]
    assert observed.value is not None
    assert observed.value.tcp is PortAnswer.REFUSED
    assert observed.source == "client"
    assert observed.observed_at is not None


def test_views_never_waits(eye: ClientEye) -> None:
    with ExitStack() as stack:
        eye.submit(question("hung", silent_ports(stack, 1)[0]))
        started = time.monotonic()
        assert eye.views() == []
        assert eye.resolutions() == []
        assert time.monotonic() - started < 4


def test_hung_servers_delay_no_other_look(eye: ClientEye, primary: Server, password_file: Path) -> None:
    with ExitStack() as stack:
        for number, port in enumerate(silent_ports(stack, 60)):
            eye.submit(question(f"hung{number}", port, deadline=30))
        started = time.monotonic()
        eye.submit(question("good", primary.port))
        observed = collect(eye, 1)["good"]
        assert time.monotonic() - started < 20
    assert observed.value is not None
    assert observed.value.answer is ClientAnswer.WRITABLE


def test_each_hung_server_costs_its_own_deadline_only(eye: ClientEye) -> None:
    with ExitStack() as stack:
        started = time.monotonic()
        for number, port in enumerate(silent_ports(stack, 60)):
            eye.submit(question(str(number), port, deadline=0.3))
        found = collect(eye, 60)
        assert time.monotonic() - started < 60 * 0.3 / 2
    assert {observed.value.answer for observed in found.values() if observed.value} == {ClientAnswer.SILENT}
    assert len(found) == 60


def test_more_looks_than_connections_are_all_answered(eye: ClientEye) -> None:
    port = free_port()
    for number in range(300):
        eye.submit(question(str(number), port))
    assert len(collect(eye, 300)) == 300


def test_a_look_whose_turn_never_came_is_unknown_and_not_down(eye: ClientEye) -> None:
    with ExitStack() as stack:
        for number, port in enumerate(silent_ports(stack, 128)):
            eye.submit(question(f"hung{number}", port, deadline=0.6))
        eye.submit(question("late", free_port(), deadline=0.2))
        late = collect(eye, 129)["late"]
    assert late.value is None
    assert late.error == "the time was over before it could be looked at"


def test_closing_does_not_wait_for_hung_servers() -> None:
    with ExitStack() as stack:
        eye = ClientEye()
        for number, port in enumerate(silent_ports(stack, 10)):
            eye.submit(question(str(number), port, deadline=60))
        started = time.monotonic()
        eye.close()
        eye.close()
        assert time.monotonic() - started < 10


def test_what_is_submitted_after_closing_is_ignored() -> None:
    eye = ClientEye()
    eye.close()
    eye.submit(question("late", free_port()))
    assert eye.views(timeout=1) == []


def test_a_name_is_resolved(eye: ClientEye) -> None:
    eye.resolve("global", "localhost", 5)
    [(key, observed)] = eye.resolutions(timeout=5)
    assert key == "global"
    assert observed.value is not None
    assert "127.0.0.1" in observed.value or "::1" in observed.value


def test_an_address_resolves_to_itself(eye: ClientEye) -> None:
    eye.resolve("global", "10.19.10.51", 5)
    [(_, observed)] = eye.resolutions(timeout=5)
    assert observed.value == ("10.19.10.51",)


def test_a_name_that_does_not_exist_is_unknown_with_the_reason(eye: ClientEye) -> None:
    eye.resolve("global", "no such name", 5)
    [(_, observed)] = eye.resolutions(timeout=5)
    assert observed.value is None
    assert observed.error is not None
    assert observed.error.startswith("no such name does not resolve")


def test_a_silent_name_server_costs_the_deadline_and_one_thread() -> None:
    release, asked = threading.Event(), []

    def lookup(name: str) -> tuple[str, ...]:
        asked.append(name)
        release.wait(10)
        return ("127.0.0.1",)

    eye = ClientEye(Resolver(lookup))
    for number in range(5):
        eye.resolve(f"r{number}", "db.example.com", 0.2)
        eye.submit(question(f"v{number}", 5432, 0.2, "db.example.com"))
    views = collect(eye, 5)
    resolutions = eye.resolutions(timeout=2)
    release.set()
    eye.close()
    assert {view.value.tcp for view in views.values() if view.value} == {PortAnswer.UNRESOLVED}
    assert {observed.error for _, observed in resolutions} == {"db.example.com did not resolve in time"}
    assert asked == ["db.example.com"]


def test_a_process_with_hung_looks_ends_at_once() -> None:
    program = (
        "import socket\n"
        "from console.polling.witnesses import ClientQuestion\n"
        "from console.sql.client import ClientEye\n"
        "from tests.unit.sql.server import settings\n"
        "listener = socket.create_server(('127.0.0.1', 0))\n"
        "eye = ClientEye()\n"
        "eye.submit(ClientQuestion('k', '127.0.0.1', settings(listener.getsockname()[1]), 60.0))\n"
        "eye.views(timeout=0.3)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], timeout=10, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_importing_the_eye_loads_neither_psycopg2_nor_textual() -> None:
    program = "import sys, console.sql.client; print(sorted({'psycopg2', 'textual', 'rich'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", program], timeout=10, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
