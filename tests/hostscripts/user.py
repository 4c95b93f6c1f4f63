"""Everything of these tests runs as one user without rights: where pytest is root, as `nobody`."""

from __future__ import annotations

import os
import pwd
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

UNPRIVILEGED = "nobody"
IS_ROOT = os.geteuid() == 0
NAME = UNPRIVILEGED if IS_ROOT else pwd.getpwuid(os.geteuid()).pw_name


def command(words: Sequence[str | Path], environment: Mapping[str, str]) -> list[str]:
    """`words` with that environment alone, as that user."""
    settings = [f"{key}={value}" for key, value in environment.items()]
    prefix = ["/usr/sbin/runuser", "-u", UNPRIVILEGED, "--"] if IS_ROOT else []
    return [*prefix, "/usr/bin/env", "-i", *settings, *map(str, words)]


def run(
    words: Sequence[str | Path], environment: Mapping[str, str], timeout: float = 60
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command(words, environment), cwd="/", stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=timeout
    )


def give(path: Path) -> Path:
    """`path` is that user's from here on, with all below it."""
    if IS_ROOT:
        subprocess.run(["chown", "-R", "-h", UNPRIVILEGED, str(path)], check=True)
    return path
