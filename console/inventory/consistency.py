"""Checks across values: pairs, unique names, what belongs to which kind of region, addresses, times.

They read the plain data of the file, not the validated sections, so that they find their faults together with those
of single values. Whatever has the wrong type is skipped here: the schema has said so.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from console.inventory import units
from console.inventory.problems import Keys, Problem

Mapping = dict[str, Any]


def inconsistencies(data: object) -> list[Problem]:
    """Every fault across values of an inventory's plain data; never raises, whatever the data."""
    regions = list(_regions(data))
    problems = list(_poll_times(_section(data, "defaults", "poll")))
    problems += _unique_regions(regions)
    problems += _unique_hosts(regions)
    problems += _unique_addresses(data, regions)
    for keys, region in regions:
        problems += _pair(keys, region)
        problems += _unique_nodes(keys, region)
        problems += _kind(keys, region)
        for section in ("database", "ui"):
            problems += _endpoint(keys, region, section)
    return problems


def _regions(data: object) -> Iterator[tuple[Keys, Mapping]]:
    regions = _section(data).get("regions")
    for position, region in enumerate(regions if isinstance(regions, list) else []):
        if isinstance(region, dict):
            yield ("regions", position), region


def _hosts(keys: Keys, region: Mapping, *names: str) -> Iterator[tuple[Keys, str, Mapping]]:
    """Way, section name and mapping of each host of a region."""
    for section in names or ("database", "ui"):
        hosts = _section(region, section).get("hosts")
        for position, host in enumerate(hosts if isinstance(hosts, list) else []):
            if isinstance(host, dict):
                yield (*keys, section, "hosts", position), section, host


def _section(value: object, *names: str) -> Mapping:
    """A mapping inside mappings; empty where there is none."""
    for name in names:
        value = value.get(name) if isinstance(value, dict) else None
    return value if isinstance(value, dict) else {}


def _pair(keys: Keys, region: Mapping) -> Iterator[Problem]:
    hosts = _section(region, "database").get("hosts")
    if isinstance(hosts, list) and len(hosts) != 2:
        text = f"a region has exactly two database hosts, not {len(hosts)}; the first is the normal primary"
        yield Problem((*keys, "database", "hosts"), text)


def _unique_regions(regions: list[tuple[Keys, Mapping]]) -> Iterator[Problem]:
    for key in ("name", "number"):
        entries = [((*keys, key), region.get(key)) for keys, region in regions]
        yield from _repeated(entries, f"another region has this {key} too")


def _unique_hosts(regions: list[tuple[Keys, Mapping]]) -> Iterator[Problem]:
    region_names: list[tuple[Keys, object]] = [((*keys, "name"), region.get("name")) for keys, region in regions]
    entries: list[tuple[Keys, object]] = [
        ((*way, "name"), host.get("name")) for keys, region in regions for way, _, host in _hosts(keys, region)
    ]
    yield from _repeated(entries, "another host has this name too")
    taken = {_comparable(name) for _, name in region_names if isinstance(name, str)}
    for way, name in entries:
        if isinstance(name, str) and _comparable(name) in taken:
            yield Problem(way, "a region has this name too: on the command line they could not be told apart")


def _unique_nodes(keys: Keys, region: Mapping) -> Iterator[Problem]:
    entries: list[tuple[Keys, object]] = []
    for way, _, host in _hosts(keys, region, "database"):
        key = "node" if host.get("node") is not None else "name"
        entries.append(((*way, key), host.get(key)))
    names = [host.get("name") for _, _, host in _hosts(keys, region, "database")]
    if len({_comparable(name) for name in names}) == len(names):
        yield from _repeated(entries, "the other host has this cluster node name too")


def _unique_addresses(data: object, regions: list[tuple[Keys, Mapping]]) -> Iterator[Problem]:
    """Two hosts behind one address and ssh port would be one and the same machine."""
    entries: list[tuple[Keys, object]] = []
    for keys, region in regions:
        for way, section, host in _hosts(keys, region):
            if not isinstance(host.get("address"), str):
                continue
            levels = (host, _section(region, section), region, _section(data, "defaults"))
            ports = [_section(level, "ssh")["port"] for level in levels if "port" in _section(level, "ssh")]
            port = ports[0] if ports else None
            entries.append(((*way, "address"), (_comparable(host["address"]), 22 if port is None else str(port))))
    yield from _repeated(entries, "another host has this address and ssh port too")


def _kind(keys: Keys, region: Mapping) -> Iterator[Problem]:
    kind, database = region.get("kind"), _section(region, "database")
    if kind == "pacemaker" and database.get("scripts") is not None:
        yield Problem((*keys, "database", "scripts"), "belongs to a region of kind scripted; this one is pacemaker")
    hosts = database.get("hosts")
    for number, host in enumerate(hosts if isinstance(hosts, list) and kind == "pacemaker" else []):
        if isinstance(host, dict) and host.get("witnesses"):
            where = (*keys, "database", "hosts", number, "witnesses")
            yield Problem(where, "belong to a region of kind scripted; this one is pacemaker")
    if kind == "scripted" and database.get("cluster") is not None:
        yield Problem((*keys, "database", "cluster"), "belongs to a region of kind pacemaker; this one is scripted")


def _endpoint(keys: Keys, region: Mapping, section: str) -> Iterator[Problem]:
    endpoint = _section(region, section, "endpoint")
    way = (*keys, section, "endpoint")
    by_cluster = endpoint.get("managed_by") == "cluster"
    if by_cluster and (region.get("kind") == "scripted" or section == "ui"):
        where = "a region of kind scripted" if section == "database" else "UI appliances"
        yield Problem((*way, "managed_by"), f"no cluster manages the endpoint of {where}: write dns or balancer")
    if endpoint.get("resource") is not None and not by_cluster and "managed_by" in endpoint:
        yield Problem((*way, "resource"), "is only for managed_by: cluster")
    addresses = endpoint.get("addresses")
    entries = [
        ((*way, "addresses", n), item) for n, item in enumerate(addresses if isinstance(addresses, list) else [])
    ]
    yield from _repeated(entries, "is in the list twice")
    if by_cluster:
        own = {_comparable(host.get("address")) for _, _, host in _hosts(keys, region)}
        for place, item in entries:
            if isinstance(item, str) and _comparable(item) in own:
                yield Problem(place, "is a host's own address: a virtual IP is one that no host has for itself")


def _poll_times(poll: Mapping) -> Iterator[Problem]:
    interval = _seconds(poll, "interval", 2.0)
    slow = _seconds(poll, "slow_interval", 60.0)
    timeout = _seconds(poll, "timeout", 8.0)
    if interval is not None and slow is not None and slow < interval:
        key = "slow_interval" if "slow_interval" in poll else "interval"
        yield Problem(("defaults", "poll", key), "slow_interval must not be shorter than interval")
    if "timeout" in poll and "slow_interval" in poll and timeout is not None and slow is not None and timeout > slow:
        yield Problem(("defaults", "poll", "timeout"), "must not be longer than slow_interval: polls would pile up")


def _seconds(poll: Mapping, key: str, default: float) -> float | None:
    try:
        return units.parse_duration(poll.get(key, default))
    except ValueError:
        return None


def _repeated(entries: list[tuple[Keys, Any]], text: str) -> Iterator[Problem]:
    """A problem for each entry whose value an earlier one has; None and what cannot be compared is skipped."""
    seen: set[object] = set()
    for keys, value in entries:
        if value is None or isinstance(value, dict | list | bool):
            continue
        comparable = _comparable(value)
        if comparable in seen:
            yield Problem(keys, text)
        seen.add(comparable)


def _comparable(value: object) -> object:
    return value.casefold().rstrip(".") if isinstance(value, str) else _plain(value)


def _plain(value: object) -> object:
    return value if isinstance(value, int | float | tuple) else repr(value)
