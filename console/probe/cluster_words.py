"""Words that Pacemaker's printers share, whatever the version and format (DOMAIN 2.1, 2.2)."""

from __future__ import annotations

import re

from console.facts.cluster import INFINITY, NodeState, ResourceRole

_CLONE_NUMBER = re.compile(r"(.+):[0-9]{1,6}")
_NUMBER = re.compile(r"[+-]?[0-9]{1,9}")

_ROLES = {
    "master": ResourceRole.PROMOTED,
    "masters": ResourceRole.PROMOTED,
    "promoted": ResourceRole.PROMOTED,
    "slave": ResourceRole.UNPROMOTED,
    "slaves": ResourceRole.UNPROMOTED,
    "unpromoted": ResourceRole.UNPROMOTED,
    "started": ResourceRole.STARTED,
    "stopped": ResourceRole.STOPPED,
    "starting": ResourceRole.STARTING,
    "stopping": ResourceRole.STOPPING,
    # A state word of an action under way (native_pending_state): the role that it starts from.
    "promoting": ResourceRole.UNPROMOTED,
    "demoting": ResourceRole.PROMOTED,
    "migrating": ResourceRole.STARTED,
}
PENDING = frozenset({"starting", "stopping", "promoting", "demoting", "migrating", "monitoring", "checking", "probing"})

# Most specific first: a word is matched as a prefix, since crm_mon appends details (feature set, health).
_NODE_STATES = (
    ("unclean (online)", NodeState.UNCLEAN_ONLINE),
    ("unclean (pending)", NodeState.UNCLEAN_PENDING),
    ("unclean (offline)", NodeState.UNCLEAN_OFFLINE),
    ("unclean", NodeState.UNCLEAN_OFFLINE),
    ("standby (on-fail", NodeState.STANDBY_ON_FAIL),
    ("standby", NodeState.STANDBY),
    ("offline (standby", NodeState.OFFLINE_STANDBY),
    ("offline (maintenance", NodeState.OFFLINE_MAINTENANCE),
    ("offline", NodeState.OFFLINE),
    ("maintenance", NodeState.MAINTENANCE),
    ("pending", NodeState.PENDING),
    ("online", NodeState.ONLINE),
)

# services_ocf_exitcode_str, old words and new.
_EXIT_CODES = {
    "ok": 0,
    "error": 1,
    "unknown error": 1,
    "invalid parameter": 2,
    "unimplemented feature": 3,
    "insufficient privileges": 4,
    "not installed": 5,
    "not configured": 6,
    "not running": 7,
    "promoted": 8,
    "master": 8,
    "promoted (failed)": 9,
    "master (failed)": 9,
    "OCF_DEGRADED": 190,
}


def exit_code(text: str) -> int | None:
    """The number of an action's result in words, where a format prints only these; None for unknown words."""
    return _EXIT_CODES.get(text)


def node_state(text: str) -> NodeState:
    """The state in words of a node line ("UNCLEAN (offline)", "standby", "online, feature set 3.19.0")."""
    word = text.strip().casefold()
    return next((state for prefix, state in _NODE_STATES if word.startswith(prefix)), NodeState.UNKNOWN)


def role(word: str) -> ResourceRole | None:
    """The role of a state word, old or new ("Master" is Promoted); None where it is none."""
    return _ROLES.get(word.casefold())


def pending(word: str) -> str | None:
    """The word itself where it names an action under way."""
    return word if word.casefold() in PENDING else None


def agent(text: str) -> str:
    """class:provider:type as versions from 2.1.0 print it; older ones double the first colon."""
    return text.strip().replace("::", ":", 1)


def without_clone_number(name: str) -> str:
    """`pgsql:1` is `pgsql`."""
    match = _CLONE_NUMBER.fullmatch(name)
    return match[1] if match else name


def host_name(name: str) -> str:
    """A guest node's name without the node that it runs on (`httpd-bundle-0@cluster01`)."""
    return name.split("@", 1)[0] or name


def count(text: str | None) -> int | None:
    """A score, threshold or failure count; INFINITY is 1,000,000. None where it is no number."""
    word = (text or "").strip()
    if word.lstrip("+-") == "INFINITY":
        return -INFINITY if word.startswith("-") else INFINITY
    return int(word) if _NUMBER.fullmatch(word) else None
