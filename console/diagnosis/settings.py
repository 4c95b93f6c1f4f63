"""P09: replication settings and pg_hba.conf: what differs between the two hosts, and what is wrong on one."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from console.diagnosis.context import RegionContext
from console.diagnosis.finding import Evidence, Finding, Severity
from console.diagnosis.logs import quote, unanswered
from console.diagnosis.words import short
from console.facts.host import HostFacts
from console.facts.observed import Observed
from console.facts.postgresql import LogMeaning, RecoverySettings
from console.facts.roles import Role

# A standby refuses to start, or pauses, when these are lower than the primary's were (hot standby requirements).
NOT_LOWER = (
    "max_connections",
    "max_prepared_transactions",
    "max_locks_per_transaction",
    "max_worker_processes",
    "max_wal_senders",
)
_OFF = {"off", "false", "no", "0"}


def check_hba(context: RegionContext) -> Iterable[Finding]:
    """P09: pg_hba.conf as ordered rules: the first that matches decides, so order matters too."""
    first, second = context.hosts
    left, right = first.configuration.value, second.configuration.value
    if left is None or right is None:
        return
    ours, theirs = [rule.text for rule in left.hba], [rule.text for rule in right.hba]
    if ours == theirs:
        return
    only_first = [rule for rule in left.hba if rule.text not in theirs]
    only_second = [rule for rule in right.hba if rule.text not in ours]
    evidence = [
        Evidence.of(f"only here, line {rule.line}", rule.text, facts.configuration, facts.name)
        for facts, rules in ((first, only_first), (second, only_second))
        for rule in rules
    ]
    count = len(evidence)
    words = f"{count} rule{'s' * (count > 1)} on one of them only" if count else "the same rules in another order"
    if not evidence:
        place = next(i for i, (a, b) in enumerate(zip([*ours, ""], [*theirs, ""], strict=False)) if a != b)
        for facts, rules in ((first, left.hba), (second, right.hba)):
            text = rules[place].text if place < len(rules) else "no rule"
            evidence.append(Evidence.of(f"rule {place + 1}", text, facts.configuration, facts.name))
    yield context.finding(
        "P09",
        Severity.WARNING,
        None,
        f"{context.region.name}: pg_hba.conf differs: {words}",
        tuple(evidence),
        remedy="make both files the same and reload both; after a failover the other one rules",
        subject="pg_hba.conf",
    )


def setting(facts: HostFacts, name: str) -> tuple[str, Observed[Any]] | None:
    """A setting as the running server has it, else as its files have it; None when neither tells."""
    running = facts.settings.value or {}
    if name in running:
        return running[name], facts.settings
    written = facts.configuration.value.settings if facts.configuration.value is not None else {}
    if name in written:
        return written[name].strip("'\""), facts.configuration
    return None


def check_settings(context: RegionContext) -> Iterable[Finding]:
    """P09: settings that forbid replication or lose data, on either host (each may be the primary tomorrow)."""
    for facts in context.hosts:
        for name, bad, severity, words in _WRONG:
            found = setting(facts, name)
            if found is not None and found[0].casefold() in bad:
                yield _wrong(context, facts, name, found, severity, words)
    yield from _senders(context)
    yield from _lower(context)
    yield from _synchronous(context)


_WRONG: tuple[tuple[str, frozenset[str], Severity, str], ...] = (
    ("wal_level", frozenset({"minimal", "archive"}), Severity.WARNING, "too low for a hot standby"),
    ("hot_standby", frozenset(_OFF), Severity.WARNING, "a standby here answers nobody"),
    ("max_wal_senders", frozenset({"0"}), Severity.WARNING, "no standby and no base backup can connect"),
    ("archive_mode", frozenset(_OFF), Severity.WARNING, "WAL is not archived"),
    ("full_page_writes", frozenset(_OFF), Severity.WARNING, "a crash or a base backup may be torn"),
    ("fsync", frozenset(_OFF), Severity.CRITICAL, "a power failure destroys the database"),
)


def _wrong(
    context: RegionContext,
    facts: HostFacts,
    name: str,
    found: tuple[str, Observed[Any]],
    severity: Severity,
    words: str,
) -> Finding:
    value, observed = found
    return context.finding(
        "P09",
        severity,
        facts,
        f"{short(facts.name)}: {name} = {value}: {words}",
        (Evidence.of(name, value, observed, facts.name),),
        remedy=f"correct {name} in postgresql.conf on both hosts and reload or restart",
        subject=name,
    )


def _senders(context: RegionContext) -> Iterable[Finding]:
    """All walsenders in use, or a refusal in the log: the next standby or base backup finds none."""
    primary = context.roles.primary
    if primary is None:
        return
    found = setting(primary, "max_wal_senders")
    refused = unanswered(primary, {LogMeaning.TOO_MANY_SENDERS})
    used = len(primary.sql.value.replication) if primary.sql.value is not None else 0
    limit = int(found[0]) if found is not None and found[0].isdigit() else None
    full = limit is not None and 0 < limit <= used
    if not full and not refused:
        return
    quotes = [quote(entry, primary) for entry in refused]
    if found is not None:
        quotes.append(Evidence.of("max_wal_senders", f"{found[0]}, in use {used}", found[1], primary.name))
    yield context.finding(
        "P09",
        Severity.WARNING,
        primary,
        f"{short(primary.name)}: all walsenders are in use (max_wal_senders = {limit or 'unknown'})",
        tuple(quotes),
        remedy="raise max_wal_senders on both: a standby needs 1, pg_basebackup -X stream 2 more",
        subject="max_wal_senders in use",
    )


def _lower(context: RegionContext) -> Iterable[Finding]:
    """Limits that are lower on the standby than on the primary."""
    primary, standby = context.roles.primary, context.roles.standby
    if primary is None or standby is None:
        return
    for name in NOT_LOWER:
        here, there = setting(standby, name), setting(primary, name)
        if here is None or there is None or not (here[0].isdigit() and there[0].isdigit()):
            continue
        if int(here[0]) < int(there[0]) and not (name == "max_wal_senders" and _old(standby)):
            text = f"{short(standby.name)}: {name} = {here[0]} is lower than the primary's {there[0]}"
            quotes = (
                Evidence.of(name, here[0], here[1], standby.name),
                Evidence.of(name, there[0], there[1], primary.name),
            )
            remedy = f"raise {name} on the standby first, or it stops at its next start"
            yield context.finding(
                "P09", Severity.WARNING, standby, text, quotes, remedy=remedy, subject=f"{name} lower"
            )


def _old(facts: HostFacts) -> bool:
    """Up to 11 a standby does not mind fewer walsenders (xlog.c, CheckRequiredParameterValues)."""
    return facts.sql.value is not None and facts.sql.value.version.recovery_conf


def _synchronous(context: RegionContext) -> Iterable[Finding]:
    """rep_mode=sync that gives no guarantee now: the agent empties the list when the standby goes (DOMAIN 1.5)."""
    primary = context.roles.primary
    if primary is None or context.rep_mode != "sync":
        return
    names, commit = setting(primary, "synchronous_standby_names"), setting(primary, "synchronous_commit")
    empty = names is not None and not names[0].strip()
    weak = commit is not None and commit[0].casefold() in _OFF | {"local"}
    if not empty and not weak:
        return
    mode = Evidence.of("rep_mode", "sync", context.cib)
    quotes = [
        Evidence.of(name, repr(found[0]), found[1], primary.name)
        for name, found in (("synchronous_standby_names", names), ("synchronous_commit", commit))
        if found is not None
    ]
    words = "no synchronous standby is named" if empty else f"synchronous_commit = {commit[0] if commit else ''}"
    yield context.finding(
        "P09",
        Severity.WARNING,
        primary,
        f"{short(primary.name)}: rep_mode is sync, but {words}: a failover can lose commits",
        (mode, *quotes),
        remedy="bring the standby back (the agent sets the list then); leave synchronous_commit on",
        subject="synchronous",
    )


# --- the standby's recovery settings -----------------------------------------------------------------------------


def check_recovery(context: RegionContext) -> Iterable[Finding]:
    """P09: where a standby gets its WAL from: restore_command, primary_conninfo, the target timeline."""
    for facts in context.roles.playing(Role.STANDBY):
        settings = facts.data.value.recovery if facts.data.value is not None else None
        if settings is not None:
            yield from _restore(context, facts, settings)
            yield from _upstream(context, facts, settings)
            yield from _target(context, facts, settings)


def _restore(context: RegionContext, facts: HostFacts, settings: RecoverySettings) -> Iterable[Finding]:
    archive = context.region.archive
    command = (settings.restore_command or "").strip("' ")
    if not command:
        words = "no restore_command: WAL that the primary has removed cannot be got"
    elif archive is not None and _reads_elsewhere(command, archive.read):
        words = f"restore_command does not read {archive.read}"
    else:
        return
    yield _recovery_finding(context, facts, settings, "restore_command", settings.restore_command, words)


def _reads_elsewhere(command: str, archive: str) -> bool:
    """Whether a command names a directory before %f that is not the archive; what a script reads is not known."""
    directories = [match[1].rstrip("/") for match in _BEFORE_FILE.finditer(command)]
    return bool(directories) and archive.rstrip("/") not in directories


_BEFORE_FILE = re.compile(r"""([^\s"'=]+)/%f""")


def _upstream(context: RegionContext, facts: HostFacts, settings: RecoverySettings) -> Iterable[Finding]:
    """primary_conninfo must lead to the peer, the VIP, or the address that replication uses."""
    host = settings.primary_host
    if settings.primary_conninfo is None:
        words = "no primary_conninfo: it cannot stream"
    elif host is None or host.casefold() in _own_names(context, facts):
        words = "primary_conninfo leads to this host itself" if host else "primary_conninfo names no host"
    elif host.casefold() in _right_hosts(context, facts) or not _judgeable(context):
        return
    else:
        words = f"primary_conninfo leads to {host}: neither the peer nor the replication address"
    yield _recovery_finding(context, facts, settings, "primary_conninfo", settings.primary_conninfo, words)


def _own_names(context: RegionContext, facts: HostFacts) -> set[str]:
    host = context.host(facts)
    return {host.name.casefold(), host.node.casefold(), host.address.casefold()}


def _right_hosts(context: RegionContext, facts: HostFacts) -> set[str]:
    peer = context.other(facts)
    names = set(context.names(peer))
    endpoint, cluster = context.region.endpoint, context.region.cluster
    if endpoint is not None:
        names |= {endpoint.name, *endpoint.addresses}
    if cluster is not None and cluster.replication_address:
        names.add(cluster.replication_address)
    cib = context.cib.value
    if cib is not None:
        names.add(cib.parameters.get(context.resource, {}).get("master_ip", ""))
    return {name.casefold() for name in names if name}


def _judgeable(context: RegionContext) -> bool:
    """Under Pacemaker the right address is master_ip: unknown without the CIB, unless the inventory has it."""
    cluster = context.region.cluster
    return not context.pacemaker or context.cib.known or bool(cluster is not None and cluster.replication_address)


def _target(context: RegionContext, facts: HostFacts, settings: RecoverySettings) -> Iterable[Finding]:
    """A standby that does not follow `latest` stops at the next failover."""
    value = settings.recovery_target_timeline
    if value is None or value.strip("' ").casefold() == "latest":
        return
    words = f"recovery_target_timeline = {value}: it will not follow a failover"
    yield _recovery_finding(context, facts, settings, "recovery_target_timeline", value, words)


_PASSWORD = re.compile(r"(password\s*=\s*)('[^']*'|\S+)", re.IGNORECASE)


def _recovery_finding(
    context: RegionContext, facts: HostFacts, settings: RecoverySettings, name: str, value: str | None, words: str
) -> Finding:
    shown = _PASSWORD.sub(r"\1***", value) if value is not None else "not set"
    quote_ = Evidence.of(f"{name} ({settings.source})", shown, facts.data, facts.name)
    return context.finding(
        "P09",
        Severity.WARNING,
        facts,
        f"{short(facts.name)}: {words}",
        (quote_,),
        remedy=f"correct {name} in {settings.source} (under Pacemaker: in the resource) and restart the standby",
        subject=name,
    )
