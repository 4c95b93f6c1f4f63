"""The lab's network: a bridge in a namespace of its own without an uplink, and a cable to each host."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Sequence
from pathlib import Path

from tests.lab.shell import run
from tests.lab.spec import PREFIX_LENGTH, WORKSTATION, FleetSpec, HostSpec

HUB = "lab-net"
WORKSTATION_NAMESPACE = "lab-ws"
WORKSTATION_CABLE = "v-ws"
BRIDGE = "br0"


def exists(namespace: str) -> bool:
    """Whether a network namespace of that name is there."""
    return Path("/run/netns", namespace).exists()


def create() -> None:
    """The bridge and the workstation's namespace."""
    run(["ip", "netns", "add", HUB])
    _batch(HUB, ["link set lo up", f"link add {BRIDGE} type bridge", f"link set {BRIDGE} up"])
    plug(WORKSTATION_NAMESPACE, WORKSTATION_CABLE, "02:00:0a:13:00:01", (WORKSTATION,))


def plug(namespace: str, cable: str, mac: str, addresses: tuple[str, ...]) -> None:
    """A new namespace with one network card `eth0` on the bridge."""
    run(["ip", "netns", "add", namespace])
    _batch(HUB, [f"link add {cable} type veth peer name eth0 address {mac} netns {namespace}"])
    _batch(HUB, [f"link set {cable} master {BRIDGE}", f"link set {cable} up"])
    inside = [f"address add {address}/{PREFIX_LENGTH} dev eth0" for address in addresses]
    _batch(namespace, [*inside, "link set lo up", "link set eth0 up"])


def plug_host(host: HostSpec) -> None:
    """The host's network card, as after switching it on: its own addresses, no firewall."""
    unplug_host(host)
    plug(host.namespace, host.cable, host.mac, (host.address, *host.aliases))


def unplug_host(host: HostSpec) -> None:
    """Remove the host's card with all its addresses and firewall rules (they do not survive a power failure)."""
    if exists(HUB):
        run(["ip", "-n", HUB, "link", "delete", host.cable], check=False)
    remove_namespace(host.namespace)


def remove_namespace(namespace: str) -> None:
    """Remove a namespace of the lab, if it is there."""
    if exists(namespace):
        run(["ip", "netns", "delete", namespace])


def set_cable(host: HostSpec, *, connected: bool) -> None:
    """Pull the host's cable out of the switch, or put it back."""
    run(["ip", "-n", HUB, "link", "set", host.cable, "up" if connected else "down"])


def set_apart(cables: Sequence[str], *, apart: bool) -> None:
    """None of these reaches another of them from now on, everybody else reaches all: isolated ports of the bridge.

    A host that was switched off has lost its cable; a new one is not isolated.
    """
    for cable in cables:
        isolated = ["type", "bridge_slave", "isolated", "on" if apart else "off"]
        run(["ip", "-n", HUB, "link", "set", "dev", cable, *isolated], check=apart)


def cable_is_connected(host: HostSpec) -> bool:
    """Whether the host's cable is in the switch."""
    shown = run(["ip", "-n", HUB, "-o", "link", "show", host.cable], check=False).stdout
    return ",UP" in shown


def _batch(namespace: str, commands: list[str]) -> None:
    run(["ip", "-n", namespace, "-batch", "-"], stdin="\n".join(commands) + "\n")


def names_folder() -> Path:
    """The folder whose files `ip netns exec lab-ws` puts over those in /etc."""
    return Path("/etc/netns", WORKSTATION_NAMESPACE)


def hosts_file(fleet: FleetSpec, global_on: int = 1) -> str:
    """/etc/hosts with every name of the fleet; `global_on` is the host that the global database's name points to."""
    lines = ["127.0.0.1 localhost"]
    lines += [f"{host.address} {host.name} {host.short}" for host in fleet.hosts()]
    for region in fleet.regions:
        pick = min(global_on, len(region.endpoint_addresses)) - 1
        lines.append(f"{region.endpoint_addresses[pick]} {region.endpoint}")
        lines.append(f"{region.ui_addresses[0]} {region.ui_endpoint}")
    return "\n".join(lines) + "\n"


def write_names(fleet: FleetSpec, global_on: int = 1) -> None:
    """Names for the workstation. Written in place, so that a process that has the file mounted sees the change."""
    folder = names_folder()
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "hosts").write_text(hosts_file(fleet, global_on))
    (folder / "nsswitch.conf").write_text("passwd: files\ngroup: files\nshadow: files\nhosts: files\n")
    (folder / "resolv.conf").write_text("")


def destroy() -> None:
    """Remove the workstation, its names and the bridge."""
    shutil.rmtree(names_folder(), ignore_errors=True)
    with contextlib.suppress(OSError):  # other namespaces may have names there
        names_folder().parent.rmdir()
    remove_namespace(WORKSTATION_NAMESPACE)
    remove_namespace(HUB)
