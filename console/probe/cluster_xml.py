"""crm_mon's XML: `--output-as=xml` of 2.0.3 to 3.0, `--as-xml` of 1.1 to 3.0 (DOMAIN 2.2)."""

from __future__ import annotations

from collections.abc import Iterator
from xml.etree.ElementTree import Element
from xml.sax.saxutils import unescape

from console.facts.cluster import (
    ClusterStatus,
    FailCount,
    FailedAction,
    FencingEvent,
    Node,
    NodeState,
    ResourceInstance,
    ResourceRole,
)
from console.probe.cluster_words import agent, count, host_name, pending, role, without_clone_number
from console.probe.xml_document import parse_document

_CONTAINERS = frozenset({"clone", "group", "bundle"})


def parse_cluster_xml(text: str) -> ClusterStatus | None:
    """Read crm_mon's XML; None where it is broken or only carries an error (`<status code="102">`)."""
    root = parse_document(text, ("pacemaker-result", "crm_mon"))
    if root is None or (root.find("nodes") is None and root.find("summary") is None and root.find("resources") is None):
        return None
    nodes = tuple(_node(item) for item in root.findall("nodes/node"))
    current = root.find("summary/current_dc")
    options = root.find("summary/cluster_options")
    return ClusterStatus(
        format="xml",
        version=_text(current, "version"),
        dc=_dc(current, nodes),
        quorum=_flag(current, "with_quorum"),
        nodes=nodes,
        resources=tuple(_resources(root, nodes)),
        attributes=_attributes(root),
        failed_actions=tuple(_failures(root)),
        fail_counts=tuple(_fail_counts(root)),
        fencing=tuple(_fencing(root)),
        maintenance_mode=_flag(options, "maintenance-mode"),
        stonith_enabled=_flag(options, "stonith-enabled"),
        last_updated=_text(root.find("summary/last_update"), "time"),
        last_change=_change(root.find("summary/last_change")),
    )


def _text(element: Element | None, name: str) -> str | None:
    return (element.get(name) or None) if element is not None else None


def _flag(element: Element | None, name: str) -> bool | None:
    """A boolean attribute, None where it is not said."""
    value = element.get(name) if element is not None else None
    return _FLAGS.get(value.casefold()) if value else None


_FLAGS = {"true": True, "false": False, "1": True, "0": False}


def _dc(current: Element | None, nodes: tuple[Node, ...]) -> str | None:
    return _text(current, "name") or next((node.name for node in nodes if node.dc), None)


def _change(element: Element | None) -> str | None:
    """The change in the words of the text format: `DATE by USER via CLIENT on NODE`."""
    parts = ((_text(element, name), word) for name, word in _CHANGE_WORDS)
    return " ".join(f"{word}{value}" for value, word in parts if value) or None


_CHANGE_WORDS = (("time", ""), ("user", "by "), ("client", "via "), ("origin", "on "))


def _node(element: Element) -> Node:
    return Node(host_name(element.get("name") or ""), _state(element), _flag(element, "is_dc") is True)


def _state(element: Element) -> NodeState:
    """The state in the order in which the text's printer asks (DOMAIN 2.1)."""
    online = _flag(element, "online")
    on = {name for name in _STATE_FLAGS if _flag(element, name)}
    if online is None:
        return NodeState.UNKNOWN
    if "unclean" in on:
        unclean = NodeState.UNCLEAN_PENDING if "pending" in on else NodeState.UNCLEAN_OFFLINE
        return NodeState.UNCLEAN_ONLINE if online else unclean
    if "pending" in on:
        return NodeState.PENDING
    if "standby_onfail" in on and online:
        return NodeState.STANDBY_ON_FAIL
    if "standby" in on:
        return NodeState.STANDBY if online else NodeState.OFFLINE_STANDBY
    if "maintenance" in on:
        return NodeState.MAINTENANCE if online else NodeState.OFFLINE_MAINTENANCE
    return NodeState.ONLINE if online else NodeState.OFFLINE


_STATE_FLAGS = ("standby", "standby_onfail", "maintenance", "pending", "unclean")


def _resources(root: Element, nodes: tuple[Node, ...]) -> Iterator[ResourceInstance]:
    # An online node that is to be fenced is as doubtful as an offline one, but what runs there still runs.
    unclean = frozenset(node.name for node in nodes if node.state.unclean and not node.state.is_online)
    for parent in root.findall("resources"):
        yield from _children(parent, None, unclean)
    for node in root.findall("nodes/node"):
        name = host_name(node.get("name") or "")
        for element in node.findall("resource"):
            yield _instance(element, None, name, unclean)


def _children(element: Element, parent: str | None, unclean: frozenset[str]) -> Iterator[ResourceInstance]:
    """Instances below `element`; recursion is bounded by the document's depth."""
    for child in element:
        if child.tag in _CONTAINERS:
            yield from _children(child, without_clone_number(child.get("id") or ""), unclean)
        elif child.tag == "replica":
            yield from _children(child, parent, unclean)
        elif child.tag == "resource":
            for node in [item.get("name") for item in child.findall("node")] or [None]:
                yield _instance(child, parent, host_name(node) if node else None, unclean)


def _instance(element: Element, parent: str | None, node: str | None, unclean: frozenset[str]) -> ResourceInstance:
    word = element.get("role") or ""
    found = role(word) or ResourceRole.UNKNOWN
    managed = _flag(element, "managed") is not False and _flag(element, "maintenance") is not True
    return ResourceInstance(
        identifier=without_clone_number(element.get("id") or ""),
        agent=agent(element.get("resource_agent") or ""),
        role=found,
        node=None if found is ResourceRole.STOPPED else node,
        parent=parent,
        managed=managed,
        failed=_flag(element, "failed") is True,
        blocked=_flag(element, "blocked") is True,
        orphaned=_flag(element, "orphaned") is True or _flag(element, "removed") is True,
        disabled=(element.get("target_role") or "").casefold() == "stopped",
        unclean=node in unclean,
        pending=_text(element, "pending") or pending(word),
    )


def _attributes(root: Element) -> dict[str, dict[str, str]]:
    return {
        host_name(node.get("name") or ""): {
            item.get("name") or "": item.get("value") or "" for item in node.findall("attribute")
        }
        for node in root.findall("node_attributes/node")
    }


_ENTITIES = {"&apos;": "'", "&quot;": '"'}


def _failures(root: Element) -> Iterator[FailedAction]:
    for item in root.findall("failures/failure"):
        key = item.get("op_key") or item.get("id") or ""
        resource, _, operation = key.rpartition("_")[0].rpartition("_")
        task = item.get("task") or operation
        # Pacemaker escapes the reason once itself and libxml2 once more: "Can&amp;apos;t create …" (measured, 2.1.5).
        reason = unescape(item.get("exitreason") or "", _ENTITIES)
        yield FailedAction(
            resource=without_clone_number(_without_task(key, task) or resource or key),
            operation=task,
            node=host_name(item.get("node") or ""),
            exit_code=count(item.get("exitcode")),
            exit_text=item.get("exitstatus") or "",
            reason="" if reason == "none" else reason,
            at=_text(item, "last-rc-change"),
            status=item.get("status") or "",
        )


def _without_task(key: str, task: str) -> str:
    """The resource of an operation key; a task may hold an underscore itself (migrate_to)."""
    return key.rpartition("_")[0].removesuffix(f"_{task}")


def _fail_counts(root: Element) -> Iterator[FailCount]:
    for node in root.findall("node_history/node"):
        for item in node.findall("resource_history"):
            number = count(item.get("fail-count"))
            if number is not None:
                yield FailCount(
                    without_clone_number(item.get("id") or ""),
                    host_name(node.get("name") or ""),
                    number,
                    count(item.get("migration-threshold")),
                    _text(item, "last-failure"),
                )


def _fencing(root: Element) -> Iterator[FencingEvent]:
    for item in root.iter("fence_event"):
        status = item.get("status") or ""
        yield FencingEvent(
            host_name(item.get("target") or ""),
            item.get("action") or "",
            _FENCING_STATUS.get(status, status),
            _text(item, "completed"),
            item.get("exit-reason") or item.get("extended-status") or "",
        )


# The text format's word for the same outcome.
_FENCING_STATUS = {"success": "successful"}
