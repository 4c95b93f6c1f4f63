"""Where a host has a failover script: every place counts, since cron or a boot may run it from any of them."""

from __future__ import annotations

import posixpath
import shlex

from console.diagnosis.words import one_line
from console.facts.host import HostFacts
from console.runbooks.runbook import Refused

CHECK_PROMOTE = "pgsql-standby-check-promote"


def paths_of(facts: HostFacts, name: str) -> tuple[str, ...]:
    """All paths of a script, installed or held, in order; Refused where they could not be looked at."""
    scripts, traces = facts.scripts.value, facts.traces.value
    if scripts is None:
        why = facts.scripts.error or "not looked at"
        raise Refused(f"{facts.name}: its failover scripts are unknown: {why}.")
    found = {*scripts.installed, *(traces.held if traces is not None else ())}
    return tuple(sorted(path for path in found if posixpath.basename(path) == name))


def check_promote(facts: HostFacts) -> tuple[str, ...]:
    """All paths of the script that promotes host 2 by itself; Refused where cron runs one that is at none of them: it
    would go on to run.
    """
    paths = paths_of(facts, CHECK_PROMOTE)
    scripts = facts.scripts.value
    for line in scripts.cron if scripts is not None else ():
        strange = [word for word in _words(line) if posixpath.basename(word) == CHECK_PROMOTE and word not in paths]
        if any("/" in word for word in strange) or (strange and not paths):
            raise Refused(
                f"{facts.name}: cron runs {one_line(strange[0], 200)}, which is not among the scripts that were found "
                f"({', '.join(paths) or 'none'}): it could not be held, and would promote this host. "
                "Correct the line or the installation first."
            )
    return paths


def _words(line: str) -> list[str]:
    """A cron line's words; quotes, and what else a shell puts next to a path, are no part of one."""
    try:
        words = shlex.split(line)
    except ValueError:
        words = line.split()
    return [piece for word in words for piece in word.replace(";", " ").replace("&", " ").replace("|", " ").split()]
