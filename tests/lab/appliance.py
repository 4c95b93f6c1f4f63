"""UI appliances: a web server with /ping, the workers' log, and the files that the console reads."""

from __future__ import annotations

from tests.lab import install, machine, postgres
from tests.lab.spec import HostSpec, RegionSpec

VMDB = "/var/www/miq/vmdb"


def install_files(disk: install.Disk, region: RegionSpec) -> None:
    """The region's number, as ManageIQ keeps it."""
    disk.write(f"{VMDB}/REGION", f"{region.number}\n")


def create(host: HostSpec) -> None:
    """Certificate, log folders, the name `httpd`, and the password for the database."""
    machine.sh(
        host,
        f"""set -e
    mkdir -p {VMDB}/log/apache
    ln -sf /usr/sbin/apache2 /usr/sbin/httpd
    openssl req -x509 -newkey rsa:2048 -nodes -days 3650 -subj /CN={host.name} \\
        -keyout /etc/httpd/conf/server.key -out /etc/httpd/conf/server.crt 2>/dev/null
    chmod 600 /etc/httpd/conf/server.key""",
    )
    postgres.write_pgpass(host, "/root/.pgpass", "root")
