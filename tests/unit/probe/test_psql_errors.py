"""What refused a session: psql and libpq texts of 9.2 to 18 (DOMAIN 4)."""

from __future__ import annotations

import pytest

from console.probe.psql_errors import Refusal, parse_psql_error

# ruff: noqa: E501 - texts as printed
TEXTS = {
    'psql: could not connect to server: Connection refused\n\tIs the server running on host "h" (10.0.0.1) and accepting\n'
    "\tTCP/IP connections on port 5432?": Refusal.REFUSED,
    'psql: error: connection to server at "10.0.0.1", port 5432 failed: timeout expired': Refusal.TIMEOUT,
    'connection to server at "10.0.0.1", port 5432 failed: Connection timed out': Refusal.TIMEOUT,
    'connection to server at "10.0.0.1", port 5432 failed: No route to host': Refusal.UNREACHABLE,
    'could not translate host name "x" to address: Name or service not known': Refusal.UNKNOWN_HOST,
    "psql: could not connect to server: No such file or directory\n\tIs the server running locally and accepting\n"
    '\tconnections on Unix domain socket "/tmp/.s.PGSQL.5432"?': Refusal.NO_SOCKET,
    'psql: error: connection to server on socket "/tmp/.s.PGSQL.5432" failed: No such file or directory': Refusal.NO_SOCKET,
    'connection to server on socket "/t/.s.PGSQL.1" failed: FATAL:  the database system is starting up': Refusal.STARTING_UP,
    "FATAL:  the database system is not accepting connections\nDETAIL:  Hot standby mode is disabled.": Refusal.HOT_STANDBY_OFF,
    "FATAL:  the database system is not yet accepting connections": Refusal.STARTING_UP,
    "FATAL:  the database system is shutting down": Refusal.SHUTTING_DOWN,
    "FATAL:  the database system is in recovery mode": Refusal.IN_RECOVERY_MODE,
    'FATAL:  no pg_hba.conf entry for host "10.0.0.9", user "u", database "d", no encryption': Refusal.NO_HBA_ENTRY,
    "fe_sendauth: no password supplied": Refusal.PASSWORD_MISSING,
    'FATAL:  password authentication failed for user "u"': Refusal.PASSWORD_WRONG,
    'FATAL:  Peer authentication failed for user "u"': Refusal.LOGIN_REFUSED,
    'FATAL:  role "u" does not exist': Refusal.LOGIN_REFUSED,
    'FATAL:  database "d" does not exist': Refusal.NO_DATABASE,
    "FATAL:  sorry, too many clients already": Refusal.TOO_MANY_CONNECTIONS,
    "server closed the connection unexpectedly\n\tThis probably means": Refusal.LOST,
    "something else": Refusal.OTHER,
}


@pytest.mark.parametrize("text", TEXTS)
def test_a_refusal_is_told_by_its_words(text: str) -> None:
    found = parse_psql_error(text)
    assert found is not None
    assert found.refusal is TEXTS[text]


def test_only_an_answer_of_the_server_is_one() -> None:
    assert Refusal.STARTING_UP.answered
    assert Refusal.PASSWORD_WRONG.answered
    assert not Refusal.TIMEOUT.answered
    assert not Refusal.REFUSED.answered


def test_no_text_is_no_refusal() -> None:
    assert parse_psql_error(" \n") is None
