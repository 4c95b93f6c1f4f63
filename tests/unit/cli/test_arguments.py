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
    ],
)
def test_a_wrong_command_line_is_a_usage_error_that_names_what_is_wrong(argv: list[str], word: str) -> None:
    with pytest.raises(UsageError, match=word):
        parse(argv)
