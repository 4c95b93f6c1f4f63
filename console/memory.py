"""What the console remembers between runs: the machine-id of every host it has seen (finding H07)."""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from console.facts.snapshot import Snapshot

_log = logging.getLogger(__name__)


def load_machine_ids(path: Path) -> dict[str, str]:
    """Machine-ids by host name; empty when nothing was remembered or the file is damaged (then it is logged)."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        _log.warning("cannot read %s: %s; machine-ids are learnt anew", path, error)
        return {}
    if not isinstance(content, dict):
        return {}
    return {name: value for name, value in content.items() if isinstance(name, str) and isinstance(value, str)}


def remember_machine_ids(path: Path, known: Mapping[str, str], snapshot: Snapshot) -> None:
    """Add the machine-ids of hosts never seen before. One that changed stays as first seen: H07 tells a person."""
    seen = {name: facts.identity.value.machine_id for name, facts in snapshot.hosts.items() if facts.identity.value}
    new = {name: value for name, value in seen.items() if value and name not in known}
    if not new:
        return
    with suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = path.with_name(f"{path.name}.{os.getpid()}")
        temporary.write_text(json.dumps({**known, **new}, indent=1, sort_keys=True), encoding="utf-8")
        temporary.replace(path)
