"""The failover scripts of a scripted pair: the counter, who counts, what they said last (REFERENCE 4). Pure."""

from __future__ import annotations

from collections.abc import Iterator

from console.diagnosis.scripts import max_failcount
from console.diagnosis.words import duration
from console.facts.host import HostFacts
from console.facts.scripts import ScriptLogLine, ScriptsState
from widgets.region_figure import Figure, RegionPage, Row, Section, Tone, section, unseen

_LOG_LINES = 12


def script_sections(page: RegionPage) -> tuple[Section, ...]:
    """Nothing for a pair that Pacemaker runs."""
    if page.context.pacemaker:
        return ()
    return (
        *section("scripts", "Failover scripts", _rows(page)),
        *section("script-log", "check-promote's log, newest first", page.rows("line", _log)),
    )


def _rows(page: RegionPage) -> list[Row]:
    return [
        *page.row("failure counter", lambda facts: _counter(page, facts)),
        *page.rows("cron", _cron),
        *page.row("runs now", _running),
        *page.row("takes itself for", _role_test),
        *page.row("log", _log_age),
        *page.rows("installed", _installed),
        *page.row("differ", lambda facts: _differing(page, facts)),
    ]


def _counter(page: RegionPage, facts: HostFacts) -> Figure | None:
    """Only host 2 counts: it promotes itself at the limit."""
    scripts = facts.scripts.value
    if facts.name != page.last[1].name:
        return None
    if scripts is None:
        return unseen(facts.scripts)
    if scripts.counter is None:
        return Figure.of("unknown: it could not be read", facts.scripts, Tone.UNKNOWN)
    limit = max_failcount(scripts)
    age = "" if scripts.counter_age is None else f", written {duration(scripts.counter_age)} ago"
    tone = Tone.CRITICAL if scripts.counter >= limit - 1 > 0 or scripts.counter >= limit else Tone.WARNING
    words = f"{scripts.counter} of {limit}: at {limit} this host promotes itself{age}"
    return Figure.of(words, facts.scripts, tone if scripts.counter > 0 else Tone.PLAIN)


def _cron(facts: HostFacts) -> Iterator[Figure]:
    scripts = facts.scripts.value
    if scripts is None:
        return
    if scripts.cron_running is False:
        yield Figure.of("cron does not run", facts.scripts, Tone.WARNING)
    for line in scripts.cron:
        yield Figure.of(line, facts.scripts)


def _running(facts: HostFacts) -> Figure | None:
    scripts = facts.scripts.value
    if scripts is None or not scripts.check_running:
        return None
    tone = Tone.WARNING if scripts.check_running > 1 else Tone.PLAIN
    return Figure.of(f"check-promote {scripts.check_running} times at once", facts.scripts, tone)


def _role_test(facts: HostFacts) -> Figure | None:
    """The scripts know their role only by recovery.conf's existence (DOMAIN 0.6, 6.1)."""
    data = facts.data.value
    if data is None:
        return unseen(facts.data)
    if data.standby_configured:
        return Figure.of("a standby: recovery.conf is there", facts.data)
    done = ", recovery.done is: it was promoted" if "recovery.done" in data.files else ""
    return Figure.of(f"a primary: no recovery.conf{done}", facts.data)


def _log_age(facts: HostFacts) -> Figure | None:
    """It says nothing while host 1 answers: an old log alone proves nothing (DOMAIN 6.1)."""
    scripts = facts.scripts.value
    if scripts is None or scripts.log_age is None:
        return None
    return Figure.of(f"{len(scripts.log)} lines of its tail, written {duration(scripts.log_age)} ago", facts.scripts)


def _installed(facts: HostFacts) -> Iterator[Figure]:
    scripts = facts.scripts.value
    if scripts is not None:
        names = ", ".join(sorted(path.rpartition("/")[2] for path in scripts.installed)) or "none"
        yield Figure.of(names, facts.scripts, Tone.FAINT if scripts.installed else Tone.WARNING)


def _differing(page: RegionPage, facts: HostFacts) -> Figure | None:
    """Scripts whose contents are not the other host's, and settings that are not."""
    own, other = facts.scripts.value, page.context.other(facts).scripts.value
    if own is None or other is None:
        return None
    names = [*_unlike(own.installed, other.installed), *_unlike(own.config, other.config)]
    return Figure.of(", ".join(names), facts.scripts, Tone.WARNING) if names else None


def _unlike(own: dict[str, str], other: dict[str, str]) -> list[str]:
    return sorted(name.rpartition("/")[2] for name, value in own.items() if name in other and other[name] != value)


def _log(facts: HostFacts) -> Iterator[Figure]:
    scripts: ScriptsState | None = facts.scripts.value
    for line, times in _folded(scripts.log if scripts is not None else ()):
        tone = Tone.PLAIN if line.level in ("INFO", "") else Tone.WARNING
        often = f" ({times} times)" if times > 1 else ""
        yield Figure(f"{_head(line)}{line.text}{often}", tone, explained=_meaning(line.text))


def _head(line: ScriptLogLine) -> str:
    """Time and level; what a command that the script calls printed itself has neither (pg_ctl: "server promoting")."""
    head = f"{line.at} {line.level}".strip()
    return f"{head}: " if head else ""


def _folded(log: tuple[ScriptLogLine, ...]) -> list[tuple[ScriptLogLine, int]]:
    """Newest first; lines that repeat at once but for their time are one, with how many there are."""
    found: list[tuple[ScriptLogLine, int]] = []
    for line in reversed(log):
        if found and (found[-1][0].level, found[-1][0].text) == (line.level, line.text):
            found[-1] = (found[-1][0], found[-1][1] + 1)
        elif len(found) < _LOG_LINES:
            found.append((line, 1))
    return found


_MEANINGS = (
    ("promoting myself", "host 2 made itself the primary"),
    ("less than threshold", "host 1 did not answer `select 1`; it counts on"),
    ("Resetting failure count", "host 1 answers again"),
    ("already the primary", "it has nothing to watch any more"),
    ("server promoting", "pg_ctl promote was accepted"),
    ("is down", "host 1 did not answer `select 1`"),
)


def _meaning(text: str) -> str:
    return next((words for part, words in _MEANINGS if part in text), "")
