"""Faults of a host's login, shell and disks: what it prints instead of a report, and what it has no room for."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from tests.lab.fleet import Lab
from tests.lab.shell import run
from tests.lab.spec import ONCALL, HostSpec

SHELL = "/usr/local/bin/strange-shell"

PRINTS_BINARY = "head -c 4000 /dev/urandom; exit 1\n"
PRINTS_100_MEGABYTES = "yes 'no report' | head -c 100000000\n"
# Whatever the login runs, its output ends after 800 bytes: the shell answers, and its report breaks off.
ENDS_EARLY = '/bin/sh -c "$2" | dd bs=1 count=800 status=none\n'
PRINTS_CONTROL_SEQUENCES = "printf '\\033[2J\\033]0;title\\007[bold red]no[/] shell \\200\\n'; exit 1\n"
GREETS_WITH_CONTROL_SEQUENCES = "printf '\\033[2J\\033]0;title\\007[bold red]welcome[/]\\n'; exec /bin/sh \"$@\"\n"


@contextmanager
def login_shell(lab: Lab, host: str, text: str) -> Iterator[HostSpec]:
    """The operator's login shell is another program (H04): `text` is a script, called with -c and the command."""
    found = lab.host(host)
    before = lab.sh(found, f"getent passwd {ONCALL} | cut -d: -f7").stdout.strip()
    lab.sh(found, f"cat >{SHELL} <<'SCRIPT'\n#!/bin/sh\n{text}SCRIPT\nchmod 755 {SHELL} && usermod -s {SHELL} {ONCALL}")
    try:
        yield found
    finally:
        lab.sh(found, f"usermod -s {before} {ONCALL} && rm {SHELL}")


@contextmanager
def command_floods(lab: Lab, host: str, command: str) -> Iterator[HostSpec]:
    """A command of the host prints 100 MB (H04): the probe takes a bounded part of it."""
    found = lab.host(host)
    place = lab.sh(found, f"command -v {command}").stdout.strip()
    flood = "#!/bin/sh\nyes '/dev/x 1 1 1 1% and no end' | head -c 100000000\n"
    lab.sh(found, f"mv {place} /root/original && cat >{place} <<'SCRIPT'\n{flood}SCRIPT\nchmod 755 {place}")
    try:
        yield found
    finally:
        lab.sh(found, f"mv /root/original {place}")


@contextmanager
def disk_full(lab: Lab, host: str) -> Iterator[HostSpec]:
    """/tmp, a file system of its own, has no byte left (H05); a probe that needs room there would fail."""
    found = lab.host(host)
    lab.sh(found, "mount -t tmpfs -o size=1m,mode=1777 tmpfs /tmp && dd if=/dev/zero of=/tmp/full 2>/dev/null; true")
    try:
        yield found
    finally:
        lab.sh(found, "umount /tmp")


EVM_LOG = "/var/www/miq/vmdb/log/evm.log"


def freeze_workers(lab: Lab, region: str, edit: str) -> tuple[HostSpec, ...]:
    """Stop the workers of a region's appliances (SIGSTOP), so that evm.log stays as the shell words `edit` make it."""
    appliances = lab.region(region).appliances
    for host in appliances:
        lab.sh(host, f"kill -STOP $(cat /run/evmserverd.pid) && cp -p {EVM_LOG} /root/evm.log && {edit}")
    return appliances


def thaw_workers(lab: Lab, appliances: tuple[HostSpec, ...]) -> None:
    """Give them back the log that they had, and start them anew: each writes a status line at once."""
    for host in appliances:
        lab.sh(host, "kill -CONT $(cat /run/evmserverd.pid) && service evmserverd stop")
        lab.sh(host, f"cp -p /root/evm.log {EVM_LOG} && rm /root/evm.log && service evmserverd start")


def tell_no_backlog(lab: Lab, region: str) -> tuple[HostSpec, ...]:
    """No `Replication Status` in the logs of both appliances any more: the workers live, and tell no backlog."""
    return freeze_workers(lab, region, f"sed -i '/Replication Status/d' {EVM_LOG}")


@contextmanager
def no_backlog_told(lab: Lab, region: str) -> Iterator[tuple[HostSpec, ...]]:
    """`tell_no_backlog`, undone afterwards: only the database itself can tell the backlog."""
    appliances = tell_no_backlog(lab, region)
    try:
        yield appliances
    finally:
        thaw_workers(lab, appliances)


@contextmanager
def worker_hangs(lab: Lab, region: str) -> Iterator[tuple[HostSpec, ...]]:
    """The workers of both appliances hang (SIGSTOP), and said their last word ten minutes ago (U03)."""
    age = f"then=$(date -d '-10 min' +%Y-%m-%dT%H:%M:%S) && sed -i \"s/ \\[[0-9T:-]*\\./ [$then./\" {EVM_LOG}"
    appliances = freeze_workers(lab, region, age)
    try:
        yield appliances
    finally:
        thaw_workers(lab, appliances)


def fingerprint(lab: Lab, host: str | HostSpec, kind: str = "ed25519") -> str:
    """The SHA256 fingerprint of the key that the host's sshd has now, as ssh-keygen prints it there."""
    return lab.sh(host, f"ssh-keygen -l -f /etc/ssh/ssh_host_{kind}_key.pub").stdout.split()[1]


def known_fingerprint(lab: Lab, host: HostSpec) -> str:
    """The fingerprint that the workstation's known_hosts has for the host, as ssh-keygen prints it."""
    shown = run(["ssh-keygen", "-l", "-f", str(lab.known_hosts), "-F", host.address]).stdout
    return next(word for word in shown.split() if word.startswith("SHA256:"))
