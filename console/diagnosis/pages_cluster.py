"""Pages of C01–C09: what Pacemaker and the pgsql agent say (DOMAIN 0, 1, 2)."""

from console.diagnosis.finding import CodePage

PAGES: tuple[CodePage, ...] = (
    CodePage(
        code="C01",
        title="Standby out of date",
        meaning=(
            "The agent's attributes say that this standby may not take over: DISCONNECT, HS:alone, "
            "-INFINITY, or a lost "
            "score. If the primary fails now, nobody is promoted. Judged by rep_mode: in sync mode an asynchronous "
            "standby has -INFINITY by design. DISCONNECT while it streams is C09: do not rebuild for that."
        ),
        looks_at="R-status, R-data-status and master-R of the node, rep_mode, and the primary's pg_stat_replication.",
        remedy=(
            "Check firewalls, pg_hba.conf on both hosts and the archive mount; then `pcs resource "
            "disable` and `enable` "
            "the resource. If it still cannot follow, rebuild it with pg_basebackup. A lost score comes back "
            "only when the resource "
            "is restarted on that node."
        ),
    ),
    CodePage(
        code="C02",
        title="PGSQL.lock present",
        meaning=(
            "The agent made this file when the node was promoted, and removes it only after an orderly stop with no "
            "standby left. While it is there the agent refuses to start: the data may hold what the new primary lacks. "
            "The verdict compares E, the end of this node's WAL, with F, up to where the primary has it. E ≤ F: safe. "
            "E > F: unsafe, this node has WAL of its own. Else not provable, and what is missing is listed. "
            "That no lock is there proves nothing: a cut-off primary removes its own."
        ),
        looks_at=(
            "The lock file, both system identifiers, control file and history files, the WAL's end, the agent's "
            "baseline; and that the primary is one, by psql, a client, the VIP and the attributes."
        ),
        remedy=(
            "Safe: delete it, `pcs resource cleanup`, and verify that the node streams and never passes the "
            "primary. Unsafe or not provable: rebuild it with pg_basebackup, keep the old data; the lock goes last."
        ),
    ),
    CodePage(
        code="C03",
        title="Failed actions or fail count INFINITY",
        meaning=(
            "An action of a resource failed. With fail count INFINITY (1000000) the cluster has given up on that node. "
            "An entry may be old: `failcount reset` leaves it in the list, only `cleanup` removes it."
        ),
        looks_at=(
            "Failed actions with their exit reasons (cut at 128 bytes), fail counts, and whether it runs there now."
        ),
        remedy=(
            "Mend the cause first: the exit reason, `pcs resource debug-start RESOURCE` on that "
            "node, the server's log. "
            "Old agents give no reason: look for PGSQL.lock. Then `pcs resource cleanup RESOURCE`."
        ),
    ),
    CodePage(
        code="C04",
        title="Node offline, unclean, in standby or in maintenance",
        meaning=(
            "A node that cannot take over. UNCLEAN: the cluster does not know whether it still runs and waits for "
            "fencing; what is listed as running there is not believed. In maintenance nothing is "
            "monitored, nothing fails "
            "over, and attributes keep their old values."
        ),
        looks_at="Node states in the best view of the cluster, maintenance-mode, and whether the resource is managed.",
        remedy=(
            "Offline: `pcs cluster start` there. Standby: `pcs node unstandby NODE` (old pcs: `pcs "
            "cluster unstandby`). "
            "Maintenance: `pcs property set maintenance-mode=false`. UNCLEAN: make sure that it is off, then fence it, "
            "or `pcs stonith confirm NODE`."
        ),
    ),
    CodePage(
        code="C05",
        title="No quorum",
        meaning=(
            "This node's partition has no majority. With no-quorum-policy=stop its resources are stopped; with ignore, "
            "usual in clusters of two, it goes on, and only fencing keeps both from being primary."
        ),
        looks_at="The partition line of every node's own view, and no-quorum-policy.",
        remedy=(
            "`corosync-quorumtool -s` and `corosync-cfgtool -s` on both: is it the node or the network between them? "
            "Check udp 5404–5405. In a cluster of two set two_node: 1 in corosync.conf."
        ),
    ),
    CodePage(
        code="C06",
        title="VIP not with the primary, missing, or on both",
        meaning=(
            "Clients and the standby reach the primary by this address. On the wrong node they meet a read-only "
            "database, missing they meet nothing, on both they meet either one."
        ),
        looks_at="The addresses of both hosts' interfaces, the resource's place in Pacemaker, a client at the address.",
        remedy=(
            "`ip -4 addr` on both. See C03 for why the resource failed and C08 for constraints; "
            "`pcs resource cleanup` of the address. On both hosts: look for P02 first, then take it off the wrong one."
        ),
    ),
    CodePage(
        code="C07",
        title="Fencing disabled, missing or failing",
        meaning=(
            "Without working fencing the cluster cannot prove that a silent node is dead: a failover either waits for "
            "ever (UNCLEAN) or makes two primaries. A device shown as stopped had mostly a time-out "
            "of its status check."
        ),
        looks_at="stonith-enabled, fence devices and their state, failed fencing actions.",
        remedy=(
            "Test the device's login and network (`fence_… -o status`), `pcs resource cleanup "
            "DEVICE`. Then test it for "
            "real in a maintenance window: `pcs stonith fence NODE`. Clear the list: stonith_admin --cleanup --history."
        ),
    ),
    CodePage(
        code="C08",
        title="Constraint left behind by a move",
        meaning=(
            "`pcs resource move`, `ban` or the agent's own ban left a location constraint. It goes "
            "on to decide where the "
            "resource may run, and the next failover may find no node at all."
        ),
        looks_at="Location constraints named cli-ban-, cli-prefer- or cli-standby- in the CIB.",
        remedy="`pcs constraint location --full`, then `pcs resource clear RESOURCE` or `pcs constraint remove ID`.",
    ),
    CodePage(
        code="C09",
        title="Pacemaker and PostgreSQL disagree",
        meaning=(
            "Attributes carry no time: they are what was last written. In maintenance, or while a "
            "resource is unmanaged, "
            "nobody writes them. Roles listed for a node may be old too, and two nodes may see two clusters. "
            "Believe the server, its processes and the client, not the attributes."
        ),
        looks_at=(
            "R-status and R-data-status against pg_is_in_recovery(), processes and pg_stat_replication; the resource's "
            "role against the same; the two nodes' views against each other."
        ),
        remedy=(
            "Maintenance: end it, `pcs resource refresh`. DISCONNECT while it streams: compare "
            "application_name, node_list "
            "and `crm_node -n`; do not rebuild. Partition: mend the network, and look for P02 on both sides."
        ),
    ),
)
