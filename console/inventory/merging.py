"""Levels merged: for every value the one that holds, and where it comes from.

The order, later wins: built-in default, `defaults`, the region, the region's `database` or `ui`, the host. A profile
stands for the values that it gives, just below the level that names it: a region that names another profile than
`defaults` is not left with the paths that `defaults` spells out for its own. Only the profile that holds counts; a
profile that no level names gives paths, but never weaker ssh settings.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from pydantic import BaseModel

from console.inventory import fleet, values
from console.inventory.document import Document
from console.inventory.problems import Keys, Problem
from console.inventory.profiles import BUILT_IN, DEFAULT_PROFILE, PROFILES, Profile
from console.inventory.schema import (
    DatabaseHost,
    EndpointSection,
    Inventory,
    RegionSection,
    Section,
    UiHost,
)

BUILT_IN_ORIGIN = "built-in default"


@dataclass(frozen=True, slots=True)
class Sourced:
    """A value and where it comes from: `inventory.yaml:12 (region)`, `profile debian` or `built-in default`."""

    value: Any
    origin: str


Tree = dict[str, Any]
"""The merged inventory in the shape of the file: mappings and lists down to `Sourced` leaves."""


@dataclass(frozen=True, slots=True)
class Level:
    """What one level of the file says about ssh and PostgreSQL."""

    ssh: Mapping[str, Sourced]
    postgresql: Mapping[str, Sourced]


class Merger:
    """Merges one validated inventory. `problems` has what only merging can find."""

    def __init__(self, inventory: Inventory, document: Document, file_name: str) -> None:
        self._inventory = inventory
        self._document = document
        self._file_name = file_name
        self.problems: list[Problem] = []

    def tree(self) -> Tree:
        """The whole inventory with every default written out."""
        inventory = self._inventory
        return {
            "version": self._own(inventory, (), "version"),
            "environment": self._own(inventory, (), "environment"),
            "defaults": {
                name: self._section(getattr(inventory.defaults, name), ("defaults", name), "defaults")
                for name in ("poll", "thresholds")
            },
            "regions": [self._region(region, ("regions", n)) for n, region in enumerate(inventory.regions)],
        }

    def _region(self, region: RegionSection, keys: Keys) -> Tree:
        tree = self._section(region, keys, "region")
        tree["database"] = self._database(region, (*keys, "database"))
        tree["ui"] = self._ui(region, (*keys, "ui"))
        return tree

    def _database(self, region: RegionSection, keys: Keys) -> Tree:
        database = region.database
        levels = [*self._outer_levels(region, keys[:-1]), self._level(database, keys, "region")]
        tree: Tree = {"endpoint": self._endpoint(database.endpoint, (*keys, "endpoint"))}
        kind = "cluster" if region.kind is fleet.RegionKind.PACEMAKER else "scripts"
        tree[kind] = self._section(getattr(database, kind), (*keys, kind), "region")
        tree["hosts"] = [
            self._database_host(host, (*keys, "hosts", n), levels) for n, host in enumerate(database.hosts)
        ]
        tree["archive"] = self._archive(region, (*keys, "archive"), tree["hosts"])
        return tree

    def _ui(self, region: RegionSection, keys: Keys) -> Tree:
        levels = [*self._outer_levels(region, keys[:-1]), self._level(region.ui, keys, "region")]
        tree = self._section(region.ui, keys, "region")
        tree["endpoint"] = self._endpoint(region.ui.endpoint, (*keys, "endpoint"))
        tree["hosts"] = [self._host(host, (*keys, "hosts", n), levels) for n, host in enumerate(region.ui.hosts)]
        return tree

    def _database_host(self, host: DatabaseHost, keys: Keys, levels: list[Level]) -> Tree:
        tree = self._host(host, keys, levels)
        tree["node"] = tree["name"] if host.node is None else self._own(host, keys, "node")
        if host.witnesses:
            tree["witnesses"] = self._own(host, keys, "witnesses")
        if host.storage is not None:
            tree["storage"] = self._section(host.storage, (*keys, "storage"), "host")
        merged = merged_postgresql([*levels, self._level(host, keys, "host")])
        tree["postgresql"] = self._rendered(merged, keys)
        return tree

    def _host(self, host: DatabaseHost | UiHost, keys: Keys, levels: list[Level]) -> Tree:
        tree: Tree = {name: self._own(host, keys, name) for name in ("name", "address", "site")}
        if host.address is None:
            tree["address"] = tree["name"]
        tree["ssh"] = merged_ssh([*levels, self._level(host, keys, "host")])
        return tree

    def _endpoint(self, endpoint: EndpointSection | None, keys: Keys) -> Tree | None:
        return None if endpoint is None else self._section(endpoint, keys, "region")

    def _archive(self, region: RegionSection, keys: Keys, hosts: list[Tree]) -> Tree | None:
        archive = region.database.archive
        if archive is None:
            return None
        tree = self._section(archive, keys, "region")
        if not archive.read:
            tree["read"] = tree["write"]
        for key in ("write", "read"):
            tree[key] = self._archive_path(tree[key], (*keys, key), hosts)
        return tree

    def _archive_path(self, template: Sourced, keys: Keys, hosts: list[Tree]) -> Sourced:
        """One path for both hosts, and never the data directory or one around it."""
        paths = {host["name"].value: _render_path(template.value, host["postgresql"]) for host in hosts}
        if len(set(paths.values())) > 1:
            self.problems.append(
                Problem(keys, "differs between the two hosts, whose {home} or {data} differ: spell it out")
            )
        for host in hosts:
            path, data = paths[host["name"].value], host["postgresql"]["data"].value
            if f"{data}/".startswith(f"{path}/"):
                self.problems.append(Problem(keys, f"is the data directory of {host['name'].value}, or around it"))
        return Sourced(next(iter(paths.values())), template.origin)

    def _rendered(self, merged: Mapping[str, Sourced], keys: Keys) -> dict[str, Sourced]:
        rendered = dict(merged)
        for name in ("home", "data", "tmp", "log", "pgpass", "bin", "socket", "service"):
            known = {key: rendered[key].value for key in ("version", "home", "data")}
            rendered[name] = Sourced(values.render(merged[name].value, known), merged[name].origin)
        if rendered["data"].value == rendered["home"].value:
            self.problems.append(Problem((*keys, "postgresql", "data"), "must not be {home} itself"))
        return rendered

    def _outer_levels(self, region: RegionSection, keys: Keys) -> list[Level]:
        """What holds for every host of a region."""
        defaults = self._level(self._inventory.defaults, ("defaults",), "defaults")
        return [defaults, self._level(region, keys, "region")]

    def _level(self, section: Section, keys: Keys, label: str) -> Level:
        parts = {}
        for name in ("ssh", "postgresql"):
            part = getattr(section, name, None)
            parts[name] = self._written(part, (*keys, name), label) if part is not None else {}
        return Level(**parts)

    def _written(self, section: Section, keys: Keys, label: str) -> dict[str, Sourced]:
        """Only what the file says."""
        return {name: self._leaf(section, keys, name, label) for name in sorted(section.model_fields_set)}

    def _section(self, section: Section, keys: Keys, label: str) -> Tree:
        """The scalar values of a section; sections and lists of sections inside it are the caller's."""
        names = [name for name in type(section).model_fields if _is_leaf(getattr(section, name))]
        return {name: self._leaf(section, keys, name, label) for name in names}

    def _own(self, section: Section, keys: Keys, name: str) -> Sourced:
        return self._leaf(section, keys, name, "host" if "hosts" in keys else "")

    def _leaf(self, section: BaseModel, keys: Keys, name: str, label: str) -> Sourced:
        value = getattr(section, name)
        if name not in section.model_fields_set:
            return Sourced(value, BUILT_IN_ORIGIN)
        place = f"{self._file_name}:{self._document.line((*keys, name))}"
        return Sourced(value, f"{place} ({label})" if label else place)


def merged_ssh(levels: list[Level]) -> dict[str, Sourced]:
    """The ssh settings that hold after all levels, outermost first."""
    built_in = sourced(asdict(fleet.SshSettings()), BUILT_IN_ORIGIN)
    profile, at = _profile(levels)
    layers = [level.ssh for level in levels]
    if at is not None:
        layers.insert(at, sourced(profile.ssh, f"profile {profile.name}"))
    return _overlaid([built_in, *layers], [field.name for field in fields(fleet.SshSettings)])


def merged_postgresql(levels: list[Level]) -> dict[str, Sourced]:
    """The PostgreSQL settings that hold after all levels, outermost first; templates are not rendered yet."""
    built_in = sourced({"profile": DEFAULT_PROFILE, **BUILT_IN}, BUILT_IN_ORIGIN)
    profile, at = _profile(levels)
    layers = [level.postgresql for level in levels]
    layers.insert(at or 0, sourced(profile.postgresql, f"profile {profile.name}"))
    return _overlaid([built_in, *layers], ["profile", "version", *(f.name for f in fields(fleet.PostgresqlSettings))])


def sourced(settings: Mapping[str, Any], origin: str) -> dict[str, Sourced]:
    """Each value with the same origin."""
    return {name: Sourced(value, origin) for name, value in settings.items()}


def _profile(levels: list[Level]) -> tuple[Profile, int | None]:
    """The innermost profile and the position of the level that names it (None where no level names one)."""
    for position in reversed(range(len(levels))):
        named = levels[position].postgresql.get("profile")
        if named is not None:
            return PROFILES[named.value], position
    return PROFILES[DEFAULT_PROFILE], None


def _overlaid(layers: Iterable[Mapping[str, Sourced]], order: Iterable[str]) -> dict[str, Sourced]:
    merged: dict[str, Sourced] = {}
    for layer in layers:
        merged.update(layer)
    return {name: merged[name] for name in dict.fromkeys(order)}


def _render_path(template: str, postgresql: Mapping[str, Sourced]) -> str:
    return values.render(template, {name: postgresql[name].value for name in ("home", "data", "version")})


def _is_leaf(value: object) -> bool:
    if isinstance(value, list):
        return not any(isinstance(item, BaseModel) for item in value)
    return not isinstance(value, BaseModel)
