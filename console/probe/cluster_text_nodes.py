"""Node lines of crm_mon's text: `Online: [ a b ]` lists and `Node X: state` (DOMAIN 2.1)."""

from __future__ import annotations

import re

from console.facts.cluster import Node, NodeState
from console.probe.cluster_words import host_name, node_state

_LIST = re.compile(r"(?:Guest|Remote)?(Online|OFFLINE)\s*:\s*\[(.*)", re.IGNORECASE)
_NODE = re.compile(r"(?:Guest|Remote)?Node\s+(\S+?)(?:\s+\([^()]*\))?\s*:\s+(\S.*)")


def listed_nodes(text: str) -> tuple[Node, ...]:
    """Nodes of an `Online: [ … ]`, `OFFLINE:`, `RemoteOnline:` or `GuestOnline:` line, without ids in parentheses."""
    match = _LIST.match(text)
    if match is None:
        return ()
    state = NodeState.ONLINE if match[1].casefold() == "online" else NodeState.OFFLINE
    return tuple(Node(host_name(name), state) for name in names_in(match[2]))


def single_node(text: str) -> Node | None:
    """The node of a `Node X: state` or `Node X (id): state` line, with whatever details follow the state."""
    match = _NODE.match(text)
    return Node(host_name(match[1]), node_state(match[2])) if match else None


def names_in(body: str) -> tuple[str, ...]:
    """Names in a bracketed list's inside, without ids `(1)` and the closing bracket."""
    inside = body.split("]", 1)[0]
    return tuple(word for word in inside.split() if not word.startswith("("))
