"""Is it the right host, does it answer, does nobody else work there, does a server run, is its password file good."""

from __future__ import annotations

from console.diagnosis.host_condition import same_name
from console.diagnosis.words import duration, short
from console.facts.host import HostFacts
from console.facts.scripts import PasswordFile
from console.facts.snapshot import Snapshot
from console.facts.traces import Lease
from console.operations.platform import Platform
from console.runbooks.conditions.rulings import entry, no, not_looked, pair, unseen, yes
from console.runbooks.plan import Condition, Ruling


def reachable(host: str) -> Condition:
    """The host answers, as root: half a view of it is not enough to change anything there."""

    def judge(snapshot: Snapshot) -> Ruling:
        reach = snapshot.facts(host).reach
        if reach.reachable is None:
            return unseen(f"{short(host)} was not asked yet")
        if reach.failure is not None:
            return no(f"{short(host)} does not answer: {reach.failure.message}")
        if reach.degraded is not None:
            return no(f"{short(host)} answers without root: {reach.degraded}")
        return yes(f"{short(host)} answers")

    return Condition(f"{short(host)} answers", judge)


def is_the_host(platform: Platform) -> Condition:
    """It is the machine that the plan was made for: its own name, its machine-id, and no twin in the pair (H07)."""

    def judge(snapshot: Snapshot) -> Ruling:
        facts = snapshot.facts(platform.host)
        identity = facts.identity.value
        if identity is None or not identity.hostname:
            return not_looked(facts, "the name", facts.identity)
        if not same_name(platform.host, identity.hostname):
            return no(f"the host calls itself {identity.hostname}, not {platform.host}")
        trouble = _other_machine(snapshot, platform, identity.machine_id)
        if trouble is not None:
            return no(trouble)
        if platform.machine_id and not identity.machine_id:
            return not_looked(facts, "the machine-id", facts.identity)
        return yes(f"it calls itself {identity.hostname}, machine-id {identity.machine_id or 'none, as before'}")

    return Condition(f"it is {platform.host} itself", judge)


def _other_machine(snapshot: Snapshot, platform: Platform, machine_id: str) -> str | None:
    if not machine_id:
        return None
    for known in (platform.machine_id, snapshot.machine_ids.get(platform.host, "")):
        if known and known != machine_id:
            return f"{short(platform.host)} has machine-id {machine_id}, it was {known}: another machine answers"
    for facts in pair(snapshot, entry(snapshot, platform.host).region):
        other = facts.identity.value
        if facts.name != platform.host and other is not None and other.machine_id == machine_id:
            return f"{short(facts.name)} has the same machine-id {machine_id}: one machine, or a clone"
    return None


def nobody_else_works_here(region: str, run: str, instead_of: str | None = None) -> Condition:
    """Neither host of the pair carries another run's lease, nor a job of another run that runs or may.

    `instead_of`: the run whose place this one takes. Its lease is no hindrance, its jobs are.
    """

    def judge(snapshot: Snapshot) -> Ruling:
        missing: Ruling | None = None
        for facts in pair(snapshot, region):
            traces = facts.traces.value
            if traces is None:
                missing = not_looked(facts, "who works there", facts.traces)
                continue
            if traces.lease is not None and traces.lease.run not in {run, instead_of}:
                return no(f"{short(facts.name)}: {_holder(snapshot, facts, traces.lease)}")
            others = [job for job in traces.running_jobs if job.run != run]
            if others:
                return no(f"{short(facts.name)}: step {others[0].step} of run {others[0].run} still runs, or may")
        return missing or yes("no lease and no job of another run on either host")

    return Condition(f"no other run works on {region}", judge, lambda other: nobody_else_works_here(region, run, other))


def _holder(snapshot: Snapshot, facts: HostFacts, lease: Lease) -> str:
    skew = facts.clock.value.skew if facts.clock.value is not None else 0.0
    now = snapshot.at.timestamp() + skew
    ages = f"since {duration(max(0.0, now - lease.since))}, last sign {duration(max(0.0, now - lease.renewed))} ago"
    return f"run {lease.run} ({lease.runbook}) of {lease.owner} holds it {ages}: {lease.reason}"


def running(host: str) -> Condition:
    """A postmaster runs."""

    def judge(snapshot: Snapshot) -> Ruling:
        facts = snapshot.facts(host)
        processes = facts.processes.value
        if processes is None:
            return not_looked(facts, "the processes", facts.processes)
        if processes.running:
            return yes(f"postmaster {processes.postmaster} runs on {short(host)}")
        return no(f"no postmaster runs on {short(host)}")

    return Condition(f"PostgreSQL runs on {short(host)}", judge)


def stopped(host: str) -> Condition:
    """No postmaster runs, and no living one is named in the data directory."""

    def judge(snapshot: Snapshot) -> Ruling:
        facts = snapshot.facts(host)
        processes, data = facts.processes.value, facts.data.value
        if processes is not None and processes.running:
            return no(f"postmaster {processes.postmaster} runs on {short(host)}")
        if data is not None and data.postmaster is not None and data.postmaster.alive:
            return no(f"{short(host)}: postmaster.pid names the living process {data.postmaster.pid}")
        if processes is None:
            return not_looked(facts, "the processes", facts.processes)
        if data is None:
            return not_looked(facts, "the data directory", facts.data)
        if data.postmaster is not None and data.postmaster.alive is None:
            return unseen(f"{short(host)}: whether process {data.postmaster.pid} of postmaster.pid lives is unknown")
        return yes(f"no postmaster runs on {short(host)}, nobody uses {data.path}")

    return Condition(f"PostgreSQL is stopped on {short(host)}", judge)


def lock_aside(host: str, *, there: bool) -> Condition:
    """Whether a PGSQL.lock that a run set aside is there."""

    def judge(snapshot: Snapshot) -> Ruling:
        facts = snapshot.facts(host)
        traces = facts.traces.value
        if traces is None:
            return not_looked(facts, "what runs left behind", facts.traces)
        said = "a lock that was set aside is there" if traces.lock_aside else "no lock is set aside"
        return yes(said) if traces.lock_aside is there else no(said)

    return Condition(f"{'a' if there else 'no'} PGSQL.lock is set aside on {short(host)}", judge)


def script_held(host: str, path: str) -> Condition:
    """A failover script is held, so that neither cron nor a boot runs it."""

    def judge(snapshot: Snapshot) -> Ruling:
        facts = snapshot.facts(host)
        traces, scripts = facts.traces.value, facts.scripts.value
        if traces is None:
            return not_looked(facts, "which scripts are held", facts.traces)
        if path not in traces.held:
            return no(f"{path} is not held on {short(host)}")
        if scripts is not None and path in scripts.installed:
            return no(f"{path} is there again on {short(host)}")
        return yes(f"{path} is held on {short(host)}")

    return Condition(f"{path} is held on {short(host)}", judge)


def script_released(host: str, path: str) -> Condition:
    """A failover script is in its place again."""

    def judge(snapshot: Snapshot) -> Ruling:
        facts = snapshot.facts(host)
        traces, scripts = facts.traces.value, facts.scripts.value
        if traces is None:
            return not_looked(facts, "which scripts are held", facts.traces)
        if path in traces.held:
            return no(f"{path} is still held on {short(host)}")
        if scripts is None:
            return not_looked(facts, "the failover scripts", facts.scripts)
        if path not in scripts.installed:
            return no(f"{path} is not there on {short(host)}")
        return yes(f"{path} is in its place on {short(host)}")

    return Condition(f"{path} is in its place on {short(host)}", judge)


def boot_start(host: str, *, enabled: bool) -> Condition:
    """Whether the database service starts at boot."""
    words = "starts at boot" if enabled else "does not start at boot"

    def judge(snapshot: Snapshot) -> Ruling:
        facts = snapshot.facts(host)
        boot = facts.boot.value
        if boot is None or boot.service_enabled is None:
            return not_looked(facts, "whether the service starts at boot", facts.boot)
        said = f"{short(host)}: {boot.enabled_how or ('enabled' if boot.service_enabled else 'disabled')}"
        return yes(said) if boot.service_enabled is enabled else no(said)

    return Condition(f"PostgreSQL {words} on {short(host)}", judge)


def pgpass_ok(host: str) -> Condition:
    """.pgpass as libpq demands it: there, the database user's own, closed to others, with a usable line (S07)."""

    def judge(snapshot: Snapshot) -> Ruling:
        facts = snapshot.facts(host)
        found, settings = facts.pgpass.value, entry(snapshot, host).postgresql
        if found is None:
            return not_looked(facts, ".pgpass", facts.pgpass)
        trouble = _pgpass_trouble(found, settings.os_user if settings else "postgres")
        return no(f"{found.path} {trouble}") if trouble else yes(f"{found.path} has {found.entries} usable lines")

    return Condition(f"the password file on {short(host)} can be used", judge)


def _pgpass_trouble(found: PasswordFile, owner: str) -> str | None:
    """libpq ignores a file that group or others can touch (fe-connect.c, passwordFromFile)."""
    status = found.status
    if status is None:
        return "is missing"
    if status.owner != owner:
        return f"belongs to {status.owner}, not to {owner}"
    if status.mode[-2:] != "00":
        return f"has mode {status.mode}, so libpq ignores it (must be 600)"
    return None if found.entries else "has no usable line"
