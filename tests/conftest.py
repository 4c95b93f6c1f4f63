"""Settings for every test: property tests without time limits an example, since machines are noisy; files in memory.

Garbage is looked for seldom, and never among what was imported and collected: thousands of tests, their modules and
Textual are objects that stay, and every worker would go over them again and again.
"""

from __future__ import annotations

import gc
import os
import shutil
import signal

from hypothesis import settings

# A shell that starts something in the background has it ignore SIGINT, and all that it starts; tests send it.
signal.signal(signal.SIGINT, signal.default_int_handler)

# The same examples each time, so that a commit is green or is not; VMDB_RANDOM=1 draws new ones.
settings.register_profile("same", deadline=None, derandomize=True, print_blob=True)
settings.register_profile("random", deadline=None, print_blob=True)
settings.load_profile("random" if os.environ.get("VMDB_RANDOM") == "1" else "same")

_MEMORY = "/dev/shm"
_ROOM = 1 << 30


def _can_be_used(folder: str) -> bool:
    """Whether programs can be started there, and what the tests write (some 200 MB in three runs) has room."""
    try:
        no_programs = os.statvfs(folder).f_flag & os.ST_NOEXEC
    except OSError:
        return False
    return not no_programs and os.access(folder, os.W_OK | os.X_OK) and shutil.disk_usage(folder).free > _ROOM


# A journal is synced to disk at every line; in memory that costs nothing, and here nobody would miss it.
if _can_be_used(_MEMORY):
    os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", _MEMORY)

gc.disable()  # while modules are imported and tests are collected nothing becomes garbage


def pytest_collection_finish() -> None:
    """From here on there is garbage, all of it new."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)
    gc.enable()
