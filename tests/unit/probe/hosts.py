"""A host in a temporary folder: the real program, run by real shells with this machine's real tools."""

from __future__ import annotations

import os
import pwd
import shlex
import shutil
import subprocess
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

from console.facts.host import HostFacts
from console.inventory.fleet import (
    Archive,
    Host,
    HostKind,
    PostgresqlSettings,
    Region,
    RegionKind,
    Scripts,
    SshSettings,
    UiSettings,
)
from console.probe.frame import Frame, parse_frame
from console.probe.observe import observe
from console.probe.program import program_for
from console.transport.protocol import Reply

NONCE = "5ca1ab1e"
SHELLS = [name for name in ("dash", "bash") if shutil.which(name)]
AS_NOBODY = ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups"]
can_become_nobody = os.geteuid() == 0 and shutil.which("setpriv") is not None


@dataclass
class TemporaryHost:
    """A database host whose files lie below `root`; its database user is whoever runs the tests, unless told."""

    root: Path
    os_user: str = pwd.getpwuid(os.geteuid()).pw_name
    port: int = 5432
    socket: str = ""
    binaries: str = ""
    command_prefix: str = ""
    kind: HostKind = HostKind.DATABASE
    region_kind: RegionKind = RegionKind.SCRIPTED
    ui: UiSettings = field(default_factory=UiSettings)
    path: str = os.environ.get("PATH", "/usr/bin:/bin")
    more: str = ""
    """Shell lines behind the program's text: other settings for this host."""

    @property
    def host(self) -> Host:
        settings = PostgresqlSettings(
            profile="debian",
            home=str(self.root),
            data=str(self.root / "data"),
            tmp=str(self.root / "tmp"),
            log=str(self.root / "server.log"),
            command_prefix=self.command_prefix,
            service="postgresql",
            os_user=self.os_user,
            port=self.port,
            database="vmdb_production",
            sql_user="cloudforms",
            replication_user="replicator",
            pgpass=str(self.root / ".pgpass"),
            bin=self.binaries,
            socket=self.socket,
        )
        database = settings if self.kind is HostKind.DATABASE else None
        return Host("db1", "127.0.0.1", "global", self.kind, 1, SshSettings(), database, "db1")

    @property
    def region(self) -> Region:
        archive = Archive(str(self.root / "archive-write"), str(self.root / "archive-read"))
        scripts = Scripts(config=str(self.root / "pgsql-replication"))
        other = replace(self.host, name="db2", ordinal=2)
        return Region(
            "global", self.region_kind, (self.host, other), None, archive, scripts=scripts, ui=self.ui, number=1
        )

    def text(self) -> str:
        region = self.region
        places = f"VMDB_STATE={shlex.quote(str(self.root / 'state'))}"
        return f"{program_for(region, self.host).text}{places}\n{self.more}\n"

    def ask(
        self, *sections: str, shell: str = "dash", deadline: int = 8, argv: tuple[str, ...] = (), before: str = ""
    ) -> bytes:
        """One poll's whole report, as the transport gets it. `before` are shell lines ahead of the poll."""
        lines = [self.text(), f"VMDB_NONCE={NONCE}", before, f"vmdb_probe 7 {deadline} {' '.join(sections)}", ""]
        done = subprocess.run(
            [*argv, shutil.which(shell) or shell, "-s"],
            input="\n".join(lines).encode(),
            capture_output=True,
            timeout=60,
            check=False,
            env={"PATH": self.path, "HOME": "/nonexistent"},
        )
        assert done.stderr == b"", done.stderr.decode()
        return done.stdout

    def frame(self, *sections: str, shell: str = "dash", deadline: int = 8, argv: tuple[str, ...] = ()) -> Frame:
        return parse_frame(self.ask(*sections, shell=shell, deadline=deadline, argv=argv))

    def facts(self, *sections: str, shell: str = "dash", argv: tuple[str, ...] = ()) -> HostFacts:
        sent = datetime.now(UTC)
        report = self.ask(*sections, shell=shell, argv=argv)
        reply = Reply("db1", sections, sent, datetime.now(UTC), report)
        return observe(HostFacts("db1", "global"), self.host, self.region, reply)

    def let_others_in(self) -> None:
        """Let every user come as far as `root`: pytest keeps its folders to who runs it."""
        way = (self.root, *self.root.parents)
        top = next((path for path in way if path.name.startswith("pytest-of-")), self.root)
        for path in way[: way.index(top) + 1]:
            path.chmod(0o755)

    def tool(self, name: str, script: str) -> None:
        """A program that comes first in PATH on this host."""
        folder = self.root / "tools"
        folder.mkdir(exist_ok=True)
        (folder / name).write_text(f"#!/bin/sh\n{script}\n")
        (folder / name).chmod(0o755)
        if not self.path.startswith(str(folder)):
            self.path = f"{folder}:{self.path}"
