"""The Observer on real or simulated witnesses: one pair asked when a run needs to know, with the Poller's Ledger.

A snapshot never holds an answer to a question that was put before it was asked for: an operation may have come between.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime

from console.diagnosis.evidence_needed import EvidenceRequest, evidence_needed
from console.facts.snapshot import Snapshot
from console.inventory.fleet import Fleet, ManagedBy
from console.polling.client_round import ClientRound
from console.polling.diary import note_reply
from console.polling.ledger import Ledger
from console.polling.witnesses import Witnesses
from console.probe.sections import sections_for
from console.runner.observer import Clock
from console.transport.protocol import Failure, FailureKind, Reply, Request

PATIENCE = 4.0
"""Seconds that a look waits for a host; one that has not answered by then is unknown in its snapshot."""
EVIDENCE_PATIENCE = 8.0
"""The same for a look with sections of its own: they may read WAL."""
SURVEY_PATIENCE = 24.0
EVIDENCE_DEADLINE = 30.0
CLIENT_DEADLINE = 1.5
OPEN_PATIENCE = 0.2
_LATENCIES = 2.0
"""Seconds for TCP to open in a look, at least, and how often the time that a client's last whole look took there (some
five round trips): a closed port drops the SYN, and steps would wait for it again and again. A SYN that was lost is sent
again by the next look.
"""
_EVIDENCE_ROUNDS = 3
_TICK = 0.05
# The transport tells of a host that hangs a moment after the deadline.
_MARGIN = 0.5

Sections = Iterable[tuple[str, str]]


class WitnessObserver:
    """Implements console.runner.observer.Observer for `region` (its name); other regions of the fleet stay unknown.

    Owned by one thread. `close` closes the witnesses.
    """

    def __init__(
        self,
        witnesses: Witnesses,
        region: str,
        clock: Clock,
        *,
        machine_ids: Mapping[str, str] | None = None,
        patience: float = PATIENCE,
    ) -> None:
        self._witnesses = witnesses
        self._region = witnesses.fleet.region(region)
        self._clock = clock
        self._patience = patience
        self._ledger = Ledger(witnesses.fleet, dict(machine_ids or {}))
        self._pending: dict[str, tuple[str, ...]] = {}
        self._stale: set[str] = set()
        self._clients = ClientRound(witnesses.client, self._ledger)

    def survey(self, sections: Sections = ()) -> Snapshot:
        """Everything of the pair's two hosts, what clients meet, then the evidence that the diagnosis calls for."""
        more = _by_host(sections)
        self._clients.ask(self._region, CLIENT_DEADLINE, backlog=True)
        if self._region.endpoint is not None and self._region.endpoint.managed_by is ManagedBy.DNS:
            self._clients.resolve(self._region, CLIENT_DEADLINE)
        self._ask(self._wanted(more, slow=True), SURVEY_PATIENCE)
        self._await_clients()
        self._gather_evidence()
        return self._snapshot()

    def look(self, *, clients: bool = False, sections: Sections = ()) -> Snapshot:
        """The fast sections of both hosts and `sections`; waits for both, at most the patience."""
        more = _by_host(sections)
        if clients:
            self._clients.ask(self._region, CLIENT_DEADLINE, backlog=False, patience=self._open_patience())
        self._ask(self._wanted(more, slow=False), max(self._patience, EVIDENCE_PATIENCE) if more else self._patience)
        self._await_clients()
        return self._snapshot()

    def _wanted(self, more: Mapping[str, tuple[str, ...]], *, slow: bool) -> dict[str, tuple[str, ...]]:
        """What to ask of whom: the pair's hosts, and the appliances that `more` names."""
        hosts = (*self._region.databases, *(host for host in self._region.uis if host.name in more))
        return {host.name: sections_for(host.kind, self._region, slow=slow) + more.get(host.name, ()) for host in hosts}

    def _open_patience(self) -> float:
        """The whole deadline where nothing has answered a client so far."""
        views = [self._ledger.facts(host.name).client.value for host in self._region.databases]
        latencies = [view.latency for view in views if view is not None and view.latency is not None]
        if not latencies:
            return CLIENT_DEADLINE
        return min(max(OPEN_PATIENCE, _LATENCIES * max(latencies)), CLIENT_DEADLINE)

    def close(self) -> None:
        """Drop every connection at once."""
        self._witnesses.close()

    def _gather_evidence(self) -> None:
        """Evidence may call for more of it: commits past the fork point need the end of the WAL first."""
        asked: set[EvidenceRequest] = set()
        for _ in range(_EVIDENCE_ROUNDS):
            due = [item for item in evidence_needed(self._of_region()) if item not in asked and self._answers(item)]
            if not due:
                return
            asked.update(due)
            self._ask(_by_host((item.host, item.section) for item in due), EVIDENCE_DEADLINE)

    def _answers(self, request: EvidenceRequest) -> bool:
        names = {host.name for host in self._region.databases}
        return request.host in names and self._ledger.facts(request.host).reach.failure is None

    def _of_region(self) -> Snapshot:
        """Of the run's region alone: nothing is asked of others."""
        whole = self._snapshot()
        return replace(whole, fleet=replace(whole.fleet, regions=(self._region,)))

    def _ask(self, wanted: Mapping[str, tuple[str, ...]], patience: float) -> None:
        """Ask hosts at once and wait for all; a host that does not answer in time is unknown from here on."""
        end = self._clock.monotonic() + patience
        self._stale |= self._pending.keys()
        waiting = {host: _once(sections) for host, sections in wanted.items()}
        for host, sections in waiting.items():
            self._ledger.forget_evidence(host, sections)
            if self._ledger.facts(host).reach.failure is not None:
                self._witnesses.transport.retry_now()
        while True:
            self._submit(waiting, end)
            left = end + _MARGIN - self._clock.monotonic()
            if not (set(waiting) | (self._pending.keys() - self._stale)) or left <= 0:
                break
            self._receive(min(_TICK, left))
        self._give_up(set(waiting) | (self._pending.keys() - self._stale), patience)

    def _submit(self, waiting: dict[str, tuple[str, ...]], end: float) -> None:
        """Submit what is not held up by a request of an earlier look; its late answer is not one to this look."""
        for host in [name for name in waiting if name not in self._pending]:
            left = end - self._clock.monotonic()
            if left <= 0:
                return
            sections = waiting.pop(host)
            self._pending[host] = sections
            self._witnesses.transport.submit(Request(host, sections, left))

    def _receive(self, timeout: float) -> None:
        """Take the answers that come within `timeout`. A clock that stands still while we wait is moved on."""
        before = self._clock.monotonic()
        replies = self._witnesses.transport.replies(timeout)
        for reply in replies:
            self._take(reply)
        self._clients.gather()
        if not replies and self._clock.monotonic() <= before:
            self._clock.sleep(timeout)

    def _take(self, reply: Reply) -> None:
        note_reply(reply)
        self._pending.pop(reply.host, None)
        if reply.host in self._stale:
            self._stale.discard(reply.host)
        else:
            self._ledger.take_reply(reply)

    def _give_up(self, hosts: set[str], patience: float) -> None:
        """These did not answer, and the transport has not said so: what they once said is not known now."""
        now = self._now()
        for host in hosts:
            failure = Failure(FailureKind.HUNG, f"{host} did not answer within {patience:g} s", "look at the host")
            self._ledger.take_reply(Reply(host, (), now, now, failure=failure))

    def _await_clients(self) -> None:
        end = self._clock.monotonic() + CLIENT_DEADLINE + _MARGIN
        while self._clients.waiting and self._clock.monotonic() < end:
            self._clients.gather()
            if self._clients.waiting:
                self._clock.sleep(_TICK / 5)
        self._clients.give_up(self._now())

    def _now(self) -> datetime:
        return datetime.fromtimestamp(self._clock.time(), UTC)

    def _snapshot(self) -> Snapshot:
        return self._ledger.snapshot(self._now()).current()


def real_observer(fleet: Fleet, clock: Clock, machine_ids: Mapping[str, str] | None = None) -> WitnessObserver:
    """The observer of `fleet`'s only region over ssh and the network."""
    from console.probe.program import programs
    from console.sql.client import ClientEye
    from console.transport.ssh import SshTransport

    (region,) = fleet.regions
    witnesses = Witnesses(fleet, SshTransport(fleet, programs(fleet)), ClientEye())
    return WitnessObserver(witnesses, region.name, clock, machine_ids=machine_ids)


def _by_host(sections: Sections) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for host, section in sections:
        found[host] = (*found.get(host, ()), section)
    return found


def _once(sections: tuple[str, ...]) -> tuple[str, ...]:
    """Each section once: a report has one of a name."""
    return tuple(dict.fromkeys(sections))
