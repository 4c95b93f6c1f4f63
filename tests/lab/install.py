"""Files of a host before its first boot: written into the upper layer of its overlay."""

from __future__ import annotations

import os
import secrets
import shutil
from dataclasses import dataclass
from pathlib import Path

from tests.lab import identity, network, paths
from tests.lab.spec import ONCALL, FleetSpec, HostSpec, RegionSpec

LEGACY_SSHD = """
HostKeyAlgorithms ssh-rsa
PubkeyAcceptedAlgorithms ssh-rsa
KexAlgorithms diffie-hellman-group-exchange-sha256,diffie-hellman-group14-sha1,diffie-hellman-group1-sha1
Ciphers aes128-ctr,aes256-ctr
MACs hmac-sha1
"""

SSHD = """Port 22
HostKey /etc/ssh/ssh_host_{kind}_key
PermitRootLogin prohibit-password
PasswordAuthentication no
KbdInteractiveAuthentication no
UsePAM no
UseDNS no
PrintMotd no
MaxStartups 50
Subsystem sftp internal-sftp
"""

FIREWALL = """*filter
:INPUT ACCEPT [0:0]
:FORWARD ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
-A INPUT -m state --state RELATED,ESTABLISHED -j ACCEPT
-A INPUT -p icmp -j ACCEPT
-A INPUT -p igmp -j ACCEPT
-A INPUT -i lo -j ACCEPT
-A INPUT -p tcp -m tcp --dport 22 -j ACCEPT
{rules}-A INPUT -j REJECT --reject-with icmp-host-prohibited
COMMIT
"""
ALLOW = "-A INPUT -p {protocol} -m {protocol} --dport {ports} -j ACCEPT\n"


@dataclass(frozen=True, slots=True)
class Disk:
    """The upper layer of a host's disk, with the root below it for modes and owners of folders that exist there."""

    upper: Path
    root: Path

    def write(self, path: str, text: str, mode: int = 0o644, owner: tuple[int, int] = (0, 0)) -> None:
        """Write a file at an absolute path of the host."""
        target = self._parent(path)
        target.write_text(text)
        target.chmod(mode)
        os.chown(target, *owner)

    def link(self, path: str, to: str) -> None:
        """Make a symbolic link at an absolute path of the host."""
        target = self._parent(path)
        target.unlink(missing_ok=True)
        target.symlink_to(to)

    def copy_tree(self, source: Path) -> None:
        """Copy a folder of tests/lab/files over the host's root."""
        for file in sorted(source.rglob("*")):
            if file.is_file():
                self.write("/" + str(file.relative_to(source)), file.read_text(), file.stat().st_mode & 0o777)

    def _parent(self, path: str) -> Path:
        below = Path(path).relative_to("/")
        for folder in reversed(below.parents[:-1]):
            target, original = self.upper / folder, self.root / folder
            if original.is_symlink():
                raise ValueError(f"{path}: /{folder} is a link on the host; use the real path")
            if not target.exists():
                target.mkdir()
                if original.exists():
                    shutil.copystat(original, target)
                    os.chown(target, original.stat().st_uid, original.stat().st_gid)
        return self.upper / below

    def account(self, user: str) -> tuple[int, int]:
        """The uid and gid of a user of the root file system."""
        for line in (self.root / "etc/passwd").read_text().splitlines():
            fields = line.split(":")
            if fields[0] == user:
                return int(fields[2]), int(fields[3])
        raise KeyError(user)


def install(disk: Disk, fleet: FleetSpec, region: RegionSpec, host: HostSpec) -> None:
    """Everything that distinguishes this host from the common root and needs no running program."""
    disk.copy_tree(paths.FILES / "common")
    disk.write("/etc/hostname", host.name + "\n")
    disk.write("/etc/hosts", network.hosts_file(fleet))
    disk.write("/etc/machine-id", secrets.token_hex(16) + "\n", 0o444)
    disk.write("/etc/default/vmdb-lab", settings(region))
    (disk.upper / "etc/sudoers.d/oncall").chmod(0o440)
    _ssh(disk, region, host)
    _boot_links(disk, host)
    disk.write("/etc/sysconfig/iptables", FIREWALL.format(rules=firewall_rules(region, host)), 0o600)
    if host.role == "database":
        _database_files(disk, region)
    else:
        disk.copy_tree(paths.FILES / "ui")


def settings(region: RegionSpec) -> str:
    """What the lab's own scripts on a host read: shell variables, a line each."""
    layout = region.layout
    values = {
        "PGHOME": layout.home,
        "PGDATA": layout.data,
        "PGBIN": layout.binaries,
        "REGION_NUMBER": str(region.number),
        "ENDPOINT": region.endpoint,
        "REPLICATES": "yes" if region.kind == "pacemaker" else "no",
    }
    return "".join(f"{key}={value}\n" for key, value in values.items())


def firewall_rules(region: RegionSpec, host: HostSpec) -> str:
    """The services that the host's firewall lets in. Host 2 of the scripted pair keeps 5432 closed (REFERENCE 4)."""
    allowed: list[tuple[str, str]] = []
    if host.role == "ui":
        allowed = [("tcp", "80"), ("tcp", "443")]
    elif region.kind == "pacemaker":
        allowed = [("tcp", "5432"), ("udp", "5404:5405"), ("tcp", "2224"), ("tcp", "16851"), ("tcp", "21064")]
    elif host.number == 1:
        allowed = [("tcp", "5432")]
    return "".join(ALLOW.format(protocol=protocol, ports=ports) for protocol, ports in allowed)


def _ssh(disk: Disk, region: RegionSpec, host: HostSpec) -> None:
    kind = identity.host_key_kind(region, host)
    legacy = LEGACY_SSHD if kind == "rsa" else ""
    disk.write("/etc/ssh/sshd_config", SSHD.format(kind=kind) + legacy)
    keys = paths.identity() / host.name
    disk.write(f"/etc/ssh/ssh_host_{kind}_key", (keys / f"ssh_host_{kind}_key").read_text(), 0o600)
    disk.write(f"/etc/ssh/ssh_host_{kind}_key.pub", (keys / f"ssh_host_{kind}_key.pub").read_text())
    disk.write("/root/.ssh/authorized_keys", identity.authorized_keys(), 0o600)
    user_file(disk, ONCALL, ".ssh/authorized_keys", identity.authorized_keys())


def user_file(disk: Disk, user: str, name: str, text: str, mode: int = 0o600) -> None:
    """Write a file below the home directory of a user of the host, whose folder is that user's alone."""
    owner = disk.account(user)
    disk.write(f"/home/{user}/{name}", text, mode, owner)
    folder = (disk.upper / f"home/{user}/{name}").parent
    os.chown(folder, *owner)
    folder.chmod(0o700)


def copy_user_files(disk: Disk, region: RegionSpec, host: HostSpec, user: str) -> None:
    """The account that carries a backup from host 2 to host 1, and looks at host 1 from the appliances: its key is on
    host 2, its right on the others.
    """
    if host.number == 1:
        user_file(disk, user, ".ssh/authorized_keys", identity.public("copy_ed25519"))
        return
    user_file(disk, user, ".ssh/id_ed25519", (paths.identity() / "copy_ed25519").read_text())
    user_file(disk, user, ".ssh/known_hosts", identity.known_hosts(region))


def _boot_links(disk: Disk, host: HostSpec) -> None:
    names = {"S08iptables": "iptables", "S55ssh": "ssh", "S90cron": "cron"}
    if host.role == "ui":
        names |= {"S85httpd": "httpd", "S95evmserverd": "evmserverd"}
    for link, name in names.items():
        disk.link(f"/etc/rc3.d/{link}", f"../init.d/{name}")


def _database_files(disk: Disk, region: RegionSpec) -> None:
    layout = region.layout
    service = (paths.FILES / "database/pg-service.sh").read_text()
    disk.write(f"/etc/init.d/{layout.service}", service, 0o755)
    disk.copy_tree(paths.FILES / ("rhel6" if layout.legacy else "debian"))
    disk.write("/etc/cron.daily/pgsql-wal-archive-cleanup", _retention(region), 0o755)
    disk.write("/etc/logrotate.d/postgresql", _logrotate(region))
    disk.write("/etc/crontab", CRONTAB)
    if region.kind == "pacemaker":
        disk.copy_tree(paths.FILES / "pacemaker")


CRONTAB = """SHELL=/bin/sh
PATH=/usr/local/sbin:/usr/local/bin:/sbin:/bin:/usr/sbin:/usr/bin
25 6 * * * root cd / && run-parts /etc/cron.daily
"""


def _retention(region: RegionSpec) -> str:
    layout = region.layout
    return f"""#!/bin/sh
# Archived WAL is kept longer than replication needs, to rebuild from an older backup. Only the primary cleans up.
[ -e {layout.data}/recovery.conf ] || [ -e {layout.data}/standby.signal ] && exit 0
find {layout.archive_write}/ -maxdepth 1 -type f -mtime +{region.retention_days} -delete
"""


def _logrotate(region: RegionSpec) -> str:
    return f"{region.layout.log} {{\n    daily\n    rotate 10\n    copytruncate\n    missingok\n}}\n"
