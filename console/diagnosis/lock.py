"""C02: PGSQL.lock on a node that is not the running primary, with the verdict and the proof (DOMAIN 1.4, 7)."""

from __future__ import annotations

from collections.abc import Iterable

from console.diagnosis.context import AgentView, RegionContext
from console.diagnosis.finding import Evidence, Finding, Severity
from console.diagnosis.fork_point import Fork, fork_point
from console.diagnosis.lock_proof import LockProof, Verdict, Witnesses, prove
from console.diagnosis.words import duration, short, size
from console.facts.client import ClientAnswer
from console.facts.host import HostFacts
from console.facts.roles import Role
from console.facts.system import FileStatus

_SEVERITY = {
    Verdict.SAFE: Severity.WARNING,
    Verdict.UNSAFE: Severity.CRITICAL,
    Verdict.NOT_PROVABLE: Severity.WARNING,
}
_REMEDY = {
    Verdict.SAFE: "delete the lock, `pcs resource cleanup`, verify that it streams and never passes the primary",
    Verdict.UNSAFE: "rebuild it with pg_basebackup, the old data kept aside; never start it as it is",
    Verdict.NOT_PROVABLE: "rebuild it with pg_basebackup, or get what the proof lacks; do not just delete the lock",
}


def check_lock(context: RegionContext) -> Iterable[Finding]:
    """C02. On the running primary the lock is normal: the agent makes it at promote."""
    for facts in context.hosts:
        directory = facts.data.value
        if directory is None or directory.lock is None or _normal(context, facts):
            continue
        yield _finding(context, facts, directory.lock, proof_for(context, facts))


def lock_key(context: RegionContext, facts: HostFacts) -> str | None:
    """The key of the host's C02 finding, for findings that follow from it; None where there is none."""
    directory = facts.data.value
    if directory is None or directory.lock is None or _normal(context, facts):
        return None
    return f"C02:{context.region.name}:{facts.name}"


def _normal(context: RegionContext, facts: HostFacts) -> bool:
    """Whether this node runs as the primary, or (psql silent, no other primary) is about to."""
    role = context.role(facts)
    if role is Role.PRIMARY:
        return True
    agent = context.agent(facts)
    claims = agent is not None and agent.state.status == "PRI"
    return role in {Role.STARTING, Role.UNKNOWN} and claims and context.role(context.other(facts)) is not Role.PRIMARY


def proof_for(context: RegionContext, old: HostFacts) -> LockProof:
    """The proof of DOMAIN 7 for `old`, against whichever host is the verified primary."""
    new = context.roles.primary
    if new is None or new.name == old.name:
        return prove(old, None, Fork(), Witnesses(_attributes_of(context, context.other(old))), context.arithmetic)
    return prove(old, new, fork_of(context, old, new), primary_witnesses(context, new), context.arithmetic)


def fork_of(context: RegionContext, old: HostFacts, new: HostFacts) -> Fork:
    """F, with the agent's baseline quoted from the view that has it."""
    agent = context.agent(new)
    return fork_point(old, new, agent.state if agent else None, _baseline(context, new, agent))


def _baseline(context: RegionContext, new: HostFacts, agent: AgentView | None) -> Evidence | None:
    if agent is None or agent.view is None or agent.state.baseline is None:
        return None
    return agent.view.quote(f"{context.resource}-master-baseline", agent.state.baseline, new.name)


def primary_witnesses(context: RegionContext, new: HostFacts) -> Witnesses:
    """Who says that `new` is the primary: psql must, nobody may contradict, and one other must agree (DOMAIN 7)."""
    doubts, agreeing, evidence = [], 0, list(_attributes_of(context, new))
    status = new.sql.value
    if status is None or status.in_recovery:
        doubts.append(f"psql on {short(new.name)} does not confirm that it is the primary")
    else:
        evidence.append(Evidence.of("pg_is_in_recovery()", "f", new.sql, new.name))
    for agrees, quote in (_client(new), _vip(context, new), _attribute(context, new)):
        evidence += [quote] if quote is not None else []
        agreeing += agrees is True
        if agrees is False and quote is not None:
            doubts.append(f"{quote.fact} says {quote.value}")
    if not agreeing:
        doubts.append(f"no second witness (client, VIP, attributes) confirms that {short(new.name)} is the primary")
    return Witnesses(tuple(evidence), tuple(doubts))


def _attributes_of(context: RegionContext, facts: HostFacts) -> tuple[Evidence, ...]:
    agent = context.agent(facts)
    if agent is None or agent.view is None:
        return ()
    state = agent.state
    words = (
        f"{state.status or 'no status'} / {state.data_status or 'no data-status'} / {state.master_score or 'no score'}"
    )
    return (agent.view.quote("attributes", words, facts.name),)


def _attribute(context: RegionContext, new: HostFacts) -> tuple[bool | None, Evidence | None]:
    agent = context.agent(new)
    if agent is None or agent.view is None or agent.state.status is None:
        return None, None
    quote = agent.view.quote(f"{context.resource}-status", agent.state.status, new.name)
    return agent.state.status == "PRI", quote


def _client(new: HostFacts) -> tuple[bool | None, Evidence | None]:
    view = new.client.value
    if view is None:
        return None, None
    quote = Evidence.of("a client's login", f"{view.answer.value} at {view.address}:{view.port}", new.client, new.name)
    if view.answer is ClientAnswer.WRITABLE:
        return True, quote
    contradicts = view.answer in {ClientAnswer.IN_RECOVERY, ClientAnswer.READ_ONLY}
    return (False if contradicts else None), quote


def _vip(context: RegionContext, new: HostFacts) -> tuple[bool | None, Evidence | None]:
    """Where the cluster's address is, by the hosts' own interfaces."""
    endpoint = context.region.endpoint
    if not context.pacemaker or endpoint is None or not endpoint.addresses:
        return None, None
    vip = endpoint.addresses[0]
    other = context.other(new)
    if vip in (other.addresses.value or ()):
        return False, Evidence.of("VIP", f"{vip} is on {short(other.name)}", other.addresses, other.name)
    if vip in (new.addresses.value or ()):
        return True, Evidence.of("VIP", f"{vip} is on {short(new.name)}", new.addresses, new.name)
    return None, None


def _finding(context: RegionContext, facts: HostFacts, lock: FileStatus, proof: LockProof) -> Finding:
    age = max(0.0, context.now.timestamp() - lock.modified)
    value = f"{lock.path}, {duration(age)} old, owner {lock.owner}"
    quotes = (Evidence.of("PGSQL.lock", value, facts.data, facts.name), Evidence("verdict", proof.reason))
    return context.finding(
        "C02",
        _SEVERITY[proof.verdict],
        facts,
        f"{short(facts.name)}: PGSQL.lock, {_summary(proof)}",
        quotes + proof.evidence,
        remedy=_REMEDY[proof.verdict],
        details=details_of(proof),
    )


def details_of(proof: LockProof) -> dict[str, object]:
    """The fixed keys of C02 (DESIGN 8)."""
    return {
        "verdict": proof.verdict.value,
        "fork_lsn": str(proof.fork) if proof.fork else None,
        "end_lsn": str(proof.end) if proof.end else None,
        "bytes_only_here": proof.bytes_only_here,
        "commits_only_here": proof.commits_only_here,
        "missing": list(proof.missing),
    }


def _summary(proof: LockProof) -> str:
    if proof.verdict is Verdict.SAFE:
        numbers = f" (its WAL ends at {proof.end}, the fork point is {proof.fork})" if proof.end and proof.fork else ""
        return f"safe to delete{numbers}"
    if proof.verdict is Verdict.UNSAFE:
        return f"unsafe: {amount(proof)} that the primary never got"
    return "not provable: " + (proof.missing[0] if proof.missing else proof.reason)


def amount(proof: LockProof) -> str:
    """How much only this node has, as far as it is known."""
    if proof.bytes_only_here is None:
        return "WAL"
    commits = "" if proof.commits_only_here is None else f", {proof.commits_only_here} commits"
    return f"{size(proof.bytes_only_here)} of WAL{commits}"
