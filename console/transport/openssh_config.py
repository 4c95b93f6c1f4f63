"""~/.ssh/config as OpenSSH itself reads it: `ssh -G`, asked once for hosts that no line of it tells apart.

paramiko's own reader keeps `Include` as an unknown key and takes every `Match tagged` for a match, so it is not used.
"""

from __future__ import annotations

import fnmatch
import getpass
import shutil
import subprocess
import threading
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from console.errors import TransportError
from console.facts.text import one_line

SYSTEM_CONFIG = Path("/etc/ssh/ssh_config")
ASK_TIMEOUT = 10.0
# Conditions that only ssh can judge, and the value with which they tell no hosts apart.
_ONLY_SSH_KNOWS = {"match": "all", "canonicalizehostname": "no"}
Group = tuple[str | bool | None, ...]
_DEEPEST_INCLUDE = 16
_DEFAULT_IDENTITIES = ("id_ed25519", "id_ecdsa", "id_rsa")


@dataclass(frozen=True, slots=True)
class OpensshConfig:
    """What OpenSSH would use for one host. Paths may not exist; `proxy_jump` is the comma-separated list as written."""

    hostname: str
    user: str
    port: int = 22
    identity_files: tuple[Path, ...] = ()
    identities_only: bool = False
    identity_agent: str | None = None
    proxy_jump: str | None = None
    proxy_command: str | None = None
    host_key_alias: str | None = None
    known_hosts: tuple[Path, ...] = ()


def without_openssh(address: str) -> OpensshConfig:
    """OpenSSH's defaults for `address`, for machines that have no `ssh` program to ask."""
    folder = Path.home() / ".ssh"
    return OpensshConfig(
        hostname=address,
        user=getpass.getuser(),
        identity_files=tuple(folder / name for name in _DEFAULT_IDENTITIES),
        known_hosts=(folder / "known_hosts", Path("/etc/ssh/ssh_known_hosts")),
    )


def parse_answer(answer: str) -> OpensshConfig:
    """Read the output of `ssh -G`: a `keyword value` a line, keywords in lower case, some repeated."""
    values: dict[str, list[str]] = {}
    for line in answer.splitlines():
        keyword, _, value = line.strip().partition(" ")
        values.setdefault(keyword.lower(), []).append(value.strip())

    def first(keyword: str) -> str | None:
        value = values.get(keyword, [""])[0]
        return None if value in ("", "none") else value

    port = first("port") or "22"
    files = [
        name for key in ("userknownhostsfile", "globalknownhostsfile") for name in values.get(key, [""])[0].split()
    ]
    return OpensshConfig(
        hostname=first("hostname") or "",
        user=first("user") or getpass.getuser(),
        port=int(port) if port.isdigit() else 22,
        identity_files=tuple(_path(name) for name in values.get("identityfile", []) if name != "none"),
        identities_only=first("identitiesonly") == "yes",
        identity_agent=values.get("identityagent", [None])[0],
        proxy_jump=first("proxyjump"),
        proxy_command=first("proxycommand"),
        host_key_alias=first("hostkeyalias"),
        known_hosts=tuple(_path(name) for name in files if name != "none"),
    )


def _path(name: str) -> Path:
    return Path(name.strip('"')).expanduser()


class OpensshConfigReader:
    """Answers for hosts, each group of indistinguishable hosts asked once. Safe to call from several threads.

    `config_file` replaces the user's and the system's files, as `ssh -F` does; `program` is None where no `ssh`
    is installed, and then OpenSSH's defaults are the answer.
    """

    def __init__(self, config_file: Path | None = None, program: str | None = "ssh") -> None:
        self._config_file = config_file
        self._program = shutil.which(program) if program else None
        self._lock = threading.Lock()
        self._lines: ConfigLines | None = None
        self._answers: dict[Group | None, OpensshConfig] = {}
        self._apart: set[Group] = set()

    @property
    def notice(self) -> str | None:
        """Why ~/.ssh/config is not honoured, or None where it is."""
        if self._program is not None:
            return None
        return (
            "the program ssh is not installed, so ~/.ssh/config is not read: the inventory and defaults alone are used"
        )

    def ask(self, name: str, address: str, user: str | None = None) -> OpensshConfig:
        """What OpenSSH would do for `ssh name`, connecting to `address`; by address where only that has a Host line.

        Raises TransportError when `ssh -G` refuses the configuration.
        """
        if self._program is None:
            return without_openssh(address)
        with self._lock:
            lines = self._lines or self._read_lines()
            argument = lines.spoken_name(name, address)
            group = lines.group(argument, user)
            if group in self._answers:
                return replace(self._answers[group], hostname=address)
            if group is not None and group not in self._apart:
                return self._ask_for_group(group, argument, address, user)
        return self._ask_program(argument, address, user)

    def _ask_for_group(self, group: Group, argument: str, address: str, user: str | None) -> OpensshConfig:
        answer = self._ask_program(argument, address, user)
        if answer.hostname == address and not _mentions(answer, argument, address):
            self._answers[group] = answer
        else:
            self._apart.add(group)
        return answer

    def _read_lines(self) -> ConfigLines:
        starts = [self._config_file] if self._config_file else [Path.home() / ".ssh/config", SYSTEM_CONFIG]
        self._lines = ConfigLines.read([path for path in starts if path])
        return self._lines

    def _ask_program(self, argument: str, address: str, user: str | None) -> OpensshConfig:
        command = [str(self._program), "-G"]
        if self._config_file:
            command += ["-F", str(self._config_file)]
        if address != argument:
            command += ["-o", "HostName=" + address.replace("%", "%%")]
        if user is not None:
            command += ["-l", user]
        try:
            done = subprocess.run(
                [*command, "--", argument],
                capture_output=True,
                stdin=subprocess.DEVNULL,
                timeout=ASK_TIMEOUT,
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise TransportError(f"ssh -G {argument}: {error}; check that `ssh -G {argument}` works") from error
        if done.returncode != 0:
            raise TransportError(
                f"ssh -G {argument} failed: {one_line(done.stderr)}; mend ~/.ssh/config until `ssh -G {argument}` works"
            )
        return parse_answer(done.stdout.decode("utf-8", "replace"))


def _mentions(answer: OpensshConfig, argument: str, address: str) -> bool:
    """Whether a value was made from the host's own name (a %h or %n), so that it holds for this host only."""
    values = [answer.user, answer.proxy_jump, answer.proxy_command, answer.host_key_alias, answer.identity_agent]
    values += [str(path) for path in answer.identity_files + answer.known_hosts]
    return any(word in value or "%" in value for value in values if value for word in (argument, address))


@dataclass(frozen=True, slots=True)
class ConfigLines:
    """What in the configuration can tell hosts apart: the patterns of each Host line.

    `single` when Match or CanonicalizeHostname is used: only `ssh` can judge those, so every host is asked alone.
    """

    patterns: tuple[tuple[str, ...], ...]
    single: bool

    @classmethod
    def read(cls, starts: Iterable[Path]) -> ConfigLines:
        """Scan the files and what they include; unreadable files have no lines."""
        patterns: list[tuple[str, ...]] = []
        single = False
        for path in starts:
            for keyword, values in _config_lines(path, path.parent, 0):
                if keyword == "host":
                    patterns.append(tuple(values))
                elif keyword in _ONLY_SSH_KNOWS:
                    single = single or values[:1] != [_ONLY_SSH_KNOWS[keyword]]
        return cls(tuple(patterns), single)

    def spoken_name(self, name: str, address: str) -> str:
        """The name to ask `ssh` with: `name`, unless only `address` has a Host line of its own."""
        return address if not self._specific(name) and self._specific(address) else name

    def group(self, argument: str, user: str | None) -> Group | None:
        """A key that is equal for hosts that get the same answer; None for a host that must be asked alone."""
        if self.single:
            return None
        return (user, *(_host_line_matches(line, argument) for line in self.patterns))

    def _specific(self, argument: str) -> bool:
        return any(line != ("*",) and _host_line_matches(line, argument) for line in self.patterns)


def _host_line_matches(patterns: tuple[str, ...], argument: str) -> bool:
    """ssh_config(5), PATTERNS: any may match, and a matching negated one wins."""
    name = argument.lower()
    matched = False
    for pattern in patterns:
        if fnmatch.fnmatchcase(name, pattern.lstrip("!").lower().replace("[", "[[]")):
            if pattern.startswith("!"):
                return False
            matched = True
    return matched


def _config_lines(path: Path, folder: Path, depth: int) -> Iterator[tuple[str, list[str]]]:
    """Each `keyword values` of a file and of the files it includes (relative ones lie in `folder`)."""
    try:
        text = path.read_text("utf-8", "replace")
    except OSError:
        return
    for line in text.splitlines():
        words = line.strip().replace("=", " ", 1).replace('"', " ").split()
        if not words or words[0].startswith("#"):
            continue
        keyword = words[0].lower()
        if keyword == "include" and depth < _DEEPEST_INCLUDE:
            yield from _included(words[1:], folder, depth)
        else:
            yield keyword, words[1:]


def _included(names: list[str], folder: Path, depth: int) -> Iterator[tuple[str, list[str]]]:
    for name in names:
        start = Path(name).expanduser()
        root, pattern = (Path("/"), str(start)[1:]) if start.is_absolute() else (folder, name)
        # ssh(1) looks for relative includes of a user's file in ~/.ssh, also when -F named the file.
        for base in {root, Path.home() / ".ssh"} if not start.is_absolute() else {root}:
            for path in sorted(base.glob(pattern)):
                yield from _config_lines(path, folder, depth + 1)


def jumps(proxy_jump: str | None) -> tuple[str, ...]:
    """The hops of a ProxyJump value, nearest to the console first."""
    return tuple(hop.strip() for hop in (proxy_jump or "").split(",") if hop.strip())


def parse_jump(hop: str) -> tuple[str | None, str, int | None]:
    """`[user@]host[:port]` or `ssh://[user@]host[:port]`, IPv6 in brackets, as (user, host, port)."""
    rest = hop.removeprefix("ssh://").rstrip("/")
    user, at, place = rest.rpartition("@")
    if place.startswith("["):
        host, _, tail = place[1:].partition("]")
        port = tail.removeprefix(":")
    elif place.count(":") == 1:
        host, _, port = place.partition(":")
    else:
        host, port = place, ""
    return (user if at else None), host, int(port) if port.isdigit() else None


def environment_agent(config: OpensshConfig, environ: Mapping[str, str]) -> str | None:
    """The agent's socket: IdentityAgent when set (`none` forbids any), else SSH_AUTH_SOCK."""
    named = config.identity_agent
    if named in (None, "", "SSH_AUTH_SOCK"):
        return environ.get("SSH_AUTH_SOCK") or None
    if named == "none":
        return None
    assert named is not None
    return environ.get(named[1:].strip("{}")) if named.startswith("$") else str(Path(named).expanduser())
