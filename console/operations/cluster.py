"""Pacemaker by pcs (0.9's and 0.10's words), and the agent's PGSQL.lock."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from console.operations.operation import Operation, Risk
from console.operations.places import LOCK_ASIDE_SUFFIX
from console.operations.platform import Platform
from console.operations.shell import command_line, quoted, script

_NODE_COMMANDS = (0, 10)
"""From pcs 0.10 on `pcs node standby` and `node=` of cleanup; 0.9 has `pcs cluster standby`."""


def _pcs_node(platform: Platform) -> str:
    return "pcs cluster" if platform.pcs is not None and platform.pcs < _NODE_COMMANDS else "pcs node"


def _node_gist(platform: Platform, verb: str, *change: str) -> tuple[str, ...]:
    """pcs with `verb`; without pcs `change` of the attribute."""
    if platform.pcs is None:
        return (command_line("crm_attribute", "-N", platform.node, "-l", "forever", "-n", "standby", *change),)
    return (command_line(*_pcs_node(platform).split(), verb, platform.node),)


@dataclass(frozen=True, slots=True)
class NodeStandby(Operation):
    """Put this node in standby: the cluster stops its resources here."""

    time_limit: ClassVar[float] = 60.0

    def describe(self) -> str:
        """In words."""
        return "put the node in standby"

    def gist(self, platform: Platform) -> tuple[str, ...]:
        """`pcs node standby NODE`."""
        return _node_gist(platform, "standby", "-v", "on")

    def command(self, platform: Platform) -> str:
        """`pcs node standby NODE`, before 0.10 `pcs cluster standby NODE`; without pcs the attribute itself."""
        if platform.pcs is None:
            return script(platform, 'crm_attribute -N "$node" -l forever -n standby -v on', node=platform.node)
        return script(platform, f'{_pcs_node(platform)} standby "$node"', node=platform.node)


@dataclass(frozen=True, slots=True)
class NodeUnstandby(Operation):
    """Let this node run resources again."""

    time_limit: ClassVar[float] = 60.0

    def describe(self) -> str:
        """In words."""
        return "end the node's standby"

    def gist(self, platform: Platform) -> tuple[str, ...]:
        """`pcs node unstandby NODE`."""
        return _node_gist(platform, "unstandby", "-D")

    def command(self, platform: Platform) -> str:
        """`pcs node unstandby NODE`, before 0.10 `pcs cluster unstandby NODE`; without pcs the attribute itself."""
        if platform.pcs is None:
            return script(platform, 'crm_attribute -N "$node" -l forever -n standby -D', node=platform.node)
        return script(platform, f'{_pcs_node(platform)} unstandby "$node"', node=platform.node)


@dataclass(frozen=True, slots=True)
class CleanupResource(Operation):
    """Clear the database resource's failures and fail counts on this node, so that the cluster tries again."""

    time_limit: ClassVar[float] = 60.0

    def describe(self) -> str:
        """In words."""
        return "clean up the resource's failures"

    def gist(self, platform: Platform) -> tuple[str, ...]:
        """`pcs resource cleanup RESOURCE`."""
        if platform.pcs is None:
            return (command_line("crm_resource", "-C", "-r", platform.resource, "-N", platform.node),)
        on_node = (f"node={platform.node}",) if platform.pcs >= _NODE_COMMANDS else ()
        return (command_line("pcs", "resource", "cleanup", platform.resource, *on_node),)

    def command(self, platform: Platform) -> str:
        """`pcs resource cleanup RESOURCE`, on this node alone from pcs 0.10 on; without pcs `crm_resource -C`."""
        values = {"resource": platform.resource, "node": platform.node}
        if platform.pcs is None:
            return script(platform, 'crm_resource -C -r "$resource" -N "$node"', **values)
        on_node = ' node="$node"' if platform.pcs >= _NODE_COMMANDS else ""
        return script(platform, f'pcs resource cleanup "$resource"{on_node}', **values)


@dataclass(frozen=True, slots=True)
class SetLockAside(Operation):
    """Rename PGSQL.lock, but only the one that was judged: `modified` is its time in epoch seconds."""

    risk: ClassVar[Risk] = Risk.DESTRUCTIVE

    path: str
    modified: int

    def describe(self) -> str:
        """In words."""
        return f"set {self.path} aside"

    def gist(self, platform: Platform) -> tuple[str, ...]:
        """mv, where the file is still the one that was judged."""
        judged = f'[ "$(stat -c %Y {quoted(self.path)})" = {self.modified} ]'
        return (f"{judged} && {command_line('mv', self.path, self.path + LOCK_ASIDE_SUFFIX)}",)

    def command(self, platform: Platform) -> str:
        """Refuses where the file has another modification time; done where it is aside already."""
        values = {"path": self.path, "modified": str(self.modified), "suffix": LOCK_ASIDE_SUFFIX}
        return script(platform, "set_lock_aside", "lock", **values)


@dataclass(frozen=True, slots=True)
class PutLockBack(Operation):
    """Undo SetLockAside; a lock that is there by now stays."""

    path: str

    def describe(self) -> str:
        """In words."""
        return f"put {self.path} back"

    def gist(self, platform: Platform) -> tuple[str, ...]:
        """mv -n."""
        return (command_line("mv", "-n", self.path + LOCK_ASIDE_SUFFIX, self.path),)

    def command(self, platform: Platform) -> str:
        """mv -n."""
        return script(platform, "put_lock_back", "lock", path=self.path, suffix=LOCK_ASIDE_SUFFIX)


@dataclass(frozen=True, slots=True)
class DiscardLock(Operation):
    """Remove the lock that was set aside."""

    risk: ClassVar[Risk] = Risk.DESTRUCTIVE

    path: str

    def describe(self) -> str:
        """In words."""
        return f"delete the lock that was set aside from {self.path}"

    def gist(self, platform: Platform) -> tuple[str, ...]:
        """rm of the aside name."""
        return (command_line("rm", "-f", self.path + LOCK_ASIDE_SUFFIX),)

    def command(self, platform: Platform) -> str:
        """rm -f of the aside name."""
        return script(platform, 'rm -f "$path$suffix"', path=self.path, suffix=LOCK_ASIDE_SUFFIX)
