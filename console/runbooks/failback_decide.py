"""Does a failback fit what is there, and what exactly is to be done. Refused in words a person can act on."""

from __future__ import annotations

import ipaddress

from console.diagnosis.context import RegionContext, region_context
from console.diagnosis.divergence import compare
from console.diagnosis.fork_point import ran_as_primary, wal_timeline
from console.diagnosis.lock import primary_witnesses
from console.diagnosis.lock_proof import system_identifier
from console.diagnosis.words import short
from console.facts.host import HostFacts
from console.facts.roles import Role
from console.facts.snapshot import Snapshot
from console.inventory.fleet import Host, Region, RegionKind
from console.runbooks.conditions import archive_there, kept_wal, on_the_primarys_history, streams
from console.runbooks.copying import (
    archive_of_second,
    copy_of,
    loss_words,
    refuse_bare_directory,
    refuse_unseen_discard,
    restore_command,
)
from console.runbooks.failback_parameters import FailbackParameters, Method
from console.runbooks.plan import Answer, Choices
from console.runbooks.platforms import platforms_of
from console.runbooks.runbook import Refused
from console.runbooks.script_paths import check_promote, paths_of

CHECK_START = "pgsql-primary-check-start"
CHECK_ACCESS = "pgsql-standby-check-access"


def decide(snapshot: Snapshot, region: str, host: str | None, choices: Choices, run: str) -> FailbackParameters:
    """Everything that the plan needs, from one survey with section `layout` of both hosts. Raises Refused."""
    context = region_context(snapshot, snapshot.fleet.region(region))
    method = _method(choices)
    _refuse_target(context.region, host)
    _refuse_unseen(context)
    _refuse_roles(context)
    first, second = context.hosts
    platforms = platforms_of(snapshot, context.region)
    timeline, identifier = wal_timeline(second), system_identifier(second)
    if timeline is None or identifier is None:
        what = "timeline" if timeline is None else "system identifier"
        raise Refused(f"the {what} of {second.name} is unknown: {second.control.error or 'not read'}.")
    copy = None
    if method is Method.COPY or not _follows_already(context):
        refuse_bare_directory(context, first.name, second.name, named=host is not None)
        copy = copy_of(context, platforms, first.name, second.name, choices, run)
        refuse_unseen_discard(copy, choices)
    config = second.scripts.value.config if second.scripts.value is not None else {}
    archive, kept = context.region.archive, kept_wal(second)
    return FailbackParameters(
        run=run,
        region=region,
        target=first.name,
        platforms=platforms,
        method=method,
        copy=copy,
        system_identifier=identifier,
        timeline=timeline,
        keeps=kept.words if kept is not None else "",
        first_name=config.get("PRIMARY_HOST") or first.name,
        second_name=config.get("STANDBY_HOST") or second.name,
        first_address=_address(context.host(first), first),
        second_address=_address(context.host(second), second),
        check_start=paths_of(first, CHECK_START),
        check_promote=check_promote(second),
        check_access=paths_of(second, CHECK_ACCESS),
        archive_write=archive.write if archive is not None else "",
        restore_second=restore_command(context, second),
        first_ran=first.processes.value is not None and first.processes.value.running,
        second_at_boot=second.boot.value is None or second.boot.value.service_enabled is not False,
        lost=_lost(context) if copy is not None else (),
        discard_old=choices.discard_old and copy is not None,
        archive_second=_missing_archive(context, second),
    )


def _method(choices: Choices) -> Method:
    try:
        return Method(choices.method or Method.REJOIN)
    except ValueError as error:
        raise Refused(f"failback has no method '{choices.method}': rejoin or copy.") from error


def _refuse_target(region: Region, host: str | None) -> None:
    first = region.databases[0]
    if region.kind is not RegionKind.SCRIPTED:
        raise Refused(
            f"{region.name} is run by Pacemaker: there the cluster decides who is the primary, and an old primary "
            f"comes back with `vmdb-console run rebuild-standby --target {region.name}`."
        )
    if host is not None and host != first.name:
        raise Refused(
            f"a failback makes {first.name} the primary again, and replaces the data there: name it, or the region "
            f"{region.name}, not {host}."
        )


def _refuse_unseen(context: RegionContext) -> None:
    for facts in context.hosts:
        failure = facts.reach.failure
        if failure is not None:
            raise Refused(f"{facts.name} does not answer: {failure.message}. {failure.remedy}.")


def _refuse_roles(context: RegionContext) -> None:
    first, second = context.hosts
    roles = context.role(first), context.role(second)
    if roles == (Role.PRIMARY, Role.PRIMARY):
        raise Refused(
            f"both hosts of {context.region.name} are primaries (P02): a failback would throw away what only "
            f"{short(first.name)} has. Keep clients away from one, compare the two (P08), stop the one that is to be "
            f"given up, and try again."
        )
    if roles[0] is Role.PRIMARY:
        raise Refused(f"{first.name} is the primary: there is nothing to fail back.")
    if roles[1] is not Role.PRIMARY:
        raise Refused(
            f"{second.name} is {roles[1].value}, {first.name} is {roles[0].value}: a failback needs "
            f"{short(second.name)} to serve as the primary, since its data is the copy that is kept."
        )
    doubts = primary_witnesses(context, second).doubts
    if doubts:
        raise Refused(f"that {second.name} is the primary is not proven: {'; '.join(doubts)}.")


def _follows_already(context: RegionContext) -> bool:
    """Whether host 1 is a good standby of host 2, so that there is nothing to copy."""
    first, second = context.hosts
    region = context.region.name
    judged = (
        streams(region, first.name, second.name).judge(context.snapshot),
        on_the_primarys_history(region, first.name).judge(context.snapshot),
    )
    return all(ruling.holds for ruling in judged)


def _address(host: Host, facts: HostFacts) -> str:
    """The address that a host's own connections come from: the inventory's, else the only one that it has."""
    own = tuple(item for item in facts.addresses.value or () if _outside(item))
    if _outside(host.address) and (host.address in own or not own):
        return host.address
    if len(own) == 1:
        return own[0]
    raise Refused(
        f"which address {host.name} connects from is not known (the inventory says {host.address}, it has "
        f"{', '.join(own[:6]) or 'none that could be read'}): write the right one as its `address`."
    )


def _outside(text: str) -> bool:
    """Whether it is an IPv4 address that others can see: the port's gate is made by iptables."""
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return False
    return address.version == 4 and not address.is_loopback and not address.is_link_local


def _missing_archive(context: RegionContext, second: HostFacts) -> str:
    """The folder that host 2 would archive into, where it is seen not to be there: a copy did not bring it."""
    missing = archive_there(second.name).judge(context.snapshot).answer is Answer.NO
    return archive_of_second(context, second) if missing else ""


# --- what only host 1 has -----------------------------------------------------------------------------------------


def _lost(context: RegionContext) -> tuple[str, ...]:
    """Words about what host 1's old data has that host 2 never got (P08)."""
    first, second = context.hosts
    if first.data.value is not None and not first.data.value.exists:
        return ()
    control = first.control.value
    if control is not None and ran_as_primary(control) is False:
        return (f"nothing that was written on {short(first.name)}: it last ran as a standby",)
    return loss_words(compare(context, first, second), first, second)
