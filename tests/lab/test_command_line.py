"""What the command line asks for, on real hosts: a selection, a log file, colours and themes; and the contract."""

from __future__ import annotations

import os
import pty
import re
import select
import subprocess
import time

import pytest

from tests.lab import faults, identity, paths
from tests.lab.fleet import Lab
from tests.lab.report import Report, check
from tests.lab.spec import REPLICATION_USER, SQL_USER

G = "global"
DB1 = "cf-global-db1.example.com"
UI1 = "cf-global-ui1.example.com"
UI2 = "cf-global-ui2.example.com"
COLOUR = re.compile(r"\x1b\[[0-9;]*m")


@pytest.fixture(scope="module", autouse=True)
def healthy(lab: Lab) -> None:
    """These tests begin with a fleet without a fault."""
    for region in lab.fleet.regions:
        lab.wait_healthy(region.name)


# --- --select ----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def one_is_down(lab: Lab) -> dict[str, Report]:
    """httpd of an appliance stopped, and looked at by several selections."""
    with faults.httpd_stopped(lab, UI1):
        return {name: check(lab, *name.split()) for name in (G, UI1, UI2, DB1, "dc1", f"dc1 {UI1}", f"{UI2} {UI1}")}


def names(report: Report) -> list[str]:
    """The regions of a report."""
    return [region["name"] for region in report.document["regions"]]


@pytest.mark.parametrize(
    ("selection", "regions"),
    [(G, [G]), (UI1, [G]), (DB1, [G]), ("dc1", ["dc1"]), (f"dc1 {UI1}", [G, "dc1"]), (f"{UI2} {UI1}", [G])],
)
def test_only_the_selected_regions_and_those_of_selected_hosts_are_looked_at(
    one_is_down: dict[str, Report], selection: str, regions: list[str]
) -> None:
    assert sorted(names(one_is_down[selection])) == sorted(regions)


def test_a_selected_host_is_seen_with_its_whole_pair(one_is_down: dict[str, Report]) -> None:
    report = one_is_down[UI1]
    assert report.region(G)["primary"] == DB1
    assert all(host["reachable"] for host in report.region(G)["hosts"])


@pytest.mark.parametrize("selection", [G, UI1, f"dc1 {UI1}", f"{UI2} {UI1}"])
def test_a_finding_is_told_where_its_region_or_host_is_selected(one_is_down: dict[str, Report], selection: str) -> None:
    report = one_is_down[selection]
    assert [f["host"] for f in report.findings if f["code"] == "U01"] == [UI1], report.words
    assert report.exit_code == 1


@pytest.mark.parametrize("selection", [UI2, DB1, "dc1"])
def test_a_finding_about_another_host_is_not_told_and_does_not_count(
    one_is_down: dict[str, Report], selection: str
) -> None:
    report = one_is_down[selection]
    assert (report.codes, report.exit_code) == ([], 0), report.words


def test_a_name_that_is_not_in_the_inventory_is_wrong_usage_with_the_nearest(lab: Lab) -> None:
    done = lab.console("--check", "--select", "cf-global-ui3.example.com", "dc1")
    assert (done.returncode, done.stdout) == (64, "")
    assert "there is no region or host 'cf-global-ui3.example.com'" in done.stderr
    assert UI1 in done.stderr


# --- --log-file --------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def logged(lab: Lab, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, str]:
    """The log, and stderr, of a run that meets an appliance without power and a refused sudo."""
    file = tmp_path_factory.mktemp("log") / "console.log"
    with faults.powered_off(lab, UI1), faults.sudo_refused(lab, DB1):
        done = lab.console("--check", "--log-file", str(file), "--format", "json")
    assert done.returncode in {2, 3}, done.stderr
    return file.read_text(), done.stderr


def test_the_log_is_a_file_of_its_own_and_stderr_stays_for_words(logged: tuple[str, str]) -> None:
    assert logged[1] == ""


def test_the_log_names_the_host_that_could_not_be_reached(logged: tuple[str, str]) -> None:
    assert UI1 in logged[0]


@pytest.mark.parametrize("user", [SQL_USER, REPLICATION_USER])
def test_no_password_is_in_the_log(logged: tuple[str, str], user: str) -> None:
    assert len(identity.password(user)) >= 12
    assert identity.password(user) not in logged[0]


def test_a_log_that_cannot_be_written_is_wrong_usage_and_nobody_is_asked(lab: Lab) -> None:
    done = lab.console("--check", "--log-file", "/proc/nowhere/console.log")
    assert (done.returncode, done.stdout) == (64, "")
    assert "--log-file /proc/nowhere/console.log: No such file or directory" in done.stderr


# --- colours and themes ------------------------------------------------------------------------------------------


def on_terminal(lab: Lab, *arguments: str, **environment: str) -> str:
    """What the console prints on a terminal, as it comes out of it."""
    leader, follower = pty.openpty()
    own = {"PGPASSFILE": str(lab.pgpass), "XDG_STATE_HOME": str(paths.state() / "console"), "TERM": "xterm-256color"}
    bare = {name: value for name, value in os.environ.items() if name != "NO_COLOR"}
    program = [str(paths.REPOSITORY / ".venv/bin/vmdb-console"), "--inventory", str(lab.inventory), *arguments]
    with subprocess.Popen(
        [*lab.ws_prefix, *program], stdin=follower, stdout=follower, stderr=follower, env=bare | own | environment
    ) as process:
        os.close(follower)
        shown = _all_of(leader, time.monotonic() + 40)
        if process.poll() is None and not shown:
            process.kill()
        process.wait(10)
    os.close(leader)
    return shown.decode(errors="replace").replace("\r\n", "\n")


def _all_of(descriptor: int, deadline: float) -> bytes:
    """Everything until the other side is closed (EIO) or the time is over."""
    found = b""
    while time.monotonic() < deadline:
        ready, _, _ = select.select([descriptor], [], [], 0.5)
        if not ready:
            continue
        try:
            part = os.read(descriptor, 65536)
        except OSError:
            break
        if not part:
            break
        found += part
    return found


@pytest.fixture(scope="module")
def coloured(lab: Lab) -> dict[str, str]:
    """A check with a finding on a terminal: as it is, with NO_COLOR, on a dumb terminal."""
    with faults.httpd_stopped(lab, UI1):
        check = ("--check", "--select", UI1)
        return {
            "terminal": on_terminal(lab, *check),
            "no-color": on_terminal(lab, *check, NO_COLOR="1"),
            "dumb": on_terminal(lab, *check, TERM="dumb"),
            "pipe": lab.console(*check).stdout,
        }


def test_a_check_on_a_terminal_is_coloured(coloured: dict[str, str]) -> None:
    assert COLOUR.search(coloured["terminal"])
    assert "U01" in coloured["terminal"]


@pytest.mark.parametrize("where", ["no-color", "dumb", "pipe"])
def test_without_colour_not_one_control_sequence_is_printed(coloured: dict[str, str], where: str) -> None:
    assert "U01" in coloured[where]
    assert "\x1b" not in coloured[where]


def test_colour_says_nothing_that_words_do_not(coloured: dict[str, str]) -> None:
    """Figures move between two checks, so codes and hosts are compared."""
    words = {
        name: re.findall(r"\b[A-Z]\d\d\b|\bcf-[a-z0-9-]+", COLOUR.sub("", text)) for name, text in coloured.items()
    }
    assert words["terminal"] == words["no-color"] == words["dumb"]
    assert words["terminal"]


def test_an_unknown_theme_is_wrong_usage_and_the_known_ones_are_named(lab: Lab) -> None:
    done = lab.console("--theme", "no-such-theme")
    assert (done.returncode, done.stdout) == (64, "")
    assert "--theme: there is no theme 'no-such-theme'; there are " in done.stderr
    assert "textual-dark" in done.stderr
