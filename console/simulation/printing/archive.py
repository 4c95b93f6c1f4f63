"""archive and segment: the WAL archive's directories, as the database's user meets them."""

from __future__ import annotations

from console.facts.lsn import SEGMENT_SIZE, WalSegment
from console.simulation.printing.system import behind, nfs_source, own_archive
from console.simulation.printing.view import Printed, View
from console.simulation.state import ArchivedRun


def archive(view: View) -> Printed:
    """Both directories, or the one that is both."""
    folders = view.state.region.archive
    if folders is None:
        return Printed("")
    found = [("write", folders.write)]
    if folders.read != folders.write:
        found.append(("read", folders.read))
    return Printed("\n".join(_directory(view, purpose, path) for purpose, path in found))


def _directory(view: View, purpose: str, path: str) -> str:
    folders = view.state.region.archive
    assert folders is not None
    if own_archive(view, path):
        if not (view.host.data_there and view.server.archive_folder):
            return f"@@{purpose} {path}\nexists no"
        return "\n".join([*_head(view, purpose, path, "yes", nfs=False), "files 0", "temporary 0"])
    mirror = view.state.cluster is None and path == folders.read and view.host.host.ordinal == 2
    writable = "no" if mirror else "yes"
    return "\n".join([*_head(view, purpose, path, writable, nfs=True), *_listing(view)])


def _head(view: View, purpose: str, path: str, writable: str, *, nfs: bool) -> list[str]:
    devices = ("38", "2050") if nfs else ("64769", "64769")
    real = behind(view, path) if nfs else f"{view.host.settings.data}/{path.rpartition('/')[2]}"
    mount = f"nfs {nfs_source(view, real)} {real}"
    if not nfs:
        mount = f"ext4 {view.home_file_system} {view.host.settings.data}"
    return [
        f"@@{purpose} {path}",
        "exists yes",
        f"writable {writable}",
        *(f"device {device}" for device in devices),
        f"mount {mount}",
        f"real {real}",
        "readable yes",
    ]


def _listing(view: View) -> list[str]:
    store = view.state.archive
    pieces = [piece for run in store.runs for piece in _pieces(view, run)]
    files = sum(run.last - run.first + 1 for run in store.runs) + len(store.histories) + store.partial
    found = [f"history {timeline:08X}" for timeline in store.histories]
    found += [f"run {first} {last}" for first, last in pieces]
    found += [f"files {files}", f"temporary {store.partial}"]
    if pieces:
        found += [f"ends {pieces[0][0]} {pieces[-1][1]}"]
        found += [f"modified {int(store.oldest_at)}", f"modified {int(store.newest_at)}"]
    return found


def _pieces(view: View, run: ArchivedRun) -> list[tuple[WalSegment, WalSegment]]:
    """A run as the probe's awk cuts it: once a log id."""
    arithmetic = view.platform.arithmetic
    a_log_id = arithmetic.value // SEGMENT_SIZE
    found = []
    first = run.first
    while first <= run.last:
        last = min(run.last, (first // a_log_id + 1) * a_log_id - 1)
        ends = (WalSegment.at(run.timeline, index, arithmetic) for index in (first, last))
        found.append((next(ends), next(ends)))
        first = last + 1
    return found


def segment(view: View, argument: str) -> Printed:
    """segment:NAME: can the database's user read it from the archive?"""
    folders = view.state.region.archive
    wanted = WalSegment.parse(argument)
    if folders is None or wanted is None:
        return Printed("", 64, "not the name of a WAL segment")
    index = wanted.index(view.platform.arithmetic)
    there = any(run.timeline == wanted.timeline and run.first <= index <= run.last for run in view.state.archive.runs)
    words = [f"segment {argument}", f"path {folders.read}", f"readable {'yes' if there else 'no'}"]
    if not there:
        words.append(f"reason head: cannot open `{folders.read}/{argument}' for reading: No such file or directory")
    return Printed("\n".join(words))
