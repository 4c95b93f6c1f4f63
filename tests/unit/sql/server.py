"""A real PostgreSQL server in a temporary directory, started without root's rights (runuser where we are root)."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from console.inventory.fleet import PostgresqlSettings

PASSWORD = "a:b\\c secret"
UNPRIVILEGED = "nobody"
SETTINGS = PostgresqlSettings(
    profile="debian",
    home="",
    data="",
    tmp="",
    log="",
    command_prefix="",
    service="",
    os_user="",
    port=0,
    database="vmdb_production",
    sql_user="cloudforms",
    replication_user="replicator",
    pgpass="",
)


def settings(port: int, *, database: str = SETTINGS.database, sql_user: str = SETTINGS.sql_user) -> PostgresqlSettings:
    return replace(SETTINGS, port=port, database=database, sql_user=sql_user)


def binaries() -> Path | None:
    """Where initdb and pg_ctl are; None where PostgreSQL's server is not installed."""
    found = shutil.which("initdb")
    places = [Path(found).resolve().parent] if found else []
    places += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True) + sorted(Path("/usr").glob("pgsql-*/bin"))
    return next((place for place in places if (place / "initdb").exists() and (place / "pg_ctl").exists()), None)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


@contextmanager
def owned_directory() -> Iterator[Path]:
    """A directory that the server's user owns and can reach."""
    directory = Path(tempfile.mkdtemp(prefix="vmdb-sql-"))
    if os.geteuid() == 0:
        shutil.chown(directory, UNPRIVILEGED)
    try:
        yield directory
    finally:
        shutil.rmtree(directory, ignore_errors=True)


class Server:
    """One server: `data` below `base`, on 127.0.0.1:`port`, superuser `admin` through its socket in `base`."""

    def __init__(self, bin_directory: Path, base: Path, name: str) -> None:
        self.bin, self.base, self.name = bin_directory, base, name
        self.data = base / name
        self.port = free_port()

    def initialise(self) -> None:
        self.run(
            "initdb",
            "-D",
            self.data,
            "-U",
            "admin",
            "-A",
            "trust",
            "--no-sync",
            "--wal-segsize=1",
            "--locale=C",
            "-E",
            "UTF8",
        )
        lines = ("local all all trust", "local replication all trust", "host all all 127.0.0.1/32 scram-sha-256")
        self.write("pg_hba.conf", "\n".join(lines) + "\n")

    def copy_of(self, primary: Server) -> None:
        place = ("-h", self.base, "-p", str(primary.port))
        self.run("pg_basebackup", "-D", self.data, "-U", "admin", "-R", "-c", "fast", "--no-sync", *place)

    def start(self, *, wait: bool = True, **options: str) -> None:
        options = {
            "port": str(self.port),
            "listen_addresses": "127.0.0.1",
            "unix_socket_directories": str(self.base),
            "fsync": "off",
            "shared_buffers": "1MB",
            **options,
        }
        words = " ".join(f"-c {key}={value}" for key, value in options.items())
        log = self.base / f"{self.name}.log"
        self.run("pg_ctl", "-D", self.data, "-l", log, "-o", words, "-t", "30", "-w" if wait else "-W", "start")

    def stop(self) -> None:
        self.run("pg_ctl", "-D", self.data, "-m", "immediate", "-w", "stop", check=False)

    def sql(self, text: str, database: str = "postgres") -> str:
        place = ("-h", self.base, "-p", str(self.port), "-U", "admin", "-d", database)
        return self.run("psql", "-XAtq", "-v", "ON_ERROR_STOP=1", *place, "-c", text)

    def write(self, name: str, text: str) -> None:
        (self.data / name).write_text(text)

    def log(self) -> str:
        return (self.base / f"{self.name}.log").read_text()

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """The postmaster stopped with SIGSTOP: its socket still accepts TCP, nobody answers."""
        postmaster = int((self.data / "postmaster.pid").read_text().split()[0])
        os.kill(postmaster, signal.SIGSTOP)
        try:
            yield
        finally:
            os.kill(postmaster, signal.SIGCONT)

    def run(self, program: str, *arguments: object, check: bool = True) -> str:
        command = [str(self.bin / program), *map(str, arguments)]
        if os.geteuid() == 0:
            command = ["runuser", "-u", UNPRIVILEGED, "--", *command]
        environment = {"PATH": os.environ["PATH"], "LC_ALL": "C"}
        done = subprocess.run(
            command, cwd="/", env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60
        )
        if check and done.returncode:
            raise RuntimeError(f"{program} failed ({done.returncode}): {done.stdout} {done.stderr}")
        return done.stdout.strip()
