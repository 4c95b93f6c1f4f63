"""From config.yaml to `Settings`, or one error that lists everything that is wrong with the file."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path

from console.inventory.document import MAX_BYTES, Document, read_document
from console.inventory.problems import Keys, Problem, dotted, printable, suggestion
from console.settings.keymap import clashes, key_problem, read_keys
from console.settings.settings import Settings, SettingsError

_KEYS = ("theme", "keymap")


def load_settings(path: Path) -> Settings:
    """Read and check the file; no file, or an empty one, means the defaults. Raises SettingsError."""
    content = _content(path)
    if content is None or not content.strip():
        return Settings()
    document = read_document(content)
    problems = list(document.problems)
    settings = _settings(document.data, problems) if not problems else Settings()
    if problems:
        raise _error(path, problems, document)
    return settings


def _content(path: Path) -> bytes | None:
    try:
        with path.open("rb") as file:
            return file.read(MAX_BYTES + 1)
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise SettingsError(f"{printable(str(path), 400)}: the config file cannot be read: {reason}") from error


def _settings(data: object, problems: list[Problem]) -> Settings:
    if data is None:
        return Settings()
    if not isinstance(data, dict):
        problems.append(Problem((), "must be a mapping, such as 'theme: vmdb-light'"))
        return Settings()
    for key in data.keys() - set(_KEYS):
        problems.append(Problem((key,), f"unknown key{suggestion(key, _KEYS)}; there are {' and '.join(_KEYS)}"))
    return Settings(_theme(data.get("theme"), problems), _keymap(data.get("keymap"), problems))


def _theme(value: object, problems: list[Problem]) -> str | None:
    if value is None or isinstance(value, str):
        return value
    problems.append(Problem(("theme",), "must be a theme's name, such as vmdb-light"))
    return None


def _keymap(value: object, problems: list[Problem]) -> dict[str, str]:
    from console.screens.actions import ACTIONS

    if value is None:
        return {}
    if not isinstance(value, dict):
        problems.append(Problem(("keymap",), "must be a mapping from an action to its keys, such as 'poll-now: R'"))
        return {}
    keymap: dict[str, str] = {}
    for action, keys in value.items():
        place: Keys = ("keymap", action)
        if action not in ACTIONS:
            near = suggestion(action, ACTIONS)
            problems.append(Problem(place, f"unknown action{near or _all(ACTIONS)}"))
            continue
        names = read_keys(keys)
        text = key_problem(names)
        if text:
            problems.append(Problem(place, text))
        else:
            keymap[action] = ",".join(names or ())
    problems += [Problem(("keymap", action), text) for action, text in clashes(keymap, ACTIONS)]
    return keymap


def _error(path: Path, problems: list[Problem], document: Document) -> SettingsError:
    placed = [each if each.line is not None else replace(each, line=document.line(each.keys)) for each in problems]
    order: Callable[[Problem], tuple[int, str]] = lambda each: (each.line or 0, dotted(each.keys))  # noqa: E731
    lines = [_line(path, each) for each in sorted(placed, key=order)]
    count = "1 error" if len(lines) == 1 else f"{len(lines)} errors"
    return SettingsError("\n".join([*lines, f"{count} in the config file; mend it, or move it away for the defaults."]))


def _line(path: Path, problem: Problem) -> str:
    place = printable(str(path), 400) + (f":{problem.line}" if problem.line is not None else "")
    key = dotted(problem.keys)
    return f"{place}: {key}: {problem.text}" if key else f"{place}: {problem.text}"


def _all(names: Iterable[str]) -> str:
    return f"; there are {', '.join(names)}"
