"""Key exchange, host key and login over a connected socket. Blocking: runs in a dialer's thread."""

from __future__ import annotations

import logging
import time
from pathlib import Path
from typing import Any

import paramiko
from paramiko.ssh_exception import IncompatiblePeer

from console.facts.text import one_line
from console.transport.algorithms import Connection, only_legacy
from console.transport.endpoint import Endpoint
from console.transport.failures import HostFailure
from console.transport.keys import KeyRing, Unusable, candidates
from console.transport.known_hosts import HostKey, HostKeys, Trust
from console.transport.protocol import FailureKind

IDLE_TICK = 5.0
_log = logging.getLogger(__name__)


def exchange_keys(connection: Connection, target: Endpoint, greeting: bytes, deadline: float) -> None:
    """Agree on algorithms and keys. Raises HostFailure."""
    patience = max(0.1, deadline - time.monotonic())
    connection.banner_timeout = connection.handshake_timeout = connection.auth_timeout = patience
    try:
        connection.start_client(timeout=patience)
    except IncompatiblePeer as error:
        raise _incompatible(connection, target, error) from error
    except (paramiko.SSHException, EOFError, OSError) as error:
        raise _broken(connection, target, greeting, error) from error
    if not connection.initial_kex_done:
        raise HostFailure(FailureKind.HUNG, f"{target.place}: silent during key exchange")


def _incompatible(connection: Connection, target: Endpoint, error: Exception) -> HostFailure:
    old = only_legacy(connection.offered)
    if old and not target.legacy:
        return HostFailure(
            FailureKind.LEGACY_NEEDED,
            f"{target.place} offers only algorithms with SHA-1 or other old ones ({one_line(', '.join(old), 120)})",
            "if the host is that old, allow them for it alone: `ssh: {legacy: true}` in the inventory",
        )
    offered = one_line("; ".join(",".join(names) for names in list(connection.offered.values())[:3]), 160)
    return HostFailure(
        FailureKind.LOGIN_REFUSED,
        f"{target.place}: no algorithm in common ({one_line(str(error), 80)}); it offers {offered}",
        "allow curve25519 or ecdh-sha2-nistp256, and aes128-gcm or aes128-ctr, in its sshd_config",
    )


def _broken(connection: Connection, target: Endpoint, greeting: bytes, error: Exception) -> HostFailure:
    reason = connection.farewell or one_line(str(error), 120) or type(error).__name__
    if greeting and b"SSH-" not in greeting:
        said = one_line(greeting.split(b"\n")[0], 100)
        return HostFailure(
            FailureKind.GARBAGE,
            f"{target.place} answered with no SSH banner but with: {said}",
            "check ssh.port; sshd 9.8 and later says such a thing to sources it penalises",
        )
    return HostFailure(FailureKind.LOST, f"{target.place}: the connection broke during key exchange ({reason})")


def check_host_key(connection: Connection, target: Endpoint, host_keys: HostKeys) -> None:
    """Compare the host's key with known_hosts; a new one is remembered where `accept_new` is set. HostFailure else."""
    key = connection.get_remote_server_key()
    offered = HostKey(key.get_name(), key.asbytes())
    verdict = host_keys.verdict(target.known_hosts, target.key_names, offered)
    if verdict.trust is Trust.KNOWN:
        return
    if verdict.trust is Trust.UNKNOWN:
        _meet_unknown(target, offered, host_keys)
        return
    same_kind = [known for known in verdict.known if known.kind == offered.kind] or list(verdict.known)
    fingerprints = (*(known.fingerprint for known in same_kind[:1]), offered.fingerprint)
    what = "is revoked" if verdict.trust is Trust.REVOKED else f"has changed: known {fingerprints[0]}"
    raise HostFailure(
        FailureKind.HOST_KEY_CHANGED,
        f"the {offered.kind} host key of {target.place} {what}, offered {offered.fingerprint}",
        f"find out why; only if the host was reinstalled: ssh-keygen -R '{target.key_names[0]}'",
        fingerprints,
    )


def _meet_unknown(target: Endpoint, offered: HostKey, host_keys: HostKeys) -> None:
    path = target.known_hosts[0] if target.known_hosts else Path("~/.ssh/known_hosts").expanduser()
    if target.accept_new:
        trouble = host_keys.accept(path, target.key_names[0], offered)
        if trouble:
            _log.warning("%s: new host key %s accepted but not written: %s", target.name, offered.fingerprint, trouble)
        return
    raise HostFailure(
        FailureKind.HOST_KEY_UNKNOWN,
        f"the host key of {target.place} is not known: {offered.kind} {offered.fingerprint}",
        f"compare that fingerprint on the host, then: ssh-keyscan -p {target.port} {target.address} >> {path}",
        (offered.fingerprint,),
    )


def log_in(connection: Connection, target: Endpoint, ring: KeyRing) -> None:
    """Offer each key in turn until one is accepted. Raises HostFailure, naming what was tried."""
    login = target.login
    tried: list[str] = []
    for candidate in candidates(ring, login.files, login.explicit, login.only, login.agent):
        if isinstance(candidate, Unusable):
            tried.append(f"{candidate.source}: {candidate.reason}")
            continue
        tried.append(candidate.source)
        if _offer(connection, target, candidate.key, tried):
            return
        if _could_be_sha1(connection, candidate.key) and _offer_with_sha1(connection, target, candidate.key, tried):
            return
    raise _no_key_accepted(target, tried)


def _could_be_sha1(connection: Connection, key: paramiko.PKey) -> bool:
    """Whether an RSA key was refused by a legacy host that may only have disliked SHA-2.

    OpenSSH lists every algorithm it knows in server-sig-algs, also those that its PubkeyAcceptedAlgorithms forbid.
    """
    return connection.legacy and "rsa" in key.get_name() and "server-sig-algs" in connection.server_extensions


def _offer_with_sha1(connection: Connection, target: Endpoint, key: paramiko.PKey, tried: list[str]) -> bool:
    connection.rsa_with_sha1 = True
    try:
        return _offer(connection, target, key, tried)
    finally:
        connection.rsa_with_sha1 = False


def _offer(connection: Connection, target: Endpoint, key: paramiko.PKey, tried: list[str]) -> bool:
    """Whether `key` logs in; HostFailure where going on is useless."""
    try:
        missing = connection.auth_publickey(target.login.user, key)
    except paramiko.BadAuthenticationType as error:
        allowed = one_line(", ".join(error.allowed_types), 80)
        raise _refused(target, f"it allows no public keys, only {allowed}") from error
    except (paramiko.SSHException, EOFError, OSError) as error:
        if connection.is_active() and isinstance(error, paramiko.AuthenticationException):
            return False
        reason = connection.farewell or one_line(str(error), 120)
        raise _refused(target, f"it closed the connection after {len(tried)} keys ({reason})") from error
    if missing:
        raise _refused(target, f"it accepted the key but wants also {one_line(', '.join(missing), 80)}")
    return True


def _refused(target: Endpoint, why: str) -> HostFailure:
    return HostFailure(
        FailureKind.LOGIN_REFUSED,
        f"login as {target.login.user} at {target.place} refused: {why}",
        f"make `ssh -p {target.port} {target.login.user}@{target.address}` work with a key and no questions",
    )


def _no_key_accepted(target: Endpoint, tried: list[str]) -> HostFailure:
    if not tried:
        return _refused(target, "there is no key to offer (no agent, no identity file)")
    return _refused(target, "no key was accepted; tried " + one_line("; ".join(tried), 400))


def settle(connection: Connection, sock: Any) -> None:
    """After login: let the connection's thread wake every few seconds instead of ten times a second (SSH.md 0.2)."""
    sock.settimeout(IDLE_TICK)
    connection.clear_to_send_timeout = IDLE_TICK
