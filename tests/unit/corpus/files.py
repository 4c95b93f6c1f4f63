"""Where the corpus of real outputs lies, beside the repository; and what a cluster status says, in short words."""

from __future__ import annotations

from itertools import groupby
from pathlib import Path

import pytest

from console.facts.cluster import ClusterStatus, FailedAction, ResourceInstance
from console.facts.postgresql import LogEntry, Processes

CORPUS = Path(__file__).resolve().parents[3].parent / "shared" / "corpus"
_MOST_RESOURCES = 45


def corpus_files(*folders: str, suffixes: tuple[str, ...] = (".txt", ".xml", ".log")) -> list[str]:
    """Names of the corpus files below `folders`, relative to the corpus; none where it is not there."""
    found = (path for folder in folders for path in (CORPUS / folder).glob("*") if path.suffix in suffixes)
    return sorted(str(path.relative_to(CORPUS)) for path in found)


def read(name: str) -> str:
    """A corpus file's text; skips the test where the corpus is not there."""
    path = CORPUS / name
    if not path.is_file():
        pytest.skip(f"the corpus of real outputs is not beside the repository: {name}")
    return path.read_bytes().decode("utf-8", "replace")


def summary(status: ClusterStatus | None) -> list[str]:
    """One line a fact, so that an expectation reads like the screen that it describes."""
    if status is None:
        return ["nothing"]
    return [
        _heading(status),
        f"nodes: {', '.join(f'{node.name} {node.state.value}' for node in status.nodes)}".rstrip(),
        *_resources(status.resources),
        *(f"{node}: {' '.join(f'{k}={v}' for k, v in values.items())}" for node, values in status.attributes.items()),
        *(f"failures: {f.resource} on {f.node}: {f.count} of {f.migration_threshold}, last {f.last_failure}"
          for f in status.fail_counts),
        *(_failed(action) for action in status.failed_actions),
        *(f"fencing: {event.action} of {event.target} {event.status} at {event.at}" for event in status.fencing),
    ]  # fmt: skip


def _heading(status: ClusterStatus) -> str:
    quorum = {True: "quorum", False: "no quorum", None: "quorum unknown"}[status.quorum]
    maintenance = {True: "maintenance", False: "managed", None: "maintenance unknown"}[status.maintenance_mode]
    fencing = {True: "stonith on", False: "stonith off", None: "stonith unknown"}[status.stonith_enabled]
    return f"{status.format} {status.version} dc {status.dc}, {quorum}, {maintenance}, {fencing}"


def _resources(instances: tuple[ResourceInstance, ...]) -> list[str]:
    if len(instances) > _MOST_RESOURCES:
        roles = sorted({item.role.value for item in instances})
        counts = (f"{sum(item.role.value == role for item in instances)} {role}" for role in roles)
        return [f"{len(instances)} instances: {', '.join(counts)}"]
    return [_resource(item) for item in instances]


def _resource(item: ResourceInstance) -> str:
    flags = [name for name in ("failed", "blocked", "orphaned", "disabled", "unclean") if getattr(item, name)]
    flags += [] if item.managed else ["unmanaged"]
    flags += [f"pending {item.pending}"] if item.pending else []
    name = f"{item.parent}/{item.identifier}" if item.parent else item.identifier
    words = (name, f"({item.agent})" if item.agent else "", item.role.value, item.node or "", ", ".join(flags))
    return "- " + " ".join(word for word in words if word)


def _failed(action: FailedAction) -> str:
    words = f"{action.exit_text!r} ({action.exit_code}) {action.status}"
    return f"failed: {action.resource} {action.operation} on {action.node}: {words} at {action.at}: {action.reason}"


def expectations(name: str) -> dict[str, list[str]]:
    """Sections of an expectations file beside this one: `[corpus file]`, then one line a fact."""
    sections: dict[str, list[str]] = {}
    current: list[str] = []
    for line in (Path(__file__).parent / name).read_text(encoding="utf-8").splitlines():
        if line.startswith("[") and line.endswith("]"):
            current = sections.setdefault(line[1:-1], [])
        elif line:
            current.append(line)
    return sections


def processes_summary(found: Processes | None) -> str:
    """A server's processes in one line."""
    if found is None:
        return "nothing"
    parts = [f"postmaster {found.postmaster} of {found.data_directory}"]
    parts += [
        f"walsender {item.user}@{item.client}:{item.port} {item.state or 'silent'} at {item.lsn}"
        + (" for a backup" if item.backup else "")
        for item in found.walsenders
    ]
    if found.walreceiver:
        parts.append(f"walreceiver {found.walreceiver.state or 'silent'} at {found.walreceiver.lsn}")
    if found.startup:
        parts.append(f"startup {found.startup.state or 'silent'} {found.startup.segment}")
    if found.archiver:
        parts.append(f"archiver last {found.archiver.last} failed on {found.archiver.failed_on}")
    parts.append("titles" if found.titles else "no titles")
    return ", ".join(parts)


def log_summary(entries: tuple[LogEntry, ...]) -> list[str]:
    """What a log's recognised entries say, equal ones in a row counted."""
    said = [
        " ".join(
            str(word) for word in (e.meaning.value, e.lsn, e.timeline and f"timeline {e.timeline}", e.segment) if word
        )
        for e in entries
        if e.meaning
    ]
    return [f"{text} x{len(list(group))}" for text, group in groupby(said)]
