"""What every host must keep, simulated or real: each section that is asked for is there, parses, and makes a fact.

Used on the simulator here; the lab's tests can run the same checks on real replies.
"""

from __future__ import annotations

from collections.abc import Iterator

from console.diagnosis.archive_gaps import find_gaps
from console.facts.cluster import of_node
from console.facts.host import HostFacts
from console.facts.lsn import WalArithmetic
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


# --- hosts of which something is known to be wrong: the same questions of simulated and real ones --------------------


def partition_faults(facts: HostFacts, own: str, other: str) -> list[str]:
    """What a member of a partition of one must say of itself and of the lost node; empty when it does."""
    status = facts.cluster.value
    if status is None:
        return [f"cluster: unknown: {facts.cluster.error}"]
    mine, lost = status.node(own), status.node(other)
    found = []
    if mine is None or not mine.state.is_online or mine.state.unclean:
        found.append(f"{own} is {mine and mine.state.value}, not online")
    if lost is None or not lost.state.unclean or lost.state.is_online:
        found.append(f"{other} is {lost and lost.state.value}, not UNCLEAN (offline)")
    found += [
        f"{item.identifier} is listed on {other}, and not as unclean"
        for item in status.resources
        if item.node == other and not item.unclean
    ]
    if of_node(status.attributes, other):
        found.append(f"attributes of {other}, which is not online")
    return found


def gap_faults(facts: HostFacts, arithmetic: WalArithmetic, missing: int) -> list[str]:
    """A listing of an archive from which `missing` segments were deleted; empty when it tells just that."""
    archive = facts.archive.value
    if archive is None or archive.write is None:
        return [f"archive: unknown: {facts.archive.error}"]
    counts = [gap.count for gap in find_gaps(archive.write.runs, arithmetic, facts.history.value)]
    listed = sum(run.last.index(arithmetic) - run.first.index(arithmetic) + 1 for run in archive.write.runs)
    found = [] if sum(counts) == missing else [f"gaps of {counts}, not of {missing}"]
    if listed > archive.write.files:
        found.append(f"{listed} segments in runs, {archive.write.files} files")
    return found


def appliance_faults(facts: HostFacts, *, httpd: bool, workers: bool) -> list[str]:
    """An appliance whose services run or were stopped as told; empty when it says so."""
    ui = facts.ui.value
    if ui is None:
        return [f"ui: unknown: {facts.ui.error}"]
    found = []
    if (ui.httpd_running, ui.workers_running) != (httpd, workers):
        found.append(f"httpd {ui.httpd_running}, workers {ui.workers_running}")
    if httpd is (ui.ping_status is None):
        found.append(f"ping {ui.ping_status} ({ui.ping_error}) with httpd {'running' if httpd else 'stopped'}")
    if not httpd and not ui.ping_error:
        found.append("no reason why /ping does not answer")
    return found
