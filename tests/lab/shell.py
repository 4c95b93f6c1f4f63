"""Running commands on this machine, with errors that say which command, where and what it printed."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence


class LabError(Exception):
    """Something in the lab did not work; the message says what, where, and what was printed."""


def run(
    argv: Sequence[str], *, check: bool = True, stdin: str | None = None, timeout: float = 300
) -> subprocess.CompletedProcess[str]:
    """Run a command; LabError with its output when it fails and `check` is set, or when it takes longer than `timeout`.

    Bytes that are not UTF-8 are kept with surrogateescape, since a broken host may print anything.
    """
    try:
        done = subprocess.run(
            list(argv),
            input=stdin,
            stdin=subprocess.DEVNULL if stdin is None else None,
            capture_output=True,
            text=True,
            errors="surrogateescape",
            timeout=timeout,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise LabError(f"not finished after {timeout:g} s: {' '.join(argv)}") from error
    if check and done.returncode != 0:
        output = (done.stdout + done.stderr).strip()[-2000:]
        raise LabError(f"exit status {done.returncode}: {' '.join(argv)}\n{output}")
    return done


def wait_until(predicate: Callable[[], bool], timeout: float, what: str, interval: float = 0.3) -> None:
    """Return as soon as `predicate` holds; LabError naming `what` after `timeout` seconds."""
    deadline = time.monotonic() + timeout
    while not predicate():
        if time.monotonic() > deadline:
            raise LabError(f"not seen within {timeout:g} s: {what}")
        time.sleep(interval)


def say(words: str) -> None:
    """One line of progress on stderr."""
    print(f"lab: {words}", file=sys.stderr, flush=True)


def need_root() -> None:
    """LabError unless this process is root."""
    if os.geteuid() != 0:
        raise LabError("the lab needs root: namespaces, mounts and a root file system by debootstrap")
