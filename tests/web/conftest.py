"""The wall's server in a process of its own, on a free port of this machine; ended by its pid."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "web: the wall in a browser (textual-serve; some also headless Chromium)")


@dataclass(frozen=True, slots=True)
class Server:
    """A running `python -m console.wall_web`."""

    process: subprocess.Popen[str]
    port: int

    @property
    def origin(self) -> str:
        """Where its page is."""
        return f"http://127.0.0.1:{self.port}"

    def walls(self) -> list[int]:
        """Pids of the wall processes that it has now."""
        listed = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text(encoding="ascii")
        return [int(word) for word in listed.split()]

    def listening_on(self) -> set[str]:
        """Addresses on which its port is listened to, as the kernel writes them."""
        rows = [line.split() for line in Path("/proc/net/tcp").read_text(encoding="ascii").splitlines()[1:]]
        return {
            row[1].partition(":")[0]
            for row in rows
            if row[3] == "0A" and int(row[1].partition(":")[2], 16) == self.port
        }


def until(condition: Callable[[], bool], seconds: float = 20.0) -> None:
    """Wait for the condition."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, f"did not happen in {seconds} s"
        time.sleep(0.05)


def answers(origin: str) -> bool:
    """Whether its page is served."""
    try:
        with urllib.request.urlopen(origin, timeout=2.0) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


@pytest.fixture
def server() -> Iterator[Server]:
    """The wall of the simulated fleet, for two browsers at once."""
    pytest.importorskip("textual_serve", reason="textual-serve is not installed (the extra [web])")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "console.wall_web", "--port", str(port), "--viewers", "2", "--demo=lock-unsafe"]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env={**os.environ, "NO_COLOR": ""})
    found = Server(process, port)
    try:
        until(lambda: answers(found.origin) or process.poll() is not None)
        assert process.poll() is None, process.stderr.read() if process.stderr else ""
        yield found
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(15.0)
        except subprocess.TimeoutExpired:
            process.kill()
            raise
