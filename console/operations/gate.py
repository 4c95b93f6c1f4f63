"""The database port's gate on a host of a scripted region, and the failover scripts that could interfere."""

from __future__ import annotations

from dataclasses import dataclass

from console.operations.operation import Operation
from console.operations.places import GATE_CHAIN, HELD_SUFFIX
from console.operations.platform import Platform
from console.operations.shell import script


@dataclass(frozen=True, slots=True)
class ClosePort(Operation):
    """Reject the database port to everyone but `spare` (an address; None: to everyone), sessions in progress included.

    Done with a chain of its own (places.GATE_CHAIN) that is jumped to before every other rule.
    """

    spare: str | None

    def describe(self) -> str:
        """In words."""
        return "close the database port to clients" + (f", not to {self.spare}" if self.spare else "")

    def command(self, platform: Platform) -> str:
        """iptables; the whole gate is in force at once or not at all."""
        return script(platform, "close_port", "firewall", "gate", chain=GATE_CHAIN, spare=self.spare or "")


@dataclass(frozen=True, slots=True)
class ReopenPort(Operation):
    """Undo ClosePort: the port is as open as the host's own rules have it."""

    def describe(self) -> str:
        """In words."""
        return "take the closed gate of the database port away"

    def command(self, platform: Platform) -> str:
        """iptables: the jump, then the chain."""
        return script(platform, "reopen_port", "firewall", "gate", chain=GATE_CHAIN)


@dataclass(frozen=True, slots=True)
class AllowPort(Operation):
    """Put the scripts' own rule that opens the database port (REFERENCE 4, check-promote and check-access)."""

    def describe(self) -> str:
        """In words."""
        return "open the database port as the failover scripts do"

    def command(self, platform: Platform) -> str:
        """`iptables -I INPUT N -p tcp -m tcp --dport PORT -j ACCEPT`, once, after a closed gate."""
        return script(platform, "allow_port", "firewall", "allow", chain=GATE_CHAIN)


@dataclass(frozen=True, slots=True)
class DenyPort(Operation):
    """Take every such rule away."""

    def describe(self) -> str:
        """In words."""
        return "close the database port as the failover scripts do"

    def command(self, platform: Platform) -> str:
        """`iptables -D` of that rule as often as it is there."""
        return script(platform, "deny_port", "firewall", "allow", chain=GATE_CHAIN)


@dataclass(frozen=True, slots=True)
class HoldScript(Operation):
    """Rename a failover script, so that neither cron nor a boot runs it; one that runs now ends first."""

    path: str

    def describe(self) -> str:
        """In words."""
        return f"hold {self.path}"

    def command(self, platform: Platform) -> str:
        """mv; then waits up to 15 s until no instance runs."""
        return script(platform, "hold_script", "server", "hold", path=self.path, suffix=HELD_SUFFIX)


@dataclass(frozen=True, slots=True)
class ReleaseScript(Operation):
    """Undo HoldScript; a script that was installed anew meanwhile stays."""

    path: str

    def describe(self) -> str:
        """In words."""
        return f"release {self.path}"

    def command(self, platform: Platform) -> str:
        """mv -n."""
        return script(platform, "release_script", "hold", path=self.path, suffix=HELD_SUFFIX)
