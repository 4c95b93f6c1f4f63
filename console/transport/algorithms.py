"""Which algorithms the console agrees to: modern ones, cheapest first; SHA-1 ones only for `ssh: {legacy: true}`.

Key exchange by diffie-hellman-group* costs the console ten to thirty times curve25519 (SSH.md 1.5), so it comes last.
"""

from __future__ import annotations

import contextlib
import logging
import socket
from collections.abc import Iterable, Mapping
from typing import Any

import paramiko

from console.facts.text import one_line

KEX = (
    "curve25519-sha256@libssh.org",
    "ecdh-sha2-nistp256",
    "ecdh-sha2-nistp384",
    "ecdh-sha2-nistp521",
    "diffie-hellman-group14-sha256",
    "diffie-hellman-group-exchange-sha256",
    "diffie-hellman-group16-sha512",
)
LEGACY_KEX = ("diffie-hellman-group-exchange-sha1", "diffie-hellman-group14-sha1", "diffie-hellman-group1-sha1")
CIPHERS = ("aes128-gcm@openssh.com", "aes256-gcm@openssh.com", "aes128-ctr", "aes192-ctr", "aes256-ctr")
LEGACY_CIPHERS = ("aes128-cbc", "aes256-cbc", "3des-cbc")
MACS = ("hmac-sha2-256-etm@openssh.com", "hmac-sha2-512-etm@openssh.com", "hmac-sha2-256", "hmac-sha2-512")
LEGACY_MACS = ("hmac-sha1",)
HOST_KEYS = (
    "ssh-ed25519",
    "ecdsa-sha2-nistp256",
    "ecdsa-sha2-nistp384",
    "ecdsa-sha2-nistp521",
    "rsa-sha2-512",
    "rsa-sha2-256",
)
LEGACY_HOST_KEYS = ("ssh-rsa",)
_RSA_SIGNATURES = ("rsa-sha2-512", "rsa-sha2-256")

# paramiko logs what its exceptions already say, with a traceback; without a handler Python prints that to stderr.
logging.getLogger("paramiko").addHandler(logging.NullHandler())


class Connection(paramiko.Transport):
    """A paramiko Transport with the console's algorithms, which remembers what the server offered and why it left."""

    _preferred_kex: tuple[str, ...] = KEX
    _preferred_ciphers: tuple[str, ...] = CIPHERS
    _preferred_macs: tuple[str, ...] = MACS
    _preferred_keys: tuple[str, ...] = HOST_KEYS
    _preferred_pubkeys: tuple[str, ...] = HOST_KEYS
    server_extensions: dict[str, bytes]

    def __init__(self, sock: Any, legacy: bool, known_key_kinds: Iterable[str] = ()) -> None:
        super().__init__(sock)
        self.legacy = legacy
        self.daemon = True
        self.set_log_channel("paramiko.transport")
        self.offered: Mapping[str, list[str]] = {}
        self.farewell = ""
        self.rsa_with_sha1 = False
        if legacy:
            self._preferred_kex = KEX + LEGACY_KEX
            self._preferred_ciphers = CIPHERS + LEGACY_CIPHERS
            self._preferred_macs = MACS + LEGACY_MACS
            self._preferred_keys = HOST_KEYS + LEGACY_HOST_KEYS
        self._preferred_keys = known_first(self._preferred_keys, known_key_kinds)

    @property
    def preferred_pubkeys(self) -> tuple[str, ...]:
        """Signature algorithms for logging in; for RSA keys only SHA-1 where `rsa_with_sha1` is set.

        A legacy sshd that lists none (before OpenSSH 7.2) knows RSA with SHA-1 only, and refuses any other.
        """
        if not self.legacy:
            return HOST_KEYS
        if not self.rsa_with_sha1 and "server-sig-algs" in self.server_extensions:
            return HOST_KEYS
        return tuple(kind for kind in HOST_KEYS if kind not in _RSA_SIGNATURES) + LEGACY_HOST_KEYS

    def _parse_kex_init(self, m: paramiko.Message) -> None:
        self.offered = self._really_parse_kex_init(m)  # type: ignore[attr-defined]
        m.rewind()
        super()._parse_kex_init(m)  # type: ignore[misc]

    def _parse_disconnect(self, m: paramiko.Message) -> None:
        m.get_int()
        self.farewell = one_line(m.get_binary())

    def hang_up(self) -> None:
        """Cut the connection at once, whatever it is doing; never waits for the host."""
        self.active = False
        cut(self.sock)
        self.packetizer.close()


def cut(sock: Any) -> None:
    """Close a socket, or a channel that stands in for one, so that a thread that reads from it wakes up."""
    with contextlib.suppress(OSError, EOFError, paramiko.SSHException):
        if isinstance(sock, socket.socket):
            sock.shutdown(socket.SHUT_RDWR)
    with contextlib.suppress(OSError, EOFError, paramiko.SSHException):
        sock.close()


def known_first(algorithms: tuple[str, ...], known_kinds: Iterable[str]) -> tuple[str, ...]:
    """`algorithms` with those first whose keys are known, so that a host is asked for the key that can be checked."""
    known = {signature for kind in known_kinds for signature in (_RSA_SIGNATURES if kind == "ssh-rsa" else ())}
    known |= set(known_kinds)
    return tuple(sorted(algorithms, key=lambda algorithm: algorithm not in known))


def only_legacy(offered: Mapping[str, list[str]]) -> list[str]:
    """What a host that no modern algorithm could be agreed with offers that `legacy` would allow; empty if nothing."""
    wanted = (
        ("kex_algo_list", KEX, LEGACY_KEX),
        ("server_key_algo_list", HOST_KEYS, LEGACY_HOST_KEYS),
        ("server_encrypt_algo_list", CIPHERS, LEGACY_CIPHERS),
        ("server_mac_algo_list", MACS, LEGACY_MACS),
    )
    found: list[str] = []
    for name, modern, legacy in wanted:
        algorithms = offered.get(name, [])
        if not set(algorithms) & set(modern):
            found += [algorithm for algorithm in algorithms if algorithm in legacy]
    return found
