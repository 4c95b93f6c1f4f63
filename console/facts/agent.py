"""The pgsql agent's attributes, read from either node's view (DOMAIN 1.1, 1.2)."""

from __future__ import annotations

from console.facts.cluster import AgentState, ClusterStatus
from console.facts.lsn import Lsn


def agent_state(cluster: ClusterStatus, node: str, resource: str) -> AgentState:
    """The attributes that the agent writes for `resource` on `node`; the fixed `pgsql-*` names of v3.9.3 too."""

    def read(name: str) -> str | None:
        value = cluster.attribute(node, f"{resource}-{name}")
        return value if value is not None else cluster.attribute(node, f"pgsql-{name}")

    return AgentState(
        node=node,
        status=read("status"),
        data_status=read("data-status"),
        master_score=_master_score(cluster, node, resource),
        baseline=Lsn.parse_attribute(read("master-baseline")),
        xlog_location=Lsn.parse_attribute(read("xlog-loc")),
        receiver_status=read("receiver-status"),
    )


def _master_score(cluster: ClusterStatus, node: str, resource: str) -> str | None:
    """`master-R`, or `master-R:N` of Pacemaker 1.0 (the highest, where both stand on one node)."""
    exact = cluster.attribute(node, f"master-{resource}")
    if exact is not None:
        return exact
    names = {name for values in cluster.attributes.values() for name in values}
    numbered = (cluster.attribute(node, name) for name in sorted(names) if name.startswith(f"master-{resource}:"))
    return max((value for value in numbered if value is not None), key=_score, default=None)


def _score(text: str) -> int:
    stripped = text.strip().lstrip("+")
    if stripped in {"INFINITY", "-INFINITY"}:
        return 1_000_000 if stripped == "INFINITY" else -1_000_000
    try:
        return int(stripped)
    except ValueError:
        return -1_000_001
