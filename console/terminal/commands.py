"""The commands `run`, `resume` and `runs`, from the parsed arguments to an exit code."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

from console.exit_codes import ExitCode
from console.inventory.fleet import Fleet
from console.terminal.asking import Consent
from console.terminal.face import exit_code_of
from console.terminal.permission import Permission

if TYPE_CHECKING:
    from console.terminal.options import RunOptions
    from console.terminal.page import Page

Load = Callable[[], Fleet]


def terminal_command(arguments: argparse.Namespace, load: Load) -> ExitCode:
    """Carry out `run`, `resume` or `runs`. `load` reads the inventory, where real hosts are meant."""
    command = {"run": _run, "resume": _resume, "runs": _runs}[arguments.command]
    return exit_code_of(lambda: command(arguments, load))


def _page() -> Page:
    from console.terminal.page import make_page

    return make_page(sys.stdin, sys.stdout, os.environ)


def _run(arguments: argparse.Namespace, load: Load) -> ExitCode:
    """Hosts are dialled before anything is loaded that can wait: somebody waits for the plan."""
    from console.terminal.beginning import begin_to_look
    from console.terminal.sources import source_of

    source, permission = source_of(arguments.demo, load), _permission(arguments)
    begin_to_look(source, permission, arguments, _consent(arguments))
    from console.terminal.run_command import run

    return run(_page(), source, permission, _run_options(arguments))


def _run_options(arguments: argparse.Namespace) -> RunOptions:
    from console.runbooks.plan import Choices
    from console.terminal.options import RunOptions

    choices = Choices(
        method=arguments.method,
        max_rate=arguments.max_rate,
        discard_old=arguments.discard_old,
        accept_unproven=arguments.accept_unproven,
    )
    return RunOptions(
        arguments.runbook,
        arguments.target,
        choices,
        arguments.take_over,
        arguments.dry_run,
        _consent(arguments),
        arguments.full,
    )


def _resume(arguments: argparse.Namespace, load: Load) -> ExitCode:
    from console.terminal.options import ResumeOptions
    from console.terminal.resume_command import resume
    from console.terminal.sources import source_of

    options = ResumeOptions(arguments.run, arguments.roll_back, arguments.dry_run, _consent(arguments), arguments.full)
    return resume(_page(), source_of(arguments.demo, load), _permission(arguments), options)


def _runs(arguments: argparse.Namespace, load: Load) -> ExitCode:
    from console.terminal.runs_command import print_report, print_run, print_runs
    from console.terminal.sources import runs_folder

    page, folder = _page(), runs_folder(demo=arguments.demo is not None)
    if arguments.action is None:
        print_runs(page, folder)
    else:
        (print_run if arguments.action == "show" else print_report)(page, folder, arguments.run)
    return ExitCode.OK


def _consent(arguments: argparse.Namespace) -> Consent:
    return Consent(arguments.reason, None if arguments.confirm is None else tuple(arguments.confirm))


def _permission(arguments: argparse.Namespace) -> Permission:
    return Permission(read_only=bool(arguments.read_only), write=bool(arguments.write))
