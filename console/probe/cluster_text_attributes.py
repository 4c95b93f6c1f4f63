"""Node attributes and fail counts in crm_mon's text (DOMAIN 2.1): both stand under `* Node X:` lines."""

from __future__ import annotations

import re

from console.facts.cluster import FailCount
from console.probe.cluster_words import count, host_name, without_clone_number

_NODE = re.compile(r"Node:?\s+(\S+?)(?:\s+\([^()]*\))?\s*:?")
_ATTRIBUTE = re.compile(r"(\S+)\s+:(?:\s+(.*))?")
_TIGHT_ATTRIBUTE = re.compile(r"(\S+?):\s+(\S.*)")
# What crm_mon appends to a ping attribute (print_attr_msg).
_CONNECTIVITY = "Connectivity is "
_FAIL_COUNT = re.compile(
    r"(\S+):\s+(?:migration-threshold=(\S+)\s+)?fail-count=([^\s:]+):?(?:\s+last-failure='?([^']*))?"
)


def block_node(text: str) -> str | None:
    """The node of a `Node X:` or `Node: X (id):` line that opens a block."""
    match = _NODE.fullmatch(text)
    return host_name(match[1]) if match else None


def attribute(text: str) -> tuple[str, str] | None:
    """Name and value of an attribute line; the value without padding and without crm_mon's remark on pings."""
    match = _ATTRIBUTE.fullmatch(text) or _TIGHT_ATTRIBUTE.fullmatch(text)
    if match is None:
        return None
    value, remark, _ = (match[2] or "").partition(_CONNECTIVITY)
    return match[1], value.rstrip().removesuffix(":").rstrip() if remark else value.rstrip()


def fail_count(text: str, node: str) -> FailCount | None:
    """The failures of a `pgsql: migration-threshold=1 fail-count=2 last-failure='…'` line."""
    match = _FAIL_COUNT.match(text)
    number = count(match[3]) if match else None
    if match is None or number is None:
        return None
    last = (match[4] or "").strip()
    return FailCount(without_clone_number(match[1]), node, number, count(match[2]), last or None)
