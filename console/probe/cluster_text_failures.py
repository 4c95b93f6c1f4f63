"""Failed actions and fencing events in crm_mon's text: five shapes of one fact (DOMAIN 2.1).

The exit reason is printed unescaped: it may hold quotes, commas and parentheses, and is cut at 128 bytes.
So it is found from both ends, never by matching quotes.
"""

from __future__ import annotations

import re

from console.facts.cluster import FailedAction, FencingEvent
from console.probe.cluster_words import exit_code, host_name, without_clone_number

_KEY = re.compile(r"(.+)_[0-9]+")
_TWO_WORDS = ("migrate_to", "migrate_from")
_QUOTED = re.compile(r"(\S+) on (\S+) '(.*?)' \((-?[0-9]{1,9})\):? ?(.*)")
_NODE_FIRST = re.compile(r"(\S+) \(node=([^,\s]+), (.*)")
_SENTENCE = re.compile(r"(\S+) (?:(\S+)-interval )?(\S+) on (\S+) (returned '|could not be executed|is pending)(.*)")
_BEGINNING = re.compile(r"\S+ on \S+ '|\S+ \(node=|\S+ (?:\S+ )?\S+ on \S+ (?:returned|could not|is pending)")
_CHANGED = re.compile(r"last-rc-change='?([^',]*)'?")
_STATUS = re.compile(r"status='?([^',()]*)'?")
_RESULT = re.compile(r"rc=(-?[0-9]{1,9})")
_REASON = re.compile(r"exit-?reason='")
# In the order in which to look for them: of a reason that quotes one, the last is the real one.
_AFTER_REASON = ("', last-rc-change=", "',last-rc-change=", "', last-run=", "', queued=", "', exec=")
_TIME = re.compile(r"(?:[A-Z][a-z]{2} )?(?:[A-Z][a-z]{2}|[0-9]{4})[^()']*")
_FENCING = re.compile(r"(.+?) of (\S+) (failed|successful|pending|succeeded)\b(.*)")
_FENCED_AT = re.compile(r"(?:completed|last-failed|last-successful)='([^']*)'?")


def begins_action(text: str) -> bool:
    """Whether a line begins an entry of "Failed Resource Actions", bullet or not."""
    return _BEGINNING.match(text) is not None


def failed_action(entry: str) -> FailedAction | None:
    """One entry, its lines joined by spaces; None where it is not a failed action."""
    text = entry.strip()
    return _quoted(text) or _node_first(text) or _sentence(text)


def fencing_event(entry: str) -> FencingEvent | None:
    """One entry of "Failed Fencing Actions", "Pending Fencing Actions" or "Fencing History", lines joined."""
    match = _FENCING.match(entry.strip())
    if match is None:
        return None
    rest = match[4].strip(" :")
    when = _FENCED_AT.search(rest)
    at = when[1].strip() if when else _split_time(f" {rest}")[1]
    return FencingEvent(host_name(match[2]), match[1], match[3], at, rest)


def _quoted(text: str) -> FailedAction | None:
    """`pgsql_start_0 on node2 'unknown error' (1): call=23, status=complete, exitreason='…', last-rc-change='…'`."""
    match = _QUOTED.match(text)
    if match is None:
        return None
    resource, operation = _key(match[1])
    rest = match[5]
    reason, details = _reason(rest)
    return FailedAction(
        resource, operation, host_name(match[2]), int(match[4]), match[3], reason, _changed(details), _status(rest)
    )


def _node_first(text: str) -> FailedAction | None:
    """`pgsql:1_monitor_7000 (node=node2, call=11, rc=7, status=complete): not running`, up to 1.1.11."""
    match = _NODE_FIRST.match(text)
    if match is None:
        return None
    details, _, words = match[3].rpartition("):")
    if not details:
        details, words = match[3], ""
    resource, operation = _key(match[1])
    result = _RESULT.search(details)
    number = int(result[1]) if result else None
    return FailedAction(
        resource, operation, host_name(match[2]), number, words.strip(), "", _changed(details), _status(details)
    )


def _sentence(text: str) -> FailedAction | None:
    """`pgsql start on N returned 'error' (REASON) at DATE after 1.2s`, from 2.1.2 (pe__failed_action_friendly)."""
    match = _SENTENCE.match(text)
    if match is None:
        return None
    rest, at = _split_time(match[6])
    if match[5].startswith("returned"):
        words, _, tail = rest.partition("'")
        reason, status = _parenthesised(tail), "complete"
    else:
        words = ""
        status, _, reason = _parenthesised(rest).partition(": ")
    return FailedAction(
        without_clone_number(match[1]),
        match[3],
        host_name(match[4]),
        exit_code(words),
        words,
        reason,
        at,
        status.strip(),
    )


def _key(key: str) -> tuple[str, str]:
    """`my_vm_migrate_to_0` is `migrate_to` of `my_vm`: resource, operation, interval."""
    match = _KEY.fullmatch(key)
    if match is None:
        return key, ""
    operation = next((two for two in _TWO_WORDS if match[1].endswith(f"_{two}")), match[1].rpartition("_")[2])
    return without_clone_number(match[1].removesuffix(f"_{operation}")), operation


def _reason(rest: str) -> tuple[str, str]:
    """The exit reason and what follows it; the rest alone where there is none ("none" is none)."""
    begin = _REASON.search(rest)
    if begin is None:
        return "", rest
    tail = rest[begin.end() :]
    end = next((at for mark in _AFTER_REASON if (at := tail.rfind(mark)) >= 0), -1)
    if end < 0:
        return _said(tail.rstrip(" ,").removesuffix("'")), ""
    return _said(tail[:end]), tail[end:]


def _said(reason: str) -> str:
    return "" if reason == "none" else reason


def _changed(details: str) -> str | None:
    match = _CHANGED.search(details)
    return match[1].strip() or None if match else None


def _status(details: str) -> str:
    match = _STATUS.search(details)
    return match[1].strip() if match else ""


def _split_time(text: str) -> tuple[str, str | None]:
    """The text before the last ` at DATE[ after DURATION]`, and that date; a reason may itself say " at "."""
    head, mark, tail = text.rpartition(" at ")
    if not mark:
        return text.strip(), None
    words, _, duration = tail.rpartition(" after ")
    date = (words if words and " " not in duration.strip() else tail).split(" (a later attempt", 1)[0].strip()
    return (head.strip(), date) if _TIME.fullmatch(date) else (text.strip(), None)


def _parenthesised(text: str) -> str:
    body = text.strip()
    if not body.startswith("("):
        return ""
    return body[1:].removesuffix(")")
