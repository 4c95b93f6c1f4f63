"""What a client meets where no PostgreSQL answers: no server is needed for these."""

from __future__ import annotations

import socket
import struct
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager

import pytest

from console.facts.client import ClientAnswer, PortAnswer
from console.sql import client_session
from console.sql.client import look
from console.sql.client_wait import LookError
from tests.unit.sql.server import free_port, settings


@contextmanager
def answering(reply: bytes) -> Iterator[int]:
    """A server that says no to TLS, reads the start-up packet, sends `reply` and hangs up."""

    def serve() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with connection:
                packet = connection.recv(1024)
                if packet[4:8] == struct.pack("!I", 80877103):  # SSLRequest
                    connection.sendall(b"N")
                    connection.recv(1024)
                connection.sendall(reply)

    listener = socket.create_server(("127.0.0.1", 0))
    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield int(listener.getsockname()[1])
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join(5)


def error_response(**fields: str) -> bytes:
    """PostgreSQL's ErrorResponse message (protocol 3.0)."""
    body = b"".join(key.encode() + value.encode() + b"\0" for key, value in fields.items()) + b"\0"
    return b"E" + struct.pack("!I", len(body) + 4) + body


@contextmanager
def full_backlog() -> Iterator[int]:
    """A port whose listen queue is full, so that Linux drops further SYNs: silence, as behind a filter."""
    with socket.create_server(("127.0.0.1", 0), backlog=0) as listener:
        port = int(listener.getsockname()[1])
        fillers = [socket.socket() for _ in range(4)]
        for filler in fillers:
            filler.setblocking(False)
            filler.connect_ex(("127.0.0.1", port))
        try:
            yield port
        finally:
            for filler in fillers:
                filler.close()


def test_a_port_where_nothing_listens_is_refused() -> None:
    view = look("127.0.0.1", settings(free_port()), deadline=5)
    assert (view.tcp, view.answer) == (PortAnswer.REFUSED, ClientAnswer.NO_ANSWER)
    assert (
        view.message == "TCP connection refused: nothing listens there, or a firewall rejects it (Connection refused)"
    )


def test_silence_is_filtered_and_costs_the_deadline_only() -> None:
    with full_backlog() as port:
        started = time.monotonic()
        view = look("127.0.0.1", settings(port), deadline=0.5)
        taken = time.monotonic() - started
    assert (view.tcp, view.answer) == (PortAnswer.FILTERED, ClientAnswer.NO_ANSWER)
    assert 0.4 < taken < 15


def test_a_port_that_accepts_tcp_and_says_nothing_is_silent() -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        view = look("127.0.0.1", settings(listener.getsockname()[1]), deadline=0.4)
    assert (view.tcp, view.answer) == (PortAnswer.OPEN, ClientAnswer.SILENT)
    assert "did not answer within 0.4 s" in view.message


def test_an_address_without_a_route_is_unreachable() -> None:
    view = look("255.255.255.255", settings(5432), deadline=2)  # connect(2) refuses a broadcast address: no packet
    assert (view.tcp, view.answer) == (PortAnswer.UNREACHABLE, ClientAnswer.NO_ANSWER)


def test_a_name_without_an_address_is_unresolved() -> None:
    view = look("no such name", settings(5432), deadline=5)
    assert (view.tcp, view.answer) == (PortAnswer.UNRESOLVED, ClientAnswer.NO_ANSWER)
    assert "no such name" in view.message


def test_a_look_that_the_console_itself_cannot_make_is_an_error_and_no_view(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PGSERVICE", "nonesuch")
    with pytest.raises(LookError, match="nonesuch"):
        look("127.0.0.1", settings(free_port()), deadline=5)


@pytest.mark.parametrize("told", [True, False], ids=["by SQLSTATE", "by words"])
def test_an_english_server_that_starts_up(told: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    if not told:
        monkeypatch.setattr(client_session, "_tell_sqlstates", lambda connection: None)
    with answering(error_response(S="FATAL", C="57P03", M="the database system is starting up")) as port:
        view = look("127.0.0.1", settings(port), deadline=5)
    assert view.answer is ClientAnswer.STARTING_UP
    assert view.message.endswith("FATAL: the database system is starting up")


@pytest.mark.parametrize(
    ("sqlstate", "text", "answer"),
    [
        ("57P03", "das Datenbanksystem startet", ClientAnswer.STARTING_UP),
        ("28000", "kein pg_hba.conf-Eintrag für Host »10.0.0.1«", ClientAnswer.LOGIN_REFUSED),
        ("28P01", "Passwort-Authentifizierung für Benutzer »cloudforms« fehlgeschlagen", ClientAnswer.LOGIN_REFUSED),
        ("3D000", "Datenbank »vmdb_production« existiert nicht", ClientAnswer.NO_DATABASE),
        ("53300", "tut mir leid, schon zu viele Verbindungen", ClientAnswer.LOGIN_REFUSED),
    ],
)
def test_a_server_of_another_language_is_understood_by_its_sqlstate(
    sqlstate: str, text: str, answer: ClientAnswer
) -> None:
    with answering(error_response(S="SCHWERWIEGEND", C=sqlstate, M=text)) as port:
        view = look("127.0.0.1", settings(port), deadline=5)
    assert view.answer is answer
    assert view.message.endswith(f"SCHWERWIEGEND: {text}")


def test_a_servers_message_cannot_move_the_cursor() -> None:
    with answering(error_response(S="FATAL", C="57P03", M="\x1b[2Jstarting\r\nup\x07\u202e")) as port:
        view = look("127.0.0.1", settings(port), deadline=5)
    assert view.answer is ClientAnswer.STARTING_UP
    assert view.message.isprintable()


@pytest.mark.parametrize("reply", [b"", b"HTTP/1.0 400 Bad Request\r\n\r\n", b"\0" * 64, b"E\xff\xff\xff\xff"])
def test_a_server_that_is_not_postgresql_is_silent(reply: bytes) -> None:
    with answering(reply) as port:
        view = look("127.0.0.1", settings(port), deadline=2)
    assert (view.tcp, view.answer) == (PortAnswer.OPEN, ClientAnswer.SILENT)
    assert view.message
