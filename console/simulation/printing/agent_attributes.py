"""The names under which the pgsql agent's attributes are printed (DOMAIN 1.1)."""

from __future__ import annotations

from console.simulation.printing.view import View
from console.simulation.state import ClusterNode

FENCE_DEVICE = "vc1_stonith"


def printed_attributes(view: View, node: ClusterNode) -> list[tuple[str, str]]:
    """Name and value, sorted by name; absent ones left out."""
    settings = view.state.region.cluster
    resource = settings.resource if settings is not None else "postgresql"
    own = node.attributes
    found = (
        (f"master-{resource}", own.score),
        (f"{resource}-data-status", own.data_status),
        (f"{resource}-master-baseline", own.baseline),
        (f"{resource}-status", own.status),
        (f"{resource}-xlog-loc", own.xlog_location),
    )
    return [(name, value) for name, value in found if value is not None]
