"""~/.ssh/config, as ssh itself reads it."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from console.errors import TransportError
from console.transport import openssh_config
from console.transport.openssh_config import OpensshConfig, OpensshConfigReader, jumps, parse_answer, parse_jump

needs_ssh = pytest.mark.skipif(shutil.which("ssh") is None, reason="ssh is not installed (Debian: openssh-client)")


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names for which `ssh -G` was really run."""
    names: list[str] = []
    original = openssh_config.OpensshConfigReader._ask_program

    def ask(self: OpensshConfigReader, argument: str, address: str, user: str | None) -> OpensshConfig:
        names.append(argument)
        return original(self, argument, address, user)

    monkeypatch.setattr(openssh_config.OpensshConfigReader, "_ask_program", ask)
    return names


def reader(tmp_path: Path, text: str) -> OpensshConfigReader:
    path = tmp_path / "config"
    path.write_text(text)
    return OpensshConfigReader(path)


@needs_ssh
def test_values_of_an_included_file_count(tmp_path: Path) -> None:
    included = tmp_path / "included"
    included.write_text(
        "Host db1\n User alice\n Port 2200\n IdentityFile /keys/a\n IdentitiesOnly yes\n ProxyJump bob@gate:2022\n"
        " HostKeyAlias the-db\n UserKnownHostsFile /a/known /b/known\n"
    )
    config = reader(tmp_path, f"Include {included}\n").ask("db1", "db1")
    assert (config.user, config.port, config.identities_only) == ("alice", 2200, True)
    assert config.identity_files == (Path("/keys/a"),)
    assert config.proxy_jump == "bob@gate:2022"
    assert config.host_key_alias == "the-db"
    assert config.known_hosts[:2] == (Path("/a/known"), Path("/b/known"))


@needs_ssh
def test_hostname_gives_the_address_of_a_host_without_one(tmp_path: Path) -> None:
    config = reader(tmp_path, "Host db1\n HostName 10.0.0.9\n")
    assert config.ask("db1", "db1").hostname == "10.0.0.9"
    assert config.ask("db1", "10.1.1.1").hostname == "10.1.1.1"


@needs_ssh
def test_hosts_that_no_line_tells_apart_are_asked_for_once(tmp_path: Path, asked: list[str]) -> None:
    config = reader(tmp_path, "Host *\n User alice\n")
    assert [config.ask(f"db{n}", f"10.0.0.{n}").hostname for n in range(1, 4)] == ["10.0.0.1", "10.0.0.2", "10.0.0.3"]
    assert asked == ["db1"]


@needs_ssh
def test_hosts_of_different_host_lines_are_asked_for_apart(tmp_path: Path, asked: list[str]) -> None:
    config = reader(tmp_path, "Host db* !db3\n User alice\nHost *\n User bob\n")
    assert [config.ask(f"db{n}", f"db{n}").user for n in range(1, 5)] == ["alice", "alice", "bob", "alice"]
    assert asked == ["db1", "db3"]


@needs_ssh
def test_values_made_from_the_hosts_name_are_not_shared(tmp_path: Path) -> None:
    config = reader(tmp_path, "Host *\n HostName %h.example.com\n HostKeyAlias alias-%n\n")
    answers = [config.ask(name, name) for name in ("db1", "db2", "db1")]
    assert [answer.hostname for answer in answers] == ["db1.example.com", "db2.example.com", "db1.example.com"]
    assert len({answer.host_key_alias for answer in answers[:2]}) in (1, 2)


@needs_ssh
def test_match_conditions_are_left_to_ssh(tmp_path: Path) -> None:
    config = reader(tmp_path, "Match host 10.0.0.2\n User alice\nMatch all\n User bob\n")
    assert [config.ask("db", f"10.0.0.{n}").user for n in (1, 2)] == ["bob", "alice"]


@needs_ssh
def test_a_host_line_for_the_address_counts_where_there_is_none_for_the_name(tmp_path: Path) -> None:
    config = reader(tmp_path, "Host 10.0.*\n User alice\nHost db2\n User bob\n")
    assert config.ask("db1", "10.0.0.1").user == "alice"
    assert config.ask("db2", "10.0.0.2").user == "bob"


@needs_ssh
def test_a_configuration_that_ssh_refuses_is_an_error_that_quotes_it(tmp_path: Path) -> None:
    with pytest.raises(TransportError, match="Bad configuration option"):
        reader(tmp_path, "Nonsense yes\n").ask("db1", "db1")


@needs_ssh
def test_a_name_with_a_leading_dash_is_no_option(tmp_path: Path) -> None:
    with pytest.raises(TransportError, match="ssh -G -oProxyCommand=x"):
        reader(tmp_path, "").ask("-oProxyCommand=x", "-oProxyCommand=x")


def test_without_ssh_the_defaults_are_the_answer_and_a_notice_says_so() -> None:
    config = OpensshConfigReader(program=None)
    assert config.ask("db1", "10.0.0.1").hostname == "10.0.0.1"
    assert config.notice is not None
    assert "~/.ssh/config is not read" in config.notice


def test_an_answer_that_makes_no_sense_is_read_as_defaults() -> None:
    assert parse_answer("port x\n\nproxyjump none\nhostname\n").port == 22
    assert parse_answer("proxyjump none\n").proxy_jump is None


@pytest.mark.parametrize(
    ("hop", "parts"),
    [
        ("gate", (None, "gate", None)),
        ("bob@gate:2022", ("bob", "gate", 2022)),
        ("ssh://bob@gate:2022/", ("bob", "gate", 2022)),
        ("[fd00::1]:22", (None, "fd00::1", 22)),
        ("fd00::1", (None, "fd00::1", None)),
    ],
)
def test_a_hop_is_user_host_and_port(hop: str, parts: tuple[str | None, str, int | None]) -> None:
    assert parse_jump(hop) == parts


def test_hops_are_in_the_order_of_the_way() -> None:
    assert jumps("a, b") == ("a", "b")
    assert jumps(None) == ()
