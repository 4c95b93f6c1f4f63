"""The command line says what it will not do, and never exits with a code that means something else."""

from __future__ import annotations

from pathlib import Path

import pytest

from console.arguments import parse
from console.errors import UsageError


def test_global_options_may_stand_before_or_after_the_subcommand() -> None:
    before = parse(["--inventory", "x.yaml", "inventory", "validate"])
    after = parse(["inventory", "validate", "--inventory", "x.yaml"])
    assert before.inventory == after.inventory == Path("x.yaml")


def test_demo_without_a_scenario_is_the_healthy_fleet() -> None:
    assert parse(["--demo", "--check"]).demo == "healthy"


def test_demo_takes_a_scenario_after_an_equals_sign() -> None:
    assert parse(["--demo=lock-safe", "--check"]).demo == "lock-safe"


@pytest.mark.parametrize("text", ["20s", "20", "0.5s"])
def test_timeout_is_in_seconds(text: str) -> None:
    assert parse(["--check", "--timeout", text]).timeout == float(text.rstrip("s"))


@pytest.mark.parametrize(
    ("argv", "word"),
    [
        (["--inventory", "a", "--demo", "--check"], "--inventory"),
        (["--read-only", "--write"], "--write"),
        (["--format", "json"], "--check"),
        (["--check", "info"], "--check"),
        (["--check", "--timeout", "soon"], "soon"),
        (["--check", "--timeout", "0"], "'0'"),
        (["--check", "--timeout", "nan"], "nan"),
        (["--chek"], "--chek"),
        (["dance"], "dance"),
        (["--check", "run", "x", "--target", "y"], "--check"),
        (["run", "x", "--target", "y", "--select", "z"], "--target alone"),
        (["run", "x"], "--target"),
        (["run", "x", "--target", "y", "--max-rate", "2kB"], "32kB"),
        (["run", "x", "--target", "y", "--max-rate", "2GB"], "1GB"),
        (["run", "x", "--target", "y", "--max-rate", "fast"], "fast"),
        (["resume"], "RUN"),
        (["runs", "burn", "x"], "burn"),
        (["--wall", "--write"], "--wall and --write"),
        (["--wall", "--check"], "--wall and --check"),
        (["--wall", "info"], "--wall and 'info'"),
        (["--record", "f", "--check"], "--record and --check"),
        (["--record", "f", "replay", "g"], "--record and 'replay'"),
        (["replay"], "FILE"),
        (["replay", "f", "--demo"], "--demo does not go with 'replay'"),
        (["replay", "f", "--inventory", "g"], "--inventory does not go"),
        (["replay", "f", "--write"], "--write does not go"),
        (["completion", "fish"], "fish"),
    ],
)
def test_a_wrong_command_line_is_a_usage_error_that_names_what_is_wrong(argv: list[str], word: str) -> None:
    with pytest.raises(UsageError, match=word):
        parse(argv)


def test_demo_before_a_subcommand_is_the_healthy_fleet_and_no_scenario_of_that_name() -> None:
    arguments = parse(["--demo", "run", "lock-cleanup", "--target", "dc1"])
    assert (arguments.demo, arguments.command) == ("healthy", "run")


@pytest.mark.parametrize(("text", "rate"), [("20MB", 20480), ("20MB/s", 20480), ("32kB", 32), ("1GB", 1024**2)])
def test_a_rate_is_in_kb_a_second_as_pg_basebackup_takes_it(text: str, rate: int) -> None:
    assert parse(["run", "x", "--target", "y", "--max-rate", text]).max_rate == rate


def test_names_to_confirm_may_follow_one_another_or_be_given_one_by_one() -> None:
    together = parse(["run", "x", "--target", "y", "--confirm", "a", "b"])
    apart = parse(["run", "x", "--target", "y", "--confirm", "a", "--confirm", "b"])
    assert together.confirm == apart.confirm == ["a", "b"]
