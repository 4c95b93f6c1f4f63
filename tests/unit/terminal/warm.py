"""The program at a pty without the half second in which an interpreter loads it: a process that has, and forks.

What is forked goes the program's whole way from `python -m console` on: a session and a terminal of its own, its own
environment and working directory.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

_MODULES = (
    "console.cli",
    "console.runbooks.registry",
    "console.runner.runner",
    "console.simulation.parts",
    "console.terminal.run_command",
    "console.terminal.sources",
    "console.terminal.watching",
    "rich.live",
)
_FORKING = """
import importlib, json, os, runpy, socket, sys
for name in sys.argv[2:]:
    importlib.import_module(name)
asked = socket.socket(fileno=int(sys.argv[1]))
while True:
    data, descriptors, _, _ = socket.recv_fds(asked, 65536, 1)
    if not data:
        break
    order = json.loads(data)
    if "wait" in order:
        asked.send(str(os.waitpid(order["wait"], 0)[1]).encode())
        continue
    pid = os.fork()
    if pid:
        os.close(descriptors[0])
        asked.send(str(pid).encode())
        continue
    asked.close()
    os.login_tty(descriptors[0])
    os.environ.clear()
    os.environ.update(order["environment"])
    os.chdir(order["folder"])
    sys.argv[1:] = order["argv"]
    runpy.run_module("console", run_name="__main__", alter_sys=True)
"""


class WarmProgram:
    """Starts programs, and waits for those. Owned by one thread."""

    def __init__(self) -> None:
        self._asking, asked = socket.socketpair()
        with asked:
            self._process = subprocess.Popen(
                [sys.executable, "-c", _FORKING, str(asked.fileno()), *_MODULES], pass_fds=[asked.fileno()]
            )

    def start(self, argv: tuple[str, ...], environment: Mapping[str, str], folder: Path, terminal: int) -> int:
        """The process id of a program at `terminal`, the descriptor of a pty's end, which stays the caller's."""
        order = {"argv": argv, "environment": dict(environment), "folder": str(folder)}
        socket.send_fds(self._asking, [json.dumps(order).encode()], [terminal])
        return int(self._answer())

    def exit_code(self, pid: int) -> int:
        """Of a program that it started, once it has ended; negative: the signal that ended it."""
        self._asking.send(json.dumps({"wait": pid}).encode())
        return os.waitstatus_to_exitcode(int(self._answer()))

    def close(self) -> None:
        """Nothing can be started any more."""
        self._asking.close()
        self._process.wait(10)

    def _answer(self) -> str:
        answer = self._asking.recv(4096).decode()
        if not answer:
            raise RuntimeError("the process that has the program loaded has died; see its traceback above")
        return answer
