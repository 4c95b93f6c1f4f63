"""What every host must keep, simulated or real: each section that is asked for is there, parses, and makes a fact.

Used on the simulator here; the lab's tests can run the same checks on real replies.
"""

from __future__ import annotations

from collections.abc import Iterator

from console.facts.host import HostFacts
from console.facts.observed import Observed
from console.inventory.fleet import Host, Region
from console.probe.frame import Frame, parse_frame
from console.probe.observe import observe
from console.probe.sections import sections_for
from console.transport.protocol import Reply

FACT_OF_SECTION = {
    "identity": "identity",
    "clock": "clock",
    "tools": "tools",
    "disks": "disks",
    "addresses": "addresses",
    "listeners": "listeners",
    "firewall": "firewall",
    "processes": "processes",
    "sql": "sql",
    "settings": "settings",
    "controldata": "control",
    "data": "data",
    "history": "history",
    "configuration": "configuration",
    "log": "log",
    "cluster": "cluster",
    "cib": "cluster_configuration",
    "archive": "archive",
    "queue": "archive_queue",
    "scripts": "scripts",
    "boot": "boot",
    "pgpass": "pgpass",
    "ui": "ui",
    "traces": "traces",
}


def broken_promises(host: Host, region: Region, reply: Reply, silent: frozenset[str] = frozenset()) -> list[str]:
    """What a reply to a whole look (fast and slow sections) lacks, in words; empty when it keeps the contract.

    `silent` are sections that cannot answer on this host now (sql and settings of a stopped server): they must say
    why instead.
    """
    if reply.report is None:
        return [f"no report: {reply.failure.message if reply.failure else 'and no reason'}"]
    frame = parse_frame(reply.report)
    facts = observe(HostFacts(host.name, region.name), host, region, reply)
    return [*_frame_faults(frame), *_section_faults(frame, facts, sections_for(host.kind, region, slow=True), silent)]


def _frame_faults(frame: Frame) -> Iterator[str]:
    if not frame.complete:
        yield f"the frame is not complete: {frame.problem}"
    if not frame.version:
        yield "the frame names no version"


def _section_faults(frame: Frame, facts: HostFacts, sections: tuple[str, ...], silent: frozenset[str]) -> Iterator[str]:
    for name in sections:
        section = frame.sections.get(name)
        fact: Observed[object] = getattr(facts, FACT_OF_SECTION[name])
        if section is None:
            yield f"{name}: not in the report"
        elif name in silent:
            if fact.known or not fact.error:
                yield f"{name}: should be unknown with a reason, is {fact}"
        elif not section.answered:
            yield f"{name}: status {section.returncode}: {section.reason}"
        elif not fact.known:
            yield f"{name}: answered, but the fact is unknown: {fact.error}"
        elif fact.error:
            yield f"{name}: {fact.error}"
