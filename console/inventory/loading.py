"""From inventory.yaml to a `Fleet`, or one error that lists everything that is wrong with the file."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from console.errors import InventoryError
from console.inventory import fleet
from console.inventory.complaints import complaints
from console.inventory.consistency import inconsistencies
from console.inventory.document import MAX_BYTES, Document, read_document
from console.inventory.merging import Merger, Sourced, Tree
from console.inventory.problems import Problem, inventory_error, printable
from console.inventory.schema import Inventory


@dataclass(frozen=True, slots=True)
class Loaded:
    """An inventory that is right: the fleet, and the merged tree that it was made of (for `inventory show`)."""

    fleet: fleet.Fleet
    tree: Tree


def load(path: Path) -> fleet.Fleet:
    """Read, check and merge an inventory. Contacts nothing.

    Raises InventoryError: the file cannot be read, or its message lists every fault as `file:line: key: text`.
    """
    return load_with_origins(path).fleet


def load_with_origins(path: Path) -> Loaded:
    """Like `load`, with the origin of each value."""
    document = read_document(_content(path))
    problems = list(document.problems)
    inventory = _validated(document, problems)
    if inventory is None or problems:
        raise inventory_error(path, _with_lines(problems, document))
    merger = Merger(inventory, document, printable(path.name))
    tree = merger.tree()
    if merger.problems:
        raise inventory_error(path, _with_lines(merger.problems, document))
    return Loaded(_fleet(tree, str(path)), tree)


def _content(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise InventoryError(f"{printable(str(path), 400)}: the inventory cannot be read: {reason}") from error


def _validated(document: Document, problems: list[Problem]) -> Inventory | None:
    """The inventory as written, or None; adds every fault of single values and across values."""
    if document.data is None and problems:
        return None
    if not isinstance(document.data, dict):
        problems.append(Problem((), "must be a mapping that begins with 'version: 1'"))
        return None
    problems += inconsistencies(document.data)
    try:
        return Inventory.model_validate(document.data)
    except ValidationError as error:
        problems += complaints(error)
        return None


def _with_lines(problems: list[Problem], document: Document) -> list[Problem]:
    return [
        problem if problem.line is not None else replace(problem, line=document.line(problem.keys))
        for problem in problems
    ]


def _plain(tree: Any) -> Any:
    """The tree without origins; lists become tuples."""
    if isinstance(tree, Sourced):
        return tuple(tree.value) if isinstance(tree.value, list) else tree.value
    if isinstance(tree, dict):
        return {name: _plain(value) for name, value in tree.items()}
    return tuple(map(_plain, tree)) if isinstance(tree, list) else tree


def _fleet(tree: Tree, source: str) -> fleet.Fleet:
    plain = _plain(tree)
    return fleet.Fleet(
        environment=plain["environment"],
        regions=tuple(map(_region, plain["regions"])),
        poll=fleet.Poll(**plain["defaults"]["poll"]),
        thresholds=fleet.Thresholds(**plain["defaults"]["thresholds"]),
        source=source,
    )


def _region(plain: dict[str, Any]) -> fleet.Region:
    name, database, ui = plain["name"], plain["database"], plain["ui"]
    ui_settings = {key: ui[key] for key in ("root", "ping_url", "httpd_service", "worker_service")}
    return fleet.Region(
        name=name,
        kind=plain["kind"],
        number=plain["number"],
        databases=tuple(_host(host, name, fleet.HostKind.DATABASE, n) for n, host in enumerate(database["hosts"], 1)),
        endpoint=fleet.Endpoint(**database["endpoint"]) if database["endpoint"] else None,
        archive=fleet.Archive(**database["archive"]) if database["archive"] else None,
        cluster=fleet.Cluster(**database["cluster"]) if "cluster" in database else None,
        scripts=fleet.Scripts(**database["scripts"]) if "scripts" in database else None,
        uis=tuple(_host(host, name, fleet.HostKind.UI, n) for n, host in enumerate(ui["hosts"], 1)),
        ui_endpoint=fleet.Endpoint(**ui["endpoint"]) if ui["endpoint"] else None,
        ui=fleet.UiSettings(**ui_settings),
    )


def _host(plain: dict[str, Any], region: str, kind: fleet.HostKind, ordinal: int) -> fleet.Host:
    return fleet.Host(
        name=plain["name"],
        address=plain["address"],
        region=region,
        kind=kind,
        ordinal=ordinal,
        ssh=fleet.SshSettings(**plain["ssh"]),
        postgresql=_postgresql(plain["postgresql"]) if kind is fleet.HostKind.DATABASE else None,
        node=plain.get("node", plain["name"]),
        site=plain["site"],
        storage=fleet.Storage(**plain["storage"]) if "storage" in plain else None,
        witnesses=plain.get("witnesses", ()),
    )


def _postgresql(plain: dict[str, Any]) -> fleet.PostgresqlSettings:
    settings = {name: value for name, value in plain.items() if name != "version"}
    return fleet.PostgresqlSettings(**settings)
