"""Section `scripts`: what drives a scripted failover on this host (REFERENCE 4)."""

from __future__ import annotations

import re

from console.facts.scripts import ScriptLogLine, ScriptsState
from console.facts.text import clean
from console.probe.lines import Block, blocks, integer, number, pairs, values, yes_no

_LOG_LINE = re.compile(r"([A-Z][a-z]{2}\s+\d{1,2} \d{2}:\d{2}:\d{2})\s+(?:([A-Z]{4,8}):\s+)?(.*)")
_CONFIG_LINE = re.compile(r"\s*(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)=(.*)")
_CKSUM = re.compile(r"(\d{1,12}) (\d{1,12}) (/\S+)")


def parse_scripts(text: str, now: float) -> ScriptsState | None:
    """The counter, the configuration, the installed scripts, cron and check-promote's log; ages at `now`, host's clock.

    None where the answer has no counter, be it 0.
    """
    by_name = {block.name: block for block in blocks(text)}
    head = pairs(by_name[""].lines)
    state = pairs(by_name["state"].lines) if "state" in by_name else {}
    if "counter" not in head:
        return None
    ages = _ages(by_name[""].lines, now)
    return ScriptsState(
        counter=_counter(head.get("counter")),
        counter_age=next((age for path, age in ages.items() if path.endswith("/primary-failcount")), None),
        config=_config(by_name.get("config")),
        installed=_installed(by_name.get("installed")),
        cron=tuple(clean(line.strip()) for line in _lines(by_name.get("cron"))),
        cron_running=yes_no(state.get("cron")),
        log=tuple(_log_line(line) for line in _lines(by_name.get("log"))),
        log_age=next((age for path, age in ages.items() if path.endswith(".log")), None),
        check_running=max(0, integer(state.get("checks")) or 0),
    )


def _counter(text: str | None) -> int | None:
    """The file's number; an empty file is one that the script is just writing: unknown."""
    count = integer(text)
    return count if count is not None and count >= 0 else None


def _ages(lines: tuple[str, ...], now: float) -> dict[str, float]:
    found = {}
    for line in values(lines, "stat"):
        modified, _, path = line.partition(" ")
        when = number(modified)
        if when is not None:
            found[path] = max(0.0, now - when)
    return found


def _lines(block: Block | None) -> tuple[str, ...]:
    return tuple(line for line in block.lines if line.strip()) if block else ()


def _config(block: Block | None) -> dict[str, str]:
    """Shell assignments; quotes around the whole value are undone, nothing is expanded."""
    found = {}
    for line in _lines(block):
        if match := _CONFIG_LINE.fullmatch(line):
            value = match[2].strip()
            quoted = re.fullmatch(r"""(?:"([^"]*)"|'([^']*)')\s*(?:#.*)?""", value)
            plain = (quoted[1] or quoted[2] or "") if quoted else value.partition(" #")[0].strip()
            found[match[1]] = clean(plain)
    return found


def _installed(block: Block | None) -> dict[str, str]:
    """Path to "checksum size", as cksum prints them."""
    matches = (_CKSUM.fullmatch(line.strip()) for line in _lines(block))
    return {clean(match[3]): f"{match[1]} {match[2]}" for match in matches if match}


def _log_line(line: str) -> ScriptLogLine:
    match = _LOG_LINE.fullmatch(line.strip())
    if match is None:
        return ScriptLogLine("", "", clean(line.strip()))
    return ScriptLogLine(clean(match[1]), match[2] or "", clean(match[3]))
