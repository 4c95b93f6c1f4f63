"""A database host under a folder: the scripts with every absolute path of theirs below it, its database, its firewall.

Nothing in the scripts knows of tests. What needs root or a network (iptables, service, hostname, chkconfig, ping, ssh)
is a small program in the folder's bin; sh, cp, dd, flock, psql, pg_ctl and the servers are the real ones.
"""

from __future__ import annotations

import re
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from os import kill
from pathlib import Path

from console.hostscripts.catalogue import files_for
from tests.hostscripts import user

REPOSITORY = Path(__file__).resolve().parents[2]
OLD_SCRIPTS = REPOSITORY / "tests/lab/files/old-scripts"
FAKE_IPTABLES = REPOSITORY / "tests/hostscripts/fake_iptables.sh"
ABSOLUTE = re.compile(
    r"(?<![\w.$}/])/(usr/libexec|usr/bin/pgsql-|etc/sysconfig|var/log|var/run|tmp)(?=[/\s\"'a-z]|$)", re.M
)
ALLOW = "-A INPUT -p tcp -m tcp --dport {port} -j ACCEPT"
ADDRESSES = {1: "127.0.0.1", 2: "127.0.0.2"}
FIRST, SECOND = ADDRESSES[1], ADDRESSES[2]

SERVICE = """#!/bin/sh
echo "service $*" >>{root}/calls
running() {{ {binaries}/pg_ctl -D {data} status >/dev/null 2>&1; }}
case $2 in
start) running || {binaries}/pg_ctl -D {data} -w -t 20 -l {root}/server.log start >/dev/null 2>&1 ;;
stop) ! running || {binaries}/pg_ctl -D {data} -m fast -w -t 20 stop >/dev/null 2>&1 ;;
restart) {binaries}/pg_ctl -D {data} -m fast -w -t 20 -l {root}/server.log restart >/dev/null 2>&1 ;;
status) running ;;
esac
"""
IPTABLES = """#!/bin/sh
exec sh {root}/bin/fake_iptables.sh {root}/rules.{family} "${{0##*/}}" "$@"
"""
RECORD = """#!/bin/sh
echo "${{0##*/}} $*" >>{root}/calls
"""
# What the scripts carry to /tmp of host 1 lies in `arrived`; the network between them is whole unless `cut` is there.
CARRY = """#!/bin/sh
echo "${{0##*/}} $*" >>{root}/calls
[ ! -e {root}/cut ] || exit 255
for word; do last=$word; done
case ${{0##*/}} in
ssh) exec sh -c "$(echo "$last" | sed 's|{root}/tmp|{root}/arrived|g')" ;;
scp)
    for word; do case $word in -* | *=* | "$last") ;; *) from=$word ;; esac; done
    cp -p "$from" "$(echo "$last" | sed 's/^[^:]*://; s|/$|/'"${{from##*/}}"'|; s|{root}/tmp|{root}/arrived|')"
    ;;
esac
"""


class ScriptHost:
    """Host `number` (1 or 2) in `root`, with a database in `home`/data on `port` of its own loopback address."""

    def __init__(self, root: Path, number: int, port: int, binaries: Path, *, old: bool = False) -> None:
        self.root, self.number, self.port, self.binaries = root, number, port, binaries
        self.address = ADDRESSES[number]
        self.home = root / "home"
        self.data = self.home / "data"
        self.settings: dict[str, str] = {}
        self.shell: tuple[str, ...] = ("sh",)
        for folder in ("bin", "home", "var/run", "var/log", "etc/sysconfig", "tmp", "arrived", "usr/bin"):
            (root / folder).mkdir(parents=True)
        self._install_scripts(old)
        self._install_programs()
        (self.home / ".pgpass").write_text("*:*:*:*:secret\n")
        (self.home / ".pgpass").chmod(0o600)
        self.configure()
        user.give(root)

    # --- what is installed ---------------------------------------------------------------------------------------

    def _install_scripts(self, old: bool) -> None:
        if old:
            texts = {path.relative_to(OLD_SCRIPTS): path.read_text() for path in _files_below(OLD_SCRIPTS)}
            files = {f"/{path}": text.replace("5432", str(self.port)) for path, text in texts.items()}
        else:
            number = 1 if self.number == 1 else 2
            files = {file.path: file.text for file in files_for(number, "sysv") if file.path.startswith("/usr/")}
        for path, text in files.items():
            target = self.root / path.lstrip("/")
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(self.moved(text))
            target.chmod(0o755)

    def moved(self, text: str) -> str:
        """A script's text with its absolute paths below this host's root."""
        return ABSOLUTE.sub(lambda match: f"{self.root}{match[0]}", text.replace("/run/postgresql", str(self.root)))

    def _install_programs(self) -> None:
        values = {"root": self.root, "data": self.data, "binaries": self.binaries}
        self.program("fake_iptables.sh", FAKE_IPTABLES.read_text())
        for name in ("iptables", "iptables-restore", "ip6tables", "ip6tables-restore"):
            family = name.removesuffix("-restore")
            self.program(name, IPTABLES.format(family=family, **values))
        self.program("service", SERVICE.format(**values))
        self.program("hostname", f"#!/bin/sh\necho {self.address}\n")
        self.program("runuser", '#!/bin/sh\nwhile [ "$1" != -- ]; do shift; done\nshift\nexec "$@"\n')
        self.program("chkconfig", RECORD.format(root=self.root))
        self.program("ping", "#!/bin/sh\nexit 1\n")
        for name in ("ssh", "scp"):
            self.program(name, CARRY.format(root=self.root))

    def program(self, name: str, text: str) -> None:
        """Put a program into this host's bin, before the machine's own one of that name."""
        path = self.root / "bin" / name
        path.write_text(text)
        path.chmod(0o755)
        user.give(path)

    def configure(self, **changed: str) -> None:
        """Write the settings file anew, with these keys changed."""
        self.settings |= changed
        values = {
            "PRIMARY_HOST": FIRST,
            "STANDBY_HOST": SECOND,
            "PGSQL_SQL_USER": "cloudforms",
            "PGSQL_SSH_USER": user.NAME,
            "MAX_PRIMARY_FAILCOUNT": "2",
            "PGSQL_HOME": str(self.home),
            "PGSQL_DATA": str(self.data),
            "PGSQL_BIN": str(self.binaries),
            "PGSQL_BIN_CLIENT": str(self.binaries),
            "PGSQL_SERVICE": "postgresql",
            "PGSQL_USER_HOME": str(self.home),
            "PGSQL_OS_USER": user.NAME,
            "PGSQL_PORT": str(self.port),
            "STREAMING_SECONDS": "15",
            "PGSQL_TRANSFER": str(self.root / "tmp"),
        } | self.settings
        text = "".join(f"{key}='{value}'\n" for key, value in values.items())
        user.give(self._write("etc/sysconfig/pgsql-replication", text))

    def _write(self, path: str, text: str) -> Path:
        (self.root / path).write_text(text)
        return self.root / path

    # --- running -------------------------------------------------------------------------------------------------

    @property
    def environment(self) -> dict[str, str]:
        path = f"{self.root}/bin:{self.root}/usr/bin:{self.binaries}:/usr/sbin:/usr/bin:/sbin:/bin"
        return {"PATH": path, "PGPORT": str(self.port), "HOME": str(self.home)}

    def words(self, name: str, *arguments: str) -> list[str]:
        return [*self.shell, f"{self.root}/usr/bin/{name}", *arguments]

    def run(
        self, name: str, *arguments: str, timeout: float = 60, **environment: str
    ) -> subprocess.CompletedProcess[str]:
        """Run a script to its end; TimeoutExpired where it does not come."""
        words = user.command(self.words(name, *arguments), self.environment | environment)
        with subprocess.Popen(
            words,
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        ) as process:
            try:
                out, err = process.communicate(timeout=timeout)
            except subprocess.TimeoutExpired:
                self.end_session(process)
                raise
        return subprocess.CompletedProcess(words, process.returncode, out, err)

    @contextmanager
    def running(self, name: str, *arguments: str, **environment: str) -> Iterator[subprocess.Popen[bytes]]:
        """A script in the background, ended with all it has started."""
        words = user.command(self.words(name, *arguments), self.environment | environment)
        quiet = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        process = subprocess.Popen(words, cwd="/", start_new_session=True, **quiet)  # type: ignore[call-overload]
        try:
            yield process
        finally:
            self.end_session(process)
            process.wait(10)

    @staticmethod
    def end_session(process: subprocess.Popen[bytes] | subprocess.Popen[str]) -> None:
        """SIGTERM for everything in the session that was started with it, but servers have sessions of their own."""
        subprocess.run(["pkill", "-TERM", "-s", str(process.pid)], check=False)
        time.sleep(0.2)
        subprocess.run(["pkill", "-KILL", "-s", str(process.pid)], check=False)

    # --- what can be seen ----------------------------------------------------------------------------------------

    def log(self, name: str) -> str:
        path = self.root / f"var/log/{name}.log"
        return path.read_text() if path.exists() else ""

    @property
    def counter(self) -> int | None:
        path = self.home / "primary-failcount"
        return int(path.read_text()) if path.exists() else None

    def count(self, failures: int) -> None:
        user.give(self._write("home/primary-failcount", f"{failures}\n"))

    @property
    def rules(self) -> list[str]:
        path = self.root / "rules.iptables"
        return path.read_text().splitlines() if path.exists() else ["-P INPUT ACCEPT"]

    @rules.setter
    def rules(self, rules: list[str]) -> None:
        user.give(self._write("rules.iptables", "\n".join(["-P INPUT ACCEPT", *rules]) + "\n"))

    @property
    def allow(self) -> str:
        return ALLOW.format(port=self.port)

    @property
    def jump(self) -> str:
        return f"-A INPUT -p tcp -m tcp --dport {self.port} -j pgsql-replication"

    @property
    def calls(self) -> list[str]:
        path = self.root / "calls"
        return path.read_text().splitlines() if path.exists() else []

    # --- its database --------------------------------------------------------------------------------------------

    def pg(self, program: str, *arguments: str, timeout: float = 60) -> str:
        done = user.run([self.binaries / program, *arguments], self.environment, timeout)
        if done.returncode:
            raise RuntimeError(f"{program}: {done.stdout} {done.stderr}")
        return done.stdout.strip()

    def start(self) -> None:
        self.pg("pg_ctl", "-D", str(self.data), "-w", "-t", "30", "-l", str(self.root / "server.log"), "start")

    def stop(self) -> None:
        user.run([self.binaries / "pg_ctl", "-D", self.data, "-m", "immediate", "-w", "stop"], self.environment)

    @property
    def is_up(self) -> bool:
        done = user.run([self.binaries / "pg_ctl", "-D", self.data, "status"], self.environment)
        return done.returncode == 0

    def sql(self, text: str) -> str:
        place = ("-h", str(self.root), "-p", str(self.port), "-d", "vmdb_production")
        return self.pg("psql", "-XAtq", "-v", "ON_ERROR_STOP=1", *place, "-c", text)

    @property
    def role(self) -> str:
        return {"t": "standby", "f": "primary"}[self.sql("select pg_is_in_recovery()")]

    @property
    def postmaster(self) -> int:
        return int((self.data / "postmaster.pid").read_text().split()[0])

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """The postmaster hangs (SIGSTOP): its port still accepts, nobody answers."""
        pid = self.postmaster
        kill(pid, signal.SIGSTOP)
        try:
            yield
        finally:
            with suppress(ProcessLookupError):
                kill(pid, signal.SIGCONT)


def _files_below(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())
