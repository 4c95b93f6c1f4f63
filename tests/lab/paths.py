"""Where the lab keeps things: a cache that outlives it, and a state folder that `down` removes."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

HERE = Path(__file__).resolve().parent
FILES = HERE / "files"
REPOSITORY = HERE.parent.parent
SETUP_SOURCES = ("spec", "install", "postgres", "cluster", "scripted", "appliance", "setup", "inventory")
HOSTSCRIPTS = REPOSITORY / "console/hostscripts"


def cache() -> Path:
    """The folder for root file systems and finished regions (VMDB_LAB_CACHE)."""
    return Path(os.environ.get("VMDB_LAB_CACHE", "/var/cache/vmdb-console-lab"))


def state() -> Path:
    """The folder of the running lab (VMDB_LAB_STATE): disks, pids, keys, the inventory."""
    return Path(os.environ.get("VMDB_LAB_STATE", "/var/lib/vmdb-console-lab"))


def host_state(name: str) -> Path:
    """The folder of one running host: upper, work, root, disk, pid."""
    return state() / "hosts" / name


def shared(name: str) -> Path:
    """A directory that stands for a file server's."""
    return state() / "shared" / name


def identity() -> Path:
    """Keys and passwords, made once and used by every lab from this cache."""
    return cache() / "identity"


def recipe_hash(*words: str) -> str:
    """A short hash over words: changes whenever the recipe does."""
    return hashlib.sha256("\0".join(words).encode()).hexdigest()[:12]


def setup_recipe() -> str:
    """The hash over everything that decides what a finished region looks like."""
    folders = (FILES, *(HOSTSCRIPTS / name for name in ("files", "hosts")))
    files = sorted(path for folder in folders for path in folder.rglob("*") if path.is_file())
    sources = [*(HERE / f"{name}.py" for name in SETUP_SOURCES), *sorted(HOSTSCRIPTS.glob("*.py"))]
    texts = [
        f"{path.relative_to(REPOSITORY)}\n{path.stat().st_mode & 0o777}\n{path.read_text()}" for path in files + sources
    ]
    return recipe_hash(*texts)
