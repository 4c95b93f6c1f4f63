"""The pgsql agent's attributes, read from either node's view (DOMAIN 1.1, 1.2)."""

from __future__ import annotations

from console.facts.cluster import AgentState, ClusterStatus
from console.facts.lsn import Lsn


def agent_state(cluster: ClusterStatus, node: str, resource: str) -> AgentState:
    """The attributes that the agent writes for `resource` on `node`; the fixed `pgsql-*` names of v3.9.3 too."""
    attributes = cluster.attributes_of(node)

    def read(name: str) -> str | None:
        value = attributes.get(f"{resource}-{name}")
        return value if value is not None else attributes.get(f"pgsql-{name}")

    return AgentState(
        node=node,
        status=read("status"),
        data_status=read("data-status"),
        master_score=_master_score(attributes, resource),
        baseline=Lsn.parse_attribute(read("master-baseline")),
        xlog_location=Lsn.parse_attribute(read("xlog-loc")),
        receiver_status=read("receiver-status"),
    )


def _master_score(attributes: dict[str, str], resource: str) -> str | None:
    """`master-R`, or `master-R:N` of Pacemaker 1.0 (the highest, where both stand on one node)."""
    exact = attributes.get(f"master-{resource}")
    if exact is not None:
        return exact
    numbered = (attributes[name] for name in sorted(attributes) if name.startswith(f"master-{resource}:"))
    return max(numbered, key=_score, default=None)


def _score(text: str) -> int:
    stripped = text.strip().lstrip("+")
    if stripped in {"INFINITY", "-INFINITY"}:
        return 1_000_000 if stripped == "INFINITY" else -1_000_000
    try:
        return int(stripped)
    except ValueError:
        return -1_000_001
