"""What a failback is made from: fixed once, kept in the journal."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from console.operations.platform import Platform
from console.runbooks.copying import Copy
from console.runbooks.plan import Parameters


class Method(StrEnum):
    """How host 1 gets host 2's data: while host 2 serves, or with clients shut out for the whole copy."""

    REJOIN = "rejoin"
    COPY = "copy"


@dataclass(frozen=True, slots=True)
class FailbackParameters(Parameters):
    """`target` is host 1. Paths are the hosts' own, none or "" where there is none.

    `copy` is how host 1's data is replaced; None where it streams from host 2 already. `timeline` and
    `system_identifier` are host 2's, and must stay so. `first_name`, `second_name` are how the hosts name each other in
    connections (what .pgpass has), `first_address`, `second_address` where those connections come from. `check_start`,
    `check_promote`, `check_access` are all paths of the failover scripts. `archive_write` is where host 1 archives,
    `restore_second` host 2's restore_command. `first_ran`: a server ran on host 1. `second_at_boot`: host 2's service
    starts at boot. `keeps` is the setting by which host 2 keeps WAL for a standby. `lost` are words about what only
    host 1 has. `archive_second` is the folder that host 2 archives into where that is not there, else "".
    """

    method: Method
    copy: Copy | None
    system_identifier: str
    timeline: int
    keeps: str
    first_name: str
    second_name: str
    first_address: str
    second_address: str
    check_start: tuple[str, ...]
    check_promote: tuple[str, ...]
    check_access: tuple[str, ...]
    archive_write: str
    restore_second: str
    first_ran: bool
    second_at_boot: bool
    lost: tuple[str, ...]
    discard_old: bool
    archive_second: str = ""

    @property
    def first(self) -> Platform:
        """Host 1, the normal primary."""
        return self.platforms[0]

    @property
    def second(self) -> Platform:
        """Host 2, which serves now."""
        return self.platforms[1]
