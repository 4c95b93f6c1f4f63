"""The shared part of rebuild-standby and failback: a base backup beside the data, checked, and swapped in by rename."""

from __future__ import annotations

import ipaddress
import shlex
from dataclasses import dataclass, replace

from console.diagnosis.context import RegionContext
from console.diagnosis.fork_point import wal_timeline
from console.diagnosis.lock_proof import LockProof, Verdict, system_identifier
from console.diagnosis.words import duration, gibibytes, short, size
from console.facts.host import HostFacts
from console.facts.lag import names_of
from console.facts.snapshot import Snapshot
from console.inventory.fleet import RegionKind
from console.operations.copying import (
    BaseBackup,
    DiscardOld,
    RemoveCopy,
    SwapBack,
    SwapIn,
    TryReplication,
    VerifyCopy,
)
from console.operations.layout import Layout
from console.operations.operation import Operation
from console.operations.places import PART_SUFFIX
from console.operations.platform import Platform
from console.operations.standby import WriteStandbySettings
from console.runbooks import conditions as must
from console.runbooks.plan import Answer, Choices, Condition, Ruling, Step
from console.runbooks.platforms import layout_of
from console.runbooks.runbook import Refused

ASSUMED_RATE = 60_000_000
"""Bytes a second that an estimate assumes where no --max-rate is given."""
_RATE = range(32, 1024**2 + 1)
_AGE = 24 * 3600.0
"""Seconds that a copy may lie unused: the source may not have the WAL since, and much may have happened to it."""


@dataclass(frozen=True, slots=True)
class Copy:
    """A base backup of `source` made on `target`, as a runbook's parameters keep it.

    `address`:`port` is what replication connects to as `user`. `identifier`, `timeline` and major `version` are the
    source's when the plan was made, `created` is when its data was made (its PG_VERSION's time). `before` is the same
    of the data in place, None where there is none. `size` in bytes, None where unknown; `free` likewise. `clients`:
    only a client's look can be the second witness for the primary (scripted regions). `kept` are the bytes of WAL that
    the source keeps whatever comes, None where unknown, `keeps` the setting for it.
    """

    region: str
    target: str
    source: str
    address: str
    port: int
    user: str
    layout: Layout
    identifier: str
    timeline: int
    version: str
    stream: bool
    max_rate: int | None
    size: int | None
    free: int | None
    before: float | None
    same_database: bool
    clients: bool
    kept: int | None = None
    keeps: str = ""
    created: float | None = None


def copy_of(
    context: RegionContext, platforms: tuple[Platform, ...], target: str, source: str, choices: Choices, run: str
) -> Copy:
    """Fix what a copy from `source` to `target` is to be; Refused where it cannot be made or facts for it lack."""
    here, there = context.snapshot.facts(target), context.snapshot.facts(source)
    ours, theirs = (next(item for item in platforms if item.host == name) for name in (target, source))
    _refuse_versions(ours, theirs, choices)
    identifier, timeline = system_identifier(there), wal_timeline(there)
    if identifier is None or timeline is None:
        what = "system identifier" if identifier is None else "timeline"
        raise Refused(f"{source}: its {what} is unknown ({there.control.error or there.sql.error or 'not seen'}).")
    known = system_identifier(here)
    if known is not None and known != identifier:
        raise Refused(
            f"{short(target)} holds another database (system identifier {known}) than {short(source)} ({identifier}). "
            "Find out which directory is the right one, and move the wrong one away by hand."
        )
    left, kept = must.senders_left(there), must.kept_wal(there)
    return Copy(
        region=context.region.name,
        target=target,
        source=source,
        address=source_address(context, here, there),
        port=theirs.postgresql.port,
        user=theirs.postgresql.replication_user,
        layout=layout_of(here, run),
        identifier=identifier,
        timeline=timeline,
        version=theirs.version.major,
        stream=left is not None and left >= 2,
        max_rate=choices.max_rate,
        size=there.layout.value.size if there.layout.value is not None else None,
        free=here.layout.value.free if here.layout.value is not None else None,
        before=here.data.value.created if here.data.value is not None and here.data.value.exists else None,
        same_database=known is not None,
        clients=context.region.kind is RegionKind.SCRIPTED,
        kept=kept.size if kept is not None else None,
        keeps=kept.words if kept is not None else "",
        created=there.data.value.created if there.data.value is not None else None,
    )


def refuse_bare_directory(context: RegionContext, target: str, source: str, *, named: bool) -> None:
    """A host without a database: more likely its file system is not mounted than that there never was one. Refused
    where the source has its data on a file system of its own and the target has not; else where nobody named the host.
    """
    here, there = context.snapshot.facts(target), context.snapshot.facts(source)
    data = here.data.value
    if data is None or data.exists:
        return
    ours, theirs = _mount_of(here), _mount_of(there)
    mounted = here.layout.value is not None and here.layout.value.mounted
    if not mounted and theirs is not None and ours is not None and ours != theirs:
        raise Refused(
            f"{short(target)}: there is no database in {data.path}, and it lies on the file system {ours}, while "
            f"{short(source)} has its data on one of its own, {theirs}. Mount {theirs} on {short(target)} first."
        )
    if not named:
        raise Refused(
            f"{short(target)}: there is no database in {data.path}. If its file system is only not mounted, mount it. "
            f"If there is none on purpose (a new host), name the host: --target {target}"
        )


def _mount_of(facts: HostFacts) -> str | None:
    """Where the file system is mounted that the data directory lies on; None where it is unknown."""
    layout = facts.layout.value
    if layout is not None and layout.mounted:
        return layout.real
    return next((disk.mount for disk in facts.disks.value or () if disk.purpose == "data"), None)


def refuse_unseen_discard(copy: Copy, choices: Choices) -> None:
    """Old data is not let go where nobody has seen which database it belongs to."""
    if choices.discard_old and copy.before is not None and not copy.same_database:
        raise Refused(
            f"{short(copy.target)}: which database its old data belongs to is unknown; it is not let go unseen. "
            "Leave --discard-old out; the old data then stays aside."
        )


def _refuse_versions(ours: Platform, theirs: Platform, choices: Choices) -> None:
    if ours.version.major != theirs.version.major:
        raise Refused(
            f"{short(ours.host)} has PostgreSQL {ours.version.major}, {short(theirs.host)} {theirs.version.major}: "
            "a base backup works between equal major versions only. Install the same one first."
        )
    if choices.max_rate is None:
        return
    if ours.version.number < 90400:
        raise Refused(f"pg_basebackup of PostgreSQL {ours.version.major} has no --max-rate (9.4 and newer have it).")
    if choices.max_rate not in _RATE:
        raise Refused(f"--max-rate: pg_basebackup takes 32 kB/s to 1 GB/s, not {choices.max_rate} kB/s.")


def source_address(context: RegionContext, target: HostFacts, source: HostFacts) -> str:
    """What replication connects to. A cluster: as the agent does. Scripts: as the target's settings have it, since
    .pgpass must name the same; else the primary's name.
    """
    if context.pacemaker:
        cluster, cib = context.region.cluster, context.cib.value
        told = cluster.replication_address if cluster is not None else None
        found = told or (cib.parameters.get(context.resource, {}).get("master_ip") if cib is not None else None)
        if not found:
            why = context.cib.error or f"{context.resource} has no master_ip"
            raise Refused(f"{context.region.name}: the address that replication uses is unknown: {why}.")
        return found
    recovery = target.data.value.recovery if target.data.value is not None else None
    present = recovery.primary_host if recovery is not None else None
    names = {name.casefold() for name in names_of(context.region, source)}
    return present if present is not None and present.casefold() in names and not _loopback(present) else source.name


def _loopback(name: str) -> bool:
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return name.casefold() == "localhost"


def restore_command(context: RegionContext, target: HostFacts) -> str:
    """How the new standby reads archived WAL: as it did, else by `cp` from the archive; "" without an archive."""
    archive = context.region.archive
    recovery = target.data.value.recovery if target.data.value is not None else None
    if archive is None:
        return ""
    present = recovery.restore_command if recovery is not None else None
    if present and f"{archive.read.rstrip('/')}/" in present:
        return present
    seen = target.archive.value
    elsewhere = seen is not None and seen.read is not None and not seen.read.exists
    there = seen is not None and seen.write is not None and seen.write.exists
    directory = archive.write if elsewhere and there else archive.read
    return f'cp {shlex.quote(directory.rstrip("/")).replace("%", "%%")}/%f "%p"'


def archive_of_second(context: RegionContext, target: HostFacts) -> str:
    """Where host 2 of a scripted region archives when it runs as primary: by the reference a link into its data, where
    a base backup of host 1 has no such folder (REFERENCE 2). "" for every other host.
    """
    archive = context.region.archive
    second = context.region.kind is RegionKind.SCRIPTED and target.name == context.region.databases[1].name
    return archive.write if archive is not None and second else ""


# --- what must hold ----------------------------------------------------------------------------------------------


def source_is_the_same(copy: Copy) -> tuple[Condition, ...]:
    """The source is still the one true primary that the plan was made for: host, database, timeline, and the very data
    directory, since one that was made anew meanwhile may have left the timeline earlier than the copy.
    """
    return (
        must.primary_proven(copy.region, copy.source),
        must.no_second_writer(copy.region, copy.source),
        *_same_data(copy),
        must.leads_to(copy.address, copy.source),
    )


def _same_data(copy: Copy) -> tuple[Condition, ...]:
    return (
        must.has_system_identifier(copy.source, copy.identifier),
        must.on_timeline(copy.source, copy.timeline),
        *((must.data_is_from(copy.source, copy.created),) if copy.created is not None else ()),
    )


def copy_is_recent(copy: Copy) -> Condition:
    """The copy in place was made within a day, and the time that making it may have taken."""
    rate = copy.max_rate * 1024 if copy.max_rate is not None else ASSUMED_RATE
    return must.data_not_older_than(copy.target, _AGE + 2 * (copy.size or 0) / rate)


def may_be_swapped_back(copy: Copy) -> Condition:
    """The old data may come back: it is back already, or the copy that goes has nothing that the source lacks. That is
    so where the source is the primary that it was, and the target is none and never ran as one with the copy.

    The source by its own word alone: clients may be shut out, or the console may not reach them.
    """
    original = must.original_data(copy.target, copy.before)
    needed = (
        must.not_the_primary(copy.region, copy.target),
        must.never_ran_as_primary(copy.target),
        must.not_in_recovery(copy.source),
        *_same_data(copy),
    )

    def judge(snapshot: Snapshot) -> Ruling:
        back = original.judge(snapshot)
        if back.holds:
            return back
        rulings = [condition.judge(snapshot) for condition in needed]
        refuted = next((ruling for ruling in rulings if ruling.answer is Answer.NO), None)
        return refuted or next((ruling for ruling in rulings if not ruling.holds), rulings[0])

    return Condition(f"{short(copy.target)} has nothing that {short(copy.source)} lacks", judge)


def pair_checks(region: str, platforms: tuple[Platform, ...], run: str) -> tuple[Condition, ...]:
    """Both hosts answer and are themselves, and nobody else works on the pair."""
    answer = tuple(must.reachable(platform.host) for platform in platforms)
    themselves = tuple(must.is_the_host(platform) for platform in platforms)
    return (*answer, *themselves, must.nobody_else_works_here(region, run))


def copy_checks(copy: Copy) -> tuple[Condition, ...]:
    """What must hold before a copy is begun at all (G30–G44)."""
    same = (must.same_system_identifier(copy.target, copy.source),) if copy.same_database else ()
    return (
        *source_is_the_same(copy),
        must.not_the_primary(copy.region, copy.target),
        *same,
        must.free_walsenders(copy.source, 2 if copy.stream else 1),
        must.space_for_copy(copy.target, copy.source),
        *(must.no_tablespaces(host) for host in (copy.source, copy.target)),
        must.no_wal_link(copy.target),
        must.archive_not_ahead(copy.region, copy.source),
    )


def copy_sections(copy: Copy) -> tuple[tuple[str, str], ...]:
    """What `copy_checks` need to see beside the usual."""
    return ((copy.target, "layout"), (copy.source, "layout"))


# --- steps -------------------------------------------------------------------------------------------------------


def try_login(copy: Copy) -> Step:
    """See that the copy can be made at all, before anything is changed (G39)."""
    return Step(
        key="login",
        title=f"try a replication login at {short(copy.address)}",
        host=copy.target,
        operations=(TryReplication(copy.address, copy.port, copy.user, copy.identifier),),
        before=source_is_the_same(copy),
        clients=copy.clients,
    )


def make_copy(copy: Copy) -> Step:
    """The base backup, as a job on the target, while the data in place stays as it is."""
    backup = BaseBackup(copy.layout, copy.address, copy.port, copy.user, copy.stream, copy.max_rate)
    return Step(
        key="copy",
        title=f"copy the database of {short(copy.source)} beside the data",
        host=copy.target,
        operations=(backup,),
        before=source_is_the_same(copy),
        after=(must.left_behind(copy.target, copy.layout.new, there=True),),
        undo=(RemoveCopy(copy.layout),),
        undone=(must.left_behind(copy.target, copy.layout.new, there=False),),
        undo_before=(must.original_data(copy.target, copy.before),),
        detached=True,
        clients=copy.clients,
    )


def check_copy(copy: Copy) -> Step:
    """The copy is whole, and of the right database."""
    return Step(
        key="check",
        title="check the copy",
        host=copy.target,
        operations=(VerifyCopy(copy.layout, copy.identifier, copy.version),),
        before=(must.left_behind(copy.target, copy.layout.new, there=True),),
        detached=True,
    )


def swap_in(
    copy: Copy,
    settings: WriteStandbySettings | None = None,
    *more: Operation,
    before: tuple[Condition, ...] = (),
    after: tuple[Condition, ...] = (),
    sections: tuple[tuple[str, str], ...] = (),
) -> Step:
    """Put the checked copy in place; the old data stays aside. `more` is done in it at once.

    The copy gets its standby `settings` before it is put in place: a start at any moment, by a reboot or by hand, must
    never make a second primary of it. Without `settings` the region's cluster has the only hand on the server: the
    agent writes recovery.conf at each start of its own, and starts nothing on a node in standby, so that a copy without
    settings is in place only while the node is; a start by hand there is what GUARDS forbids.

    On a mount point only the old data's own name tells that the swap is whole (operations/shell/swap_entries.sh).
    """
    kept = () if copy.before is None else (must.left_behind(copy.target, copy.layout.old, there=True),)
    written = () if settings is None else (replace(settings, directory=copy.layout.new),)
    return Step(
        key="swap",
        title="put the copy in place, the old data aside",
        host=copy.target,
        operations=(*written, SwapIn(copy.layout, needs_standby=settings is not None), *more),
        before=(*source_is_the_same(copy), must.stopped(copy.target), *before),
        after=(
            must.copied_since(copy.target, copy.before),
            must.left_behind(copy.target, copy.layout.new, there=False),
            must.left_behind(copy.target, copy.layout.old + PART_SUFFIX, there=False),
            *kept,
            must.data_directory_mode(copy.target),
            *after,
        ),
        undo=(SwapBack(copy.layout),),
        undone=(
            must.original_data(copy.target, copy.before),
            must.left_behind(copy.target, copy.layout.old, there=False),
        ),
        undo_before=(may_be_swapped_back(copy),),
        clients=copy.clients,
        sections=sections,
    )


def discard_old(copy: Copy) -> Step:
    """Let the old data go, once the new standby streams."""
    return Step(
        key="discard-old",
        title="let the old data go",
        host=copy.target,
        operations=(DiscardOld(copy.layout),),
        before=(
            must.primary_proven(copy.region, copy.source),
            must.streams(copy.region, copy.target, copy.source),
            must.left_behind(copy.target, copy.layout.old, there=True),
        ),
        after=(must.left_behind(copy.target, copy.layout.old, there=False),),
        final=True,
        clients=copy.clients,
    )


# --- words -------------------------------------------------------------------------------------------------------


def copy_needs(copy: Copy) -> tuple[str, ...]:
    """Space and time, and how the WAL gets into the copy."""
    size = "a size that could not be measured" if copy.size is None else gibibytes(copy.size)
    free = "an unknown amount" if copy.free is None else gibibytes(copy.free)
    room = "" if copy.size is None else f", {gibibytes(must.room_needed(copy.size))} are needed"
    return (
        f"time: {copy_time(copy)} to copy {size} from {short(copy.source)}",
        f"space: {free} is free beside {copy.layout.data} on {short(copy.target)}{room}",
        "WAL is streamed beside it, by a second walsender" if copy.stream else _fetched_words(copy),
    )


def _fetched_words(copy: Copy) -> str:
    """What a copy rests on whose WAL comes last: the source must still have all of it then."""
    source = short(copy.source)
    kept = "nothing is known of how much it keeps" if copy.kept is None else f"it keeps {gibibytes(copy.kept)}"
    setting = f" ({copy.keeps})" if copy.keeps else ""
    return (
        f"WARNING: WAL is fetched at the end of the copy, since {source} has one walsender left: the copy fails then "
        f"where {source} has written more WAL meanwhile than it keeps, and {kept}{setting}. "
        f"Raise that setting (a reload is enough), or free a second walsender"
    )


def copy_time(copy: Copy) -> str:
    """How long the copy takes, with what that assumes."""
    rate = copy.max_rate * 1024 if copy.max_rate is not None else ASSUMED_RATE
    told = f"{rate / 1e6:.0f} MB/s ({'--max-rate' if copy.max_rate is not None else 'assumed'})"
    return "unknown" if copy.size is None else f"about {duration(max(1.0, copy.size / rate))} at {told}"


def loss_words(proof: LockProof, target: HostFacts, source: HostFacts) -> tuple[str, ...]:
    """What the target's data has that the source never got, as far as it is known."""
    here, there = short(target.name), short(source.name)
    if proof.verdict is Verdict.SAFE:
        return (f"nothing: {there} has everything that was written on {here}",)
    if proof.verdict is Verdict.NOT_PROVABLE:
        return (f"unknown whether {here} has commits that {there} never got: {proof.reason}",)
    amount = "an unknown amount of WAL" if proof.bytes_only_here is None else f"{size(proof.bytes_only_here)} of WAL"
    return (f"{here} has {amount} that {there} never got", *commit_words(proof, target))


def commit_words(proof: LockProof, target: HostFacts) -> tuple[str, ...]:
    """The commits that only the target has: their number, and the first ten with their times."""
    found = target.evidence.commits_after
    if found is None or found.fork != proof.fork:
        return ("its commits could not be listed: count them as lost until the old data was looked into",)
    count = f"{found.count}" if found.complete else f"at least {found.count}"
    head = f"{count} commit{'' if found.count == 1 else 's'} that only {short(target.name)} has"
    listed = tuple(f"  transaction {item.transaction}, {item.at or 'time unknown'}" for item in found.commits[:10])
    more = (f"  and {found.count - len(listed)} more",) if found.count > len(listed) else ()
    return (head + (":" if listed else ""), *listed, *more)


def discarded_words(copy: Copy, *, discard: bool) -> tuple[str, ...]:
    """That the old data is lost, where it is."""
    if copy.before is None or not discard:
        return ()
    return (f"the old data of {short(copy.target)} is removed at the end (--discard-old)",)


def kept_words(copy: Copy, *, discard: bool) -> tuple[str, ...]:
    """Where the old data stays, which takes space and is no loss."""
    if copy.before is None:
        return (f"there is no data in {copy.layout.data} on {short(copy.target)} to keep",)
    if discard:
        return ()
    return (f"the old data stays on {short(copy.target)} in {copy.layout.old} until it is let go",)
