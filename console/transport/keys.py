"""Private keys, each file parsed once and shared by every connection, and the keys of the agent.

Parsing an RSA-3072 key takes 140 ms (SSH.md 1.5): at two hundred hosts that would be half a minute.
"""

from __future__ import annotations

import base64
import hashlib
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import paramiko
from paramiko.agent import AgentSSH

from console.facts.text import one_line

# Seconds after which the agent is asked again: the operator may have added a key.
AGENT_KEYS_LAST = 30.0


@dataclass(frozen=True, slots=True)
class Identity:
    """A key that can log in, and where it comes from, for messages."""

    key: paramiko.PKey
    source: str


@dataclass(frozen=True, slots=True)
class Unusable:
    """A key file that cannot log in, and why."""

    source: str
    reason: str


def fingerprint(blob: bytes) -> str:
    """The SHA256 fingerprint of a public key as OpenSSH prints it."""
    return "SHA256:" + base64.b64encode(hashlib.sha256(blob).digest()).decode().rstrip("=")


class KeyRing:
    """Every private key of the process. Safe to call from several threads; a changed file is read again."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._files: dict[tuple[Path, int], Identity | Unusable] = {}
        self._agents = threading.local()

    def load(self, path: Path) -> Identity | Unusable:
        """The key in `path`, or why it cannot be used (missing, unreadable, with a passphrase, of an unknown kind)."""
        try:
            version = path.stat().st_mtime_ns
        except OSError as error:
            return Unusable(str(path), error.strerror or str(error))
        with self._lock:
            entry = (path, version)
            if entry not in self._files:
                self._files[entry] = _parse(path)
            return self._files[entry]

    def agent(self, socket_path: str | None) -> tuple[Identity, ...]:
        """The agent's keys, by this thread's own connection: an agent answers one question at a time on each."""
        if socket_path is None:
            return ()
        known: dict[str, tuple[float, tuple[Identity, ...]]] = self._agents.__dict__.setdefault("known", {})
        if socket_path not in known or known[socket_path][0] < time.monotonic():
            keys = _NamedAgent(socket_path).get_keys()
            identities = tuple(Identity(key, f"agent key {_comment(key)}") for key in keys)
            known[socket_path] = (time.monotonic() + AGENT_KEYS_LAST, identities)
        return known[socket_path][1]


def _comment(key: paramiko.PKey) -> str:
    comment = one_line(str(getattr(key, "comment", "") or ""), 60)
    return comment or fingerprint(key.asbytes())


class _NamedAgent(paramiko.Agent):
    """The agent at a given socket; paramiko itself knows only the one in SSH_AUTH_SOCK."""

    def __init__(self, socket_path: str) -> None:
        AgentSSH.__init__(self)
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        connection.settimeout(5)
        try:
            connection.connect(socket_path)
            self._connect(connection)  # type: ignore[attr-defined]
        except (OSError, paramiko.SSHException):
            connection.close()


def _parse(path: Path) -> Identity | Unusable:
    try:
        return Identity(paramiko.PKey.from_path(path), str(path))
    except (paramiko.PasswordRequiredException, TypeError):
        return Unusable(str(path), f"has a passphrase; add it to the agent with `ssh-add {path}`")
    except OSError as error:
        return Unusable(str(path), error.strerror or str(error))
    except Exception as error:  # cryptography and paramiko raise nearly anything for a broken key file
        if "password" in str(error).lower() or "passphrase" in str(error).lower():
            return Unusable(str(path), f"has a passphrase; add it to the agent with `ssh-add {path}`")
        return Unusable(str(path), f"not a private key that can be used ({one_line(str(error), 80)})")


def public_blob(path: Path) -> bytes | None:
    """The public key beside a private key file (`path`.pub), to find it in the agent; None where there is none."""
    try:
        words = path.with_name(path.name + ".pub").read_text("utf-8", "replace").split()
        return base64.b64decode(words[1], validate=True)
    except (OSError, ValueError, IndexError):
        return None


def candidates(
    ring: KeyRing, files: tuple[Path, ...], explicit: bool, only: bool, agent_socket: str | None
) -> Iterator[Identity | Unusable]:
    """Keys in the order to offer them: named files, the agent's keys, default files (`explicit`: files were named).

    With `only` (IdentitiesOnly) just those agent keys whose public half lies beside one of the files.
    Default files that do not exist are passed over in silence, and no key is offered twice.
    """
    loaded = [ring.load(path) for path in files if explicit or path.exists()]
    agent = ring.agent(agent_socket)
    if only:
        allowed = {public_blob(path) for path in files}
        agent = tuple(identity for identity in agent if identity.key.asbytes() in allowed)
    seen: set[bytes] = set()
    for candidate in [*loaded, *agent] if explicit else [*agent, *loaded]:
        if isinstance(candidate, Unusable):
            yield candidate
        elif candidate.key.asbytes() not in seen:
            seen.add(candidate.key.asbytes())
            yield candidate
