"""From bare disks to finished regions, and the finished regions kept, so that the next `up` only boots them."""

from __future__ import annotations

import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.lab import appliance, cluster, install, machine, paths, rootfs, scripted
from tests.lab.shell import run, say
from tests.lab.spec import FleetSpec, HostSpec, RegionSpec

ARCHIVE_SIZE = "512m"


def finished(region: RegionSpec) -> Path:
    """Where this recipe's finished region is kept."""
    key = paths.recipe_hash(paths.setup_recipe(), rootfs.recipe(), region.name, region.variant)
    return paths.cache() / f"{_kind(region)}{key}"


def _kind(region: RegionSpec) -> str:
    return "-".join(["region", region.name, *([region.variant] if region.variant else []), ""])


def layers(region: RegionSpec) -> Path:
    """The finished region and the root below it that the running lab uses: links, so that a later change of the
    recipe does not pull the disks from under hosts that boot again."""
    return paths.state() / "layers" / region.name


def _use(region: RegionSpec) -> None:
    folder = layers(region)
    folder.mkdir(parents=True, exist_ok=True)
    for name, target in (("finished", finished(region)), ("root", rootfs.location())):
        (folder / name).unlink(missing_ok=True)
        (folder / name).symlink_to(target)


def archive(region: RegionSpec) -> Path:
    """The directory that stands for the region's file server."""
    return paths.shared(f"{region.name}-archive")


def disks(region: RegionSpec, host: HostSpec) -> list[tuple[Path, str, str]]:
    """What is mounted on a host: the data disk where the layout has one, and the WAL archive."""
    layout = region.layout
    if host.role != "database":
        return []
    found = [(paths.host_state(host.name) / "data", layout.data, "rw")] if layout.data_is_mount else []
    if region.kind == "pacemaker" or host.number == 1:
        found.append((archive(region), layout.archive_write, "rw"))
    else:
        found.append((archive(region), layout.archive_read, "ro"))
    return found


def boot(region: RegionSpec, host: HostSpec) -> None:
    """Switch a host on, over its region's finished layer where there is one."""
    kept = (layers(region) / "finished" / host.name / "upper").resolve()
    root = (layers(region) / "root").resolve()
    lower = [kept, root] if kept.exists() else [root]
    if region.variant and (extra := paths.cache() / region.variant).exists() and host.role == "database":
        lower.insert(-1, extra)
    machine.boot(host, lower, disks(region, host))


def boot_all(region: RegionSpec) -> None:
    """Switch all hosts of a region on at once."""
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda host: boot(region, host), region.hosts))


def prepare_shared(region: RegionSpec) -> None:
    """The file server's directory: a file system of limited size, filled from the finished region if there is one."""
    folder = archive(region)
    folder.mkdir(parents=True, exist_ok=True)
    if not folder.is_mount():
        run(["mount", "-t", "tmpfs", "-o", f"size={ARCHIVE_SIZE},mode=755", "lab-archive", str(folder)])
    kept = layers(region) / "finished" / "archive"
    if kept.exists():
        run(["cp", "-a", f"{kept}/.", str(folder)])


def prepare_data(region: RegionSpec, host: HostSpec) -> None:
    """The data disk of a host, filled from the finished region if there is one."""
    if host.role != "database" or not region.layout.data_is_mount:
        return
    folder = paths.host_state(host.name) / "data"
    folder.mkdir(parents=True, exist_ok=True)
    kept = layers(region) / "finished" / host.name / "data"
    if kept.exists():
        run(["cp", "-a", f"{kept}/.", str(folder)])


def restore_disks(region: RegionSpec) -> None:
    """Give a region that is off its finished state back: fresh disks and archive."""
    for host in region.hosts:
        machine.wipe(host)
        prepare_data(region, host)
    for file in archive(region).glob("*"):
        if file.is_dir():
            shutil.rmtree(file)
        else:
            file.unlink()
    prepare_shared(region)


def bring_up(fleet: FleetSpec, region: RegionSpec) -> None:
    """Boot a region; make it first where it has never been made."""
    _use(region)
    prepare_shared(region)
    for host in region.hosts:
        prepare_data(region, host)
    if not finished(region).exists():
        _make(fleet, region)
    boot_all(region)
    start(region)


def start(region: RegionSpec) -> None:
    """Start what does not start at boot, and wait until the region is healthy."""
    if region.kind == "pacemaker":
        cluster.start_both(region)
        cluster.wait_healthy(region)
    else:
        scripted.start(region)
    say(f"{region.name} is healthy")


def _make(fleet: FleetSpec, region: RegionSpec) -> None:
    say(f"setting up {region.name}")
    for host in region.hosts:
        _install(fleet, region, host)
    boot_all(region)
    for host in region.appliances:
        appliance.create(host)
    major = fleet.major(region)
    if region.kind == "pacemaker":
        cluster.create(region, major)
        cluster.stop_cleanly(region)
    else:
        scripted.create(region, major)
        machine.sh(region.databases[1], f"chkconfig {region.layout.service} on")
        scripted.stop_cleanly(region)
    _keep(region)


def _install(fleet: FleetSpec, region: RegionSpec, host: HostSpec) -> None:
    upper = paths.host_state(host.name) / "upper"
    upper.mkdir(parents=True, exist_ok=True)
    disk = install.Disk(upper, rootfs.location())
    install.install(disk, fleet, region, host)
    if host.role == "ui":
        appliance.install_files(disk, region)
        if region.kind == "scripted":
            scripted.let_host_2_look(disk, region)
    elif region.kind == "pacemaker":
        cluster.install_files(disk, region)
    else:
        scripted.install_files(disk, region, host)


def _keep(region: RegionSpec) -> None:
    """Switch the region off, and make what its hosts wrote the layer below their next disks."""
    target = finished(region)
    working = target.with_suffix(".making")
    shutil.rmtree(working, ignore_errors=True)
    for host in region.hosts:
        machine.sh(host, "rm -f /var/log/pgsql-*.log; sync")
        machine.crash(host)
        folder = working / host.name
        folder.mkdir(parents=True)
        for name in ("upper", "data"):
            if (paths.host_state(host.name) / name).exists():
                shutil.move(paths.host_state(host.name) / name, folder / name)
        machine.wipe(host)
        if (folder / "data").exists():
            run(["cp", "-a", f"{folder}/data", str(_fresh(host) / "data")])
    run(["cp", "-a", f"{archive(region)}/.", str(working / "archive")])
    for outdated in paths.cache().glob(f"{_kind(region)}????????????"):
        shutil.rmtree(outdated)
    working.rename(target)


def _fresh(host: HostSpec) -> Path:
    folder = paths.host_state(host.name)
    folder.mkdir(parents=True)
    return folder


def forget() -> None:
    """Remove all finished regions from the cache."""
    for folder in paths.cache().glob("region-*"):
        shutil.rmtree(folder)
