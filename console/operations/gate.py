"""The database port's gate on a host of a scripted region, and the failover scripts that could interfere."""

from __future__ import annotations

from dataclasses import dataclass

from console.operations.operation import Operation
from console.operations.places import GATE_CHAIN, HELD_SUFFIX, REPLACED_SUFFIX
from console.operations.platform import Platform
from console.operations.shell import command_line, script


def _match(platform: Platform) -> tuple[str, ...]:
    """What a rule for the database port matches."""
    return ("-p", "tcp", "-m", "tcp", "--dport", str(platform.postgresql.port))


@dataclass(frozen=True, slots=True)
class ClosePort(Operation):
    """Reject the database port to everyone but `spare` (an address; None: to everyone), sessions in progress included.

    Done with a chain of its own (places.GATE_CHAIN) that is jumped to before every other rule.
    """

    spare: str | None

    def describe(self) -> str:
        """In words."""
        return "close the database port to clients" + (f", not to {self.spare}" if self.spare else "")

    def gist(self, platform: Platform) -> tuple[str, ...]:
        """The gate's rules, which go in force together; ip6tables has the same where the host has IPv6."""
        program = "ip6tables" if ":" in (self.spare or "") else "iptables"
        spare = (command_line(program, "-A", GATE_CHAIN, "-s", self.spare, "-j", "RETURN"),) if self.spare else ()
        reject = command_line("iptables", "-A", GATE_CHAIN, "-p", "tcp", "-j", "REJECT", "--reject-with", "tcp-reset")
        return (*spare, reject, command_line("iptables", "-I", "INPUT", "1", *_match(platform), "-j", GATE_CHAIN))

    def command(self, platform: Platform) -> str:
        """iptables; the whole gate is in force at once or not at all."""
        return script(platform, "close_port", "firewall", "gate", chain=GATE_CHAIN, spare=self.spare or "")


@dataclass(frozen=True, slots=True)
class ReopenPort(Operation):
    """Undo ClosePort: the port is as open as the host's own rules have it."""

    def describe(self) -> str:
        """In words."""
        return "take the closed gate of the database port away"

    def gist(self, platform: Platform) -> tuple[str, ...]:
        """The jump, then the chain."""
        jump = command_line("iptables", "-D", "INPUT", *_match(platform), "-j", GATE_CHAIN)
        return ("; ".join((jump, *(command_line("iptables", flag, GATE_CHAIN) for flag in ("-F", "-X")))),)

    def command(self, platform: Platform) -> str:
        """iptables: the jump, then the chain."""
        return script(platform, "reopen_port", "firewall", "gate", chain=GATE_CHAIN)


@dataclass(frozen=True, slots=True)
class AllowPort(Operation):
    """Put the scripts' own rule that opens the database port (REFERENCE 4, check-promote and check-access)."""

    def describe(self) -> str:
        """In words."""
        return "open the database port as the failover scripts do"

    def gist(self, platform: Platform) -> tuple[str, ...]:
        """The rule; it goes behind a closed gate."""
        return (command_line("iptables", "-I", "INPUT", *_match(platform), "-j", "ACCEPT"),)

    def command(self, platform: Platform) -> str:
        """`iptables -I INPUT N -p tcp -m tcp --dport PORT -j ACCEPT`, once, after a closed gate."""
        return script(platform, "allow_port", "firewall", "allow", chain=GATE_CHAIN)


@dataclass(frozen=True, slots=True)
class DenyPort(Operation):
    """Take every such rule away."""

    def describe(self) -> str:
        """In words."""
        return "close the database port as the failover scripts do"

    def gist(self, platform: Platform) -> tuple[str, ...]:
        """The rule's removal."""
        return (command_line("iptables", "-D", "INPUT", *_match(platform), "-j", "ACCEPT"),)

    def command(self, platform: Platform) -> str:
        """`iptables -D` of that rule as often as it is there."""
        return script(platform, "deny_port", "firewall", "allow", chain=GATE_CHAIN)


def _names(path: str) -> dict[str, str]:
    return {"path": path, "suffix": HELD_SUFFIX, "replaced": REPLACED_SUFFIX}


@dataclass(frozen=True, slots=True)
class HoldScript(Operation):
    """Rename a failover script, so that neither cron nor a boot runs it; one that runs now ends first.

    Where one was installed anew since it was held, the new one is held and the older one kept (REPLACED_SUFFIX).
    """

    path: str

    def describe(self) -> str:
        """In words."""
        return f"hold {self.path}"

    def gist(self, platform: Platform) -> tuple[str, ...]:
        """mv."""
        return (command_line("mv", self.path, self.path + HELD_SUFFIX),)

    def command(self, platform: Platform) -> str:
        """mv; then waits up to 15 s until no instance runs."""
        return script(platform, "hold_script", "server", "hold", **_names(self.path))


@dataclass(frozen=True, slots=True)
class ReleaseScript(Operation):
    """Undo HoldScript; a script that was installed anew meanwhile stays."""

    path: str

    def describe(self) -> str:
        """In words."""
        return f"release {self.path}"

    def gist(self, platform: Platform) -> tuple[str, ...]:
        """mv -n."""
        return (command_line("mv", "-n", self.path + HELD_SUFFIX, self.path),)

    def command(self, platform: Platform) -> str:
        """mv -n."""
        return script(platform, "release_script", "hold", **_names(self.path))
