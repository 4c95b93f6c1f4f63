"""What would make the server a standby at its next start: recovery.conf, or the same settings from 12 on.

The probe prints the files that are there (`@@PATH`) and their relevant lines (`PATH:line`).
"""

from __future__ import annotations

from console.facts.postgresql import RecoverySettings
from console.probe.conf import assignment
from console.probe.lines import Block

_NAMES = ("primary_conninfo", "restore_command", "recovery_target_timeline", "standby_mode")
_TRIGGERS = ("trigger_file", "promote_trigger_file")
_INCLUDES = {"include", "include_if_exists"}


def recovery_settings(files: tuple[Block, ...]) -> RecoverySettings | None:
    """Settings in the order in which the server reads them; None where no file sets any."""
    if not any(block.lines for block in files):
        return None
    paths = [f"{block.name} {block.rest}".strip() for block in files]
    lines = [line for block in files for line in block.lines]
    texts = {path: _lines_of(path, lines, paths) for path in paths}
    main = next((path for path in paths if path.endswith("/recovery.conf")), None) if len(paths) == 1 else None
    order = [main] if main else [path for path in paths if not path.endswith("/recovery.conf")]
    found: dict[str, tuple[str, str]] = {}
    for path in order:
        for name, value, source in _read(path, texts):
            found[name] = (value, source)
    return _settings(found)


def _lines_of(path: str, lines: list[str], paths: list[str]) -> list[str]:
    """The lines that grep found in `path`. With one file, too, grep -H names it."""
    longer = [f"{other}:" for other in paths if other != path and other.startswith(path)]
    return [
        line.removeprefix(f"{path}:")
        for line in lines
        if line.startswith(f"{path}:") and not any(line.startswith(other) for other in longer)
    ]


def _read(path: str, texts: dict[str, list[str]]) -> list[tuple[str, str, str]]:
    """Assignments of a file; where it includes another file that we have, that one's stand in its place."""
    found = []
    for line in texts.get(path, []):
        pair = assignment(line)
        if pair is None:
            continue
        name, value = pair
        if name in _INCLUDES:
            target = value if value.startswith("/") else f"{path.rpartition('/')[0]}/{value}"
            if target != path:
                found += [(*item, target) for inner in texts.get(target, []) if (item := assignment(inner))]
        else:
            found.append((name, value, path))
    return found


def _settings(found: dict[str, tuple[str, str]]) -> RecoverySettings | None:
    wanted = {name: found[name] for name in (*_NAMES, *_TRIGGERS) if name in found}
    if not wanted:
        return None
    source = (wanted.get("primary_conninfo") or wanted.get("restore_command") or next(iter(wanted.values())))[1]
    mode = _value(wanted, "standby_mode")
    return RecoverySettings(
        source=source,
        primary_conninfo=_value(wanted, "primary_conninfo"),
        restore_command=_value(wanted, "restore_command"),
        recovery_target_timeline=_value(wanted, "recovery_target_timeline"),
        standby_mode=None if mode is None else mode.lower() in {"on", "true", "yes", "1", "tru", "t", "y"},
        trigger_file=next((_value(wanted, name) for name in _TRIGGERS if name in wanted), None),
    )


def _value(found: dict[str, tuple[str, str]], name: str) -> str | None:
    return found[name][0] if name in found else None
