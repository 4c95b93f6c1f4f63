"""A logged-in connection to one host, waited for: for who works on a host himself instead of asking the probe.

Dialled exactly as for the probe: configuration through `ssh -G`, host keys checked, keys, jump hosts.
"""

from __future__ import annotations

import queue
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from console.inventory.fleet import Host
from console.transport.algorithms import Connection
from console.transport.dialing import Dialer, unfinished
from console.transport.endpoint import Endpoint
from console.transport.lobby import Attempt
from console.transport.openssh_config import OpensshConfigReader
from console.transport.protocol import Failure

_DIALERS = 4


@dataclass(frozen=True, slots=True)
class Reached:
    """A host that is logged in to, and where and as whom that is."""

    connection: Connection
    endpoint: Endpoint


class Connector:
    """Connects to hosts, several at a time. `config_file` replaces ~/.ssh/config (as `ssh -F`). One thread calls it."""

    def __init__(self, config_file: Path | None = None, openssh: str | None = "ssh") -> None:
        self._outcomes: queue.SimpleQueue[tuple[Attempt, Reached | Failure]] = queue.SimpleQueue()
        self._dialer = Dialer(_reached, OpensshConfigReader(config_file, openssh), self._post, _DIALERS)

    def connect(self, hosts: Mapping[str, Host], seconds: float) -> dict[str, Reached | Failure]:
        """Connect to every one of `hosts` (by name) within `seconds` in all; each is answered."""
        deadline = time.monotonic() + seconds
        open_attempts = {name: Attempt(host, deadline) for name, host in hosts.items()}
        for attempt in open_attempts.values():
            self._dialer.start(attempt)
        answers: dict[str, Reached | Failure] = {}
        while open_attempts:
            try:
                attempt, outcome = self._outcomes.get(timeout=max(0.0, deadline - time.monotonic()))
            except queue.Empty:
                break
            if open_attempts.get(attempt.host.name) is attempt:
                answers[attempt.host.name] = outcome
                del open_attempts[attempt.host.name]
            elif isinstance(outcome, Reached):
                outcome.connection.hang_up()
        for name, attempt in open_attempts.items():
            answers[name] = unfinished(attempt, seconds)
            attempt.abort()
        return answers

    def close(self) -> None:
        """End its threads, and the connections to jump hosts; those that were given away are their owner's."""
        self._dialer.close()
        while not self._outcomes.empty():
            _, outcome = self._outcomes.get()
            if isinstance(outcome, Reached):
                outcome.connection.hang_up()

    def _post(self, attempt: Attempt, outcome: Reached | Failure) -> None:
        if attempt.cancelled and isinstance(outcome, Reached):
            outcome.connection.hang_up()
        else:
            self._outcomes.put((attempt, outcome))


def _reached(connection: Connection, attempt: Attempt) -> Reached:
    assert attempt.endpoint is not None
    return Reached(connection, attempt.endpoint)
