"""What crm_mon, `pcs status` or crm_simulate printed, whatever the version and format (DOMAIN 2)."""

from __future__ import annotations

from console.facts.cluster import ClusterStatus
from console.probe.cluster_text import parse_cluster_text
from console.probe.cluster_xml import parse_cluster_xml
from console.probe.xml_document import root_begins


def parse_cluster(text: str) -> ClusterStatus | None:
    """One node's view of the cluster; None where the text holds none (an error message, an empty output)."""
    if root_begins(text, ("pacemaker-result", "crm_mon")):
        return parse_cluster_xml(text)
    return parse_cluster_text(text)
