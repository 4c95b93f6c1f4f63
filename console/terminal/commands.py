"""The commands `run`, `resume` and `runs`, from the parsed arguments to an exit code."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable

from console.exit_codes import ExitCode
from console.inventory.fleet import Fleet
from console.terminal.asking import Consent
from console.terminal.face import exit_code_of
from console.terminal.page import Page, make_page
from console.terminal.permission import Permission

Load = Callable[[], Fleet]


def terminal_command(arguments: argparse.Namespace, load: Load) -> ExitCode:
    """Carry out `run`, `resume` or `runs`. `load` reads the inventory, where real hosts are meant."""
    page = make_page(sys.stdin, sys.stdout, os.environ)
    command = {"run": _run, "resume": _resume, "runs": _runs}[arguments.command]
    return exit_code_of(lambda: command(page, arguments, load))


def _run(page: Page, arguments: argparse.Namespace, load: Load) -> ExitCode:
    from console.runbooks.plan import Choices
    from console.terminal.options import RunOptions
    from console.terminal.run_command import run
    from console.terminal.sources import source_of

    choices = Choices(
        method=arguments.method,
        max_rate=arguments.max_rate,
        discard_old=arguments.discard_old,
        accept_unproven=arguments.accept_unproven,
    )
    options = RunOptions(
        arguments.runbook, arguments.target, choices, arguments.take_over, arguments.dry_run, _consent(arguments)
    )
    return run(page, source_of(arguments.demo, load), _permission(arguments), options)


def _resume(page: Page, arguments: argparse.Namespace, load: Load) -> ExitCode:
    from console.terminal.options import ResumeOptions
    from console.terminal.resume_command import resume
    from console.terminal.sources import source_of

    options = ResumeOptions(arguments.run, arguments.roll_back, arguments.dry_run, _consent(arguments))
    return resume(page, source_of(arguments.demo, load), _permission(arguments), options)


def _runs(page: Page, arguments: argparse.Namespace, load: Load) -> ExitCode:
    from console.terminal.runs_command import print_report, print_run, print_runs
    from console.terminal.sources import runs_folder

    folder = runs_folder(demo=arguments.demo is not None)
    if arguments.action is None:
        print_runs(page, folder)
    else:
        (print_run if arguments.action == "show" else print_report)(page, folder, arguments.run)
    return ExitCode.OK


def _consent(arguments: argparse.Namespace) -> Consent:
    return Consent(arguments.reason, None if arguments.confirm is None else tuple(arguments.confirm))


def _permission(arguments: argparse.Namespace) -> Permission:
    return Permission(read_only=bool(arguments.read_only), write=bool(arguments.write))
