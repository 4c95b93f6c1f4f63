"""A host's reply merged into what was known of it: pure, and never an exception, whatever the host sent.

A section that failed becomes unknown with its reason; a section that was not asked for stays as it was.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from console.facts.host import HostFacts, Reach
from console.facts.observed import Observed
from console.facts.text import clean
from console.inventory.fleet import Host, Region
from console.probe.clock import host_epoch
from console.probe.context import Context
from console.probe.evidence_facts import merged_evidence
from console.probe.frame import Frame, RawSection, parse_frame
from console.probe.program import probe_version
from console.probe.registry import PARTIAL, READERS, Reader
from console.transport.protocol import Failure, FailureKind, Reply

_Facts = dict[str, Observed[Any]]
_NOTHING: Observed[Any] = Observed()


def observe(facts: HostFacts, host: Host, region: Region, reply: Reply) -> HostFacts:
    """`facts` with what `reply` tells; its sections' facts are as of `reply.received_at`.

    A reply without a report only changes `reach`: earlier facts keep their time (`HostFacts.current` blanks them).
    """
    if reply.failure is not None or reply.report is None:
        nothing = Failure(FailureKind.INTERNAL, f"{host.name}: the transport gave no answer and no reason")
        return _failed(facts, reply, reply.failure or nothing)
    frame = parse_frame(reply.report)
    problem = _problem(host, frame)
    if problem is not None:
        return _failed(facts, reply, problem)
    context = Context(host, region, reply.sent_at, reply.received_at, _host_now(frame, reply))
    found = _facts_of(frame, reply, context)
    incomplete = tuple((name, fact.error) for name, fact in found.items() if fact.error)
    reach = Reach(
        asked_at=reply.sent_at,
        answered_at=reply.received_at,
        degraded=clean(reply.degraded) if reply.degraded else None,
        incomplete=_still_incomplete(facts.reach.incomplete, incomplete, reply),
        round_trip=max(0.0, (reply.received_at - reply.sent_at).total_seconds()),
    )
    evidence = merged_evidence(facts.evidence, frame, reply)
    new = {READERS[name].field: fact for name, fact in _joined(found).items()}
    return HostFacts(**vars(facts) | new | {"reach": reach, "evidence": evidence})


def _failed(facts: HostFacts, reply: Reply, failure: Failure) -> HostFacts:
    reach = replace(facts.reach, asked_at=reply.sent_at, failure=_cleaned(failure), incomplete=())
    return replace(facts, reach=reach)


def _problem(host: Host, frame: Frame) -> Failure | None:
    """Why the answer is not a report that we can use."""
    if frame.problem is not None or not frame.complete:
        return Failure(
            FailureKind.GARBAGE,
            f"{host.name}: {frame.problem or 'the report is incomplete'}",
            "log in by hand and see what the shell prints; the console reconnects by itself",
        )
    if frame.version != probe_version():
        return Failure(
            FailureKind.GARBAGE,
            f"{host.name}: another version of the probe answered ({frame.version[:40]}, not {probe_version()})",
            "another console uses this session's shell? The console reconnects by itself",
        )
    return None


def _host_now(frame: Frame, reply: Reply) -> float:
    """The host's clock as its section `clock` has it, a moment ago."""
    section = frame.sections.get("clock")
    epoch = host_epoch(section.text) if section is not None and section.answered else None
    return epoch if epoch is not None else reply.received_at.timestamp()


def _cleaned(failure: Failure) -> Failure:
    return replace(failure, message=clean(failure.message, lines=True), remedy=clean(failure.remedy, lines=True))


def _facts_of(frame: Frame, reply: Reply, context: Context) -> _Facts:
    """One fact a section that was asked for, by the section's name."""
    found: _Facts = {}
    for asked in reply.sections:
        name = asked.partition(":")[0]
        reader = READERS.get(name)
        if reader is not None:
            found[name] = _fact(reader, name, frame.sections.get(name), context)
    return found


def _fact(reader: Reader, name: str, section: RawSection | None, context: Context) -> Observed[Any]:
    at = context.received_at
    if section is None:
        return Observed(None, reader.source, at, f"the report has no section {name}")
    reason = _reason(section)
    if not section.answered and name not in PARTIAL:
        return Observed(None, reader.source, at, reason)
    value, error = _read(reader, section, context)
    if value is None:
        return Observed(None, reader.source, at, error or reason or f"{reader.source} printed nothing that can be read")
    if error is None and section.truncated:
        error = "cut: it printed more than the probe takes"
    if error is None and name in PARTIAL:
        error = reason
    return Observed(value, reader.source, at, error)


def _read(reader: Reader, section: RawSection, context: Context) -> tuple[Any, str | None]:
    """The value, and what is missing from it. A parser that raises is a defect of ours: unknown, and said."""
    try:
        text = clean(section.text, lines=True)
        value = reader.parse(text, context)
        return value, reader.missing(text) if reader.missing is not None else None
    except Exception as error:
        return None, f"the console could not read it ({type(error).__name__}): please report this defect"


def _reason(section: RawSection) -> str | None:
    if section.reason:
        return section.reason
    return None if section.answered else f"it ended with status {section.returncode}"


def _still_incomplete(
    before: tuple[tuple[str, str], ...], now: tuple[tuple[str, str], ...], reply: Reply
) -> tuple[tuple[str, str], ...]:
    """What was missing in sections that were not asked for this time is still missing."""
    if not before:
        return now
    asked = {name.partition(":")[0] for name in reply.sections}
    return tuple(item for item in before if item[0] not in asked) + now


def _joined(found: _Facts) -> _Facts:
    """Facts of one reply that complete each other: a standby's timeline where its server cannot tell (up to 9.5)."""
    sql, control = found.get("sql", _NOTHING), found.get("controldata", _NOTHING)
    if sql.value is None or control.value is None or sql.value.timeline is not None:
        return found
    if sql.value.system_identifier not in {None, control.value.system_identifier}:
        return found
    return found | {"sql": replace(sql, value=replace(sql.value, timeline=control.value.timeline))}
