"""The Poller: one thread that asks every host through the Transport and the network through the client's eye.

A hung host costs only itself: nothing here waits for one host. Dear evidence is asked for when the diagnosis
needs it, once for what it depends on (DESIGN 5).
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

from console.diagnosis.evidence_needed import EvidenceRequest, evidence_needed
from console.facts.snapshot import Snapshot
from console.inventory.fleet import Host, ManagedBy, Region
from console.polling.diary import note_reply, note_view
from console.polling.ledger import Ledger, endpoint_key, host_key
from console.polling.schedule import Schedule
from console.polling.witnesses import ClientQuestion, Witnesses
from console.probe.sections import sections_for
from console.transport.protocol import Reply, Request

EVIDENCE_DEADLINE = 30.0
CLIENT_DEADLINE = 3.0
SLOW_PATIENCE = 3
"""How many times `poll.timeout` a poll with slow sections may take: listings, logs and versions are no hung host."""
_TICK = 0.25
# A host that hangs is told of a moment after its deadline: the run must not be over by then.
_REPLY_MARGIN = 0.5
# With less time left than this, dear evidence is not begun.
_EVIDENCE_LEAST = 0.5


class Poller:
    """Polls a fleet; `look_once` for a check, `run` for a screen. Not thread-safe but for `stop` and `hasten`."""

    def __init__(self, witnesses: Witnesses, machine_ids: dict[str, str] | None = None) -> None:
        self._fleet = witnesses.fleet
        self._witnesses = witnesses
        self._ledger = Ledger(witnesses.fleet, machine_ids)
        self._regions: dict[str, Region] = {h.name: region for region in self._fleet.regions for h in region.hosts}
        self._pending: dict[str, tuple[str, ...]] = {}
        self._evidence_asked: dict[str, str] = {}
        self._client_pending: set[str] = set()
        self._stop = threading.Event()
        self._hastened = threading.Event()

    def look_once(self, timeout: float) -> Snapshot:
        """Ask every host everything once, and the dear evidence that it calls for, within `timeout` seconds.

        Evidence is asked for as soon as both hosts of its pair have been seen: a hung host costs the others none.
        """
        end = time.monotonic() + timeout
        margin = min(_REPLY_MARGIN, timeout / 10)
        for host in self._fleet.hosts.values():
            self._ask(host, slow=True, deadline=timeout - margin)
        self._ask_clients(min(timeout - margin, CLIENT_DEADLINE))
        unseen = set(self._pending)
        while (self._pending or self._client_pending) and time.monotonic() < end:
            asked = set(self._pending)
            self._gather(min(_TICK, max(0.0, end - time.monotonic())), None)
            unseen &= set(self._pending)
            self._ask_evidence_of(self._whole_pairs(asked - set(self._pending), unseen), end - margin)
        self._ledger.mark_not_asked(unseen, _now(), f"the run's {timeout:g} s were over")
        return self._ledger.snapshot(_now())

    def _whole_pairs(self, answered: set[str], unseen: set[str]) -> tuple[Region, ...]:
        """Regions of which a database host has just answered, and no database host is still to be seen."""
        touched = {self._regions[name].name for name in answered}
        return tuple(
            region
            for region in self._fleet.regions
            if region.name in touched
            and any(host.name in answered for host in region.databases)
            and not any(host.name in unseen for host in region.databases)
        )

    def _ask_evidence_of(self, regions: tuple[Region, ...], end: float) -> None:
        for request in self._evidence_due(regions) if regions else ():
            if end - time.monotonic() > _EVIDENCE_LEAST:
                self._ask_evidence(request, end - time.monotonic())

    def run(self, publish: Callable[[Snapshot], None]) -> None:
        """Poll until `stop`; `publish` gets a Snapshot whenever something new was seen, at most every 0.25 s."""
        schedule = Schedule(self._fleet.hosts, self._fleet.poll, time.monotonic())
        next_clients = next_publish = 0.0
        news = False
        while not self._stop.is_set():
            now = time.monotonic()
            if self._hastened.is_set():
                self._hasten_all(schedule, now)
                next_clients = now
            if now >= next_clients:
                self._ask_clients(CLIENT_DEADLINE)
                next_clients = now + max(self._fleet.poll.interval, 1.0)
            self._ask_due(schedule, now)
            news |= self._gather(min(_TICK, schedule.wait(now)), schedule)
            if news and time.monotonic() >= next_publish:
                publish(self._ledger.snapshot(_now()))
                self._ask_evidence_when_free()
                news, next_publish = False, time.monotonic() + _TICK

    def stop(self) -> None:
        """End `run` within a moment, whatever hosts do. Safe from any thread."""
        self._stop.set()

    def hasten(self) -> None:
        """Poll everything now, slow sections too. Safe from any thread."""
        self._hastened.set()

    def _hasten_all(self, schedule: Schedule, now: float) -> None:
        self._hastened.clear()
        self._witnesses.transport.retry_now()
        for name in self._fleet.hosts:
            schedule.hasten(name, now)

    def _ask_due(self, schedule: Schedule, now: float) -> None:
        for name in schedule.due(now):
            if name in self._pending:  # dear evidence is being gathered there
                schedule.hold(name)
                continue
            slow = schedule.asked(name, now)
            deadline = self._fleet.poll.timeout * (SLOW_PATIENCE if slow else 1)
            self._ask(self._fleet.hosts[name], slow=slow, deadline=deadline)

    def _ask(self, host: Host, *, slow: bool, deadline: float) -> None:
        sections = sections_for(host.kind, self._regions[host.name], slow=slow)
        self._pending[host.name] = sections
        self._witnesses.transport.submit(Request(host.name, sections, deadline))

    def _evidence_due(self, regions: tuple[Region, ...] | None = None) -> list[EvidenceRequest]:
        """Evidence that the diagnosis of these regions (None: of all) needs and that was not asked for the same facts
        before.
        """
        snapshot = self._ledger.snapshot(_now()).current()
        if regions is not None:
            snapshot = replace(snapshot, fleet=replace(snapshot.fleet, regions=regions))
        needed = evidence_needed(snapshot)
        return [
            request
            for request in needed
            if request.host not in self._pending
            and self._evidence_asked.get(f"{request.host} {request.section}") != request.depends_on
        ]

    def _ask_evidence_when_free(self) -> None:
        for request in self._evidence_due():
            if request.host not in self._pending:
                self._ask_evidence(request, EVIDENCE_DEADLINE)

    def _ask_evidence(self, request: EvidenceRequest, deadline: float) -> None:
        if request.host in self._pending:
            return
        self._evidence_asked[f"{request.host} {request.section}"] = request.depends_on
        self._pending[request.host] = (request.section,)
        self._witnesses.transport.submit(Request(request.host, (request.section,), deadline))

    def _ask_clients(self, deadline: float) -> None:
        for region in self._fleet.regions:
            for question in client_questions(region, deadline):
                if question.key not in self._client_pending:
                    self._client_pending.add(question.key)
                    self._witnesses.client.submit(question)
            if region.endpoint is not None and region.endpoint.managed_by is ManagedBy.DNS:
                self._resolve(region.name, region.endpoint.name, deadline)

    def _resolve(self, region: str, name: str, deadline: float) -> None:
        if (key := f"resolve {region}") not in self._client_pending:
            self._client_pending.add(key)
            self._witnesses.client.resolve(region, name, deadline)

    def _gather(self, timeout: float, schedule: Schedule | None) -> bool:
        """Wait up to `timeout` for replies and take all that is there; True when something new was seen."""
        replies = self._witnesses.transport.replies(timeout)
        for reply in replies:
            self._pending.pop(reply.host, None)
            note_reply(reply)
            self._ledger.take_reply(reply)
            if schedule is not None:
                slow_failed = reply.failure is not None and _asked_slow(reply)
                schedule.answered(reply.host, slow_failed=slow_failed, now=time.monotonic())
        return self._take_client_answers() or bool(replies)

    def _take_client_answers(self) -> bool:
        views = self._witnesses.client.views()
        for key, view in views:
            self._client_pending.discard(key)
            note_view(key, view)
            self._ledger.take_view(key, view)
        resolutions = self._witnesses.client.resolutions()
        for region, addresses in resolutions:
            self._client_pending.discard(f"resolve {region}")
            self._ledger.take_resolution(region, addresses)
        return bool(views or resolutions)


def client_questions(region: Region, deadline: float) -> list[ClientQuestion]:
    """What to ask as a client: every database host's own address, and every address of the endpoint."""
    questions = [
        ClientQuestion(host_key(host.name), host.address, host.postgresql, deadline, region.number)
        for host in region.databases
        if host.postgresql is not None
    ]
    settings = region.databases[0].postgresql
    if region.endpoint is not None and settings is not None:
        questions += [
            ClientQuestion(endpoint_key(region.name, address), address, settings, deadline)
            for address in region.endpoint.addresses
        ]
    return questions


def _asked_slow(reply: Reply) -> bool:
    return "disks" in reply.sections


def _now() -> datetime:
    return datetime.now(UTC)
