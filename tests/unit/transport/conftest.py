"""A real sshd on loopback for the whole run, and transports to it."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from console.inventory.fleet import Host
from console.transport.protocol import Failure, FailureKind, Reply, Request
from console.transport.ssh import SshTransport
from tests.unit.transport.fleets import make_fleet, make_host, settings, stub_program
from tests.unit.transport.sshd import MISSING, SSHD, Sshd, current_user, make_key

StartSshd = Callable[..., Sshd]


class Console:
    """A transport to some hosts, asked the way the Poller asks."""

    def __init__(self, hosts: list[Host], config_file: Path, **options: object) -> None:
        self.transport = SshTransport(make_fleet(hosts), stub_program, config_file=config_file, **options)  # type: ignore[arg-type]

    def ask(self, host: str, *sections: str, deadline: float = 8.0) -> Reply:
        """One request and its reply."""
        self.transport.submit(Request(host, sections or ("section",), deadline))
        return self.next(deadline + 2)

    def next(self, timeout: float = 7.0) -> Reply:
        """The next single reply."""
        replies = self.transport.replies(timeout)
        assert len(replies) == 1, f"expected one reply, not {replies}"
        return replies[0]

    def failure(self, host: str, *sections: str, deadline: float = 8.0) -> Failure:
        """One request that must fail."""
        reply = self.ask(host, *sections, deadline=deadline)
        assert reply.failure is not None, f"expected a failure, not {reply.report!r}"
        assert reply.report is None
        return reply.failure


class Site:
    """Files of a test: a user's key, known_hosts, ~/.ssh/config; and the consoles it opens."""

    def __init__(self, folder: Path, user_key: Path) -> None:
        self.folder = folder
        self.user_key = user_key
        self.known_hosts = folder / "known_hosts"
        self.known_hosts.touch()
        self.config = folder / "ssh_config"
        self.config.touch()
        self.consoles: list[Console] = []

    def trust(self, *sshds: Sshd) -> None:
        """Put the host keys of `sshds` into known_hosts."""
        with self.known_hosts.open("a") as known_hosts:
            known_hosts.write("".join(sshd.known_hosts_lines() for sshd in sshds))

    def host(self, name: str, sshd: Sshd, address: str | None = None, **options: object) -> Host:
        """A host that is reached directly, with everything said in the inventory."""
        ssh = settings(current_user(), sshd.port, self.user_key, self.known_hosts, **options)  # type: ignore[arg-type]
        return make_host(name, address or sshd.addresses[0], ssh)

    def console(self, *hosts: Host, **options: object) -> Console:
        """A console of these hosts; closed at the end of the test."""
        console = Console(list(hosts), self.config, **options)
        self.consoles.append(console)
        return console


@pytest.fixture(scope="session")
def user_key(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A key pair that logs in at the test's sshds."""
    if shutil.which("ssh-keygen") is None:
        pytest.skip("ssh-keygen is not installed (Debian: openssh-client)")
    return make_key(tmp_path_factory.mktemp("user") / "id")


@pytest.fixture(scope="session")
def rsa_key(tmp_path_factory: pytest.TempPathFactory, user_key: Path) -> Path:
    """An RSA key pair; making one takes a second."""
    return make_key(tmp_path_factory.mktemp("rsa") / "rsa", "rsa")


@pytest.fixture(scope="session")
def sshd(tmp_path_factory: pytest.TempPathFactory, user_key: Path) -> Iterator[Sshd]:
    """An sshd with default settings on twelve addresses, shared by all tests; they must leave it as it is."""
    if SSHD is None:
        pytest.skip(MISSING)
    addresses = tuple(f"127.0.0.{number}" for number in range(2, 14))
    started = Sshd(tmp_path_factory.mktemp("sshd"), user_key, addresses)
    try:
        yield started.start()
    finally:
        started.stop()


@pytest.fixture
def start_sshd(tmp_path: Path, user_key: Path) -> Iterator[StartSshd]:
    """Start an sshd with settings of its own for one test: start_sshd('ForceCommand …', host_key='rsa')."""
    if SSHD is None:
        pytest.skip(MISSING)
    started: list[Sshd] = []

    def start(*options: str, host_key: str = "ed25519", addresses: tuple[str, ...] = ("127.0.0.1",)) -> Sshd:
        one = Sshd(tmp_path / f"sshd{len(started)}", user_key, addresses, host_key, options)
        started.append(one)
        return one.start()

    yield start
    for one in started:
        one.stop()


@pytest.fixture
def site(tmp_path: Path, user_key: Path) -> Iterator[Site]:
    """Files and consoles of one test."""
    made = Site(tmp_path, user_key)
    yield made
    for console in made.consoles:
        console.transport.close()


def kind_of(failure: Failure) -> FailureKind:
    """For asserting on the kind with the message in the report of a failed test."""
    return failure.kind
