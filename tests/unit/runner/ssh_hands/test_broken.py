"""Hosts that hang, connections that break, a sudo that refuses: each call ends, and says what is certain."""

from __future__ import annotations

import os
import signal
import socket
import threading
import time
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest

from console.inventory.fleet import Become
from console.runner.answer import Answer, unfinished
from console.runner.channel import Exchange, launch
from console.runner.hands import HandsError
from console.runner.remote import Remote, understand
from console.runner.ssh_hands import SshHands
from console.transport.algorithms import Connection
from console.transport.connecting import Reached
from console.transport.endpoint import Endpoint, Login
from console.transport.keys import KeyRing
from console.transport.login import exchange_keys, log_in
from tests.unit.runner.ssh_hands.conftest import Site, StartSshd
from tests.unit.runner.ssh_hands.orders import THIS_HOST, order, platform
from tests.unit.transport.fleets import make_fleet, make_host, settings
from tests.unit.transport.sshd import Sshd, current_user, free_port


def own(site: Site, start_sshd: StartSshd, *options: str) -> Site:
    """The site with an sshd of its own."""
    return Site(site.folder, site.user_key, start_sshd(*options))


def close(site: Site) -> None:
    for hands in site.opened:
        hands.close()


def test_a_host_that_is_down_is_not_changed(site: Site) -> None:
    ssh = settings(current_user(), free_port("127.0.0.1"), site.user_key, site.known_hosts)
    hands = SshHands(make_fleet([make_host(THIS_HOST, "127.0.0.1", ssh)]), config_file=site.config, patience=3)
    with pytest.raises(HandsError, match="Connection refused") as error:
        hands.perform(order("true"))
    hands.close()
    assert error.value.changed is False


def test_after_close_no_host_is_reached_into_again(site: Site) -> None:
    hands = site.leased()
    hands.close()
    with pytest.raises(HandsError, match="closed") as error:
        hands.perform(order("true"))
    assert error.value.changed is False


def test_warm_says_which_hosts_it_could_not_reach(site: Site) -> None:
    ssh = settings(current_user(), free_port("127.0.0.1"), site.user_key, site.known_hosts)
    hands = SshHands(make_fleet([make_host(THIS_HOST, "127.0.0.1", ssh)]), config_file=site.config, patience=3)
    failures = hands.warm([THIS_HOST])
    hands.close()
    assert "Connection refused" in failures[THIS_HOST]


def test_a_changed_host_key_is_no_connection(site: Site, start_sshd: StartSshd) -> None:
    key = site.known_hosts.read_text().split()[1:]
    mine = own(site, start_sshd)
    mine.known_hosts.write_text(f"[127.0.0.1]:{mine.sshd.port} {' '.join(key)}\n")
    with pytest.raises(HandsError, match=r"host key .* has changed") as error:
        mine.hands().perform(order("true"))
    close(mine)
    assert error.value.changed is False


def test_a_connection_that_breaks_in_the_midst_leaves_it_unknown(
    site: Site, start_sshd: StartSshd, tmp_path: Path
) -> None:
    mine = own(site, start_sshd)
    hands = mine.leased()
    assert hands.perform(order("true")).status == 0
    caught: list[HandsError] = []

    def work() -> None:
        with pytest.raises(HandsError) as error:
            hands.perform(order("true", f"touch {tmp_path}/begun; sleep 1", f"touch {tmp_path}/ended"))
        caught.append(error.value)

    worker = threading.Thread(target=work)
    worker.start()
    wait_for(tmp_path / "begun")
    for pid in mine.sshd.session_pids():
        with suppress(FileNotFoundError, ProcessLookupError):  # it ends by itself once the one before it is dead
            if "sshd" in Path(f"/proc/{pid}/comm").read_text():
                os.kill(pid, signal.SIGKILL)
    worker.join()
    assert caught[0].changed is None
    assert "operation 2 of 3" in str(caught[0])
    # The order is carried out to its end all the same, and the next call dials anew.
    wait_for(tmp_path / "ended")
    assert hands.perform(order("echo again")).output == "again\n"
    close(mine)


def wait_for(path: Path) -> None:
    for _ in range(1000):
        if path.exists():
            return
        time.sleep(0.03)
    raise AssertionError(f"{path.name} did not appear")


def test_while_an_order_that_was_lost_still_works_no_other_begins(
    site: Site, start_sshd: StartSshd, tmp_path: Path
) -> None:
    mine = own(site, start_sshd)
    hands = mine.leased()

    def work() -> None:
        with pytest.raises(HandsError):
            hands.perform(order(f"touch {tmp_path}/b; sleep 5"))

    lost = threading.Thread(target=work)
    lost.start()
    wait_for(tmp_path / "b")
    hands.close()
    lost.join()
    with pytest.raises(HandsError, match="an earlier order of a run still works") as error:
        mine.hands().perform(order(f"touch {tmp_path}/second"))
    assert error.value.changed is False
    assert not (tmp_path / "second").exists()
    close(mine)


def test_a_hung_host_costs_its_deadline_only(site: Site, start_sshd: StartSshd) -> None:
    mine = own(site, start_sshd)
    hands = mine.leased(patience=1.5)
    stopped = mine.sshd.freeze()
    began = time.monotonic()
    with pytest.raises(HandsError) as error:
        hands.renew_lease(platform(), "run-1")
    took = time.monotonic() - began
    for pid in stopped:
        os.kill(pid, signal.SIGCONT)
    assert took < 15
    assert error.value.changed is False
    assert hands.renew_lease(platform(), "run-1") is True
    close(mine)


def test_a_login_shell_that_hangs_costs_its_deadline_only(site: Site, start_sshd: StartSshd) -> None:
    mine = own(site, start_sshd, "ForceCommand sleep 20")
    began = time.monotonic()
    with pytest.raises(HandsError, match="did not answer in time") as error:
        mine.hands(patience=1.0).renew_lease(platform(), "run-1")
    assert time.monotonic() - began < 15
    assert error.value.changed is None
    close(mine)


def test_a_login_without_a_shell_is_told_with_its_words(site: Site, start_sshd: StartSshd) -> None:
    mine = own(site, start_sshd, "ForceCommand echo 'This account is not available.'; exit 1")
    with pytest.raises(HandsError, match="This account is not available") as error:
        mine.hands().renew_lease(platform(), "run-1")
    assert error.value.changed is False
    close(mine)


def test_a_message_of_the_day_is_passed_over(site: Site, start_sshd: StartSshd) -> None:
    mine = own(site, start_sshd, "ForceCommand echo welcome; printf 'no newline'; eval \"$SSH_ORIGINAL_COMMAND\"")
    assert mine.leased().perform(order("echo x")).output == "x\n"
    close(mine)


def test_a_host_that_floods_is_given_up(site: Site, start_sshd: StartSshd) -> None:
    mine = own(site, start_sshd, "ForceCommand yes")
    with pytest.raises(HandsError, match="printed more than"):
        mine.hands().renew_lease(platform(), "run-1")
    close(mine)


# sudo here is a script, as in tests/unit/transport/test_sudo.py: a real one needs root to install; the lab has it.


def by_sudo(start_sshd: StartSshd, folder: Path, user_key: Path, sudo: str) -> tuple[Exchange, str]:
    """An exchange with a host where the login is `oncall` and sudo does what the script says."""
    (folder / "bin").mkdir()
    (folder / "bin" / "sudo").write_text(f"#!/bin/sh\n{sudo}\n")
    (folder / "bin" / "sudo").chmod(0o755)
    sshd = start_sshd(f"SetEnv PATH={folder / 'bin'}:/usr/bin:/bin")
    nonce = "a1b2"
    return Exchange(reached_as_oncall(sshd, user_key), nonce), nonce


def reached_as_oncall(sshd: Sshd, user_key: Path) -> Reached:
    deadline = time.monotonic() + 8
    login = Login(current_user(), (user_key,), True, True, None)
    target = Endpoint("db1", "127.0.0.1", sshd.port, login, (), (), become=Become.SUDO)
    connection = Connection(socket.create_connection((target.address, target.port)), legacy=False)
    exchange_keys(connection, target, b"", deadline)
    log_in(connection, target, KeyRing())
    oncall = Login("oncall", (), True, True, None)
    return Reached(connection, replace(target, login=oncall))


@pytest.mark.parametrize("words", ["sudo: a password is required", "Sorry, user oncall is not allowed to execute"])
def test_a_sudo_that_refuses_has_changed_nothing_and_the_remedy_is_told(
    start_sshd: StartSshd, tmp_path: Path, user_key: Path, words: str
) -> None:
    exchange, nonce = by_sudo(start_sshd, tmp_path, user_key, f"echo '{words}' >&2; exit 1")
    exchange.send(Remote().perform(order(f"touch {tmp_path}/done"), nonce), time.monotonic() + 5)
    heard = exchange.hear(time.monotonic() + 5)
    exchange.close()
    error = unfinished("db1", heard, Answer(understand(heard.data, nonce)), None, sudo=True, reads=False)
    assert error.changed is False
    assert words in str(error)
    assert "sudo -n -l" in str(error)
    assert not (tmp_path / "done").exists()


def test_a_sudo_to_root_gets_the_text_on_its_stdin(start_sshd: StartSshd, tmp_path: Path, user_key: Path) -> None:
    exchange, nonce = by_sudo(start_sshd, tmp_path, user_key, f'echo "$*" >{tmp_path}/argv; shift; exec "$@"')
    exchange.send(Remote(str(tmp_path / "state"), False).renew(platform(), "run-1", nonce), time.monotonic() + 5)
    heard = exchange.hear(time.monotonic() + 5)
    exchange.close()
    assert heard.whole
    assert (tmp_path / "argv").read_text() == "-n /bin/sh\n"


def test_a_login_as_root_needs_no_sudo() -> None:
    login = Login("root", (), True, True, None)
    reached = Reached(None, Endpoint("db1", "a", 22, login, (), (), become=Become.SUDO))  # type: ignore[arg-type]
    assert launch(reached) == "exec /bin/sh"
