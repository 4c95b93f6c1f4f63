"""The Transport protocol: ask a host, get raw text or the reason why not. Never blocks on a host.

A `Request` names probe sections. A `Reply` carries either the raw framed report (console.probe.frame reads it)
or a `Failure`. One thread (the Poller's) calls every method.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Request:
    """Ask `host` (its inventory name) for probe `sections`, each `name` or `name:argument`, within `deadline` seconds.

    The deadline covers all: waiting for a dialer, connecting, logging in, and the probe itself.
    """

    host: str
    sections: tuple[str, ...]
    deadline: float


class FailureKind(StrEnum):
    """Why a host could not be asked."""

    UNRESOLVED = "unresolved"  # the name has no address
    UNREACHABLE = "unreachable"  # no route, no answer to TCP in time
    REFUSED = "refused"  # TCP refused on the ssh port: the host is up, sshd is not
    HUNG = "hung"  # connected, then silent past the deadline
    LOGIN_REFUSED = "login-refused"
    SUDO_REFUSED = "sudo-refused"
    HOST_KEY_CHANGED = "host-key-changed"
    HOST_KEY_UNKNOWN = "host-key-unknown"
    LEGACY_NEEDED = "legacy-needed"  # offers only old algorithms; `ssh: {legacy: true}` would allow them
    NO_SHELL = "no-shell"  # logged in, but no POSIX shell answered (forced command, /sbin/nologin, MOTD only)
    GARBAGE = "garbage"  # answered, but not with a report: half a frame, binary, too much, another probe version
    LOST = "lost"  # the connection broke while the probe ran
    NOT_ASKED = "not-asked"  # the run's time was over before this host's turn, or it backs off after failures
    INTERNAL = "internal"  # a defect of the console; the message has the exception


@dataclass(frozen=True, slots=True)
class Failure:
    """What went wrong, in words for a person; `fingerprints` (known, offered) for host-key failures."""

    kind: FailureKind
    message: str
    remedy: str = ""
    fingerprints: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Reply:
    """The answer to a request: `report` is the raw framed text of the probe, or None with a `failure`.

    `sent_at` and `received_at` are the console's own UTC clock; clock skew is judged between them.
    `degraded` says why the probe runs without root, where it does.
    """

    host: str
    sections: tuple[str, ...]
    sent_at: datetime
    received_at: datetime
    report: bytes | None = None
    failure: Failure | None = None
    degraded: str | None = None


class Transport(Protocol):
    """Where replies come from: `ssh.SshTransport` for real hosts, `simulated.SimulatedTransport` for the demo."""

    def submit(self, request: Request) -> None:
        """Begin a request and return at once; a host has at most one at a time (a second raises RuntimeError)."""

    def replies(self, timeout: float) -> list[Reply]:
        """Wait up to `timeout` seconds for at least one reply and return all that are there, oldest first.

        Every submitted request is answered exactly once, at the latest a moment after its deadline.
        """

    def retry_now(self) -> None:
        """Forget every back-off: the next request of each host dials at once (a person asked for it)."""

    def close(self) -> None:
        """Drop every connection at once, without waiting for hung hosts. Idempotent."""
