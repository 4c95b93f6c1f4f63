"""`vmdb-console`: arguments to a face. stdout is data, stderr is words; exit codes are `console.exit_codes`.

Imports are made where they are needed: `--check` must never import Textual, and `--help` must be quick.
"""

from __future__ import annotations

import argparse
import logging
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from console.arguments import parse
from console.errors import UsageError, VmdbConsoleError
from console.exit_codes import ExitCode

if TYPE_CHECKING:
    from console.interactive import Ground
    from console.inventory.fleet import Fleet
    from console.polling.witnesses import Witnesses


_LOG_BYTES = 16 * 1024**2
_LOGS_KEPT = 3


def main(argv: list[str] | None = None) -> int:
    """Run the program; returns the exit code (DESIGN 8)."""
    try:
        arguments = parse(argv)
        _start_log(arguments.log_file)
        return _face(arguments)
    except UsageError as error:
        print(error, file=sys.stderr)
        return ExitCode.USAGE
    except VmdbConsoleError as error:
        print(error, file=sys.stderr)
        return ExitCode.UNKNOWN
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return ExitCode.INTERRUPTED
    except BrokenPipeError:
        # Whoever read stdout went away; nothing may be written there any more, not even at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return ExitCode.UNKNOWN


def _face(arguments: argparse.Namespace) -> int:
    if arguments.command == "explain":
        return _explain(arguments.code)
    if arguments.command == "inventory":
        return _inventory(arguments)
    if arguments.command == "info":
        return _info(arguments)
    if arguments.command == "completion":
        return _completion(arguments.shell)
    if arguments.command == "replay":
        return _replay(arguments)
    if arguments.command in ("run", "resume", "runs"):
        from console.terminal.commands import terminal_command

        return terminal_command(arguments, lambda: load_fleet(arguments))
    if arguments.check:
        return _check(arguments)
    return _console(arguments)


def _explain(code: str | None) -> int:
    from console.diagnosis.explain import explain, index

    print(explain(code) if code else index())
    return ExitCode.OK


def _inventory(arguments: argparse.Namespace) -> int:
    from console.inventory import commands

    if arguments.action == "schema":
        print(commands.schema())
        return ExitCode.OK
    if arguments.action == "scripts":
        return _scripts(arguments)
    command = commands.validate if arguments.action == "validate" else commands.show
    print(command(_inventory_path(arguments)))
    return ExitCode.OK


def _scripts(arguments: argparse.Namespace) -> int:
    from console.hostscripts.showing import shown
    from console.simulation.reference import demo_inventory

    fleet = load_fleet(arguments) if arguments.demo is None else demo_inventory(arguments.demo)
    print(shown(fleet, arguments.host, arguments.file), end="")
    return ExitCode.OK


def _info(arguments: argparse.Namespace) -> int:
    from console.paths import describe

    print(describe(arguments.inventory, os.environ))
    return ExitCode.OK


def _completion(shell: str) -> int:
    from console.completion import completion

    print(completion(shell))
    return ExitCode.OK


def _replay(arguments: argparse.Namespace) -> int:
    from console.interactive import run_replay

    return run_replay(arguments.file, theme=arguments.theme)


def _check(arguments: argparse.Namespace) -> int:
    from console.check import run_check

    witnesses = _witnesses(arguments)
    return run_check(
        witnesses,
        select=tuple(arguments.select or ()),
        report_format=arguments.format or "text",
        fail_on=arguments.fail_on or "warning",
        timeout=arguments.timeout or 20.0,
        remember=arguments.demo is None,
    )


def _console(arguments: argparse.Namespace) -> int:
    from console.interactive import Wishes, run_console

    wishes = Wishes(
        demo=arguments.demo,
        wall=bool(arguments.wall),
        read_only=bool(arguments.read_only),
        write=bool(arguments.write),
        theme=arguments.theme,
        record=arguments.record,
    )
    return run_console(_ground(arguments), wishes)


def _ground(arguments: argparse.Namespace) -> Ground:
    """The fleet that the arguments name, restricted to the selected regions, to be looked at and worked on."""
    from console.interactive import demo_ground, real_ground
    from console.selection import restrict

    if arguments.demo is not None:
        return demo_ground(arguments.demo, lambda fleet: restrict(fleet, arguments.select))
    fleet = restrict(load_fleet(arguments), arguments.select)
    return real_ground(fleet, lambda: _real_witnesses(fleet))


def _witnesses(arguments: argparse.Namespace) -> Witnesses:
    """The fleet that the arguments name, restricted to the selected regions, and what can be asked about it."""
    from console.selection import regions_of, restrict

    if arguments.demo is not None:
        from console.simulation.witnesses import simulated_witnesses

        return simulated_witnesses(arguments.demo, lambda fleet: restrict(fleet, arguments.select))
    fleet = load_fleet(arguments)
    regions_of(fleet, arguments.select)
    return _real_witnesses(restrict(fleet, arguments.select))


def load_fleet(arguments: argparse.Namespace) -> Fleet:
    """The inventory that the arguments name; InventoryError lists its mistakes."""
    from console.inventory.loading import load

    return load(_inventory_path(arguments))


def _real_witnesses(fleet: Fleet) -> Witnesses:
    from console.polling.witnesses import Witnesses
    from console.probe.program import programs
    from console.sql.client import ClientEye
    from console.transport.ssh import SshTransport

    return Witnesses(fleet, SshTransport(fleet, programs(fleet)), ClientEye())


def _inventory_path(arguments: argparse.Namespace) -> Path:
    from console.inventory.where import inventory_path

    return inventory_path(arguments.inventory, os.environ)


def _start_log(path: Path | None) -> None:
    """Log to `path` only; without it nothing is logged, so that stderr stays words for a person.

    A wall polls for weeks: the file is bounded, older ones are kept as PATH.1 and so on.
    """
    root = logging.getLogger("console")
    root.propagate = False
    if path is None:
        root.addHandler(logging.NullHandler())
        return
    from logging.handlers import RotatingFileHandler

    try:
        handler = RotatingFileHandler(path, maxBytes=_LOG_BYTES, backupCount=_LOGS_KEPT, encoding="utf-8")
    except OSError as error:
        raise UsageError(f"--log-file {path}: {error.strerror}") from error
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    root.addHandler(handler)
    root.setLevel(logging.INFO)
