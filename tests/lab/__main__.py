"""The lab's command line: build | up | setup | sh | crash | boot | cut | heal | restore | down | status | capture."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable
from pathlib import Path

from tests.lab import capture, fleet, machine, rootfs, setup
from tests.lab.shell import LabError, need_root, say


def _build(_: argparse.Namespace) -> None:
    need_root()
    say(f"root file system: {rootfs.build()}")


def _up(arguments: argparse.Namespace) -> None:
    already = fleet.is_up()
    lab = fleet.up(arguments.global_postgresql)
    say("is up already" if already else f"up; inventory: {lab.inventory}")


def _setup(arguments: argparse.Namespace) -> None:
    """Set the regions up anew, from nothing, and keep the result."""
    fleet.down()
    setup.forget()
    _up(arguments)


def _shell(arguments: argparse.Namespace) -> None:
    argv = arguments.command or ["bash", "-l"]
    if len(argv) == 1 and arguments.command:
        argv = ["sh", "-c", argv[0]]
    command = machine.enter(fleet.Lab.running().host(arguments.host), argv)
    os.execvp(command[0], command)


def _on_host(action: Callable[[fleet.Lab, str], None]) -> Callable[[argparse.Namespace], None]:
    return lambda arguments: action(fleet.Lab.running(), arguments.host)


def _status(_: argparse.Namespace) -> None:
    print("\n".join(fleet.Lab.running().status()))


def _capture(arguments: argparse.Namespace) -> None:
    capture.capture(fleet.Lab.running(), arguments.directory)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="lab", description="The reference environment on this machine (root).")
    verbs = parser.add_subparsers(required=True, metavar="VERB")

    def verb(name: str, run: Callable[[argparse.Namespace], None], words: str) -> argparse.ArgumentParser:
        added = verbs.add_parser(name, help=words, description=words)
        added.set_defaults(run=run)
        return added

    verb("build", _build, "build the root file system unless the cache has it")
    for name, run, words in (("up", _up, "bring the lab up, healthy"), ("setup", _setup, "make all regions anew")):
        verb(name, run, words).add_argument("--global-postgresql", type=int, metavar="MAJOR")
    shell = verb("sh", _shell, "a shell or a command on a host")
    shell.add_argument("host")
    shell.add_argument("command", nargs=argparse.REMAINDER)
    actions: dict[str, tuple[Callable[[fleet.Lab, str], None], str]] = {
        "crash": (fleet.Lab.crash, "cut a host's power"),
        "boot": (fleet.Lab.boot, "switch a host on"),
        "cut": (fleet.Lab.cut, "pull a host's network cable"),
        "heal": (fleet.Lab.heal, "put a host's network cable back"),
    }
    for name, (action, words) in actions.items():
        verb(name, _on_host(action), words).add_argument("host")
    restore = verb("restore", _on_host(fleet.Lab.restore), "bring a region back to its state after `up`")
    restore.add_argument("host", metavar="region")
    verb("down", lambda _: fleet.down(), "end the lab and remove everything but the cache")
    verb("status", _status, "one line a host")
    verb("capture", _capture, "save real outputs of all hosts").add_argument("directory", type=Path)
    return parser


def main() -> int:
    """Run one verb; 1 and the reason on stderr when it did not work."""
    arguments = _parser().parse_args()
    try:
        arguments.run(arguments)
    except (LabError, KeyError) as error:
        say(str(error.args[0] if error.args else error))
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
