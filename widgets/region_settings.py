"""Replication settings and pg_hba.conf: only what differs between the two hosts, since the same is no news. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from console.facts.host import HostFacts
from console.facts.observed import Observed
from console.facts.postgresql import Configuration
from widgets.region_figure import Figure, RegionPage, Row, Section, Tone, section, unseen

_NAMES = (
    "server_version",
    "wal_level",
    "hot_standby",
    "hot_standby_feedback",
    "max_wal_senders",
    "max_connections",
    "max_prepared_transactions",
    "max_locks_per_transaction",
    "max_worker_processes",
    "max_replication_slots",
    "wal_keep_segments",
    "wal_keep_size",
    "wal_log_hints",
    "wal_segment_size",
    "data_checksums",
    "archive_mode",
    "archive_command",
    "archive_timeout",
    "full_page_writes",
    "fsync",
    "synchronous_commit",
    "synchronous_standby_names",
    "recovery_min_apply_delay",
    "listen_addresses",
    "port",
    "update_process_title",
    "shared_buffers",
    "log_line_prefix",
)
"""What decides how a pair replicates, fails over and can be rebuilt."""
_BY_ROLE = {"synchronous_standby_names", "recovery_min_apply_delay", "port"}
"""May rightly differ: the agent sets the first on the primary only (DOMAIN 1.5)."""


def settings_sections(page: RegionPage) -> tuple[Section, ...]:
    """One section, also where nothing differs: then it says what was compared."""
    return section("settings", "Settings that differ", [*_settings(page), *_files(page), *_hba(page)])


def _settings(page: RegionPage) -> list[Row]:
    sides = _comparable(page)
    if sides is None:
        return page.row("settings", lambda facts: None if _known(facts) else unseen(facts.settings, slow=True))
    ours, theirs, observed = sides
    names = [name for name in _NAMES if _value(ours, name) != _value(theirs, name)]
    if not names:
        words = f"none of the {sum(name in ours for name in _NAMES)} that matter for replication differs"
        return [Row("settings", pair=Figure.of(words, observed, Tone.FAINT, slow=True))]
    return [
        row for name in names for row in _difference(page, name, {page.last[0].name: ours, page.last[1].name: theirs})
    ]


def _difference(page: RegionPage, name: str, sides: dict[str, dict[str, str]]) -> list[Row]:
    return page.row(name, lambda facts: _differing(facts, name, sides[facts.name]))


def _known(facts: HostFacts) -> bool:
    return facts.settings.known or facts.configuration.known


def _comparable(page: RegionPage) -> tuple[dict[str, str], dict[str, str], Observed[Any]] | None:
    """Both sides by one kind of witness: as the servers run, else as their files say; None where one is unknown."""
    first, second = page.last
    if first.settings.value is not None and second.settings.value is not None:
        return first.settings.value, second.settings.value, second.settings
    if first.configuration.value is not None and second.configuration.value is not None:
        return first.configuration.value.settings, second.configuration.value.settings, second.configuration
    return None


def _value(side: dict[str, str], name: str) -> str | None:
    value = side.get(name)
    return value.strip("'\"") if value is not None else None


def _differing(facts: HostFacts, name: str, side: dict[str, str]) -> Figure:
    tone = Tone.INFO if name in _BY_ROLE else Tone.WARNING
    value = _value(side, name)
    witness = facts.settings if facts.settings.value is side else facts.configuration
    return Figure.of("not set" if value is None else value or "''", witness, tone, slow=True)


def _files(page: RegionPage) -> list[Row]:
    """postgresql.conf was changed and not yet taken over: what runs differs from what is written."""
    return page.rows("not in force", lambda facts: _pending(facts))


def _pending(facts: HostFacts) -> Iterator[Figure]:
    running, written = facts.settings.value, facts.configuration.value
    if running is None or written is None:
        return
    for name in ("wal_level", "max_wal_senders", "max_connections", "archive_mode", "archive_command", "hot_standby"):
        value = written.settings.get(name, "").strip("'\"")
        if name in running and value and running[name] != value and not _quoted(running[name], value):
            words = f"{name} = {value} is written, {running[name]} runs"
            yield Figure.of(words, facts.configuration, Tone.WARNING, slow=True)


def _quoted(running: str, written: str) -> bool:
    """The same value in another spelling: on/true/yes/1."""
    words = ({"on", "true", "yes", "1"}, {"off", "false", "no", "0"}, {"hot_standby", "replica", "archive"})
    both = {running.casefold(), written.casefold()}
    return any(both <= same for same in words) or running.replace("''", "'") == written.replace("''", "'")


def _hba(page: RegionPage) -> list[Row]:
    first, second = (facts.configuration.value for facts in page.last)
    if first is None or second is None:
        return page.row("pg_hba.conf", lambda f: None if f.configuration.known else unseen(f.configuration, slow=True))
    texts = [[rule.text for rule in side.hba] for side in (first, second)]
    if texts[0] == texts[1]:
        words = f"the same {len(texts[0])} rules in the same order"
        return [Row("pg_hba.conf", pair=Figure.of(words, page.last[0].configuration, Tone.FAINT, slow=True))]
    common = set(texts[0]) & set(texts[1])
    if common == set(texts[0]) == set(texts[1]):
        words = "the same rules in another order: the first that matches decides"
        return [Row("pg_hba.conf", pair=Figure.of(words, page.last[0].configuration, Tone.WARNING, slow=True))]
    return page.rows("pg_hba.conf", lambda facts: _only_here(facts, common))


def _only_here(facts: HostFacts, common: set[str]) -> Iterator[Figure]:
    configuration: Configuration | None = facts.configuration.value
    for rule in configuration.hba if configuration is not None else ():
        if rule.text not in common:
            words = f"only here, line {rule.line}: {rule.text}"
            yield Figure.of(words, facts.configuration, Tone.WARNING, slow=True)
