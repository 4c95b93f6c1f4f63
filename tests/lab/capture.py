"""Real outputs of the lab's hosts, saved as fixtures; a file HOST.SOURCE says of each what it is."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from tests.lab import identity, rootfs
from tests.lab.fleet import Lab
from tests.lab.shell import LabError
from tests.lab.spec import REPLICATION_USER, SQL_USER, HostSpec, RegionSpec

MAXIMUM = 60_000
SECRETS = re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----|SCRAM-SHA-256\$")


@dataclass(frozen=True, slots=True)
class Output:
    """One thing to look at: a name, a file ending, and the command that prints it."""

    name: str
    command: str
    ending: str = "txt"


def everywhere() -> list[Output]:
    """Outputs of any host."""
    return [
        Output("ps", "ps -eo pid,ppid,user:20,lstart,args -ww"),
        Output("ip-address", "ip -o address show"),
        Output("iptables", "iptables -S"),
        Output("df", "df -P -k"),
    ]


def of_database(lab: Lab, region: RegionSpec) -> list[Output]:
    """Outputs of a database host."""
    layout = region.layout
    tools = f"/usr/lib/postgresql/{rootfs.postgresql_major()}/bin"
    psql = f"runuser -u postgres -- {tools}/psql -X -A -t -h /run/postgresql -d vmdb_production -c"
    found = [
        Output("pg_controldata", f"{tools}/pg_controldata {layout.data}"),
        Output("archive", f"ls -la {layout.archive_write} {layout.archive_read}"),
        Output("postgresql-log", f"tail -n 120 {layout.log}"),
        Output(
            "postgresql-conf",
            f"cat {layout.data}/postgresql.auto.conf {layout.data}/postgresql.conf | grep -v '^[[:space:]]*#' | grep .",
        ),
        Output("pg_hba", f"grep -v '^#' {layout.data}/pg_hba.conf"),
        Output(
            "standby-signal",
            f"ls -l {layout.data}/standby.signal {layout.data}/recovery.conf {layout.tmp}/recovery.conf",
        ),
        Output("history", f"for file in {layout.data}/pg_wal/*.history; do echo $file; cat $file; done"),
        Output("pg_stat_replication", f"{psql} 'select * from pg_stat_replication' -x"),
        Output("pg_stat_wal_receiver", f"{psql} 'select * from pg_stat_wal_receiver' -x"),
        Output("positions", f'{psql} "{_positions()}" -x'),
    ]
    return found + (_of_cluster(region) if region.kind == "pacemaker" else _of_scripts(region))


def _positions() -> str:
    return (
        "select pg_is_in_recovery(), version(), pg_last_wal_receive_lsn(), pg_last_wal_replay_lsn(), "
        "pg_last_xact_replay_timestamp(), case when pg_is_in_recovery() then pg_is_wal_replay_paused() end as paused, "
        "case when not pg_is_in_recovery() then pg_current_wal_lsn() end as current"
    )


def _of_cluster(region: RegionSpec) -> list[Output]:
    lock = f"{region.layout.tmp}/PGSQL.lock"
    return [
        Output("crm_mon", "crm_mon -1 -A -r -f --output-as=xml", "xml"),
        Output("crm_mon", "crm_mon -Afr -1"),
        Output("cibadmin", "cibadmin -Q", "xml"),
        Output("pcs-status", "pcs status --full"),
        Output("lock", f"stat -c '%U %Y %s %n' {lock}"),
        Output("waldump", f"{_waldump(region)}"),
    ]


def _waldump(region: RegionSpec) -> str:
    """The end of this host's WAL: from the last checkpoint's redo on, only the last records."""
    data, tools = region.layout.data, f"/usr/lib/postgresql/{rootfs.postgresql_major()}/bin"
    redo = f'{tools}/pg_controldata {data} | sed -n "s/^Latest checkpoint\'s REDO location: *//p"'
    timeline = f'{tools}/pg_controldata {data} | sed -n "s/^Latest checkpoint\'s TimeLineID: *//p"'
    return f"{tools}/pg_waldump -p {data}/pg_wal -t $({timeline}) -s $({redo}) 2>&1 | tail -n 40"


def _of_scripts(region: RegionSpec) -> list[Output]:
    return [
        Output("scripts-log", "tail -n 20 /var/log/pgsql-*.log"),
        Output("scripts-config", "cat /etc/sysconfig/pgsql-replication"),
        Output("cron", "cat /etc/cron.d/*; ls -la /etc/rc3.d; cat /etc/rc.local"),
    ]


def of_appliance() -> list[Output]:
    """Outputs of a UI appliance."""
    return [
        Output("evm-log", "tail -n 20 /var/www/miq/vmdb/log/evm.log"),
        Output("ssl_access", "tail -n 20 /var/www/miq/vmdb/log/apache/ssl_access.log"),
        Output("services", "service httpd status; service evmserverd status"),
        Output("session-store", "cat /var/www/miq/vmdb/config/vmdb.yml.db; cat /var/www/miq/vmdb/REGION"),
    ]


def capture(
    lab: Lab, directory: Path, regions: tuple[str, ...] = (), roles: tuple[str, ...] = ("database", "ui")
) -> int:
    """Save the outputs of all hosts that are on (of all regions, or of those named, and of these roles); how many.

    LabError, and nothing more is written, when an output holds a password or a key.
    """
    directory.mkdir(parents=True, exist_ok=True)
    count = 0
    for region in lab.fleet.regions:
        if regions and region.name not in regions:
            continue
        for host in region.hosts:
            if host.role in roles and lab.is_on(host):
                own = of_database(lab, region) if host.role == "database" else of_appliance()
                count += _save_all(lab, directory, host, everywhere() + own)
    return count


def _save_all(lab: Lab, directory: Path, host: HostSpec, outputs: list[Output]) -> int:
    told = [
        f"host: {host.name} ({host.region}, {host.role} {host.number})",
        f"captured: {datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ} from the lab (tests/lab), scenario {directory.name}",
        *(_save(lab, directory, host, output) for output in outputs),
    ]
    (directory / f"{host.short}.SOURCE").write_text("\n".join(told) + "\n", errors="surrogateescape")
    return len(outputs)


def _save(lab: Lab, directory: Path, host: HostSpec, output: Output) -> str:
    """Save one output; returns the line that says what it is."""
    done = lab.sh(host, output.command, check=False, timeout=60)
    text = done.stdout[:MAXIMUM]
    _refuse_secrets(text + done.stderr, host, output)
    file = directory / f"{host.short}.{output.name}.{output.ending}"
    file.write_text(text, errors="surrogateescape")
    line = f"{output.name}.{output.ending}: exit status {done.returncode}, as root: {' '.join(output.command.split())}"
    stderr = " | ".join(done.stderr.strip()[:1000].splitlines())
    return f"{line}; stderr: {stderr}" if stderr else line


def _refuse_secrets(text: str, host: HostSpec, output: Output) -> None:
    passwords = [identity.password(user) for user in (SQL_USER, REPLICATION_USER)]
    if SECRETS.search(text) or any(password in text for password in passwords):
        raise LabError(f"{host.short}: the output {output.name} holds a secret; not saved")
