"""What a refusal means: by errno and SQLSTATE where there is one, else by PostgreSQL's words (DOMAIN 4)."""

from __future__ import annotations

import errno
import os
import re
from dataclasses import dataclass

from console.facts.client import ClientAnswer, PortAnswer
from console.facts.text import one_line

# libpq in PQERRORS_VERBOSE writes "FATAL:  57P03: the database system is starting up" (fe-protocol3.c,
# pqBuildErrorMessage3); the severity's word may be in the server's language, the SQLSTATE never is.
_WITH_SQLSTATE = re.compile(r"^(?P<before>.*?)(?P<severity>\w+): {2}(?P<sqlstate>[0-9A-Z]{5}): (?P<text>.*)$", re.M)
_LOCATION = re.compile(r"^LOCATION: .*$\n?", re.M)

_TCP_ANSWERS = {
    errno.ECONNREFUSED: PortAnswer.REFUSED,
    errno.ETIMEDOUT: PortAnswer.FILTERED,
    errno.EHOSTUNREACH: PortAnswer.UNREACHABLE,
    errno.ENETUNREACH: PortAnswer.UNREACHABLE,
    errno.EADDRNOTAVAIL: PortAnswer.UNREACHABLE,
    errno.EACCES: PortAnswer.UNREACHABLE,
    errno.EPERM: PortAnswer.UNREACHABLE,
}

_BY_WORDS = (
    (re.compile(r"database system is (starting up|shutting down|in recovery mode|not (yet )?accepting)"), "57P03"),
    (re.compile(r"no password supplied|password authentication failed|no pg_hba\.conf entry"), "28000"),
    (re.compile(r"authentication failed for user|is not permitted to log in|pg_hba\.conf rejects"), "28000"),
    (re.compile(r"role \"[^\"]*\" does not exist"), "28000"),
    (re.compile(r"database \"[^\"]*\" does not exist"), "3D000"),
    (re.compile(r"server does not support SSL|certificate"), "28000"),  # our sslmode asks for more than it has
    (re.compile(r"too many (clients|connections)|remaining connection slots"), "53300"),
)


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why there is no session: the answer it amounts to, the SQLSTATE where known, and words for a person."""

    answer: ClientAnswer
    sqlstate: str | None
    message: str


def tcp_answer(message: str) -> PortAnswer | None:
    """What TCP said, read from libpq's error text; None where it is not about TCP.

    libpq quotes strerror(3), so the texts are compared in whatever language this process has.
    """
    found = (answer for number, answer in _TCP_ANSWERS.items() if os.strerror(number) in message)
    return next(found, None)


def refusal(message: str, sqlstate: str | None = None) -> Refusal:
    """What a refused or broken login amounts to, from libpq's text and the SQLSTATE if it is already known.

    A server that closes the connection or speaks another protocol has not answered as PostgreSQL: SILENT.
    """
    matches = list(_WITH_SQLSTATE.finditer(message))
    code = sqlstate or (matches[-1]["sqlstate"] if matches else _sqlstate_by_words(message))
    return Refusal(_answer_of(code), code, plain(message))


def plain(message: str) -> str:
    """libpq's or PostgreSQL's message as one inert line, without SQLSTATE and source location."""
    without_location = _LOCATION.sub("", message)
    return one_line(_WITH_SQLSTATE.sub(r"\g<before>\g<severity>: \g<text>", without_location), 400)


def _sqlstate_by_words(message: str) -> str | None:
    return next((code for pattern, code in _BY_WORDS if pattern.search(message)), None)


def _answer_of(sqlstate: str | None) -> ClientAnswer:
    """Any SQLSTATE is an answer; one that says nothing of the server's state leaves its role unknown."""
    if sqlstate is None:
        return ClientAnswer.SILENT
    if sqlstate in {"57P01", "57P02", "57P03"}:
        return ClientAnswer.STARTING_UP
    return ClientAnswer.NO_DATABASE if sqlstate == "3D000" else ClientAnswer.LOGIN_REFUSED
