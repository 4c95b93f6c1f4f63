"""traces and layout: what runs of the console left on a host, and how its data directory lies on its disks."""

from __future__ import annotations

from console.operations.archive import aside_of
from console.operations.places import LOCK_ASIDE_SUFFIX
from console.simulation.printing.view import Printed, View, lines
from console.simulation.sizes import DATA_DEVICE, data_size, disk_size, used
from console.simulation.state import Job


def traces(view: View) -> Printed:
    """Lease, jobs, copies and old data, held scripts, a lock set aside."""
    host = view.host
    found = _lease(view)
    if host.jobs:
        found += ["@@jobs", *(_job(job) for job in host.jobs)]
    found += _archives(view)
    if host.folders:
        found += ["@@leftovers", *sorted(folder.path for folder in host.folders)]
    if host.held:
        found += ["@@held", *host.held]
    if host.lock_aside_since is not None:
        found += [f"@@lock-aside {host.settings.tmp}/PGSQL.lock{LOCK_ASIDE_SUFFIX}"]
    return lines(*found)


def _lease(view: View) -> list[str]:
    lease = view.host.lease
    if lease is None:
        return []
    return [
        "@@lease",
        f"run {lease.run}",
        f"runbook {lease.runbook}",
        f"owner {lease.owner}",
        f"reason {lease.reason}",
        f"since {lease.since:.0f}",
        f"renewed {lease.renewed:.0f}",
    ]


def _archives(view: View) -> list[str]:
    """What host 1 noted when it set archived WAL aside."""
    aside, archive = view.state.archives_aside, view.state.region.archive
    if not aside or archive is None or view.host.host.ordinal != 1:
        return []
    return ["@@archives", *(aside_of(archive.write, run) for run, _ in aside)]


def _job(job: Job) -> str:
    status = "-" if job.status is None else str(job.status)
    return f"{job.run}.{job.step} running {'yes' if job.running else 'no'} status {status}"


def layout(view: View) -> Printed:
    """The data directory is a mount point of its own disk (REFERENCE 2), without tablespaces and links."""
    data = view.host.settings.data
    free = disk_size(view.state) - used(view.state, view.host)
    size = data_size(view.state) if view.host.data_there else 0
    disk = ("mounted yes", f"device {DATA_DEVICE}")
    return lines(f"path {data}", f"real {data}", *disk, f"size {size}", f"free {free}")
