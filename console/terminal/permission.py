"""Whether this process may change anything (production starts read-only). Asked before the Runner is loaded."""

from __future__ import annotations

from dataclasses import dataclass

from console.inventory.fleet import Fleet


@dataclass(frozen=True, slots=True)
class Permission:
    """`--read-only` and `--write`, as given."""

    read_only: bool
    write: bool

    def require(self, fleet: Fleet) -> None:
        """Raise Refused in a read-only process."""
        from console.runbooks.runbook import Refused  # loaded only to refuse: whoever asks for a plan waits

        if self.read_only:
            raise Refused(
                "nothing was changed: this console is read-only, since it was started with --read-only.\n"
                "Leave that out to make the run, or add --dry-run to see the whole plan."
            )
        if fleet.production and not self.write:
            raise Refused(
                "nothing was changed: this console is read-only, since the inventory's environment is production.\n"
                "Add --write to make the run, or --dry-run to see the whole plan."
            )
