"""The resource list of crm_mon's text, in every shape (DOMAIN 2.1).

Primitives with their own line, groups, clones and master/slave sets with lists (`Masters: [ a ]`), with a line
an instance, or with both; bundles; resources active on two nodes; and the list that `-n` prints under each node.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace

from console.facts.cluster import ResourceInstance, ResourceRole
from console.probe.cluster_text_lines import Line
from console.probe.cluster_text_nodes import names_in
from console.probe.cluster_words import agent, host_name, pending, role, without_clone_number

_PRIMITIVE = re.compile(r"(\S+)\s+(?:\([^():]*\)\s+)?\(((?:[a-z][a-z0-9_-]*:)[^()\s]+)( ORPHANED)?\):?\s*(.*)")
# `-b` prints how many of an agent are active, and names none of them.
_BRIEF = re.compile(r"[0-9]+(?:/[0-9]+)?")
_CONTAINER = re.compile(
    r"(Clone Set|Master/Slave Set|Resource Group|(?:[A-Z]?[a-z]+ )?[Cc]ontainer(?: bundle)?(?: set)?):\s+"
    r"(\S+)(?:\s+\[([^\]]*)\])?(.*)"
)
_MOST_INSTANCES = 10_000
_LIST = re.compile(r"(\w+)\s*(?:\(([^()]*)\))?\s*:\s*\[(.*)")
_GROUPS = re.compile(r"\(([^()]*)\)")
_NODES = re.compile(r"\[([^\]]*)\]?")


@dataclass(slots=True)
class _Container:
    """A clone, master/slave set, group or bundle whose children are being read."""

    indent: int
    identifier: str
    child: str | None
    promotable: bool
    clone: bool
    flags: frozenset[str]
    children: int = 0


@dataclass(slots=True)
class ResourceReader:
    """Collects instances line by line. `node` is the node whose resources follow (group by node)."""

    instances: list[ResourceInstance] = field(default_factory=list)
    node: str | None = None
    _open: list[_Container] = field(default_factory=list)

    def read(self, line: Line) -> bool:
        """Take a line if it is about resources; past 10,000 instances none is taken."""
        if len(self.instances) > _MOST_INSTANCES:
            return False
        return self._container(line) or self._primitive(line) or self._list(line)

    def leave(self) -> None:
        """A section ended: what follows belongs to no container and no node."""
        self._open.clear()
        self.node = None

    def _container(self, line: Line) -> bool:
        match = _CONTAINER.match(line.text)
        if match is None:
            return False
        while self._open and self._open[-1].indent >= line.indent:
            self._open.pop()
        words = match[4].split("(", 1)[0].strip(" :")
        identifier = without_clone_number(match[2].rstrip(":"))
        flags = self._inherited() | _flags(match[4])
        promotable = match[1] == "Master/Slave Set" or "promotable" in flags
        clone = match[1] in {"Clone Set", "Master/Slave Set"}
        # Copies of documents lose the brackets round the child's name.
        child = (match[3] or words).strip() or None
        self._open.append(_Container(line.indent, identifier, child if clone else None, promotable, clone, flags))
        return True

    def _primitive(self, line: Line) -> bool:
        match = _PRIMITIVE.match(line.text)
        if match is None:
            return False
        if _BRIEF.fullmatch(match[1]):
            return True
        name = without_clone_number(match[1])
        self._close(line.indent, name)
        state = _State.read(f"{match[3] or ''} {match[4]}", self._promotable(), self._inherited())
        for node in state.nodes or (self.node if state.role is not ResourceRole.STOPPED else None,):
            self.instances.append(state.instance(name, agent(match[2]), node, self._parent()))
        return True

    def _list(self, line: Line) -> bool:
        match = _LIST.match(line.text)
        found = role(match[1]) if match else None
        if match is None or (found is None and match[1] != "FAILED") or not any(item.clone for item in self._open):
            return False
        while not self._open[-1].clone or (self._open[-1].indent >= line.indent and len(self._open) > 1):
            if len(self._open) == 1:
                break
            self._open.pop()
        self._add_listed(match, found)
        return True

    def _add_listed(self, match: re.Match[str], found: ResourceRole | None) -> None:
        top = self._open[-1]
        state = _State.read(match[1], top.promotable, top.flags | _flags(f"({match[2] or ''})"))
        names = names_in(match[3])
        for name in names:
            stopped = found is ResourceRole.STOPPED
            if stopped and top.child is None and without_clone_number(name) != name:
                top.child = without_clone_number(name)
            self.instances.append(
                state.instance(top.child or "", "", None if stopped else host_name(name), top.identifier)
            )
        top.children += len(names)

    def _close(self, indent: int, name: str) -> None:
        """Close containers that a primitive at `indent` is not in; a damaged copy may have lost the indentation."""
        while self._open and self._open[-1].indent >= indent:
            top = self._open[-1]
            damaged = (not top.children and top.child in {None, name}) or (top.clone and top.child == name)
            if damaged and len(self._open) == 1:
                break
            self._open.pop()
        if self._open:
            self._open[-1].children += 1

    def _parent(self) -> str | None:
        return self._open[-1].identifier if self._open else None

    def _promotable(self) -> bool:
        return any(item.promotable for item in self._open)

    def _inherited(self) -> frozenset[str]:
        own = self._open[-1].flags if self._open else frozenset()
        return own & {"unmanaged", "maintenance", "disabled", "promotable"}


@dataclass(frozen=True, slots=True)
class _State:
    """What stands after a resource's agent: `FAILED Master node1 (blocked, Monitoring)`."""

    role: ResourceRole
    nodes: tuple[str, ...]
    flags: frozenset[str]
    words: frozenset[str]
    pending: str | None

    @classmethod
    def read(cls, text: str, promotable: bool, inherited: frozenset[str]) -> _State:
        flags = _flags(text) | inherited
        rest = _GROUPS.sub(" ", text)
        listed = tuple(name for body in _NODES.findall(rest) for name in names_in(body))
        bare = _NODES.sub(" ", rest).split()
        known = {word: found for word in bare if (found := role(word)) is not None}
        other = [word for word in bare if word not in known]
        marks = frozenset(word for word in other if word in _MARKS)
        nodes = listed or tuple(word for word in other if word not in marks)[:1]
        waits = next((word for word in [*bare, *sorted(flags)] if pending(word)), None)
        found = next(iter(known.values()), None) or _role_of_failed(marks, nodes, promotable)
        return cls(found, () if found is ResourceRole.STOPPED else tuple(map(host_name, nodes)), flags, marks, waits)

    def instance(self, name: str, agent_name: str, node: str | None, parent: str | None) -> ResourceInstance:
        return ResourceInstance(
            identifier=name,
            agent=agent_name,
            role=self.role,
            node=node,
            parent=parent,
            managed=not self.flags & {"unmanaged", "maintenance"},
            failed="FAILED" in self.words,
            blocked="blocked" in self.flags or "blocked" in self.words,
            orphaned=bool({"ORPHANED", "REMOVED"} & self.words) or "orphaned" in self.flags,
            disabled="disabled" in self.flags,
            unclean="UNCLEAN" in self.flags,
            pending=self.pending,
        )


_MARKS = frozenset({"FAILED", "ORPHANED", "REMOVED", "blocked", "Active"})


def _role_of_failed(marks: frozenset[str], nodes: tuple[str, ...], promotable: bool) -> ResourceRole:
    """`FAILED node` without a role is of an instance below Promoted (native.c: role > Unpromoted is printed)."""
    if "FAILED" not in marks:
        return ResourceRole.UNKNOWN
    if not nodes:
        return ResourceRole.STOPPED
    return ResourceRole.UNPROMOTED if promotable else ResourceRole.STARTED


def _flags(text: str) -> frozenset[str]:
    return frozenset(flag.strip() for group in _GROUPS.findall(text) for flag in group.split(","))


def with_names(
    instances: list[ResourceInstance], attributes: dict[str, dict[str, str]]
) -> tuple[ResourceInstance, ...]:
    """Name the instances of sets that are printed without their primitive's name (Pacemaker 1.0), and add agents.

    A set of one whose primitive is known from elsewhere: score attributes are named `master-R` after it (DOMAIN 1.1).
    Where that does not tell, an instance keeps the set's own name.
    """
    named = {item.parent: item.identifier for item in instances if item.identifier}
    nameless = {item.parent for item in instances if not item.identifier and item.role is not ResourceRole.STARTED}
    scored = {
        without_clone_number(name.removeprefix("master-"))
        for values in attributes.values()
        for name in values
        if name.startswith("master-")
    } - {item.identifier for item in instances}
    open_sets = nameless - named.keys()
    if len(open_sets) == 1 and len(scored) == 1:
        named[next(iter(open_sets))] = next(iter(scored))
    agents = {item.identifier: item.agent for item in instances if item.agent}
    return tuple(item if item.identifier and item.agent else _completed(item, named, agents) for item in instances)


def _completed(item: ResourceInstance, named: dict[str | None, str], agents: dict[str, str]) -> ResourceInstance:
    identifier = item.identifier or named.get(item.parent) or item.parent or ""
    return replace(item, identifier=identifier, agent=item.agent or agents.get(identifier, ""))
