"""What the program prints where, and with which exit code: as a process where that is the point, else in this one."""

from __future__ import annotations

import json
import logging
import os
import resource
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from console.cli import main

REPOSITORY = Path(__file__).parents[3]
CLEAN = {key: value for key, value in os.environ.items() if not key.startswith(("XDG_", "VMDB_"))}


@dataclass(frozen=True)
class Done:
    """What a program leaves."""

    returncode: int
    stdout: str
    stderr: str


Console = Callable[..., Done]


def program(*argv: str, home: Path) -> Done:
    """The program as a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "console", *argv],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        cwd=home,
        env=CLEAN | {"HOME": str(home), "PYTHONPATH": str(REPOSITORY)},
    )
    return Done(done.returncode, done.stdout, done.stderr)


@pytest.fixture
def console(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Iterator[Console]:
    """The same in this process, which spares its start; its home and working directory are tmp_path."""
    for name in os.environ.keys() - CLEAN.keys():
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)

    def run(*argv: str) -> Done:
        try:
            code = main(list(argv))
        except SystemExit as end:  # --help
            code = int(end.code or 0)
        printed = capsys.readouterr()
        return Done(code, printed.out, printed.err)

    logger = logging.getLogger("console")
    before = (logger.propagate, logger.handlers[:])
    yield run
    logger.propagate, logger.handlers[:] = before
    for thread in threading.enumerate():
        if isinstance(thread, threading.Timer):
            thread.cancel()  # --check's watchdog, where the check raised: it would end this process


@pytest.fixture(scope="module")
def healthy(tmp_path_factory: pytest.TempPathFactory) -> tuple[Done, Path]:
    """A check of the healthy fleet by a process, and its home."""
    home = tmp_path_factory.mktemp("home")
    return program("--demo", "--check", home=home), home


def test_a_healthy_fleet_exits_with_0(healthy: tuple[Done, Path]) -> None:
    done, _ = healthy
    assert done.returncode == 0, done.stdout
    assert "OK" in done.stdout.splitlines()[-1]


@pytest.mark.parametrize(
    ("scenario", "code", "exit_code"),
    [
        ("lock-safe", "C02", 1),
        ("lock-unsafe", "C02", 2),
        ("failed-over", "S03", 1),
        ("split-brain", "P02", 2),
        ("host-down", "H01", 1),
    ],
)
def test_each_scenario_shows_its_finding_and_exit_code(
    console: Console, scenario: str, code: str, exit_code: int
) -> None:
    done = console(f"--demo={scenario}", "--check", "--format", "json")
    document = json.loads(done.stdout)
    assert code in {finding["code"] for finding in document["findings"]}
    assert done.returncode == document["exit_code"] == exit_code, [f["code"] for f in document["findings"]]


def test_the_nagios_output_begins_with_the_status_and_has_performance_data(console: Console) -> None:
    done = console("--demo=split-brain", "--check", "--format", "nagios")
    first = done.stdout.splitlines()[0]
    assert first.startswith("VMDB CRITICAL - ")
    assert "|" in first
    assert done.returncode == 2


def test_the_openmetrics_output_ends_as_openmetrics_must(console: Console) -> None:
    done = console("--demo", "--check", "--format", "openmetrics")
    assert done.stdout.endswith("# EOF\n")


def test_select_restricts_the_report_to_a_region(console: Console) -> None:
    done = console("--demo", "--select", "dc1", "--check", "--format", "json")
    assert [region["name"] for region in json.loads(done.stdout)["regions"]] == ["dc1"]


def test_an_unknown_selection_is_wrong_usage_and_names_the_nearest(console: Console) -> None:
    done = console("--demo", "--select", "dc3", "--check")
    assert (done.returncode, done.stdout) == (64, "")
    assert "dc1" in done.stderr


def test_an_unknown_scenario_is_wrong_usage(console: Console) -> None:
    done = console("--demo=sunny", "--check")
    assert (done.returncode, done.stdout) == (64, "")
    assert "healthy" in done.stderr


def test_without_an_inventory_nothing_is_contacted_and_it_says_how_to_begin(console: Console) -> None:
    done = console("--check")
    assert (done.returncode, done.stdout) == (64, "")
    assert "--demo" in done.stderr


def test_an_inventory_that_merely_lies_in_the_working_directory_is_not_taken(tmp_path: Path, console: Console) -> None:
    (tmp_path / "inventory.yaml").write_text((REPOSITORY / "inventory.yaml").read_text())
    assert console("--check").returncode == 64


def test_a_bad_inventory_exits_with_64_and_lists_every_error(tmp_path: Path, console: Console) -> None:
    bad = tmp_path / "bad.yaml"
    bad.write_text("version: 1\nenviroment: lab\nregions:\n  - name: dc1\n    kind: pacemakr\n")
    done = console("--inventory", str(bad), "--check")
    assert (done.returncode, done.stdout) == (64, "")
    assert "bad.yaml:2" in done.stderr
    assert "bad.yaml:5" in done.stderr


def test_an_unreachable_fleet_exits_with_3_within_the_timeout(tmp_path: Path, console: Console) -> None:
    fleet = tmp_path / "fleet.yaml"
    hosts = ", ".join(f"{{name: h{n}.example.com, address: 127.0.0.{n}, ssh: {{port: 1}}}}" for n in (2, 3))
    fleet.write_text(
        "version: 1\nenvironment: lab\n"
        "defaults: {postgresql: {profile: debian, port: 1}, ssh: {known_hosts: /dev/null}}\n"
        "regions:\n"
        f"  - {{name: r, kind: pacemaker, database: {{archive: {{write: /a, retention: 1d}}, hosts: [{hosts}]}}}}\n"
    )
    start = time.monotonic()
    done = console("--inventory", str(fleet), "--check", "--timeout", "10s", "--format", "json")
    assert done.returncode == 3, done.stdout + done.stderr
    assert time.monotonic() - start < 15
    assert {f["code"] for f in json.loads(done.stdout)["findings"]} == {"H01"}


def test_explain_prints_the_page_of_a_code(console: Console) -> None:
    done = console("explain", "c02")
    assert done.returncode == 0
    assert "PGSQL.lock" in done.stdout


def test_explain_without_a_code_lists_all(console: Console) -> None:
    done = console("explain")
    assert len(done.stdout.splitlines()) == 44


def test_info_prints_paths_and_says_that_there_is_no_inventory(tmp_path: Path, console: Console) -> None:
    done = console("info")
    assert done.returncode == 0
    assert str(tmp_path) in done.stdout
    assert "none" in done.stdout


def test_a_demo_leaves_nothing_behind_in_the_home_directory(healthy: tuple[Done, Path]) -> None:
    done, home = healthy
    assert done.returncode == 0
    assert list(home.iterdir()) == []


def test_help_says_what_the_exit_codes_mean(tmp_path: Path) -> None:
    assert "3 UNKNOWN" in program("--help", home=tmp_path).stdout


def test_a_reader_that_goes_away_causes_no_traceback(tmp_path: Path) -> None:
    command = f"{sys.executable} -m console --demo --check | true"
    done = subprocess.run(
        ["bash", "-c", command],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        cwd=REPOSITORY,
        env=os.environ | {"HOME": str(tmp_path)},
    )
    assert "Traceback" not in done.stderr


def test_a_dry_run_prints_the_whole_plan_without_an_escape_code_and_leaves_nothing_behind(
    tmp_path: Path, console: Console
) -> None:
    done = console("--demo=lock-safe", "run", "lock-cleanup", "--target", "dc1", "--dry-run")
    assert done.returncode == 0, done.stderr
    for part in ("pcs resource cleanup", "holds", "What may be lost", "Time and space", "nothing was changed"):
        assert part in done.stdout
    assert "\x1b" not in done.stdout + done.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_plan_costs_less_than_three_seconds_of_a_processor(tmp_path: Path) -> None:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    program("--demo=lock-safe", "run", "rebuild-standby", "--target", "dc1", "--dry-run", home=tmp_path)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime < 3


def test_a_dry_run_of_what_is_refused_exits_with_10_and_says_why(console: Console) -> None:
    done = console("--demo=lock-unsafe", "run", "lock-cleanup", "--target", "dc2", "--dry-run")
    assert done.returncode == 10
    assert "rebuild-standby" in done.stderr


@pytest.mark.parametrize(
    ("argv", "code", "word"),
    [
        (["lock-cleanup", "--target", "dc1"], 64, "--reason TEXT and --confirm HOST"),
        (["lock-cleanup", "--target", "dc1", "--reason", "", "--confirm", "x"], 64, "a reason is needed"),
        (["lock-cleanup", "--target", "dc1", "--reason", "r", "--confirm", "x"], 12, "Nothing was changed"),
        (["lock-cleanup", "--target", "dc7"], 64, "did you mean"),
        (["lock-cleanup", "--target", "cf-dc1-ui1.example.com"], 64, "UI appliance"),
        (["lok-cleanup", "--target", "dc1"], 64, "did you mean lock-cleanup"),
        (["lock-cleanup"], 64, "--target"),
        (["lock-cleanup", "--target", "dc1", "--read-only"], 10, "read-only"),
        (["failback", "--target", "dc1", "--dry-run"], 10, "Refused"),
        (["failback", "--target", "global", "--method", "magic"], 64, "magic"),
        (["rebuild-standby", "--target", "dc1", "--max-rate", "7"], 64, "rate"),
    ],
)
def test_a_run_that_does_not_begin_exits_with_its_code_and_leaves_no_journal(
    tmp_path: Path, console: Console, argv: list[str], code: int, word: str
) -> None:
    done = console("--demo=lock-safe", "run", *argv)
    assert (done.returncode, word in done.stderr) == (code, True), done.stderr
    assert list(tmp_path.rglob("*.jsonl")) == []


def test_a_run_that_there_is_not_cannot_be_resumed_shown_or_reported(console: Console) -> None:
    for argv in (["resume", "20260101-000000-beef"], ["runs", "show", "x"], ["runs", "report", "../x"]):
        done = console("--demo", *argv)
        assert (done.returncode, "There is no run" in done.stderr) == (64, True), done.stderr


def test_the_list_of_runs_is_empty_at_first_and_says_where_it_would_be(tmp_path: Path, console: Console) -> None:
    done = console("--demo", "runs")
    assert done.returncode == 0
    assert str(tmp_path) in done.stdout


def test_runs_of_the_demo_and_of_real_hosts_are_kept_apart(console: Console) -> None:
    demo, real = (console(*argv, "runs").stdout for argv in (["--demo"], []))
    assert "demo-runs" in demo
    assert "demo-runs" not in real


def test_info_names_the_folder_of_the_runs(console: Console) -> None:
    assert "vmdb-console/runs" in console("info").stdout


def test_info_names_the_config_file(console: Console) -> None:
    assert "vmdb-console/config.yaml" in console("info").stdout


def test_a_damaged_config_file_hinders_no_check(tmp_path: Path, console: Console) -> None:
    folder = tmp_path / ".config" / "vmdb-console"
    folder.mkdir(parents=True)
    (folder / "config.yaml").write_text("[")
    assert console("--demo", "--check").returncode == 0


def test_a_plan_whose_reader_goes_away_begins_no_run(tmp_path: Path) -> None:
    command = (
        f"set -o pipefail; {sys.executable} -m console --demo=lock-safe run lock-cleanup --target dc1 --reason r "
        "--confirm cf-dc1-db1.example.com | true"
    )
    done = subprocess.run(
        ["bash", "-c", command],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        cwd=REPOSITORY,
        env=os.environ | {"HOME": str(tmp_path)},
    )
    assert (done.returncode, "Traceback" in done.stderr) == (12, False), done.stderr
    assert list(tmp_path.rglob("*.jsonl")) == []
