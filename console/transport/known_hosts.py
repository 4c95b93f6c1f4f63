"""Host keys: known_hosts files parsed once and shared, and the verdict on a key that a host offers.

Format: sshd(8), SSH_KNOWN_HOSTS FILE FORMAT. Plain names, wildcards, negation, hashed names, `[host]:port` and
`@revoked` are honoured; `@cert-authority` lines are passed over, since paramiko negotiates no host certificates.
"""

from __future__ import annotations

import base64
import fcntl
import fnmatch
import hashlib
import hmac
import os
import threading
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path

from console.transport.keys import fingerprint

SSH_PORT = 22


class Trust(Enum):
    """What known_hosts says of an offered key."""

    KNOWN = "known"
    UNKNOWN = "unknown"
    CHANGED = "changed"
    REVOKED = "revoked"


@dataclass(frozen=True, slots=True)
class HostKey:
    """A public host key: its type (`ssh-ed25519`, …) and its wire form."""

    kind: str
    blob: bytes

    @property
    def fingerprint(self) -> str:
        """As OpenSSH prints it."""
        return fingerprint(self.blob)


@dataclass(frozen=True, slots=True)
class _Hashed:
    salt: bytes
    digest: bytes
    key: HostKey

    def names(self, name: str) -> bool:
        return hmac.compare_digest(hmac.digest(self.salt, name.encode(), "sha1"), self.digest)


@dataclass(slots=True)
class KnownHosts:
    """The lines of one known_hosts file, ready to be looked up by name."""

    plain: dict[str, list[HostKey]] = field(default_factory=dict)
    hashed: list[_Hashed] = field(default_factory=list)
    wild: list[tuple[tuple[str, ...], HostKey]] = field(default_factory=list)
    revoked: list[tuple[tuple[str, ...], HostKey]] = field(default_factory=list)

    @classmethod
    def parse(cls, text: str) -> KnownHosts:
        """Read a file's text; lines that make no sense are passed over, as sshd(8) says."""
        hosts = cls()
        for line in text.splitlines():
            hosts._add(line.split())
        return hosts

    def _add(self, words: list[str]) -> None:
        marker = words.pop(0) if words and words[0].startswith("@") else ""
        if len(words) < 3 or words[0].startswith("#") or marker == "@cert-authority":
            return
        try:
            key = HostKey(words[1], base64.b64decode(words[2], validate=True))
        except ValueError:
            return
        names = tuple(words[0].lower().split(",")) if not words[0].startswith("|") else (words[0],)
        if marker == "@revoked":
            self.revoked.append((names, key))
        elif words[0].startswith("|1|"):
            self._add_hashed(words[0], key)
        elif any(char in words[0] for char in "*?!"):
            self.wild.append((names, key))
        else:
            for name in names:
                self.plain.setdefault(name, []).append(key)

    def _add_hashed(self, name: str, key: HostKey) -> None:
        hashed = _unhash(name, key)
        if hashed is not None:
            self.hashed.append(hashed)

    def keys(self, name: str) -> list[HostKey]:
        """Every key known for `name` (lower case, `[host]:port` where the port is not 22)."""
        found = list(self.plain.get(name, ()))
        found += [entry.key for entry in self.hashed if entry.names(name)]
        found += [key for patterns, key in self.wild if _matches(patterns, name)]
        return found

    def is_revoked(self, names: Iterable[str], blob: bytes) -> bool:
        """Whether a @revoked line of one of the names has this key."""
        return any(
            key.blob == blob and any(_revoked_name(patterns, name) for name in names) for patterns, key in self.revoked
        )


def _unhash(name: str, key: HostKey) -> _Hashed | None:
    parts = name.split("|")
    try:
        return _Hashed(base64.b64decode(parts[2]), base64.b64decode(parts[3]), key)
    except (ValueError, IndexError):
        return None


def _revoked_name(patterns: tuple[str, ...], name: str) -> bool:
    if patterns[0].startswith("|1|"):
        hashed = _unhash(patterns[0], HostKey("", b""))
        return hashed is not None and hashed.names(name)
    return _matches(patterns, name)


def _matches(patterns: tuple[str, ...], name: str) -> bool:
    matched = False
    for pattern in patterns:
        if fnmatch.fnmatchcase(name, pattern.lstrip("!").replace("[", "[[]")):
            if pattern.startswith("!"):
                return False
            matched = True
    return matched


def lookup_name(host: str, port: int) -> str:
    """How known_hosts spells `host` on `port`."""
    return host.lower() if port == SSH_PORT else f"[{host.lower()}]:{port}"


@dataclass(frozen=True, slots=True)
class Verdict:
    """`trust` in the offered key, and the keys that are known under the host's names."""

    trust: Trust
    known: tuple[HostKey, ...] = ()


class HostKeys:
    """All known_hosts files of the process, each parsed once and again when it changes. Safe for several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._parsed: dict[Path, tuple[tuple[int, int], KnownHosts]] = {}
        self._accepted: dict[str, list[HostKey]] = {}

    def known(self, files: tuple[Path, ...], names: tuple[str, ...]) -> tuple[HostKey, ...]:
        """The keys known for the first of `names` that is known at all."""
        with self._lock:
            for name in names:
                found = [key for path in files for key in self._file(path).keys(name)] + self._accepted.get(name, [])
                if found:
                    return tuple(found)
        return ()

    def verdict(self, files: tuple[Path, ...], names: tuple[str, ...], offered: HostKey) -> Verdict:
        """Whether `offered` is the key of the host that is called `names` (the most specific name first)."""
        known = self.known(files, names)
        with self._lock:
            if any(self._file(path).is_revoked(names, offered.blob) for path in files):
                return Verdict(Trust.REVOKED, known)
        if any(key.blob == offered.blob for key in known):
            return Verdict(Trust.KNOWN, known)
        return Verdict(Trust.CHANGED if known else Trust.UNKNOWN, known)

    def accept(self, path: Path, name: str, key: HostKey) -> str | None:
        """Remember a new key for this process and append it to `path`; why the file could not be written, or None."""
        with self._lock:
            self._accepted.setdefault(name, []).append(key)
            try:
                _append_line(path, f"{name} {key.kind} {base64.b64encode(key.blob).decode()}\n")
            except OSError as error:
                return f"{path}: {error.strerror}"
        return None

    def _file(self, path: Path) -> KnownHosts:
        try:
            status = path.stat()
            version = (status.st_mtime_ns, status.st_size)
            known = self._parsed.get(path)
            if known is None or known[0] != version:
                known = (version, KnownHosts.parse(path.read_text("utf-8", "replace")))
                self._parsed[path] = known
        except OSError:
            return KnownHosts()
        return known[1]


def _append_line(path: Path, line: str) -> None:
    """Append under an exclusive lock, so that two consoles never mix their lines, nor spoil a last line without end."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        size = os.fstat(descriptor).st_size
        unfinished = size > 0 and os.pread(descriptor, 1, size - 1) != b"\n"
        os.write(descriptor, (("\n" if unfinished else "") + line).encode())
    finally:
        os.close(descriptor)


def hashed_name(name: str, salt: bytes) -> str:
    """`name` as `ssh-keygen -H` writes it."""
    digest = hmac.new(salt, name.encode(), hashlib.sha1).digest()
    return f"|1|{base64.b64encode(salt).decode()}|{base64.b64encode(digest).decode()}"
