"""How a run ended, as symbol, word and colour."""

from __future__ import annotations

from console.exit_codes import ExitCode

OUTCOMES = {
    ExitCode.OK: ("✔ DONE", "bold $status-ok", "done and verified"),
    ExitCode.REFUSED: ("✖ REFUSED", "bold $status-warning", "refused by a guard: nothing was changed"),
    ExitCode.HALF_WAY: ("▲ HALF-WAY", "bold $status-critical", "changed, not finished: it can be continued"),
    ExitCode.CANCELLED: ("■ CANCELLED", "bold $status-warning", "cancelled: nothing was changed"),
    ExitCode.ROLLED_BACK: ("↶ ROLLED BACK", "bold $status-warning", "everything that it did is taken back"),
}
"""Symbol and word, style, and what the exit code means (DESIGN 8)."""
