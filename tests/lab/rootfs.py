"""The root file system that all hosts share, built by debootstrap from this machine's own package sources."""

from __future__ import annotations

import os
import re
import shutil
from dataclasses import dataclass
from pathlib import Path

from tests.lab import paths
from tests.lab.shell import LabError, run, say

PACKAGES = (
    *("openssh-server", "openssh-client", "openssl", "iproute2", "iptables", "iputils-ping", "procps", "sudo"),
    *("tini", "cron", "logrotate", "perl", "postgresql", "apache2"),
    *("pacemaker", "corosync", "pcs", "resource-agents", "pacemaker-cli-utils"),
)
TOOLS = {"debootstrap": "debootstrap", "ip": "iproute2", "iptables": "iptables", "unshare": "util-linux"}


@dataclass(frozen=True, slots=True)
class AptSource:
    """The distribution's own archive, as this machine's apt knows it."""

    mirror: str
    suite: str
    keyring: str | None


def machine_source() -> AptSource:
    """The first binary source of this machine's apt for its own release; LabError where there is none."""
    release = _os_release()
    codename = release.get("VERSION_CODENAME", "")
    for source in _deb822_sources() + _one_line_sources():
        if source.suite == codename:
            return source
    raise LabError(f"no apt source for {codename or 'this release'} in sources.list or sources.list.d: add one")


def _os_release() -> dict[str, str]:
    lines = Path("/etc/os-release").read_text().splitlines()
    return {key: value.strip('"') for key, _, value in (line.partition("=") for line in lines)}


def _deb822_sources() -> list[AptSource]:
    found = []
    for file in sorted(Path("/etc/apt/sources.list.d").glob("*.sources")):
        for stanza in re.split(r"\n\s*\n", file.read_text()):
            fields = dict(re.findall(r"(?m)^([A-Za-z-]+):[ \t]*(.*)$", stanza))
            if "deb" not in fields.get("Types", "").split():
                continue
            keyring = fields.get("Signed-By", "").strip()
            for uri in fields.get("URIs", "").split():
                keyfile = keyring if keyring.startswith("/") else None
                found += [AptSource(uri, suite, keyfile) for suite in fields.get("Suites", "").split()]
    return found


def _one_line_sources() -> list[AptSource]:
    found = []
    for file in [Path("/etc/apt/sources.list"), *sorted(Path("/etc/apt/sources.list.d").glob("*.list"))]:
        text = file.read_text() if file.exists() else ""
        for match in re.finditer(r"(?m)^deb\s+(?:\[[^]]*]\s+)?(\S+)\s+(\S+)", text):
            found.append(AptSource(match[1], match[2], None))
    return found


def recipe() -> str:
    """The hash that names the root file system."""
    source = machine_source()
    return paths.recipe_hash(source.suite, *sorted(PACKAGES), SHAPE, CRM_ATTRIBUTE)


def location() -> Path:
    """Where the root file system of this recipe lies, built or not."""
    return paths.cache() / f"root-{recipe()}"


def postgresql_major() -> int:
    """The major version of the distribution's PostgreSQL in the built root file system."""
    versions = [int(path.name) for path in (location() / "usr/lib/postgresql").iterdir() if path.name.isdigit()]
    return max(versions)


def build() -> Path:
    """Build the root file system unless it is there; its path."""
    target = location()
    if target.exists():
        return target
    _install_tools()
    working = target.with_suffix(".building")
    shutil.rmtree(working, ignore_errors=True)
    working.parent.mkdir(parents=True, exist_ok=True)
    say(f"building the root file system in {target} (a minute or two)")
    _bootstrap(working)
    _install_packages(working)
    _shape(working)
    for outdated in target.parent.glob("root-*"):
        if outdated != working:
            shutil.rmtree(outdated)
    working.rename(target)
    return target


def _install_tools() -> None:
    missing = [package for tool, package in TOOLS.items() if shutil.which(tool) is None]
    if missing:
        run(["apt-get", "update"], timeout=300)
        run(["apt-get", "install", "-y", "--no-install-recommends", *missing], timeout=600)


def _bootstrap(root: Path) -> None:
    source = machine_source()
    keyring = ["--keyring", source.keyring] if source.keyring else []
    run(["debootstrap", "--variant=minbase", *keyring, source.suite, str(root), source.mirror], timeout=900)


def _install_packages(root: Path) -> None:
    policy = root / "usr/sbin/policy-rc.d"
    policy.write_text("#!/bin/sh\nexit 101\n")
    policy.chmod(0o755)
    copied = _lend_network_settings(root)
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive", "LC_ALL": "C"}
    settings = [f"{key}={value}" for key, value in environment.items() if key != "_"]
    try:
        inside = ["chroot", str(root), "env", "-i", *settings]
        run([*inside, "apt-get", "update"], timeout=300)
        run([*inside, "apt-get", "install", "-y", "--no-install-recommends", *PACKAGES], timeout=900)
        run([*inside, "apt-get", "clean"])
    finally:
        for path in copied:
            path.unlink(missing_ok=True)


def _lend_network_settings(root: Path) -> list[Path]:
    """Copy what apt in the chroot needs to reach the archive as this machine does; the files to remove afterwards."""
    copied = []
    wanted = [Path("/etc/resolv.conf"), Path("/etc/ssl/certs/ca-certificates.crt"), Path("/etc/apt/apt.conf")]
    proxy = [path for path in Path("/etc/apt/apt.conf.d").iterdir() if "::Proxy" in path.read_text(errors="replace")]
    for source in [*wanted, *proxy]:
        if source.is_file():
            target = root / source.relative_to("/")
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, target)
            copied.append(target)
    return copied


SHAPE = r"""
set -e
pg_lsclusters -h | while read -r version cluster rest; do pg_dropcluster "$version" "$cluster"; done
rm -rf /etc/rc?.d/* /etc/cron.d/* /etc/cron.daily/* /etc/cron.weekly/* /etc/logrotate.d/*
rm -f /etc/ssh/ssh_host_* /etc/machine-id
rm -rf /var/cache/apt/* /var/lib/apt/lists/* /usr/share/doc/* /usr/share/man/* /usr/share/locale/*
useradd -m -s /bin/bash -p '*' oncall
useradd -m -s /bin/bash -p '*' ea
usermod -p '*' root
sed -i 's/^hosts:.*/hosts: files/' /etc/nsswitch.conf
: > /etc/resolv.conf
"""

CRM_ATTRIBUTE = """#!/bin/sh
# Pacemaker 2.1.5 reads the value of `-v -INFINITY` as more options; the long form is read rightly.
for argument; do
    shift
    if [ "$previous" = -v ]; then set -- "$@" "--update=$argument"; previous=; continue; fi
    previous=$argument
    [ "$argument" = -v ] || set -- "$@" "$argument"
done
exec /usr/sbin/crm_attribute.real "$@"
"""


def _shape(root: Path) -> None:
    """Remove what a packaged installation starts or schedules by itself, and add the accounts."""
    run(["chroot", str(root), "sh", "-c", SHAPE])
    tool = root / "usr/sbin/crm_attribute"
    tool.rename(tool.with_name("crm_attribute.real"))
    tool.write_text(CRM_ATTRIBUTE)
    tool.chmod(0o755)
