"""Regions dc1 and dc2: corosync and Pacemaker with the pgsql agent, a virtual IP, and fencing by the power switch."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from concurrent.futures import ThreadPoolExecutor

from tests.lab import install, machine, postgres
from tests.lab.shell import LabError, wait_until
from tests.lab.spec import POWER_PORT, POWER_SWITCH, PREFIX_LENGTH, REPLICATION_USER, HostSpec, RegionSpec

RESOURCE = "postgresql"
CLONE = "postgresql-clone"
VIRTUAL_ADDRESS = "pgvip"
FENCING = "power-switch"

COROSYNC = """totem {{
    version: 2
    cluster_name: {name}
    transport: udpu
    token: 3000
    secauth: off
}}
nodelist {{
{nodes}}}
quorum {{
    provider: corosync_votequorum
    two_node: 1
    wait_for_all: 0
}}
logging {{
    to_logfile: yes
    logfile: /var/log/corosync/corosync.log
    to_syslog: no
    timestamp: on
}}
"""
NODE = """    node {{
        ring0_addr: {address}
        name: {name}
        nodeid: {number}
    }}
"""


def install_files(disk: install.Disk, region: RegionSpec) -> None:
    """The membership layer's configuration, the same on both hosts."""
    nodes = "".join(NODE.format(address=h.address, name=h.name, number=h.number) for h in region.databases)
    disk.write("/etc/corosync/corosync.conf", COROSYNC.format(name=region.name, nodes=nodes))


def start(host: HostSpec) -> None:
    """Start the cluster's daemons on one host."""
    machine.sh(host, "service corosync start && service pacemaker start")


def stop(host: HostSpec) -> None:
    """Stop them, resources first, as Pacemaker does."""
    machine.sh(host, "service pacemaker stop; service corosync stop", timeout=180)


def start_both(region: RegionSpec) -> None:
    """Start the cluster on both hosts at once."""
    with ThreadPoolExecutor() as pool:
        list(pool.map(start, region.databases))


def agent_options(region: RegionSpec) -> str:
    """The pgsql agent's parameters (REFERENCE 3), for pcs."""
    layout = region.layout
    options = {
        "pgctl": f"{layout.binaries}/pg_ctl",
        "psql": f"{layout.binaries}/psql",
        "pgdata": layout.data,
        "logfile": f"{layout.home}/pgstartup.log",
        "socketdir": "/run/postgresql",
        "rep_mode": "async",
        "node_list": " ".join(host.name for host in region.databases),
        "restore_command": f'cp {layout.archive_read}/%f "%p"',
        "primary_conninfo_opt": "keepalives_idle=60 keepalives_interval=5 keepalives_count=5",
        "master_ip": region.endpoint_addresses[0],
        "repuser": REPLICATION_USER,
        "tmpdir": layout.tmp,
        "check_wal_receiver": "false",
        "restart_on_promote": "true" if region.restart_on_promote else "false",
    }
    return " ".join(f"{key}='{value}'" for key, value in options.items())


def resources(region: RegionSpec) -> str:
    """The pcs commands that make the cluster what REFERENCE 3 describes."""
    nodes = " ".join(host.name for host in region.databases)
    vip = f"ip={region.endpoint_addresses[0]} cidr_netmask={PREFIX_LENGTH} nic=eth0"
    operations = "op start timeout=120s op stop timeout=120s op promote timeout=120s op demote timeout=120s "
    operations += (
        "op notify timeout=60s op monitor interval=4s timeout=60s op monitor interval=3s role=Promoted timeout=60s"
    )
    clone = "promoted-max=1 promoted-node-max=1 clone-max=2 clone-node-max=1 notify=true"
    switch = f"ip={POWER_SWITCH} ipport={POWER_PORT} pcmk_host_check=static-list pcmk_host_list='{nodes}'"
    return f"""set -e
    pcs property set no-quorum-policy=ignore stonith-enabled=true stonith-action=off dc-deadtime=6s
    pcs resource defaults update resource-stickiness=INFINITY migration-threshold=3
    pcs stonith create {FENCING} fence_lab {switch} op monitor interval=60s timeout=20s
    pcs resource create {VIRTUAL_ADDRESS} ocf:heartbeat:IPaddr2 {vip} op monitor interval=10s
    pcs resource create {RESOURCE} ocf:heartbeat:pgsql {agent_options(region)} {operations} \\
        promotable {clone} --disabled
    pcs constraint colocation add {VIRTUAL_ADDRESS} with Promoted {CLONE} INFINITY
    pcs constraint order promote {CLONE} then start {VIRTUAL_ADDRESS} symmetrical=false score=INFINITY
    pcs constraint order demote {CLONE} then stop {VIRTUAL_ADDRESS} symmetrical=false score=0
    pcs resource enable {CLONE}"""


def create(region: RegionSpec, major: int) -> None:
    """From two empty hosts that are on to a healthy pair under the cluster."""
    first, second = region.databases
    for host in region.databases:
        postgres.folders(region, host)
    postgres.initialise(region, major)
    postgres.copy_to(region, first.address, second)
    machine.sh(first, f"service {region.layout.service} stop")
    start_both(region)
    wait_until(lambda: online(first) == {h.name for h in region.databases}, 60, f"{region.name}: both nodes online")
    machine.sh(first, resources(region))
    wait_healthy(region, 150)


def status(host: HostSpec) -> ElementTree.Element:
    """What crm_mon says on this host; LabError when the cluster does not answer there."""
    done = machine.sh(host, "crm_mon -1 -A -r -f --output-as=xml", check=False, timeout=30)
    try:
        return ElementTree.fromstring(done.stdout)
    except ElementTree.ParseError as error:
        raise LabError(f"{host.short}: no cluster status: {done.stdout[:200]}{done.stderr[:200]}") from error


def online(host: HostSpec) -> set[str]:
    """The nodes that are online as this host sees them; empty when the cluster does not run here."""
    try:
        nodes = status(host).findall("./nodes/node")
    except LabError:
        return set()
    return {node.get("name", "") for node in nodes if node.get("online") == "true" and node.get("pending") == "false"}


def attributes(host: HostSpec) -> dict[str, dict[str, str]]:
    """Node attributes by node, as this host sees them."""
    found: dict[str, dict[str, str]] = {}
    for node in status(host).findall("./node_attributes/node"):
        values = {item.get("name", ""): item.get("value", "") for item in node.findall("attribute")}
        found[node.get("name", "")] = values
    return found


def role_holder(host: HostSpec, role: str) -> str | None:
    """The node where the database is promoted ("Promoted") or a standby ("Unpromoted"), as this host sees it."""
    for resource in status(host).iter("resource"):
        if resource.get("id", "").split(":")[0] == RESOURCE and resource.get("role") == role:
            node = resource.find("node")
            return None if node is None else node.get("name")
    return None


def primary(region: RegionSpec) -> HostSpec | None:
    """The host that the cluster has promoted and that calls itself PRI, asked wherever the cluster answers."""
    for asked in region.databases:
        try:
            holder = role_holder(asked, "Promoted")
            found = [h for h in region.databases if h.name == holder]
            if found and attributes(asked).get(found[0].name, {}).get(f"{RESOURCE}-status") == "PRI":
                return found[0]
        except LabError:
            continue
    return None


def standby_of(region: RegionSpec, host: HostSpec) -> HostSpec:
    """The other host of the pair."""
    return region.databases[1] if host.name == region.databases[0].name else region.databases[0]


def troubles(region: RegionSpec) -> list[str]:
    """What keeps the region from being one primary with its virtual address, one streaming standby, fencing, and no
    failed action; empty when it is healthy.
    """
    head = primary(region)
    if head is None:
        return ["no primary"]
    try:
        return _troubles_of(head, standby_of(region, head))
    except LabError as error:
        return [str(error)]


def _troubles_of(head: HostSpec, other: HostSpec) -> list[str]:
    seen, shown = attributes(head), status(head)
    streaming = [a.get(other.name, {}).get(f"{RESOURCE}-status") for a in (seen, attributes(other))]
    score = seen.get(other.name, {}).get(f"master-{RESOURCE}")
    started = {r.get("id") for r in shown.iter("resource") if r.get("role") == "Started"}
    failures = [f"{f.get('op_key')} failed on {f.get('node')}" for f in shown.findall("./failures/failure")]
    return [
        *(f"{other.short} is {word}" for word in streaming if word != "HS:async"),
        *([f"{other.short} has the score {score}"] if score != "100" else []),
        *(f"{name} is not started" for name in (VIRTUAL_ADDRESS, FENCING) if name not in started),
        *failures,
    ]


def wait_healthy(region: RegionSpec, timeout: float = 150) -> None:
    """Return when the region has no troubles; LabError with them otherwise."""
    try:
        wait_until(lambda: not troubles(region), timeout, f"{region.name} healthy under the cluster", 1.0)
    except LabError as error:
        raise LabError(f"{error}; {'; '.join(troubles(region))}") from error


def stop_cleanly(region: RegionSpec) -> None:
    """Stop the standby first, then the primary, so that no PGSQL.lock stays (REFERENCE 3)."""
    head = primary(region) or region.databases[0]
    other = standby_of(region, head)
    stop(other)
    stop(head)
