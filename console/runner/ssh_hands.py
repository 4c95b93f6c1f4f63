"""The Hands for real hosts: one SSH connection a host, kept; a channel of its own for each call."""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterable
from pathlib import Path

from console.facts.text import one_line
from console.facts.traces import Lease
from console.inventory.fleet import Fleet
from console.operations import places
from console.operations.platform import Platform
from console.runner.answer import Answer, refusal, unfinished
from console.runner.channel import Exchange, Heard, NotSent, launch
from console.runner.hands import HandsError, JobState, Order, Result
from console.runner.remote import Remote, output_of, read_lease, understand
from console.transport.connecting import Connector, Reached
from console.transport.protocol import Failure
from console.transport.session import SUDO_LAUNCH

PATIENCE = 15.0
"""Seconds for a call without its operations: connecting, checking, answering."""
_SLACK = 2.0
_KILL_PATIENCE = 2.0
_KILL_SECONDS = 9.0
_LAST_WORDS = 3.0


class SshHands:
    """`console.runner.hands.Hands` over SSH for the hosts of `fleet`. One thread calls it.

    `state` is the console's folder on the hosts, `as_root` False does without root (both for tests); `patience` is in
    seconds; `config_file` replaces ~/.ssh/config (as `ssh -F`).
    """

    def __init__(
        self,
        fleet: Fleet,
        *,
        state: str = places.STATE,
        as_root: bool = True,
        patience: float = PATIENCE,
        config_file: Path | None = None,
        openssh: str | None = "ssh",
    ) -> None:
        self._hosts = fleet.hosts
        self._remote = Remote(state, as_root)
        self._patience = patience
        self._connector = Connector(config_file, openssh)
        self._reached: dict[str, Reached] = {}
        self._closed = False

    def warm(self, hosts: Iterable[str]) -> dict[str, str]:
        """Connect to these hosts now, all at once, so that the next call need not; why not, for those that failed."""
        wanted = {name: self._hosts[name] for name in hosts if name in self._hosts and self._kept(name) is None}
        failures = {}
        for name, outcome in self._connector.connect(wanted, self._patience).items():
            if isinstance(outcome, Failure):
                failures[name] = outcome.message
            else:
                self._reached[name] = outcome
        return failures

    def perform(self, order: Order) -> Result:
        """See `Hands.perform`. An order that takes longer than its time limit is ended on the host, and has failed."""
        began = time.monotonic()
        nonce = _nonce()
        exchange = self._open(order.platform, self._remote.perform(order, nonce), nonce)
        heard = exchange.hear(time.monotonic() + self._patience, "started")
        if not heard.late:  # also where it refused to start, or has ended without a word
            heard = exchange.hear(time.monotonic() + order.time_limit + _SLACK)
        ended_early = heard.late and self._kill(order, nonce, heard)
        if ended_early:
            heard = exchange.hear(time.monotonic() + _LAST_WORDS)
        exchange.close()
        answer = self._answer(order.platform, heard, nonce, order)
        return _result(order, answer, time.monotonic() - began, ended_early)

    def begin(self, order: Order) -> None:
        """See `Hands.begin`."""
        nonce = _nonce()
        answer = self._converse(order.platform, self._remote.begin(order, nonce), nonce)
        unborn = answer.find("unborn")
        if unborn is not None:
            said = one_line(unborn.payload, 300) or "it said nothing"
            words = f"{order.host}: it is not known whether job {order.step} was begun: no sign of it ({said})"
            raise HandsError(f"{words}; look at the job before anything else", changed=None)

    def job(self, order: Order) -> JobState:
        """See `Hands.job`."""
        nonce = _nonce()
        answer = self._converse(order.platform, self._remote.look(order, nonce), nonce, reads=True)
        life, _, status = answer.rest("job").partition(" ")
        running = life == "running"
        ended = None if running or not status.isdecimal() else int(status)
        return JobState(life in ("running", "ended"), running, ended, output_of(answer.said))

    def end(self, order: Order) -> None:
        """See `Hands.end`."""
        nonce = _nonce()
        answer = self._converse(order.platform, self._remote.end(order, nonce), nonce)
        if answer.find("unending") is not None:
            words = f"{order.host}: processes of job {order.step} go on although they were killed"
            raise HandsError(f"{words}; look for a hung disk or NFS mount on the host", changed=True)

    def take_lease(self, platform: Platform, lease: Lease, instead_of: str | None = None) -> Lease | None:
        """See `Hands.take_lease`. Its times are set by the host's clock; the lease's own are not used."""
        nonce = _nonce()
        return _holder(self._converse(platform, self._remote.take(platform, lease, instead_of, nonce), nonce))

    def renew_lease(self, platform: Platform, run: str) -> bool:
        """See `Hands.renew_lease`."""
        nonce = _nonce()
        return self._converse(platform, self._remote.renew(platform, run, nonce), nonce).find("ours") is not None

    def release_lease(self, platform: Platform, run: str) -> None:
        """See `Hands.release_lease`."""
        nonce = _nonce()
        self._converse(platform, self._remote.release(platform, run, nonce), nonce)

    def close(self) -> None:
        """See `Hands.close`. What runs on the hosts goes on."""
        self._closed = True
        for name in tuple(self._reached):  # a call that another thread is in may drop its connection meanwhile
            self._drop(name)
        self._connector.close()

    # The way to a host.

    def _kept(self, name: str) -> Reached | None:
        reached = self._reached.get(name)
        if reached is not None and not reached.connection.is_active():
            self._drop(name)
            return None
        return reached

    def _drop(self, name: str) -> None:
        reached = self._reached.pop(name, None)
        if reached is not None:
            reached.connection.hang_up()

    def _reach(self, name: str, deadline: float) -> Reached:
        kept = self._kept(name)
        if kept is not None:
            return kept
        host = self._hosts.get(name)
        if host is None or self._closed:
            why = "not in the inventory" if host is None else "the connections were closed"
            raise HandsError(f"{name}: {why}; nothing was done", changed=False)
        outcome = self._connector.connect({name: host}, max(0.1, deadline - time.monotonic()))[name]
        if isinstance(outcome, Failure):
            remedy = f"; {outcome.remedy}" if outcome.remedy else ""
            raise HandsError(f"{name} was not reached, nothing was done: {outcome.message}{remedy}", changed=False)
        self._reached[name] = outcome
        return outcome

    def _open(self, platform: Platform, text: str, nonce: str) -> Exchange:
        """A shell that has the text. A kept connection that proves broken is dialled anew: nothing was sent by it."""
        deadline = time.monotonic() + self._patience
        again = self._kept(platform.host) is not None
        while True:
            exchange = Exchange(self._reach(platform.host, deadline), nonce)
            try:
                exchange.send(text, deadline)
                return exchange
            except NotSent as error:
                self._drop(platform.host)
                if not again or time.monotonic() >= deadline:
                    words = f"{platform.host}: no shell could be opened, nothing was done: {error}"
                    raise HandsError(f"{words}; see sshd's log there, and try again", changed=False) from error
                again = False

    def _converse(self, platform: Platform, text: str, nonce: str, *, reads: bool = False) -> Answer:
        exchange = self._open(platform, text, nonce)
        heard = exchange.hear(time.monotonic() + self._patience)
        exchange.close()
        return self._answer(platform, heard, nonce, reads=reads)

    def _answer(
        self, platform: Platform, heard: Heard, nonce: str, order: Order | None = None, *, reads: bool = False
    ) -> Answer:
        """The answer, if it is whole and no refusal; HandsError otherwise. One that `reads` has changed nothing."""
        answer = Answer(understand(heard.data, nonce))
        if not heard.whole:
            sudo = (reached := self._reached.get(platform.host)) is not None and launch(reached) == SUDO_LAUNCH
            if heard.status is None:
                self._drop(platform.host)
            raise unfinished(platform.host, heard, answer, order, sudo=sudo, reads=reads)
        refused = answer.find("refused")
        if refused is not None:
            raise HandsError(refusal(platform, refused), changed=False)
        return answer

    def _kill(self, order: Order, nonce: str, heard: Heard) -> bool:
        """End on the host what the order's shell has started; whether the host said that this is done."""
        pid = Answer(understand(heard.data, nonce)).rest("shell")
        reached = self._kept(order.host)
        if reached is None or not pid.isdecimal():
            return False
        own = _nonce()
        exchange = Exchange(reached, own)
        try:
            exchange.send(self._remote.kill(order, own, int(pid)), time.monotonic() + _KILL_PATIENCE)
        except NotSent:
            return False
        greeted = exchange.hear(time.monotonic() + _KILL_PATIENCE, "shell").whole
        done = greeted and exchange.hear(time.monotonic() + _KILL_SECONDS).whole
        exchange.close()
        return done


def _nonce() -> str:
    return secrets.token_hex(12)


def _result(order: Order, answer: Answer, seconds: float, ended_early: bool) -> Result:
    output = output_of(answer.said)
    for one in answer.said:
        number, _, status = one.rest.partition(" ")
        if one.word == "status" and status != "0":
            failed = order.operations[int(number) - 1]
            if ended_early:
                output += f"\n[ended: it took longer than {order.time_limit:g} s]"
            return Result(int(status), output, seconds, failed)
    return Result(0, output, seconds)


def _holder(answer: Answer) -> Lease | None:
    held = answer.find("held")
    return None if held is None else read_lease(held.payload)
