"""The command line (DESIGN 8). Global options may stand before or after the subcommand."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import NoReturn

from console.errors import UsageError
from console.simulation.scenario_names import SCENARIO_NAMES

_EPILOG = """exit codes of --check: 0 OK, 1 WARNING, 2 CRITICAL, 3 UNKNOWN (something could not be looked at, and
nothing worse was seen), 64 wrong usage or inventory, 130 interrupted. stdout is data, stderr is words."""
_COMMANDS = ("explain", "inventory", "info", "run", "resume", "runs", "replay", "completion")
SHELLS = ("bash", "zsh")
_RATES = (32, 1024**2)
_RUN_EPILOG = """exit codes: 0 done and verified, 10 refused by a guard (nothing was changed), 11 stopped half-way
(changed, not finished; 'vmdb-console resume RUN' continues), 12 cancelled (nothing was changed), 13 rolled back,
64 wrong usage or inventory. With --dry-run: 0 every check holds, 10 one does not."""


class Parser(argparse.ArgumentParser):
    """An argument parser that raises UsageError instead of exiting with 2, which means CRITICAL here."""

    def error(self, message: str) -> NoReturn:
        """Raise what argparse would have printed."""
        raise UsageError(f"{self.prog}: {message}\n{self.format_usage().rstrip()}")


def parse(argv: list[str] | None) -> argparse.Namespace:
    """Read the command line; UsageError where it makes no sense, SystemExit(0) for --help and --version."""
    arguments = make_parser().parse_args(_demo_before_command(sys.argv[1:] if argv is None else argv))
    _refuse_contradictions(arguments)
    return arguments


def _demo_before_command(argv: list[str]) -> list[str]:
    """`--demo run …` means the default scenario: argparse would take the subcommand for the scenario's name."""
    return [
        "--demo=healthy" if word == "--demo" and following in _COMMANDS else word
        for word, following in zip(argv, [*argv[1:], ""], strict=True)
    ]


def _refuse_contradictions(arguments: argparse.Namespace) -> None:
    given = vars(arguments)
    if given.get("inventory") is not None and given.get("demo") is not None:
        raise UsageError("--inventory and --demo exclude each other: one names real hosts, the other simulates them")
    if given.get("read_only") and given.get("write"):
        raise UsageError("--read-only and --write exclude each other")
    only_check = [name for name in ("format", "fail_on", "timeout") if given.get(name) is not None]
    if only_check and not given.get("check"):
        raise UsageError(f"--{only_check[0].replace('_', '-')} goes with --check")
    if given.get("check") and given.get("command"):
        raise UsageError(f"--check and '{given['command']}' exclude each other")
    _refuse_screens_contradictions(given)
    if given.get("command") in ("run", "resume") and given.get("select"):
        raise UsageError(f"--select does not go with '{given['command']}': --target alone says what a run works on")


def _refuse_screens_contradictions(given: dict[str, object]) -> None:
    command = given.get("command")
    for name in ("wall", "record"):
        if given.get(name) and given.get("check"):
            raise UsageError(f"--{name} and --check exclude each other: --check looks once and ends")
        if given.get(name) and command:
            raise UsageError(f"--{name} and '{command}' exclude each other")
    if given.get("wall") and given.get("write"):
        raise UsageError("--wall and --write exclude each other: the wall shows only, nobody sits before it")
    if command == "replay":
        wrong = [name for name in ("inventory", "demo", "select", "write") if given.get(name)]
        if wrong:
            raise UsageError(f"--{wrong[0]} does not go with 'replay': the recording says which hosts were seen")


def make_parser() -> Parser:
    """The whole command line."""
    top = Parser(
        prog="vmdb-console",
        description="The operations console for highly available PostgreSQL pairs.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    top.add_argument("--version", action="version", version=_version())
    _add_global(top, default=None)
    _add_check(top)
    _add_faces(top)
    after = Parser(add_help=False)
    _add_global(after, default=argparse.SUPPRESS)
    commands = top.add_subparsers(dest="command", metavar="COMMAND", parser_class=Parser)
    explain = commands.add_parser("explain", parents=[after], help="what a finding's code means and what to do")
    explain.add_argument("code", nargs="?", help="such as C02; without it, all codes")
    inventory = commands.add_parser("inventory", parents=[after], help="check, describe or show the inventory")
    actions = inventory.add_subparsers(dest="action", metavar="ACTION", required=True, parser_class=Parser)
    actions.add_parser("validate", parents=[after], help="list every error with file, line and key; contacts nobody")
    actions.add_parser("schema", parents=[after], help="print the JSON Schema of the inventory")
    actions.add_parser("show", parents=[after], help="print the merged inventory and where each value comes from")
    scripts = actions.add_parser("scripts", parents=[after], help="print the failover scripts that a host is to have")
    scripts.add_argument("host", metavar="HOST", help="a database host of a scripted region")
    scripts.add_argument("file", metavar="PATH", nargs="?", help="this file alone, as it is")
    commands.add_parser("info", parents=[after], help="print every path that the console reads or writes")
    _add_run(commands, after)
    _add_resume(commands, after)
    _add_runs(commands, after)
    _add_screens(commands, after)
    return top


def _add_screens(commands: argparse._SubParsersAction[Parser], after: Parser) -> None:
    replay = commands.add_parser("replay", parents=[after], help="show a recording (--record) in the same screens")
    replay.add_argument("file", metavar="FILE", type=Path, help="what --record wrote")
    completion = commands.add_parser("completion", parents=[after], help="print the completion of a shell's Tab key")
    completion.add_argument("shell", choices=SHELLS, help='such as: eval "$(vmdb-console completion bash)"')


def _add_run(commands: argparse._SubParsersAction[Parser], after: Parser) -> None:
    run = commands.add_parser(
        "run",
        parents=[after],
        help="a guided repair: shows the whole plan, asks, does it step by step and verifies each",
        epilog=_RUN_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    run.add_argument(
        "runbook",
        metavar="RUNBOOK",
        help="lock-cleanup, rebuild-standby, failback, discard-old, verify-replication or ui-drill",
    )
    target = "the pair, the host to be repaired, or of ui-drill the appliance"
    run.add_argument("--target", required=True, metavar="REGION|HOST", help=target)
    run.add_argument("--method", choices=["rejoin", "copy"], help="of failback (rejoin: writes are down for seconds)")
    run.add_argument("--max-rate", type=_rate, metavar="20MB", help="at most so much a second for a copy")
    run.add_argument("--discard-old", action="store_true", help="remove the old data at the end (else it stays aside)")
    run.add_argument("--accept-unproven", action="store_true", help="of lock-cleanup: go on though nothing is proven")
    run.add_argument("--take-over", metavar="RUN", help="take the pair over from that run, whose console is gone")
    _add_consent(run)


def _add_resume(commands: argparse._SubParsersAction[Parser], after: Parser) -> None:
    resume = commands.add_parser(
        "resume",
        parents=[after],
        help="go on with a run that stopped half-way, or take it back",
        epilog=_RUN_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    resume.add_argument("run", metavar="RUN", help="its ID, as 'vmdb-console runs' lists it")
    resume.add_argument("--roll-back", action="store_true", help="take every step back, the last first")
    _add_consent(resume)


def _add_consent(parser: Parser) -> None:
    parser.add_argument("--dry-run", action="store_true", help="show the plan and how its guards stand; change nothing")
    parser.add_argument("--full", action="store_true", help="show every command and guard whole, not only their gist")
    parser.add_argument("--reason", metavar="TEXT", help="why; kept in the journal (asked for on a terminal)")
    parser.add_argument(
        "--confirm", nargs="+", action="extend", metavar="HOST", help="the host names to be typed, for scripts"
    )


def _add_runs(commands: argparse._SubParsersAction[Parser], after: Parser) -> None:
    runs = commands.add_parser("runs", parents=[after], help="list the runs made from here, newest first")
    actions = runs.add_subparsers(dest="action", metavar="ACTION", parser_class=Parser)
    for name, text in (("show", "tell a run step by step"), ("report", "print a run for the hand-over (Markdown)")):
        action = actions.add_parser(name, parents=[after], help=text)
        action.add_argument("run", metavar="ID", help="its ID, as 'vmdb-console runs' lists it")


def _add_global(parser: argparse.ArgumentParser, default: object) -> None:
    def add(*names: str, **options: object) -> None:
        parser.add_argument(*names, default=default, **options)  # type: ignore[arg-type]

    add("--inventory", metavar="FILE", type=Path, help="the inventory (else $VMDB_CONSOLE_INVENTORY, else XDG config)")
    add(
        "--demo", nargs="?", const="healthy", metavar="SCENARIO", help=f"a simulated fleet: {', '.join(SCENARIO_NAMES)}"
    )
    add("--select", nargs="+", action="extend", metavar="REGION|HOST", help="only these regions or hosts")
    add("--read-only", action="store_true", help="change nothing (production starts so)")
    add("--write", action="store_true", help="allow guided repairs in production")
    add("--log-file", metavar="FILE", type=Path, help="write a log of polls and failures there (no passwords in it)")
    add("--theme", metavar="NAME", help="a theme of the screen")


def _add_check(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--check", action="store_true", help="look once, print, and exit with the status")
    parser.add_argument("--format", choices=["text", "json", "nagios", "openmetrics"], help="of --check (text)")
    parser.add_argument("--fail-on", choices=["warning", "critical"], help="the least that fails --check (warning)")
    parser.add_argument("--timeout", type=_duration, metavar="20s", help="hard limit of the whole --check (20s)")


def _add_faces(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--wall", action="store_true", help="a screen nobody touches: large, shows only, recovers")
    parser.add_argument("--record", metavar="FILE", type=Path, help="keep what is seen there, for 'replay FILE'")


def _duration(text: str) -> float:
    number = text.removesuffix("s")
    try:
        seconds = float(number)
    except ValueError:
        seconds = -1.0
    if not 0.1 <= seconds <= 3600:
        raise argparse.ArgumentTypeError(f"'{text}' is not a time from 0.1s to 3600s, such as 20s")
    return seconds


def _rate(text: str) -> int:
    """kB a second, within what pg_basebackup takes (--max-rate: 32 kB to 1 GB a second)."""
    from console.inventory.units import parse_size

    try:
        rate = parse_size(text.removesuffix("/s")) // 1024
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"'{text}' {error}") from error
    if not _RATES[0] <= rate <= _RATES[1]:
        raise argparse.ArgumentTypeError(f"'{text}' is not a rate from 32kB to 1GB a second, such as 20MB")
    return rate


def _version() -> str:
    from console import __version__

    return f"vmdb-console {__version__}"
