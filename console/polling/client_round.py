"""One round of questions as a client, and their answers: an answer to an earlier round is not taken for this one's."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from math import inf

from console.facts.observed import unknown
from console.inventory.fleet import Region
from console.polling.diary import note_view
from console.polling.ledger import Ledger
from console.polling.poller import client_questions
from console.polling.witnesses import ClientWitness

SOURCE = "client"


class ClientRound:
    """Asks the client's eye about a region's hosts and endpoint for `ledger`. Owned by one thread."""

    def __init__(self, client: ClientWitness, ledger: Ledger) -> None:
        self._client = client
        self._ledger = ledger
        self._number = 0
        self._views: dict[str, str] = {}
        self._names: dict[str, str] = {}

    @property
    def waiting(self) -> bool:
        """Whether an answer is still to come."""
        return bool(self._views or self._names)

    def ask(self, region: Region, deadline: float, *, backlog: bool, patience: float = inf) -> None:
        """Begin a round: every database host's address and every address of the endpoint, at once.

        `backlog`: count the rows that wait to be replicated to the global region too, which may take its time.
        `patience`: seconds for TCP to open.
        """
        self._number += 1
        self._views.clear()
        for question in client_questions(region, deadline):
            key = f"{self._number} {question.key}"
            self._views[key] = question.key
            number = question.region_number if backlog else None
            self._client.submit(replace(question, key=key, region_number=number, patience=patience))

    def resolve(self, region: Region, deadline: float) -> None:
        """Begin to resolve the endpoint's name too."""
        if region.endpoint is not None:
            key = f"{self._number} {region.name}"
            self._names = {key: region.name}
            self._client.resolve(key, region.endpoint.name, deadline)

    def gather(self) -> None:
        """Take the answers that are there; never waits."""
        for key, view in self._client.views():
            question = self._views.pop(key, None)
            if question is not None:
                note_view(question, view)
                self._ledger.take_view(question, view)
        for key, addresses in self._client.resolutions():
            name = self._names.pop(key, None)
            if name is not None:
                self._ledger.take_resolution(name, addresses)

    def give_up(self, at: datetime) -> None:
        """What has not been answered is unknown: an older view of it is no longer one."""
        for question in self._views.values():
            self._ledger.take_view(question, unknown(SOURCE, "the client's eye did not answer in time", at))
        for region in self._names.values():
            self._ledger.take_resolution(region, unknown("DNS", "no answer in time", at))
        self._views.clear()
        self._names.clear()
