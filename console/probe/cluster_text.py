"""crm_mon's and pcs's text, Pacemaker 1.0 to 3.0, whole outputs and fragments of them (DOMAIN 2.1)."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import Enum, auto

from console.facts.cluster import ClusterStatus, FailCount, FailedAction, FencingEvent, Node
from console.probe.cluster_text_attributes import attribute, block_node, fail_count
from console.probe.cluster_text_failures import begins_action, failed_action, fencing_event
from console.probe.cluster_text_lines import Line, cluster_lines
from console.probe.cluster_text_nodes import listed_nodes, single_node
from console.probe.cluster_text_resources import ResourceReader, with_names

_LARGEST = 4 * 1024**2
_LONGEST_ENTRY = 4096


class _Section(Enum):
    BODY = auto()  # header, nodes and resources: told apart line by line, since fragments lack headings
    ATTRIBUTES = auto()
    FAILURES = auto()
    ACTIONS = auto()
    FENCING = auto()
    OTHER = auto()
    END = auto()


_SECTIONS = {
    "cluster summary": _Section.BODY,
    "node list": _Section.BODY,
    "full list of resources": _Section.BODY,
    "active resources": _Section.BODY,
    "inactive resources": _Section.BODY,
    "no resources": _Section.BODY,
    "no active resources": _Section.BODY,
    "current cluster status": _Section.BODY,
    "cluster status": _Section.BODY,
    "node attributes": _Section.ATTRIBUTES,
    "migration summary": _Section.FAILURES,
    "operations": _Section.FAILURES,
    "failed actions": _Section.ACTIONS,
    "failed resource actions": _Section.ACTIONS,
    "failed fencing actions": _Section.FENCING,
    "pending fencing actions": _Section.FENCING,
    "fencing history": _Section.FENCING,
    "failed stonith actions": _Section.FENCING,
    "negative location constraints": _Section.OTHER,
    "tickets": _Section.OTHER,
    "pcsd status": _Section.OTHER,
    "daemon status": _Section.OTHER,
    "quorum status": _Section.OTHER,
    "transition summary": _Section.END,
    "executing cluster transition": _Section.END,
    "revised cluster status": _Section.END,
}
_DC = re.compile(r"Current DC:\s+(\S+)(.*)")
_VERSION = re.compile(r"\(version ([^()\s]+)\)")
_UPDATED = re.compile(r"Last updated:\s*(.*?)(?:\s+Last change:\s*(.*))?")
_NUMBERS = re.compile(r"[0-9]{1,3}(?:\.[0-9]{1,4}){1,2}")
_MANAGEMENT_OFF = "Resource management is DISABLED"


@dataclass(slots=True)
class _Gathered:
    """What has been read so far."""

    section: _Section = _Section.BODY
    block: str | None = None
    format: str = "text"
    dc: str | None = None
    version: str | None = None
    quorum: bool | None = None
    updated: str | None = None
    changed: str | None = None
    maintenance: bool = False
    summary: bool = False
    stonith: bool | None = None
    entry: list[str] = field(default_factory=list)
    nodes: dict[str, Node] = field(default_factory=dict)
    resources: ResourceReader = field(default_factory=ResourceReader)
    attributes: dict[str, dict[str, str]] = field(default_factory=dict)
    actions: list[FailedAction] = field(default_factory=list)
    counts: dict[tuple[str, str], FailCount] = field(default_factory=dict)
    fencing: list[FencingEvent] = field(default_factory=list)


def parse_cluster_text(text: str) -> ClusterStatus | None:
    """Read text output of crm_mon, `pcs status` or crm_simulate; None where nothing of a cluster is in it.

    `maintenance_mode` is False only where a version that prints the banner (1.1.15 on) printed a header without it.
    """
    found = _Gathered()
    for line in cluster_lines(text[:_LARGEST]):
        _read(found, line)
        if found.section is _Section.END:
            break
    _end_entry(found)
    return _status(found)


def _read(found: _Gathered, line: Line) -> None:
    if not line.text:
        found.resources.node = None
        return
    section = _SECTIONS.get(line.text.removesuffix(":").casefold())
    if section is not None:
        _end_entry(found)
        found.section, found.block = section, None
        found.resources.leave()
        found.format = "pcs" if line.text == "PCSD Status:" else found.format
        found.summary |= line.text == "Cluster Summary:"
        return
    _READERS[found.section](found, line)


def _read_body(found: _Gathered, line: Line) -> None:
    if found.resources.read(line) or _read_nodes(found, line) or _read_header(found, line):
        return
    block = block_node(line.text)
    if block is not None:
        # A fragment that begins with an attribute block.
        found.block = block
        found.attributes.setdefault(block, {})
    elif line.bullet and found.block is not None:
        _read_attributes(found, line)


def _read_nodes(found: _Gathered, line: Line) -> bool:
    listed = listed_nodes(line.text)
    single = None if listed else single_node(line.text)
    for node in (*listed, *((single,) if single else ())):
        found.nodes[node.name] = node
    if listed:
        found.resources.leave()
    if single is not None:
        found.resources.leave()
        found.resources.node = single.name
    return bool(listed) or single is not None


def _read_header(found: _Gathered, line: Line) -> bool:
    key, colon, value = line.text.partition(":")
    value = value.strip()
    if not colon:
        if _MANAGEMENT_OFF in line.text:
            found.maintenance = True
        return False
    if key == "Current DC":
        _read_dc(found, line.text)
    elif key == "Version":
        found.version = value or found.version
    elif key == "Last updated":
        _read_times(found, line.text)
    elif key == "Last change":
        found.changed = value or None
    elif key == "Cluster name":
        found.format = "pcs"
    elif key in {"WARNING", "WARNINGS"} and "no stonith devices" in value.casefold():
        found.stonith = True
    else:
        return False
    return True


def _read_dc(found: _Gathered, text: str) -> None:
    match = _DC.match(text)
    if match is None:
        return
    if "partition with" in match[2].casefold():
        found.quorum = "partition WITHOUT quorum" not in match[2]
    version = _VERSION.search(match[2])
    found.version = version[1] if version else found.version
    found.dc = None if match[1] == "NONE" else match[1]


def _read_times(found: _Gathered, text: str) -> None:
    match = _UPDATED.fullmatch(text)
    if match is not None:
        found.updated = match[1].strip() or None
        found.changed = (match[2] or "").strip() or found.changed


def _read_attributes(found: _Gathered, line: Line) -> None:
    block = block_node(line.text)
    if block is not None:
        found.block = block
        found.attributes.setdefault(block, {})
        return
    pair = attribute(line.text) if found.block is not None else None
    if pair is not None and found.block is not None:
        found.attributes[found.block][pair[0]] = pair[1]


def _read_failures(found: _Gathered, line: Line) -> None:
    block = block_node(line.text)
    if block is not None:
        found.block = block
        return
    count = fail_count(line.text, found.block) if found.block is not None else None
    if count is not None:
        found.counts[count.resource, count.node] = count


def _read_actions(found: _Gathered, line: Line) -> None:
    if line.bullet or begins_action(line.text):
        _end_entry(found)
    found.entry.append(line.text)


def _end_entry(found: _Gathered) -> None:
    """Finish the entry of failed actions or fencing that may span lines."""
    entry = " ".join(found.entry)[:_LONGEST_ENTRY]
    found.entry.clear()
    if not entry:
        return
    if found.section is _Section.FENCING:
        event = fencing_event(entry)
        found.fencing.extend([event] if event and event not in found.fencing[-200:] else [])
    else:
        action = failed_action(entry)
        found.actions.extend([action] if action else [])


def _ignore(_found: _Gathered, _line: Line) -> None:
    """Sections about which nothing is kept."""


_READERS = {
    _Section.BODY: _read_body,
    _Section.ATTRIBUTES: _read_attributes,
    _Section.FAILURES: _read_failures,
    _Section.ACTIONS: _read_actions,
    _Section.FENCING: _read_actions,
    _Section.OTHER: _ignore,
    _Section.END: _ignore,
}


def _status(found: _Gathered) -> ClusterStatus | None:
    instances = with_names(found.resources.instances, found.attributes)
    parts = (found.dc, found.nodes, instances, found.attributes, found.counts, found.actions, found.fencing)
    if not any(parts) and found.quorum is None:
        return None
    return ClusterStatus(
        format=found.format,
        version=found.version,
        dc=found.dc,
        quorum=found.quorum,
        nodes=tuple(Node(node.name, node.state, node.name == found.dc) for node in found.nodes.values()),
        resources=instances,
        attributes=found.attributes,
        failed_actions=tuple(found.actions),
        fail_counts=tuple(found.counts.values()),
        fencing=tuple(found.fencing),
        maintenance_mode=True if found.maintenance else _maintenance_unsaid(found),
        stonith_enabled=found.stonith,
        last_updated=found.updated,
        last_change=found.changed,
    )


def _maintenance_unsaid(found: _Gathered) -> bool | None:
    if found.summary:  # only from 2.0.3 on
        return False
    match = _NUMBERS.match(found.version or "")
    if match is None:
        return None
    return False if tuple(int(part) for part in match[0].split(".")) >= (1, 1, 15) else None
