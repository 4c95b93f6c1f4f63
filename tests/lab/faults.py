"""Faults of the reference environment, made for real on the running lab.

Light faults are context managers that undo themselves. Heavy ones change databases or hosts for good: call
`lab.restore(region)` afterwards. Each waits until the state that it describes is there, or raises LabError.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from tests.lab import cluster, postgres
from tests.lab.fleet import Lab
from tests.lab.shell import LabError, wait_until
from tests.lab.spec import SQL_USER, HostSpec, RegionSpec

LOCK_MESSAGE = "My data may be inconsistent"
MANY = 20_000
"""Rows that make more WAL (about 3 MB) than a server writes by itself during a test, and less than a segment holds."""


@dataclass(frozen=True, slots=True)
class Pair:
    """Who is who after a fault: the host that was primary before, and the other one."""

    old: HostSpec
    new: HostSpec


# --- what faults are made of -------------------------------------------------------------------------------------


def write(lab: Lab, host: HostSpec, name: str, rows: int = 3) -> None:
    """Commit rows in the database of this host through its local socket."""
    lab.sql(host, f"insert into vms (name) select '{name}-' || n from generate_series(1, {rows}) n")


def attribute(lab: Lab, asked: HostSpec, node: HostSpec, name: str) -> str | None:
    """A node attribute as `asked` sees it; None when it is not there or the cluster does not answer."""
    try:
        return cluster.attributes(lab.host(asked)).get(node.name, {}).get(name)
    except LabError:
        return None


def lock_file(region: RegionSpec) -> str:
    """The path of PGSQL.lock in this region."""
    return f"{region.layout.tmp}/PGSQL.lock"


def has_lock(lab: Lab, host: HostSpec) -> bool:
    """Whether PGSQL.lock is on the host."""
    return lab.sh(host, f"test -e {lock_file(lab.region_of(host))}", check=False).returncode == 0


def _wait_promoted(lab: Lab, host: HostSpec) -> None:
    region = lab.region_of(host)
    wait_until(
        lambda: attribute(lab, host, host, "postgresql-status") == "PRI" and lab.in_recovery(host) is False,
        120,
        f"{host.short} promoted in {region.name}",
        1.0,
    )


def _wait_refused(lab: Lab, asked: HostSpec, node: HostSpec) -> None:
    def refused() -> bool:
        failures = cluster.status(asked).findall("./failures/failure")
        return any(f.get("node") == node.name and LOCK_MESSAGE in f.get("exitreason", "") for f in failures)

    wait_until(refused, 90, f"{node.short} refused by PGSQL.lock", 1.0)


# --- regions under the cluster: heavy faults ---------------------------------------------------------------------


def power_fail_primary(lab: Lab, region: str) -> Pair:
    """The primary loses power; the standby fences it and is promoted. The old primary stays off."""
    pair = Pair(lab.primary(region), lab.standby(region))
    lab.crash(pair.old)
    _wait_promoted(lab, pair.new)
    return pair


def _wait_fenced(asked: HostSpec, node: HostSpec) -> None:
    """Wait until the cluster knows that the node is down: until then its power switch may cut a booting host off."""

    def clean() -> bool:
        nodes = [n for n in cluster.status(asked).findall("./nodes/node") if n.get("name") == node.name]
        return bool(nodes) and nodes[0].get("unclean") == "false" and nodes[0].get("online") == "false"

    wait_until(clean, 60, f"{node.short} fenced", 0.5)


def _mend(lab: Lab, region: str) -> None:
    """Wait until both databases run under the cluster, and forget the failed actions of the way there."""
    spec = lab.region(region)
    head = spec.databases[0]
    wait_until(lambda: all(lab.in_recovery(host) is not None for host in spec.databases), 90, f"{region} running", 0.5)
    _clean_up(lab, head)
    try:
        lab.wait_healthy(region, 30)
    except LabError:
        _clean_up(lab, head)
        lab.wait_healthy(region)


def _clean_up(lab: Lab, head: HostSpec) -> None:
    """Cleanup returns before what it causes is over: probes, and scores that come and go with them."""
    lab.sh(head, "pcs resource cleanup && crm_resource --wait --timeout=60", check=False)


def return_of_old_primary(lab: Lab, pair: Pair) -> None:
    """The old primary boots and its cluster starts: the agent refuses to start because PGSQL.lock is there."""
    _wait_fenced(pair.new, pair.old)
    lab.boot(pair.old)
    if not has_lock(lab, pair.old):
        raise LabError(f"{pair.old.short} has no PGSQL.lock")
    lab.start_cluster(pair.old)
    _wait_refused(lab, pair.new, pair.old)


def make_lock_safe(lab: Lab, region: str) -> Pair:
    """PGSQL.lock on an old primary that wrote nothing which the new primary lacks (DOMAIN 7: E <= F).

    Its background processes stand still before the power fails: a record of their own that the standby had not got
    yet (autovacuum's, or the background writer's list of running transactions) would make the lock unsafe.
    """
    silence(lab, lab.primary(region), lab.standby(region))
    pair = power_fail_primary(lab, region)
    write(lab, pair.new, "after-the-failover")
    return_of_old_primary(lab, pair)
    return pair


def silence(lab: Lab, head: HostSpec, standby: HostSpec) -> None:
    """Stop what writes WAL by itself on the primary, and wait until the standby has replayed all there is."""
    lab.sql(head, "alter system set autovacuum = off")
    lab.sql(head, "select pg_reload_conf()")
    idle = "select count(*) from pg_stat_activity where backend_type like 'autovacuum%'"
    wait_until(lambda: lab.sql(head, idle) == "0", 30, f"no autovacuum on {head.short}")
    lab.sh(head, "pkill -STOP -f 'postgres: (checkpointer|background writer|walwriter)'")
    write(lab, head, "flushed", 1)  # a commit flushes; the walwriter, that did, stands still
    end = lab.sql(head, "select pg_current_wal_lsn()")
    reached = f"select pg_last_wal_replay_lsn() >= '{end}'"
    wait_until(lambda: lab.sql(standby, reached) == "t", 30, f"{standby.short} at {end}")


def make_diverged_old_primary(lab: Lab, region: str) -> Pair:
    """An old primary that was cut off, went on committing, and came back (DOMAIN 7: E > F, unsafe).

    It wrote far more than the new one, which has not come to its end of WAL when it returns. Fencing is off meanwhile,
    since a fenced host could not go on writing; it is on again before the return.
    """
    pair = Pair(lab.primary(region), lab.standby(region))
    lab.sh(pair.old, "pcs property set stonith-enabled=false")
    lab.cut(pair.old)
    write(lab, pair.old, "only-on-the-old-primary")
    _wait_promoted(lab, pair.new)
    write(lab, pair.old, "still-only-on-the-old-primary", MANY)
    write(lab, pair.new, "on-the-new-primary")
    lab.crash(pair.old)
    lab.sh(pair.new, "pcs property set stonith-enabled=true")
    return_of_old_primary(lab, pair)
    return pair


def attach_diverged_standby(lab: Lab, region: str) -> Pair:
    """The same, and then somebody deletes PGSQL.lock and cleans up: the diverged copy runs as a standby (P06)."""
    pair = make_diverged_old_primary(lab, region)
    let_in(lab, region, pair)
    return pair


def let_in(lab: Lab, region: str, pair: Pair) -> None:
    """Delete PGSQL.lock of an old primary and clean up, whatever its WAL holds; it runs as a standby then.

    A diverged one streams as long as the primary has not come to its end of WAL, and the cluster calls it healthy
    (DOMAIN 0.1), also on a new timeline: the fork lies in a segment that it replayed from its own pg_wal.
    """
    lab.sh(pair.old, f"rm {lock_file(lab.region(region))}")
    lab.sh(pair.new, "pcs resource cleanup postgresql")
    wait_until(lambda: lab.in_recovery(pair.old) is True, 90, f"{pair.old.short} running as a standby", 1.0)
    lab.wait_healthy(region, 60)


def make_split_brain(lab: Lab, region: str) -> Pair:
    """The nodes cannot hear each other and fencing is off: the standby is promoted beside the primary, both are
    written to (P02, C06, C09). Clients and the console reach both.
    """
    pair = Pair(lab.primary(region), lab.standby(region))
    lab.sh(pair.old, "pcs property set stonith-enabled=false && crm_resource --wait --timeout=30")
    for host, peer in ((pair.old, pair.new), (pair.new, pair.old)):
        lab.sh(host, f"iptables -I INPUT 1 -p udp -s {peer.address} -j DROP")
    _wait_promoted(lab, pair.new)
    address = lab.region(region).endpoint_addresses[0]
    wait_until(lambda: address in lab.sh(pair.new, "ip -o -4 address show").stdout, 30, f"the VIP on {pair.new.short}")
    write(lab, pair.old, "on-the-old-primary")
    write(lab, pair.new, "on-the-new-primary")
    return pair


def make_standby_out_of_date(lab: Lab, region: str) -> Pair:
    """The standby was away until WAL that it needs was gone: HS:alone, DISCONNECT, -INFINITY (C01, A05)."""
    spec = lab.region(region)
    pair = Pair(lab.primary(region), lab.standby(region))
    lab.stop_cluster(pair.new)
    for number in range(8):
        write(lab, pair.old, f"while-the-standby-was-away-{number}")
        lab.sql(pair.old, "select pg_switch_wal()")
    lab.sql(pair.old, "checkpoint")
    lab.sql(pair.old, "checkpoint")
    lab.sh(pair.old, f"rm -f {spec.layout.archive_write}/0*")
    lab.start_cluster(pair.new)
    wait_until(
        lambda: (
            attribute(lab, pair.old, pair.new, "postgresql-status") == "HS:alone"
            and attribute(lab, pair.old, pair.new, "postgresql-data-status") == "DISCONNECT"
        ),
        90,
        f"{pair.new.short} out of date",
        1.0,
    )
    return pair


def make_failcount_infinity(lab: Lab, region: str) -> HostSpec:
    """The standby cannot start any more: failcount INFINITY, resource Stopped (C03).

    The cause: standby.signal belongs to root, as after somebody's work by hand, so that the agent cannot write it.
    """
    standby, head = lab.standby(region), lab.primary(region)
    signal = f"{lab.region(region).layout.data}/standby.signal"
    lab.sh(standby, f"chown root:root {signal} && chmod 600 {signal}")
    kill_postgres(lab, standby)

    def given_up() -> bool:
        path = f"./node_history/node[@name='{standby.name}']/resource_history[@id='postgresql']"
        return [h.get("fail-count") for h in cluster.status(head).findall(path)] == ["1000000"]

    wait_until(given_up, 90, f"failcount INFINITY of {standby.short}", 1.0)
    return standby


def kill_postgres(lab: Lab, host: HostSpec) -> None:
    """Kill the postmaster and all its children at once, as the kernel's out-of-memory killer might."""
    pid = lab.sh(host, f"head -n 1 {lab.region_of(host).layout.data}/postmaster.pid").stdout.strip()
    lab.sh(host, f"pkill -KILL -P {pid}; kill -KILL {pid}", check=False)


# --- regions under the cluster: light faults ---------------------------------------------------------------------


@contextmanager
def maintenance(lab: Lab, region: str) -> Iterator[None]:
    """The cluster in maintenance mode: nothing is monitored, attributes stay as last written."""
    host = lab.primary(region)
    lab.sh(host, "pcs property set maintenance-mode=true && crm_resource --wait --timeout=30")
    try:
        yield
    finally:
        lab.sh(host, "pcs property set maintenance-mode=false")
        _mend(lab, region)


@contextmanager
def killed_in_maintenance(lab: Lab, region: str) -> Iterator[HostSpec]:
    """The standby's PostgreSQL killed behind Pacemaker's back: HS:async stays on display (C09)."""
    standby, head = lab.standby(region), lab.primary(region)
    with maintenance(lab, region):
        kill_postgres(lab, standby)
        wait_until(lambda: lab.in_recovery(standby) is None, 20, f"no database on {standby.short}")
        wait_until(lambda: not postgres.is_streaming(lab.region(region), head, standby), 20, "no walsender")
        yield standby


@contextmanager
def node_standby(lab: Lab, region: str) -> Iterator[HostSpec]:
    """The standby's node put into standby (C04)."""
    standby, head = lab.standby(region), lab.primary(region)
    lab.sh(head, f"pcs node standby {standby.name}")
    try:
        for name, value in (("postgresql-status", "STOP"), ("postgresql-data-status", "DISCONNECT")):
            wait_until(lambda: attribute(lab, head, standby, name) == value, 60, f"{name} {value}")  # noqa: B023
        yield standby
    finally:
        lab.sh(head, f"pcs node unstandby {standby.name}")
        _mend(lab, region)


@contextmanager
def no_quorum(lab: Lab, region: str) -> Iterator[HostSpec]:
    """The standby's node is gone, and without two_node one vote of two is no quorum (C05); yields the host that stays.

    REFERENCE's no-quorum-policy=ignore keeps the database running.
    """
    head, standby = lab.primary(region), lab.standby(region)
    lab.stop_cluster(standby)
    try:
        _set_two_node(lab, head, quorate=False)
        yield head
    finally:
        _set_two_node(lab, head, quorate=True)
        lab.start_cluster(standby)
        _mend(lab, region)


def _set_two_node(lab: Lab, host: HostSpec, *, quorate: bool) -> None:
    now, then = ("0", "1") if quorate else ("1", "0")
    lab.sh(host, f"sed -i 's/two_node: {now}/two_node: {then}/' /etc/corosync/corosync.conf && corosync-cfgtool -R")

    def reached() -> bool:
        found = cluster.status(host).find("./summary/current_dc")
        return found is not None and found.get("with_quorum") == ("true" if quorate else "false")

    wait_until(reached, 30, f"quorum {'there' if quorate else 'lost'} on {host.short}")


@contextmanager
def replay_paused(lab: Lab, region: str) -> Iterator[HostSpec]:
    """Replay paused on the standby, which has replayed all till then, while the primary writes (P05)."""
    standby, head = lab.standby(region), lab.primary(region)
    write(lab, head, "replayed")
    written = lab.sql(head, "select pg_current_wal_lsn()")
    wait_until(lambda: lab.sql(standby, f"select pg_last_wal_replay_lsn() >= '{written}'") == "t", 20, "replayed")
    lab.sql(standby, "select pg_wal_replay_pause()")
    try:
        write(lab, head, "not-replayed", 1000)
        yield standby
    finally:
        lab.sql(standby, "select pg_wal_replay_resume()")


@contextmanager
def virtual_ip_on_both(lab: Lab, region: str) -> Iterator[HostSpec]:
    """The virtual IP also configured on the standby, unseen by the cluster (C06)."""
    standby = lab.standby(region)
    address = f"{lab.region(region).endpoint_addresses[0]}/8"
    lab.sh(standby, f"ip address add {address} dev eth0")
    try:
        yield standby
    finally:
        lab.sh(standby, f"ip address del {address} dev eth0")


@contextmanager
def virtual_ip_moved(lab: Lab, region: str) -> Iterator[HostSpec]:
    """The virtual IP moved to the standby by hand, in maintenance mode so that the cluster does not mend it (C06)."""
    standby, head = lab.standby(region), lab.primary(region)
    address = f"{lab.region(region).endpoint_addresses[0]}/8"
    with maintenance(lab, region):
        lab.sh(head, f"ip address del {address} dev eth0")
        lab.sh(standby, f"ip address add {address} dev eth0")
        try:
            yield standby
        finally:
            lab.sh(standby, f"ip address del {address} dev eth0")
            lab.sh(head, f"ip address add {address} dev eth0")


@contextmanager
def move_constraint_left(lab: Lab, region: str) -> Iterator[None]:
    """A ban left behind by a move: the standby may never be promoted again (C08)."""
    head, standby = lab.primary(region), lab.standby(region)
    ban = f"--resource {cluster.CLONE} --node {standby.name} --promoted"
    lab.sh(head, f"crm_resource --ban {ban}")
    try:
        yield
    finally:
        lab.sh(head, f"crm_resource --clear {ban}")


@contextmanager
def fencing_disabled(lab: Lab, region: str) -> Iterator[None]:
    """stonith-enabled=false (C07)."""
    head = lab.primary(region)
    lab.sh(head, "pcs property set stonith-enabled=false")
    try:
        yield
    finally:
        lab.sh(head, "pcs property set stonith-enabled=true")
    lab.wait_healthy(region)


# --- the WAL archive ---------------------------------------------------------------------------------------------


@contextmanager
def archive_full(lab: Lab, region: str) -> Iterator[None]:
    """No space left in the WAL archive: archiving fails, `.ready` files pile up (A03, A04)."""
    head, layout = lab.primary(region), lab.region(region).layout
    filler = f"{layout.archive_write}/filler"
    lab.sh(head, f"dd if=/dev/zero of={filler} bs=1M 2>/dev/null; test -s {filler}")
    try:
        _switch(lab, head, 3)
        wait_until(lambda: _ready_files(lab, head) > 0, 30, f".ready files on {head.short}")
        yield
    finally:
        lab.sh(head, f"rm -f {filler}; find {layout.archive_write} -size -16384k -name '0*' ! -name '*.*' -delete")
        _archive_again(lab, head)


@contextmanager
def archive_unreadable(lab: Lab, region: str) -> Iterator[None]:
    """The WAL archive closed to postgres (mode 000 on the directory): neither archiving nor restoring (A01, A03)."""
    head, archive = lab.primary(region), lab.region(region).layout.archive_write
    lab.sh(head, f"chmod 000 {archive} && chown root {archive}")
    try:
        _switch(lab, head, 2)
        wait_until(lambda: _ready_files(lab, head) > 0, 30, f".ready files on {head.short}")
        yield
    finally:
        lab.sh(head, f"chown postgres {archive} && chmod 755 {archive}")
        _archive_again(lab, head)


@contextmanager
def archive_unmounted(lab: Lab, host: HostSpec) -> Iterator[None]:
    """The archive's file system is not mounted on this host (A01)."""
    archive = lab.region_of(host).layout.archive_write
    lab.sh(host, f"mkdir -p /run/aside && mount --move {archive} /run/aside")
    try:
        yield
    finally:
        lab.sh(host, f"mount --move /run/aside {archive}")


@contextmanager
def archive_with_hole(lab: Lab, region: str) -> Iterator[str]:
    """A segment in the middle of the archive is missing (A02); yields its name."""
    head, archive = lab.primary(region), lab.region(region).layout.archive_write
    segment = lab.sql(head, "select pg_walfile_name(pg_current_wal_lsn())")
    _switch(lab, head, 3)
    aside = "/var/tmp/aside"
    wait_until(lambda: lab.sh(head, f"test -e {archive}/{segment}", check=False).returncode == 0, 30, segment)
    _wait_archived(lab, head)
    lab.sh(head, f"mv {archive}/{segment} {aside}")
    try:
        yield segment
    finally:
        lab.sh(head, f"mv {aside} {archive}/{segment}")


def _switch(lab: Lab, host: HostSpec, times: int) -> None:
    for number in range(times):
        write(lab, host, f"switch-{number}")
        lab.sql(host, "select pg_switch_wal()")


def _ready_files(lab: Lab, host: HostSpec) -> int:
    data = lab.region_of(host).layout.data
    return int(lab.sh(host, f"ls {data}/pg_wal/archive_status | grep -c ready$", check=False).stdout or 0)


def _archive_again(lab: Lab, host: HostSpec) -> None:
    """After three failures the archiver pauses for a minute, unless a segment is finished meanwhile."""
    _switch(lab, host, 1)
    _wait_archived(lab, host)


def _wait_archived(lab: Lab, host: HostSpec) -> None:
    wait_until(lambda: _ready_files(lab, host) == 0, 30, f"everything archived on {host.short}")


# --- region global -----------------------------------------------------------------------------------------------


def hold_minutes(lab: Lab) -> None:
    """Both hosts' cron is stopped with SIGSTOP, which looks as if it ran, and what it has started is over.

    Without it the scripts mend within a minute what a heavy fault of this region makes.
    """
    for host in lab.region("global").databases:
        lab.sh(host, "pkill -STOP -x cron; pkill -f '^/bin/sh /usr/bin/pgsql-'; :")

    def over() -> bool:
        hosts = lab.region("global").databases
        return all(not lab.sh(host, "pgrep -f '^/bin/sh /usr/bin/pgsql-'", check=False).stdout for host in hosts)

    wait_until(over, 10, "the scripts' minute over")


def fail_over_global(lab: Lab) -> Pair:
    """Host 1's service stopped; the every-minute script on host 2, run twice, promotes it and opens its port (S03)."""
    first, second = lab.region("global").databases
    lab.sh(first, f"service {lab.region('global').layout.service} stop")
    for _ in range(3):
        if lab.in_recovery(second) is True:
            lab.sh(second, "pgsql-standby-check-promote", check=False)
    wait_until(lambda: lab.in_recovery(second) is False, 60, f"{second.short} promoted")
    return Pair(first, second)


def make_both_writable(lab: Lab) -> Pair:
    """Host 2 promoted by hand and opened while host 1 serves: two primaries (P02, S04)."""
    hold_minutes(lab)
    first, second = lab.region("global").databases
    layout = lab.region("global").layout
    lab.sh(second, f"{layout.binaries}/pg_ctl -D {layout.data} promote", "postgres")
    wait_until(lambda: lab.in_recovery(second) is False, 60, f"{second.short} promoted")
    lab.sh(second, "iptables -I INPUT 1 -p tcp -m tcp --dport 5432 -j ACCEPT")
    write(lab, first, "on-host-1")
    write(lab, second, "on-host-2")
    return Pair(first, second)


def make_host1_answer_while_host2_is_primary(lab: Lab) -> Pair:
    """After a failover host 1 runs again as host 2's standby and answers on 5432 (S04, S05)."""
    hold_minutes(lab)
    pair = fail_over_global(lab)
    layout = lab.region("global").layout
    settings = (
        f"primary_conninfo = 'host={pair.new.name} port=5432 user=replicator application_name={pair.old.name}'\n"
        f"recovery_target_timeline = 'latest'\n"
    )
    if lab.fleet.global_major >= 12:
        postgres.append(pair.old, f"{layout.data}/postgresql.auto.conf", settings)
        lab.sh(pair.old, f"touch {layout.data}/standby.signal", "postgres")
    else:
        postgres.append(pair.old, f"{layout.data}/recovery.conf", "standby_mode = 'on'\n" + settings)
        lab.sh(pair.old, f"chown postgres: {layout.data}/recovery.conf")
    lab.sh(pair.old, f"service {layout.service} start")
    postgres.wait_streaming(lab.region("global"), pair.new, pair.old)
    return pair


@contextmanager
def standby_port_open(lab: Lab) -> Iterator[HostSpec]:
    """5432 open on host 2 though it is a standby: the traffic manager would accept it (S05)."""
    second = lab.region("global").databases[1]
    rule = "INPUT -p tcp -m tcp --dport 5432 -j ACCEPT"
    lab.sh(second, f"iptables -I {rule}")
    try:
        yield second
    finally:
        lab.sh(second, f"iptables -D {rule}", check=False)


@contextmanager
def check_promote_not_running(lab: Lab) -> Iterator[HostSpec]:
    """The every-minute script is not scheduled on host 2 (S02)."""
    second = lab.region("global").databases[1]
    lab.sh(second, "mv /etc/cron.d/pgsql-replication /root/")
    try:
        yield second
    finally:
        lab.sh(second, "mv /root/pgsql-replication /etc/cron.d/ && touch /etc/cron.d/pgsql-replication")


# --- any host ----------------------------------------------------------------------------------------------------


@contextmanager
def powered_off(lab: Lab, host: str) -> Iterator[HostSpec]:
    """A host without power (H01)."""
    found = lab.host(host)
    lab.crash(found)
    try:
        yield found
    finally:
        if not lab.is_on(found):
            lab.boot(found)


@contextmanager
def sshd_hung(lab: Lab, host: str) -> Iterator[HostSpec]:
    """Every sshd process stopped with SIGSTOP: the port accepts, nobody answers (H01)."""
    found = lab.host(host)
    lab.sh(found, "pkill -STOP -x sshd")
    try:
        yield found
    finally:
        lab.sh(found, "pkill -CONT -x sshd")


@contextmanager
def host_key_changed(lab: Lab, host: str) -> Iterator[HostSpec]:
    """Another host key than the one that known_hosts holds (H03)."""
    found = lab.host(host)
    kind = "rsa" if lab.region_of(found).layout.legacy and found.role == "database" else "ed25519"
    key = f"/etc/ssh/ssh_host_{kind}_key"
    reload = "pkill -HUP -o -x sshd"
    lab.sh(
        found,
        f"mkdir -p /root/keys && mv {key} {key}.pub /root/keys/ && ssh-keygen -q -t {kind} -N '' -f {key} && {reload}",
    )
    try:
        yield found
    finally:
        lab.sh(found, f"mv /root/keys/* /etc/ssh/ && {reload}")


@contextmanager
def sudo_refused(lab: Lab, host: str) -> Iterator[HostSpec]:
    """The operator may not use sudo there (H02, H04)."""
    found = lab.host(host)
    lab.sh(found, "mv /etc/sudoers.d/oncall /root/oncall.sudoers")
    try:
        yield found
    finally:
        lab.sh(found, "mv /root/oncall.sudoers /etc/sudoers.d/oncall")


@contextmanager
def login_refused(lab: Lab, host: str) -> Iterator[HostSpec]:
    """The operator's key is not accepted there (H02)."""
    found = lab.host(host)
    lab.sh(found, "mv /home/oncall/.ssh /root/oncall.ssh")
    try:
        yield found
    finally:
        lab.sh(found, "mv /root/oncall.ssh /home/oncall/.ssh")


@contextmanager
def pgpass_readable(lab: Lab, host: str) -> Iterator[HostSpec]:
    """.pgpass with mode 644, which libpq ignores (S07)."""
    found = lab.host(host)
    file = f"{lab.region_of(found).layout.user_home}/.pgpass"
    lab.sh(found, f"chmod 644 {file}")
    try:
        yield found
    finally:
        lab.sh(found, f"chmod 600 {file}")


@contextmanager
def pg_hba_differs(lab: Lab, host: str) -> Iterator[HostSpec]:
    """pg_hba.conf of this host without the replication line: its peer could not follow it (P09)."""
    found = lab.host(host)
    file = f"{lab.region_of(found).layout.data}/pg_hba.conf"
    lab.sh(found, f"cp -p {file} /root/pg_hba.conf && sed -i '/^host replication/d' {file}")
    try:
        yield found
    finally:
        lab.sh(found, f"cp -p /root/pg_hba.conf {file}")


@contextmanager
def httpd_stopped(lab: Lab, host: str) -> Iterator[HostSpec]:
    """The web server of an appliance stopped (U01)."""
    found = lab.host(host)
    lab.sh(found, "service httpd stop")
    try:
        yield found
    finally:
        lab.sh(found, "service httpd start")


@contextmanager
def evmserverd_stopped(lab: Lab, host: str) -> Iterator[HostSpec]:
    """The workers of an appliance stopped (U01, and U03 after two minutes)."""
    found = lab.host(host)
    lab.sh(found, "service evmserverd stop")
    try:
        yield found
    finally:
        lab.sh(found, "service evmserverd start")


@contextmanager
def session_store_memory(lab: Lab, host: str) -> Iterator[HostSpec]:
    """Sessions not in the database: a switch of appliances logs users out (U04)."""
    found = lab.host(host)
    file = "/var/www/miq/vmdb/config/vmdb.yml.db"
    lab.sh(found, f"sed -i 's/session_store: sql/session_store: memory/' {file}")
    try:
        yield found
    finally:
        lab.sh(found, f"sed -i 's/session_store: memory/session_store: sql/' {file}")


@contextmanager
def backlog(lab: Lab, region: str, rows: int) -> Iterator[None]:
    """Rows waiting for replication to the global region (U03 over its threshold)."""
    spec = lab.region(region)
    table = f"rr{spec.number}_pending_changes"
    statement = f"set role {SQL_USER}; insert into {table} (change_table, change_key, change_type, change_time) "
    statement += f"select 'backlog', 'id|' || n, 'I', now() from generate_series(1, {rows}) n"
    lab.sql(lab.primary(region), statement)
    try:
        yield
    finally:
        lab.sql(lab.primary(region), f"delete from {table} where change_table = 'backlog'")
