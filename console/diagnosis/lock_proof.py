"""What a stopped old primary has that the new one never got: the proof of DOMAIN 7 and 7b, as pure functions.

O is the old node, N the primary. F is the point up to which N has everything of O's timeline, E the end of O's WAL.
E ≤ F: N has all that O ever wrote (safe). E > F: O has WAL that N never got (unsafe). Else: not provable, and why.
Unknown never helps towards "safe"; a lower bound of E may suffice for "unsafe".
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from console.diagnosis.end_of_wal import End, end_of_wal, state_words
from console.diagnosis.finding import Evidence
from console.diagnosis.fork_point import Fork, ran_as_primary, wal_timeline
from console.diagnosis.words import short
from console.facts.evidence import CommitsAfter, WalEndMethod
from console.facts.host import HostFacts
from console.facts.lsn import Lsn, WalArithmetic
from console.facts.postgresql import ControlData

PAGE = 8192
"""Bytes of a WAL page (XLOG_BLCKSZ)."""


class Verdict(StrEnum):
    """Words of DESIGN 8."""

    SAFE = "safe"
    UNSAFE = "unsafe"
    NOT_PROVABLE = "not-provable"


@dataclass(frozen=True, slots=True)
class LockProof:
    """The verdict and everything it rests on. Sizes are bytes; None is unknown, never 0 for unknown.

    `reason` is one sentence; `missing` says in words what a proof would still need.
    """

    verdict: Verdict
    reason: str
    fork: Lsn | None = None
    end: Lsn | None = None
    bytes_only_here: int | None = None
    commits_only_here: int | None = None
    missing: tuple[str, ...] = ()
    evidence: tuple[Evidence, ...] = ()


@dataclass(frozen=True, slots=True)
class Witnesses:
    """Whether N is the primary, and who says so. `doubts` contradict it or are the essential ones that are missing."""

    evidence: tuple[Evidence, ...]
    doubts: tuple[str, ...] = ()


def judge(old: HostFacts, new: HostFacts, fork: Fork, end: End, arithmetic: WalArithmetic) -> LockProof:
    """E against F, and the system identifiers. N's being the primary is the caller's to prove (`prove`)."""
    same, identifiers = _identifiers(old, new)
    evidence = (*identifiers, *fork.evidence, *end.evidence)
    if same is False:
        reason = f"{short_pair(old, new)} are not copies of one database: their system identifiers differ"
        return LockProof(Verdict.UNSAFE, reason, evidence=evidence)
    past = fork.how if fork.diverged else _past(fork, end, arithmetic)
    if past is not None:
        return _with_commits(past, old, fork, end, evidence, arithmetic)
    missing = tuple(word for word in ("" if same else "both system identifiers", fork.missing, end.missing) if word)
    if missing:
        reason = "the proof lacks " + "; ".join(missing)
        return LockProof(Verdict.NOT_PROVABLE, reason, fork.exact, end.exact, missing=missing, evidence=evidence)
    return _bounded(fork, end, arithmetic, evidence)


def short_pair(old: HostFacts, new: HostFacts) -> str:
    """ "a and b" by their short names."""
    return f"{short(old.name)} and {short(new.name)}"


def _identifiers(old: HostFacts, new: HostFacts) -> tuple[bool | None, tuple[Evidence, ...]]:
    ours, theirs = system_identifier(old), system_identifier(new)
    quotes = tuple(
        Evidence.of(
            "system identifier", value or "unknown", facts.control if facts.control.known else facts.sql, facts.name
        )
        for facts, value in ((old, ours), (new, theirs))
    )
    return (None if ours is None or theirs is None else ours == theirs), quotes


def system_identifier(facts: HostFacts) -> str | None:
    """The database's identity: of the control file, else as the server tells it."""
    if facts.control.value is not None and facts.control.value.system_identifier:
        return facts.control.value.system_identifier
    return facts.sql.value.system_identifier if facts.sql.value is not None else None


def _between(fork: Fork, end: End, arithmetic: WalArithmetic) -> int | None:
    if fork.exact is None or end.exact is None:
        return None
    return max(0, end.exact.minus(fork.exact, arithmetic))


def _past(fork: Fork, end: End, arithmetic: WalArithmetic) -> str | None:
    """Why E is certainly past F; None where that is not certain.

    A page bound proves it only a whole page past F: the rest of F's page may be padding of one record (DOMAIN 7b).
    The control file's checkpoint is itself a record, so E lies past its start.
    """
    if fork.upper is None or end.lower is None:
        return None
    distance = end.lower.minus(fork.upper, arithmetic)
    if end.method is WalEndMethod.PAGES:
        return f"WAL pages past {end.lower} were written, the fork point is {fork.upper}" if distance >= PAGE else None
    if end.method is None and end.upper is None:
        return f"its last checkpoint {end.lower} lies at or past the fork point {fork.upper}" if distance >= 0 else None
    return f"its WAL ends at {end.lower}, past the fork point {fork.upper}" if distance > 0 else None


def _with_commits(
    reason: str, old: HostFacts, fork: Fork, end: End, evidence: tuple[Evidence, ...], arithmetic: WalArithmetic
) -> LockProof:
    commits = commits_past(old, fork)
    quotes = _quote_commits(commits, old) if commits is not None else ()
    return LockProof(
        Verdict.UNSAFE,
        f"{short(old.name)} has WAL that the primary never got: {reason}",
        fork.exact,
        end.exact,
        _between(fork, end, arithmetic),
        commits.count if commits is not None and commits.complete else None,
        (),
        evidence + quotes,
    )


def commits_past(old: HostFacts, fork: Fork) -> CommitsAfter | None:
    """The commits gathered for just this F."""
    found = old.evidence.commits_after
    return found if found is not None and found.fork == fork.exact else None


def _quote_commits(commits: CommitsAfter, old: HostFacts) -> tuple[Evidence, ...]:
    count = f"{commits.count}" if commits.complete else f"at least {commits.count}"
    listed = [
        Evidence(
            "commit only here",
            f"transaction {item.transaction} at {item.lsn}, {item.at or 'time unknown'}",
            "pg_waldump",
            old.name,
        )
        for item in commits.commits[:10]
    ]
    return (Evidence("commits only here", count, "pg_waldump", old.name), *listed)


def _bounded(fork: Fork, end: End, arithmetic: WalArithmetic, evidence: tuple[Evidence, ...]) -> LockProof:
    assert fork.lower is not None
    assert end.upper is not None
    if end.upper.minus(fork.lower, arithmetic) <= 0:
        bound = "" if end.exact else " (a bound)"
        ends = f"its WAL ends at {end.upper}{bound}, not past the fork point {fork.lower}"
        reason = f"{ends}: the primary has everything that was written here"
        return LockProof(Verdict.SAFE, reason, fork.exact, end.exact, 0, 0, (), evidence)
    place = f"{fork.lower}" if fork.exact else f"{fork.lower}..{fork.upper}"
    known = f"the end of its WAL, known only as the bound {end.lower}..{end.upper}"
    missing = f"{known}; the fork point {place} lies too near"
    reason = (
        "the fork point lies within what is known of the end of its WAL: whether the last page holds more than the "
        "primary got cannot be told"
    )
    return LockProof(Verdict.NOT_PROVABLE, reason, fork.exact, end.exact, None, None, (missing,), evidence)


def rebuilt_after_lock(old: HostFacts, new: HostFacts, arithmetic: WalArithmetic) -> tuple[bool, tuple[Evidence, ...]]:
    """Whether O's data is a copy of N made after the lock file was (DOMAIN 7, last line), and the facts for it.

    All must hold: the data directory is newer than the lock; one system identifier; the control file shows a copy
    (it last ran in recovery, or is a fresh base backup), on N's timeline or an ancestor, and not past N.
    """
    data, control = old.data.value, old.control.value
    if data is None or data.lock is None or data.created is None or control is None:
        return False, ()
    newer = data.created > data.lock.modified
    copied = ran_as_primary(control) is False or "backup_label" in data.files
    quotes = (
        Evidence.of(
            "data directory made", f"{data.created - data.lock.modified:+.0f} s after PGSQL.lock", old.data, old.name
        ),
        Evidence.of("cluster state", state_words(control), old.control, old.name),
    )
    same, identifiers = _identifiers(old, new)
    return bool(newer and copied and same and _within(control, new, arithmetic)), quotes + identifiers


def _within(control: ControlData, new: HostFacts, arithmetic: WalArithmetic) -> bool:
    """Whether a copy's positions lie in N's history: on its timeline, or on an ancestor before it was left."""
    current = new.sql.value.current if new.sql.value else None
    theirs = wal_timeline(new)
    reached = [lsn for lsn in (control.checkpoint, control.minimum_recovery) if lsn is not None and lsn.valid]
    if current is None or theirs is None or control.timeline is None or not reached:
        return False
    limit: Lsn | None = current
    if control.timeline != theirs:
        switch = new.history.value.switch_from(control.timeline) if new.history.value else None
        limit = switch.lsn if switch is not None else None
    return limit is not None and all(lsn.minus(limit, arithmetic) <= 0 for lsn in reached)


def prove(
    old: HostFacts, new: HostFacts | None, fork: Fork, primary: Witnesses, arithmetic: WalArithmetic
) -> LockProof:
    """The whole proof for a node that holds PGSQL.lock. Unsafe needs only E and F; safe needs N proved primary too."""
    if new is None:
        missing = ("a verified primary: without one there is nothing that has this node's WAL",)
        quotes = end_of_wal(old, arithmetic).evidence + primary.evidence
        return LockProof(Verdict.NOT_PROVABLE, "no primary is known", missing=missing, evidence=quotes)
    rebuilt, quotes = rebuilt_after_lock(old, new, arithmetic)
    running = old.processes.value is None or old.processes.value.running
    if rebuilt:
        reason = f"the data is a copy of {short(new.name)} that is newer than the lock file"
        proof = LockProof(Verdict.SAFE, reason, None, None, 0, 0, (), quotes)
    elif running:
        proof = _running(old, fork, arithmetic)
    else:
        proof = _as_standby(judge(old, new, fork, end_of_wal(old, arithmetic), arithmetic), old)
    return _only_with(proof, primary)


def _running(old: HostFacts, fork: Fork, arithmetic: WalArithmetic) -> LockProof:
    """A server runs there, or could not be looked for: its WAL has no end that could be read."""
    end = end_of_wal(old, arithmetic)
    known = old.processes.value is not None
    why = (
        "a server runs there, and what it replayed since hides what it wrote" if known else "whether it runs is unknown"
    )
    missing = f"the end of {old.name}'s WAL as a primary: {why}"
    evidence = (*fork.evidence, *end.evidence)
    return LockProof(Verdict.NOT_PROVABLE, missing, fork.exact, None, missing=(missing,), evidence=evidence)


def _as_standby(proof: LockProof, old: HostFacts) -> LockProof:
    """A node that last ran in recovery may have got the WAL past F by streaming: that is no proof of divergence."""
    control, data = old.control.value, old.data.value
    copied = data is not None and "backup_label" in data.files
    if proof.verdict is not Verdict.UNSAFE or control is None or not (copied or ran_as_primary(control) is False):
        return proof
    if proof.fork is None:  # another database or another history: no stream brought that
        return proof
    missing = (
        "who wrote the WAL past the fork point: this is a copy or last ran as a standby, it may be the primary's own"
    )
    return LockProof(Verdict.NOT_PROVABLE, missing, proof.fork, proof.end, None, None, (missing,), proof.evidence)


def _only_with(proof: LockProof, primary: Witnesses) -> LockProof:
    evidence = _unique((*proof.evidence, *primary.evidence))
    verdict, reason, missing = proof.verdict, proof.reason, proof.missing
    if primary.doubts and verdict is not Verdict.UNSAFE:
        verdict = Verdict.NOT_PROVABLE
        reason = (
            "the primary is not verified: " + "; ".join(primary.doubts) if proof.verdict is Verdict.SAFE else reason
        )
        missing = (*missing, *primary.doubts)
    known = (None, None) if verdict is Verdict.NOT_PROVABLE else (proof.bytes_only_here, proof.commits_only_here)
    return LockProof(verdict, reason, proof.fork, proof.end, *known, missing, evidence)


def _unique(items: Iterable[Evidence]) -> tuple[Evidence, ...]:
    return tuple(dict.fromkeys(items))
