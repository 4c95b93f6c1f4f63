"""One look at a database address, as an appliance or the traffic manager would meet it (DESIGN 5).

The look is a generator that yields its waits: `drive` runs one, `console.sql.client.ClientEye` many in one thread.
It makes one connection, which PostgreSQL logs as an ordinary login and not as "incomplete startup packet".
Nothing is changed: one read-only transaction, no temporary table, no transaction id.
"""

from __future__ import annotations

import select
import time
from collections.abc import Generator
from dataclasses import dataclass, replace
from importlib import resources
from math import inf

import psycopg2

from console.facts.client import ClientAnswer, ClientView, PortAnswer
from console.inventory.fleet import PostgresqlSettings
from console.sql.client_passwords import password_file
from console.sql.client_refusal import plain, refusal, tcp_answer
from console.sql.client_resolve import Resolver, literal
from console.sql.client_session import Session
from console.sql.client_wait import DeadlineOver, LookError, Wait

Look = Generator[Wait, None, ClientView]

_MOST_ADDRESSES = 3
_NAMES_OF_ANSWERS = {
    PortAnswer.REFUSED: "TCP connection refused: nothing listens there, or a firewall rejects it",
    PortAnswer.UNREACHABLE: "no route, or a firewall rejects it",
}


@dataclass(frozen=True, slots=True)
class LookPlan:
    """Where to look and how: `deadline` seconds in all, `patience` of them for TCP to open; `region_number` of
    rr<number>_pending_changes or None.
    """

    address: str
    settings: PostgresqlSettings
    deadline: float
    region_number: int | None = None
    patience: float = inf

    def view(self, tcp: PortAnswer, answer: ClientAnswer, message: str) -> ClientView:
        """A view with this address and port."""
        return ClientView(self.address, self.settings.port, tcp, answer, message)

    def parameters(self, hostaddr: str) -> dict[str, str]:
        """libpq's connection parameters. `host` is what .pgpass is searched for; `hostaddr` is what is dialled.

        GSS encryption is off since it would ask a Kerberos server, and wait for it; sslmode is libpq's own (prefer).
        """
        return {
            "host": self.address,
            "hostaddr": hostaddr,
            "port": str(self.settings.port),
            "user": self.settings.sql_user,
            "dbname": self.settings.database,
            "application_name": "vmdb-console",
            "gssencmode": "disable",
            "target_session_attrs": "any",
            "client_encoding": "UTF8",
        }


def drive(steps: Look, deadline: float) -> ClientView:
    """Run a look to its end in this thread, `deadline` seconds at most."""
    end = time.monotonic() + deadline
    try:
        wait = next(steps)
        while True:
            wait = next(steps) if _ready(wait, end) else steps.throw(DeadlineOver())
    except StopIteration as done:
        view: ClientView = done.value
        return view


def _ready(wait: Wait, end: float) -> bool:
    poll = select.poll()
    poll.register(wait.fd, select.POLLOUT if wait.writable else select.POLLIN)
    return bool(poll.poll(max(0.0, min(end, wait.until) - time.monotonic()) * 1000))


def look_steps(plan: LookPlan, resolver: Resolver) -> Look:
    """The look as a generator of waits; returns the ClientView. Raises LookError where the console could not look."""
    addresses, error = yield from _addresses(plan.address, resolver)
    view = plan.view(PortAnswer.UNRESOLVED, ClientAnswer.NO_ANSWER, error)
    for hostaddr in addresses[:_MOST_ADDRESSES]:
        view = yield from _look_at(plan, hostaddr)
        if view.tcp in {PortAnswer.OPEN, PortAnswer.FILTERED}:
            break
    return view


def _addresses(address: str, resolver: Resolver) -> Generator[Wait, None, tuple[tuple[str, ...], str]]:
    """IP addresses of `address`, or none and the reason."""
    if literal(address):
        return (address,), ""
    resolution = resolver.begin(address)
    with resolution.waiter() as done:
        try:
            yield Wait(done.fileno())
        except DeadlineOver:
            return (), f"{address} did not resolve in time"
    return resolution.addresses or (), plain(resolution.error or f"{address} has no address")


def _look_at(plan: LookPlan, hostaddr: str) -> Look:
    """The look at one IP address."""
    started = time.monotonic()
    passwords, remark = password_file()
    session = Session(plan.parameters(hostaddr) | passwords, started + plan.patience)
    try:
        yield from session.connect()
        view = yield from _ask_role(plan, session)
        view = replace(view, latency=time.monotonic() - started)
        return (yield from _ask_backlog(plan, session, view))
    except DeadlineOver:
        return _silence(plan, session)
    except psycopg2.Error as error:
        return _refused(plan, session, error, remark)
    finally:
        session.close()


def _ask_role(plan: LookPlan, session: Session) -> Look:
    # SET LOCAL in a transaction, not start-up options: a connection pooler refuses unknown options, and would hand
    # a session's setting on to the application.
    begin = "BEGIN TRANSACTION ISOLATION LEVEL READ COMMITTED READ ONLY"
    limit = f"SET LOCAL statement_timeout = {max(1, int(plan.deadline * 1000))}"
    row = yield from session.query(f"{begin}; {limit}; {_statement('client_role')}")
    in_recovery, read_only, server_address = row
    answer = ClientAnswer.READ_ONLY if read_only else ClientAnswer.WRITABLE
    view = plan.view(PortAnswer.OPEN, ClientAnswer.IN_RECOVERY if in_recovery else answer, "")
    return replace(view, server_address=server_address)


def _ask_backlog(plan: LookPlan, session: Session, view: ClientView) -> Look:
    """The view with the backlog, or the reason why there is none; never worse than before."""
    if plan.region_number is None:
        return view
    table = f"rr{plan.region_number:d}_pending_changes"
    try:
        row = yield from session.query(_statement("client_backlog").format(table=table))
    except DeadlineOver:
        return replace(view, backlog_error=f"counting {table} took longer than {plan.deadline:g} s")
    except psycopg2.Error as error:
        return replace(view, backlog_error=plain(_words(error)))
    return replace(view, backlog=int(row[0]))


def _silence(plan: LookPlan, session: Session) -> ClientView:
    place = f"{plan.address}:{plan.settings.port}"
    if session.opened:
        message = f"{place} accepts TCP, but PostgreSQL did not answer within {plan.deadline:g} s"
        return plan.view(PortAnswer.OPEN, ClientAnswer.SILENT, message)
    message = f"no answer to TCP from {place} within {min(plan.deadline, plan.patience):g} s"
    return plan.view(PortAnswer.FILTERED, ClientAnswer.NO_ANSWER, message)


def _refused(plan: LookPlan, session: Session, error: psycopg2.Error, remark: str) -> ClientView:
    text = _words(error)
    if session.opened:
        met = refusal(text, error.pgcode)
        remarked = remark and met.answer is ClientAnswer.LOGIN_REFUSED
        return plan.view(PortAnswer.OPEN, met.answer, f"{met.message} ({remark})" if remarked else met.message)
    tcp = tcp_answer(text)
    if tcp is None:
        raise LookError(f"cannot look at {plan.address}:{plan.settings.port}: {plain(text)}") from error
    words = _NAMES_OF_ANSWERS.get(tcp, "no answer to TCP")
    return plan.view(tcp, ClientAnswer.NO_ANSWER, f"{words} ({plain(text.partition(chr(10))[0])})")


def _words(error: psycopg2.Error) -> str:
    """The server's own message where it sent one about a statement, else libpq's text."""
    return error.diag.message_primary or str(error)


def _statement(name: str) -> str:
    text = (resources.files("console.sql") / f"{name}.sql").read_text(encoding="utf-8")
    return "\n".join(line for line in text.splitlines() if not line.startswith("--"))
