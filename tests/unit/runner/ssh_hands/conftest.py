"""A real sshd on loopback, and hands that reach through it into this machine, with a state folder of the test's own."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from console.runner.ssh_hands import SshHands
from tests.unit.runner.ssh_hands.orders import OTHER_HOST, RUN, THIS_HOST, lease, platform
from tests.unit.transport.fleets import make_fleet, make_host, settings
from tests.unit.transport.sshd import MISSING, SSHD, Sshd, current_user, make_key

StartSshd = Callable[..., Sshd]


class Site:
    """One test's files, and the hands that it opens. Every host of its inventory is this machine."""

    def __init__(self, folder: Path, user_key: Path, sshd: Sshd) -> None:
        self.folder = folder
        self.state = folder / "state"
        self.user_key = user_key
        self.sshd = sshd
        self.known_hosts = folder / "known_hosts"
        self.known_hosts.write_text(sshd.known_hosts_lines())
        self.config = folder / "ssh_config"
        self.config.touch()
        self.opened: list[SshHands] = []

    def hands(self, patience: float = 10.0) -> SshHands:
        """Hands that do without root; closed at the end of the test."""
        ssh = settings(current_user(), self.sshd.port, self.user_key, self.known_hosts)
        fleet = make_fleet([make_host(name, self.sshd.addresses[0], ssh) for name in (THIS_HOST, OTHER_HOST)])
        made = SshHands(fleet, state=str(self.state), as_root=False, patience=patience, config_file=self.config)
        self.opened.append(made)
        return made

    def leased(self, run: str = RUN, patience: float = 10.0) -> SshHands:
        """Hands of a run that holds the lease."""
        made = self.hands(patience)
        assert made.take_lease(platform(), lease(run)) is None
        return made

    def job_file(self, name: str, run: str = RUN, step: str = "step-1") -> Path:
        """A file of a job."""
        return self.state / "jobs" / f"{run}.{step}" / name


@pytest.fixture(scope="session")
def user_key(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A key pair that logs in."""
    if shutil.which("ssh-keygen") is None:
        pytest.skip("ssh-keygen is not installed (Debian: openssh-client)")
    return make_key(tmp_path_factory.mktemp("user") / "id")


@pytest.fixture(scope="module")
def sshd(tmp_path_factory: pytest.TempPathFactory, user_key: Path) -> Iterator[Sshd]:
    """An sshd that the tests of a module share."""
    if SSHD is None:
        pytest.skip(MISSING)
    started = Sshd(tmp_path_factory.mktemp("sshd"), user_key)
    try:
        yield started.start()
    finally:
        started.stop()


@pytest.fixture
def start_sshd(tmp_path: Path, user_key: Path) -> Iterator[StartSshd]:
    """Start an sshd of one test's own: start_sshd('SetEnv …')."""
    if SSHD is None:
        pytest.skip(MISSING)
    started: list[Sshd] = []

    def start(*options: str) -> Sshd:
        one = Sshd(tmp_path / f"sshd{len(started)}", user_key, options=options)
        started.append(one)
        return one.start()

    yield start
    for one in started:
        one.stop()


@pytest.fixture
def site(tmp_path: Path, user_key: Path, sshd: Sshd) -> Iterator[Site]:
    """Files and hands of one test."""
    made = Site(tmp_path, user_key, sshd)
    yield made
    for hands in made.opened:
        hands.close()
