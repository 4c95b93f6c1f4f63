"""H01–H04: could the host be asked, and what is unknown because it could not. All of severity unknown."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from console.diagnosis.context import RegionContext
from console.diagnosis.finding import Evidence, Finding, Severity
from console.diagnosis.words import duration, listed, one_line, short
from console.facts.host import HostFacts
from console.inventory.fleet import Become, Host, HostKind
from console.transport.protocol import Failure, FailureKind

# Which code a failure to ask belongs to, and what it is in words.
FAILURES: dict[FailureKind, tuple[str, str]] = {
    FailureKind.UNRESOLVED: ("H01", "its name has no address"),
    FailureKind.UNREACHABLE: ("H01", "no answer on the network"),
    FailureKind.REFUSED: ("H01", "the host answers, but its sshd does not"),
    FailureKind.HUNG: ("H01", "connects, then stays silent"),
    FailureKind.LOGIN_REFUSED: ("H02", "login refused"),
    FailureKind.SUDO_REFUSED: ("H02", "sudo refused"),
    FailureKind.LEGACY_NEEDED: ("H02", "offers only old ssh algorithms"),
    FailureKind.HOST_KEY_CHANGED: ("H03", "host key changed"),
    FailureKind.HOST_KEY_UNKNOWN: ("H03", "host key unknown"),
    FailureKind.NO_SHELL: ("H04", "logged in, but no shell answered"),
    FailureKind.GARBAGE: ("H04", "its answer is no report of this probe"),
    FailureKind.LOST: ("H04", "the connection broke while the probe ran"),
    FailureKind.NOT_ASKED: ("H04", "not asked in this run"),
    FailureKind.INTERNAL: ("H04", "a defect of the console"),
}

REMEDIES: dict[str, str] = {
    "H01": "Is the host up (hypervisor, console)? Is the network between here and its ssh port? Is sshd running?",
    "H02": "Check the ssh user, its key or agent, and `sudo -n -l` for that user on the host.",
    "H03": "Compare the fingerprint on the host's own console; only then correct known_hosts.",
    "H04": "See the reasons; run the check again, and look at the host by hand if it stays.",
}


def check_reach(context: RegionContext) -> Iterable[Finding]:
    """H01–H04, at most one each for every host of the region, UI appliances too."""
    for host in context.region.hosts:
        facts = context.snapshot.facts(host)
        if facts.reach.failure is not None:
            yield _not_asked(host, facts, facts.reach.failure)
        elif facts.reach.asked_at is None:
            yield _never_asked(host)
        else:
            yield from _degraded(host, facts)
            yield from _incomplete(host, facts)


def _not_asked(host: Host, facts: HostFacts, failure: Failure) -> Finding:
    code, words = FAILURES[failure.kind]
    evidence = [Evidence("failure", one_line(failure.message, 300), "ssh", host.name, facts.reach.asked_at)]
    evidence.append(_last_answer(host, facts))
    names = ("known fingerprint", "offered fingerprint")
    for name, value in zip(names, failure.fingerprints, strict=False):
        evidence.append(Evidence(name, one_line(value), "ssh", host.name, facts.reach.asked_at))
    return Finding(
        code=code,
        severity=Severity.UNKNOWN,
        region=host.region,
        host=host.name,
        summary=one_line(f"{short(host.name)}: {words}; everything on it is unknown"),
        evidence=tuple(evidence),
        remedy=failure.remedy or REMEDIES[code],
        details={"kind": failure.kind.value},
    )


def _last_answer(host: Host, facts: HostFacts) -> Evidence:
    asked, answered = facts.reach.asked_at, facts.reach.answered_at
    if answered is None:
        value = "never in this session"
    elif asked is None:
        value = answered.isoformat(timespec="seconds")
    else:
        value = f"{duration((asked - answered).total_seconds())} before this try"
    return Evidence("last answer", value, "ssh", host.name, answered)


def _never_asked(host: Host) -> Finding:
    return Finding(
        code="H04",
        severity=Severity.UNKNOWN,
        region=host.region,
        host=host.name,
        summary=one_line(f"{short(host.name)}: not asked yet; everything on it is unknown"),
        evidence=(Evidence("asked", "never", "poller", host.name),),
        remedy="Give the check more time (--timeout), or wait for the first poll.",
        details={"kind": FailureKind.NOT_ASKED.value, "unknown": []},
    )


def _degraded(host: Host, facts: HostFacts) -> Iterator[Finding]:
    """`become: none` is a choice of the inventory, not a refusal."""
    if facts.reach.degraded is None or host.ssh.become is Become.NONE:
        return
    missing = [name for name, _ in _unknown(host, facts)]
    lost = f"; unknown: {listed(missing)}" if missing else ""
    yield Finding(
        code="H02",
        severity=Severity.UNKNOWN,
        region=host.region,
        host=host.name,
        summary=one_line(f"{short(host.name)}: sudo refused, probed without root{lost}"),
        evidence=(
            Evidence("sudo", one_line(facts.reach.degraded, 300), "ssh", host.name, facts.reach.answered_at),
            Evidence("unknown because of it", ", ".join(missing) or "nothing so far", "probe", host.name),
        ),
        remedy=REMEDIES["H02"],
        details={"kind": "degraded", "unknown": missing},
    )


def _incomplete(host: Host, facts: HostFacts) -> Iterator[Finding]:
    missing = _unknown(host, facts)
    if not missing:
        return
    names = [name for name, _ in missing]
    yield Finding(
        code="H04",
        severity=Severity.UNKNOWN,
        region=host.region,
        host=host.name,
        summary=one_line(f"{short(host.name)}: could not look at {listed(names)}"),
        evidence=tuple(
            Evidence(name, f"unknown: {one_line(reason, 300)}", "probe", host.name, facts.reach.answered_at)
            for name, reason in missing
        ),
        remedy=REMEDIES["H04"],
        details={"kind": "incomplete", "unknown": names},
    )


def _unknown(host: Host, facts: HostFacts) -> list[tuple[str, str]]:
    """Sections that failed, and the client's eye where it was asked and could not look, each with the reason."""
    missing = [(name, reason) for name, reason in facts.reach.incomplete if not _explained(name, facts)]
    client = facts.client
    if host.kind is HostKind.DATABASE and client.value is None and client.error is not None:
        missing.append(("client", client.error))
    return missing


def _explained(section: str, facts: HostFacts) -> bool:
    """A server that is known to be stopped cannot answer SQL: that is no gap in what is known."""
    return section in {"sql", "settings"} and facts.processes.value is not None and not facts.processes.value.running
