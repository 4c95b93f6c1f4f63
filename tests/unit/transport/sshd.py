"""Real sshds for tests and benchmarks: unprivileged, on loopback, with keys of their own, ended by their pid."""

from __future__ import annotations

import contextlib
import getpass
import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

SSHD = shutil.which("sshd", path=os.environ.get("PATH", "") + ":/usr/sbin:/usr/local/sbin")
MISSING = "sshd is not installed (Debian: openssh-server), so nothing real to connect to"


def make_key(path: Path, kind: str = "ed25519", passphrase: str = "") -> Path:
    """A new key pair at `path` and `path`.pub."""
    size = ["-b", "2048"] if kind == "rsa" else []
    command = ["ssh-keygen", "-q", "-t", kind, *size, "-N", passphrase, "-C", "test", "-f", str(path)]
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    return path


def public_key(path: Path) -> str:
    """`type base64` of a key pair."""
    return " ".join(path.with_name(path.name + ".pub").read_text().split()[:2])


@dataclass
class Sshd:
    """One sshd below `folder`, listening on `addresses`, where the key `user_key` logs in as the current user."""

    folder: Path
    user_key: Path
    addresses: tuple[str, ...] = ("127.0.0.1",)
    host_key: str = "ed25519"
    options: Iterable[str] = ()
    port: int = 0
    process: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    def start(self) -> Sshd:
        """Write its files, start it, and wait until it answers."""
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / "home").mkdir(exist_ok=True)
        if not self.host_key_file.exists():
            make_key(self.host_key_file, self.host_key)
        (self.folder / "authorized_keys").write_text(public_key(self.user_key) + "\n")
        self.port = self.port or free_port(self.addresses[0])
        config = self.folder / "sshd_config"
        config.write_text(self._config())
        if os.geteuid() == 0:
            Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                [str(SSHD), "-D", "-e", "-f", str(config)], stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )
        self._wait()
        return self

    @property
    def host_key_file(self) -> Path:
        """The private host key."""
        return self.folder / f"host_{self.host_key}"

    def _config(self) -> str:
        lines = [f"ListenAddress {address}:{self.port}" for address in self.addresses]
        # Of several SetEnv lines sshd takes the first alone. An empty HOME keeps the start-up files of the account out.
        environment = [option.removeprefix("SetEnv ") for option in self.options if option.startswith("SetEnv ")]
        lines += [option for option in self.options if not option.startswith("SetEnv ")]
        lines += [
            f"HostKey {self.host_key_file}",
            f"AuthorizedKeysFile {self.folder / 'authorized_keys'}",
            " ".join(["SetEnv", f"HOME={self.folder / 'home'}", *environment]),
            "PidFile none",
            "StrictModes no",
            "UsePAM no",
            "UseDNS no",
            "PasswordAuthentication no",
            "KbdInteractiveAuthentication no",
            "PermitRootLogin prohibit-password",
            "MaxStartups 2000:30:4000",
            "MaxSessions 100",
            "LogLevel ERROR",
        ]
        return "\n".join(lines) + "\n"

    def _wait(self) -> None:
        assert self.process is not None
        for _ in range(100):
            if self.process.poll() is not None:
                raise RuntimeError("sshd ended: " + (self.folder / "log").read_text())
            try:
                with socket.create_connection((self.addresses[-1], self.port), timeout=1):
                    return
            except OSError:
                time.sleep(0.02)
        raise RuntimeError("sshd does not answer: " + (self.folder / "log").read_text())

    def known_hosts_lines(self, addresses: Iterable[str] | None = None) -> str:
        """The lines that known_hosts needs for it."""
        key = public_key(self.host_key_file)
        return "".join(f"[{address}]:{self.port} {key}\n" for address in addresses or self.addresses)

    def session_pids(self) -> list[int]:
        """The sshd processes of its connections, and what runs in them."""
        assert self.process is not None
        return descendants(self.process.pid)

    def freeze(self) -> list[int]:
        """Stop (SIGSTOP) every process of its connections; the kernel still acknowledges what is sent to them."""
        pids = self.session_pids()
        for pid in pids:
            _signal(pid, signal.SIGSTOP)
        return pids

    def stop(self) -> None:
        """End it and everything it started. Idempotent."""
        if self.process is None:
            return
        pids = self.session_pids()
        self.process.kill()
        self.process.wait()
        for pid in pids:
            _signal(pid, signal.SIGKILL)
        self.process = None


def descendants(root: int) -> list[int]:
    """Pids of the children of `root`, and of theirs."""
    found: list[int] = []
    waiting = [root]
    while waiting:
        children = _children(waiting.pop())
        found += children
        waiting += children
    return found


def _children(pid: int) -> list[int]:
    """The children of one process; none of one that has just ended."""
    try:
        words = [task.read_text() for task in Path(f"/proc/{pid}/task").glob("*/children")]
    except OSError:
        return []
    return [int(child) for child in " ".join(words).split()]


def _signal(pid: int, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, number)


def free_port(address: str) -> int:
    """A TCP port that is free on `address` now."""
    with socket.socket() as sock:
        sock.bind((address, 0))
        port: int = sock.getsockname()[1]
        return port


def current_user() -> str:
    """The account that an unprivileged sshd lets in."""
    return getpass.getuser()
