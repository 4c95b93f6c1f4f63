"""S01–S03: the state of the scripted failover on host 2 (REFERENCE 4, DOMAIN 6.1)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import pairwise

from console.diagnosis.context import RegionContext
from console.diagnosis.finding import Evidence, Finding, Severity
from console.diagnosis.words import duration, one_line, short
from console.facts.host import HostFacts
from console.facts.roles import Role
from console.facts.scripts import ScriptLogLine, ScriptsState
from console.inventory.fleet import RegionKind

DEFAULT_MAX_FAILCOUNT = 2
# The check runs every minute; three minutes without a sign of it are two runs that did not happen.
SILENT_AFTER = 180.0
# What the script says last before it has a reason to be quiet: it logs nothing while host 1 answers (DOMAIN 6.1).
_LAST_WORDS = (
    "Resetting failure count",
    "promoting myself",
    "already the primary",
    "server promoting",  # pg_ctl promote until 9.6; from 10 on it waits, and says what follows
    "waiting for server to promote",
    "server promoted",
)


def max_failcount(scripts: ScriptsState) -> int:
    """MAX_PRIMARY_FAILCOUNT of the scripts' configuration; the reference's 2 where it cannot be read."""
    try:
        return int(scripts.config.get("MAX_PRIMARY_FAILCOUNT", ""))
    except ValueError:
        return DEFAULT_MAX_FAILCOUNT


def check_counter(context: RegionContext) -> Iterable[Finding]:
    """S01: check-promote on host 2 has failed to reach host 1."""
    found = _second_scripts(context)
    if found is None:
        return
    host, scripts = found
    if scripts.counter is None or scripts.counter <= 0:
        return
    limit = max_failcount(scripts)
    age = "" if scripts.counter_age is None else f", {duration(scripts.counter_age)} ago"
    yield Finding(
        code="S01",
        severity=_counter_severity(context.roles.role(host), scripts.counter, limit),
        region=context.region.name,
        host=host.name,
        summary=one_line(f"{short(host.name)} did not reach the primary {scripts.counter} times of {limit}{age}"),
        evidence=(
            Evidence.of("failure counter", f"{scripts.counter} (promotes itself at {limit})", host.scripts, host.name),
            *_age_evidence("counter written", scripts.counter_age, host),
            *_log_evidence(host, scripts),
        ),
        remedy="Does host 1 answer `select 1`? At the limit host 2 promotes itself, also on a mere network cut.",
        details={"counter": scripts.counter, "maximum": limit, "age_seconds": scripts.counter_age},
    )


def _counter_severity(role: Role, counter: int, limit: int) -> Severity:
    """One failure before the promotion is critical; a primary has done with counting, its counter is a leftover."""
    if role is Role.PRIMARY:
        return Severity.INFO
    return Severity.CRITICAL if counter >= limit - 1 else Severity.WARNING


def check_promote_cadence(context: RegionContext) -> Iterable[Finding]:
    """S02: nobody watches host 1, so that no failover would happen. Judged only while host 2 runs as a standby."""
    found = _second_scripts(context)
    if found is None or context.roles.role(found[0]) is not Role.STANDBY:
        return
    host, scripts = found
    troubles = list(_cadence_troubles(scripts, as_root=host.reach.degraded is None))
    if not troubles:
        return
    yield Finding(
        code="S02",
        severity=Severity.WARNING,
        region=context.region.name,
        host=host.name,
        summary=one_line(f"{short(host.name)}: {troubles[0]}: no automatic failover can be relied on"),
        evidence=(
            *(Evidence.of("trouble", trouble, host.scripts, host.name) for trouble in troubles),
            Evidence.of("cron lines", one_line("; ".join(scripts.cron), 300) or "none", host.scripts, host.name),
            *_age_evidence("log written", scripts.log_age, host),
            *_log_evidence(host, scripts),
        ),
        remedy="Check crond and /etc/cron.d on host 2; a check that hangs has psql waiting for host 1 (ps -ef).",
        details={"cron_lines": len(scripts.cron), "cron_running": scripts.cron_running, "log_age": scripts.log_age},
    )


def _cadence_troubles(scripts: ScriptsState, *, as_root: bool) -> Iterator[str]:
    """Without root the crontabs under /var/spool/cron cannot be read: then a line that was not found may be there."""
    if not scripts.cron and as_root:
        yield "no cron line runs check-promote"
    if scripts.cron_running is False:
        yield "cron does not run"
    if scripts.check_running > 1:
        yield f"{scripts.check_running} runs of check-promote at once"
    yield from _silence(scripts)


def _silence(scripts: ScriptsState) -> Iterator[str]:
    """A counter that stands still, or a log that stopped although its last lines were not the script's last words.

    While host 1 answers the script writes nothing (DOMAIN 6.1), so an old log alone proves nothing.
    """
    if scripts.counter and scripts.counter_age is not None and scripts.counter_age > SILENT_AFTER:
        yield f"the counter stands at {scripts.counter} since {duration(scripts.counter_age)}"
    elif scripts.log_age is not None and scripts.log_age > SILENT_AFTER and _wrote_every_minute(scripts.log):
        yield f"check-promote wrote every minute until {duration(scripts.log_age)} ago"


def _wrote_every_minute(log: tuple[ScriptLogLine, ...]) -> bool:
    """Whether the log's last lines show a series of runs that ended without a word why."""
    if len(log) < 2 or any(words in log[-1].text for words in _LAST_WORDS):
        return False
    times = sorted({at for line in log[-12:] if (at := _time(line.at)) is not None})
    gaps = [(later - earlier).total_seconds() for earlier, later in pairwise(times)]
    return bool(gaps) and gaps[-1] <= 120


def _time(text: str) -> datetime | None:
    """The script's time has no year; a leap year keeps 29 February readable, and only differences are used."""
    try:
        return datetime.strptime(f"2000 {text}", "%Y %b %d %H:%M:%S")
    except ValueError:
        return None


def check_failback_pending(context: RegionContext) -> Iterable[Finding]:
    """S03: host 2 serves as primary, host 1 does not."""
    if context.region.kind is not RegionKind.SCRIPTED:
        return
    first, second = context.roles.hosts
    role = context.roles.role(first)
    if context.roles.role(second) is not Role.PRIMARY or role is Role.PRIMARY:
        return
    yield Finding(
        code="S03",
        severity=Severity.WARNING,
        region=context.region.name,
        host=second.name,
        summary=one_line(f"running on {short(second.name)}; {short(first.name)} is {role.value}: failback pending"),
        evidence=tuple(
            Evidence("role", f"{verdict.role.value} (witness: {verdict.witness or 'none'})", "roles", host.name)
            for host, verdict in zip(context.roles.hosts, context.roles.verdicts, strict=True)
        ),
        remedy="failback",
        details={"primary": second.name, "other_role": role.value},
    )


def _second_scripts(context: RegionContext) -> tuple[HostFacts, ScriptsState] | None:
    """Host 2 and its scripts' state, in a scripted region where it could be looked at."""
    if context.region.kind is not RegionKind.SCRIPTED:
        return None
    second = context.roles.hosts[1]
    return None if second.scripts.value is None else (second, second.scripts.value)


def _age_evidence(fact: str, age: float | None, host: HostFacts) -> tuple[Evidence, ...]:
    words = "unknown when" if age is None else f"{duration(age)} ago"
    return (Evidence.of(fact, words, host.scripts, host.name),)


def _log_evidence(host: HostFacts, scripts: ScriptsState) -> Iterator[Evidence]:
    for line in scripts.log[-2:]:
        yield Evidence.of("log", one_line(f"{line.at} {line.level}: {line.text}", 300), host.scripts, host.name)
