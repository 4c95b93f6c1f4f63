"""Where and as whom to connect: an inventory host and OpenSSH's configuration made into one value."""

from __future__ import annotations

import getpass
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from console.inventory.fleet import Become, Host
from console.transport.known_hosts import lookup_name
from console.transport.openssh_config import OpensshConfig, environment_agent, jumps

# `ssh -G` names these where the configuration names none, so they are tried only if they exist.
_DEFAULT_IDENTITY_NAMES = frozenset(
    {"id_rsa", "id_ecdsa", "id_ecdsa_sk", "id_ed25519", "id_ed25519_sk", "id_xmss", "id_dsa"}
)


@dataclass(frozen=True, slots=True)
class Login:
    """As whom to log in: `files` are offered before the agent when `explicit`; `agent` is its socket or None."""

    user: str
    files: tuple[Path, ...]
    explicit: bool
    only: bool
    agent: str | None


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One sshd: its address, how known_hosts may call it, who logs in, and through which hops.

    `known_hosts` are files in the order to read; the first is where a newly accepted key is written.
    """

    name: str
    address: str
    port: int
    login: Login
    key_names: tuple[str, ...]
    known_hosts: tuple[Path, ...]
    jumps: tuple[str, ...] = ()
    proxy_command: str | None = None
    legacy: bool = False
    accept_new: bool = False
    become: Become = Become.NONE
    connect_timeout: float = 5.0

    @property
    def place(self) -> str:
        """`address:port` for messages."""
        return f"[{self.address}]:{self.port}" if ":" in self.address else f"{self.address}:{self.port}"


def endpoint(host: Host, config: OpensshConfig, environ: Mapping[str, str]) -> Endpoint:
    """The endpoint of an inventory host; what the inventory says goes before what `config` says."""
    ssh = host.ssh
    port = ssh.port or config.port
    named = host.address != host.name
    address = host.address if named else config.hostname or host.address
    login = _login(config, environ, ssh.user, ssh.identity_file)
    names: tuple[str, ...] = (lookup_name(address, port), lookup_name(host.name, port))
    if config.host_key_alias:
        names = (config.host_key_alias.lower(),)
    return Endpoint(
        name=host.name,
        address=address,
        port=port,
        login=_expanded(login, host.name, address, port),
        key_names=tuple(dict.fromkeys(names)),
        known_hosts=(ssh.known_hosts.expanduser(),) if ssh.known_hosts else config.known_hosts,
        jumps=jumps(config.proxy_jump),
        proxy_command=config.proxy_command,
        legacy=ssh.legacy,
        accept_new=ssh.accept_new,
        become=ssh.become,
        connect_timeout=ssh.connect_timeout,
    )


def bastion_endpoint(
    hop: tuple[str | None, str, int | None], config: OpensshConfig, environ: Mapping[str, str], target: Endpoint
) -> Endpoint:
    """The endpoint of one ProxyJump hop on the way to `target`, whose known_hosts files it shares."""
    user, host, port_given = hop
    port = port_given or config.port
    address = config.hostname or host
    names = (config.host_key_alias.lower(),) if config.host_key_alias else (lookup_name(address, port),)
    return Endpoint(
        name=host,
        address=address,
        port=port,
        login=_expanded(_login(config, environ, user, None), host, address, port),
        key_names=names,
        known_hosts=tuple(dict.fromkeys(config.known_hosts + target.known_hosts)),
        jumps=jumps(config.proxy_jump),
        connect_timeout=target.connect_timeout,
    )


def _login(config: OpensshConfig, environ: Mapping[str, str], user: str | None, identity: Path | None) -> Login:
    files = (identity.expanduser(),) if identity else config.identity_files
    explicit = identity is not None or any(path.name not in _DEFAULT_IDENTITY_NAMES for path in files)
    return Login(user or config.user, files, explicit, config.identities_only, environment_agent(config, environ))


def _expanded(login: Login, name: str, address: str, port: int) -> Login:
    """The tokens of ssh_config(5) that IdentityFile may hold, filled in."""
    if not any("%" in str(path) for path in login.files):
        return login
    tokens = {"%%": "%", "%d": str(Path.home()), "%h": address, "%n": name, "%p": str(port), "%r": login.user}
    tokens["%u"] = getpass.getuser()
    files = tuple(Path(_fill(str(path), tokens)) for path in login.files)
    return Login(login.user, files, login.explicit, login.only, login.agent)


def _fill(text: str, tokens: Mapping[str, str]) -> str:
    parts, rest = [], text
    while "%" in rest:
        before, _, after = rest.partition("%")
        parts += [before, tokens.get("%" + after[:1], "%" + after[:1])]
        rest = after[1:]
    return "".join(parts) + rest
