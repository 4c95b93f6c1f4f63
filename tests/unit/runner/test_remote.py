"""The text that a host's shell gets, run here by the shells themselves; and what is understood of the answer."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.diagnosis.host_condition import same_name
from console.facts.traces import Lease
from console.runner.remote import Remote, Said, read_lease, readable, understand
from tests.unit.runner.ssh_hands.orders import RUN, THIS_HOST, lease, order, platform

NONCE = "0a1b2c3d4e5f"
SHELLS = [shell for shell in ("dash", "bash", "busybox") if shutil.which(shell)]


def spoken(shell: str, text: str) -> tuple[tuple[Said, ...], str]:
    """What the shell answers to the text, and all it printed."""
    argv = [shell, "sh"] if shell == "busybox" else [shell]
    done = subprocess.run(argv, input=text.encode(), capture_output=True, timeout=20)
    return understand(done.stdout, NONCE), (done.stdout + done.stderr).decode("utf-8", "replace")


def words(said: tuple[Said, ...]) -> list[str]:
    return [one.word for one in said]


@pytest.fixture
def remote(tmp_path: Path) -> Remote:
    """Texts for a state folder of the test's own, without root."""
    return Remote(str(tmp_path / "state"), as_root=False)


@pytest.mark.parametrize("shell", SHELLS)
def test_every_shell_carries_the_whole_order_out(shell: str, remote: Remote, tmp_path: Path) -> None:
    said, printed = spoken(shell, remote.take(platform(), lease(), None, NONCE))
    assert words(said) == ["shell", "ours", "end"], printed
    said, printed = spoken(shell, remote.perform(order("echo a", f"touch {tmp_path}/done"), NONCE))
    assert words(said) == ["shell", "started", "status", "started", "status", "output", "end"], printed
    assert (tmp_path / "done").exists()
    said, printed = spoken(shell, remote.begin(order(f"touch {tmp_path}/job"), NONCE))
    assert words(said) == ["shell", "begun", "end"], printed
    for _ in range(100):
        said, printed = spoken(shell, remote.look(order(), NONCE))
        if said[1].rest.startswith("ended"):
            break
    assert said[1].rest == "ended 0", printed
    assert (tmp_path / "job").exists()
    assert words(spoken(shell, remote.renew(platform(), RUN, NONCE))[0]) == ["shell", "ours", "end"]
    assert words(spoken(shell, remote.release(platform(), RUN, NONCE))[0]) == ["shell", "released", "end"]


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize("kept", [0.3, 0.9, 0.99, -40, -30, -14, -13, -5, -2])
def test_a_text_that_was_cut_runs_nothing(shell: str, kept: float, remote: Remote, tmp_path: Path) -> None:
    spoken(shell, remote.take(platform(), lease(), None, NONCE))
    text = remote.perform(order(f"touch {tmp_path}/done"), NONCE)
    cut = text[: int(kept)] if kept < 0 else text[: int(len(text) * kept)]
    assert words(spoken(shell, cut)[0]) == []
    assert not (tmp_path / "done").exists()


@pytest.mark.parametrize("shell", SHELLS)
def test_a_job_text_that_was_cut_runs_nothing(shell: str, remote: Remote, tmp_path: Path) -> None:
    spoken(shell, remote.take(platform(), lease(), None, NONCE))
    text = remote.begin(order(f"touch {tmp_path}/done"), NONCE)
    for cut in (text[: text.index("HANDS-COMMAND")], text[: text.rindex("HANDS-COMMAND")], text[:-2]):
        assert words(spoken(shell, cut)[0]) == []
    assert not list((tmp_path / "state" / "jobs").iterdir())


@pytest.mark.parametrize(
    ("meant", "found"),
    [
        ("db1.example.com", "db1.example.com"),
        ("db1.example.com", "DB1.Example.com."),
        ("DB1.example.com", "db1.example.com"),
        ("db1", "db1.example.com"),
        ("db1.example.com", "db1"),
        ("db1.example.com", "db1.example.org"),
        ("db1.example.com", "db2.example.com"),
        ("db1", "db10"),
        ("db1.example.com", ""),
        ("db1", "*"),
        ("db1", "[d]b1"),
    ],
)
def test_names_agree_where_the_diagnosis_says_they_do(meant: str, found: str, remote: Remote) -> None:
    text = remote.renew(platform(meant), RUN, NONCE)
    # The functions with a hostname of the test's own in place of the machine's.
    functions = text.rsplit("hands_main", 1)[0]
    asked = f"{functions}hands_same_name '{found}' && echo yes\n"
    assert ("yes" in spoken("sh", asked)[1]) is same_name(meant, found)


def test_the_full_name_counts_where_it_belongs_to_the_kernels_name(remote: Remote) -> None:
    functions = remote.renew(platform("db1.example.com"), RUN, NONCE).rsplit("hands_main", 1)[0]
    fakes = 'hands_first_line() { hands_line=$kernel; }\ncommand() { return 1; }\nhostname() { echo "$full"; }\n'
    for kernel, full, host in (
        ("db1", "db1.example.com", "db1.example.com"),
        ("DB1", "db1.example.com", "db1.example.com"),
        ("db1", "localhost.localdomain", "db1"),
        ("db2.example.org", "db2", "db2.example.org"),
        ("db1", "", "db1"),
    ):
        asked = f"{functions}{fakes}kernel={kernel} full={full}; hands_full_name; printf '<%s>' \"$hands_host\"\n"
        assert f"<{host}>" in spoken("sh", asked)[1]


def test_where_root_is_needed_another_user_does_nothing(tmp_path: Path) -> None:
    text = Remote(str(tmp_path / "state")).take(platform(), lease(), None, NONCE)
    said, _ = spoken("sh", "id() { echo 1000; }\n" + text)
    assert [(one.word, one.rest) for one in said[1:]] == [("refused", "root 1000"), ("end", "")]
    assert not (tmp_path / "state").exists()


def test_hostile_settings_stay_data(tmp_path: Path) -> None:
    hostile = platform(f"{THIS_HOST}'; touch {tmp_path}/a; '", f"$(touch {tmp_path}/b)")
    spoken("sh", Remote(str(tmp_path / "s`touch c`tate"), False).renew(hostile, RUN, NONCE))
    assert list(tmp_path.iterdir()) == []


def test_half_a_lease_is_nobodys_known() -> None:
    assert read_lease(b"") == Lease("", "", "", "", 0.0, 0.0)
    assert read_lease(b"run r\nsince x\nrenewed " + b"9" * 99) == Lease("r", "", "", "", 0.0, 0.0)


@given(st.binary(max_size=300))
def test_no_bytes_of_a_host_raise(data: bytes) -> None:
    read_lease(data)
    readable(data, cut=True)
    understand(b"\nVMDB-HANDS " + NONCE.encode() + b" " + data, NONCE)


def test_carriage_returns_of_progress_become_lines() -> None:
    assert readable(b"1%\r2%\r\n3%\n", cut=False) == "1%\n2%\n3%\n"


def test_a_line_that_was_cut_is_left_out_since_half_a_password_is_not_known_for_one() -> None:
    assert readable(b"word=Zq7x\nnext\n", cut=True) == "next\n"
