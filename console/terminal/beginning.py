"""The beginning of `run`: what must be right before any host is asked, and then asking while all else is loaded."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from console.inventory.fleet import HostKind
from console.runbooks.names import NAMES, ON_APPLIANCES
from console.terminal.asking import Consent, require_answers
from console.terminal.permission import Permission
from console.terminal.streams import note
from console.terminal.target import find_target

if TYPE_CHECKING:
    from console.terminal.sources import Source


def begin_to_look(source: Source, permission: Permission, arguments: argparse.Namespace, consent: Consent) -> None:
    """Let the target's hosts be dialled, and say so on a terminal; nothing where `run` will refuse these arguments.

    Raises UsageError and Refused as `run` does.
    """
    if arguments.runbook not in NAMES:
        return
    kind = HostKind.UI if arguments.runbook in ON_APPLIANCES else HostKind.DATABASE
    target = find_target(source.fleet, arguments.target, kind)
    if not arguments.dry_run:
        permission.require(source.fleet)
        require_answers(sys.stdin.isatty() and sys.stdout.isatty(), consent)
    names = " and ".join(host.name.partition(".")[0] for host in target.fleet.region(target.region).databases)
    note(f"Looking at {target.region}: {names} …")
    source.begin(target.fleet)
