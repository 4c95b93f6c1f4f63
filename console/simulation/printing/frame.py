"""The probe's frame around printed sections (console.probe.frame reads it)."""

from __future__ import annotations

from collections.abc import Iterable

from console.simulation.noise import stable_hex
from console.simulation.printing.view import Printed


def framed(number: int, version: str, sections: Iterable[tuple[str, Printed]]) -> bytes:
    """A report as console/probe/shell/frame.sh writes it: payload, a newline, then the status line."""
    nonce = stable_hex("nonce", number)
    parts = [f"VMDB-BEGIN {nonce} {number} {version}\n"]
    for section, printed in sections:
        name = section.partition(":")[0]
        reason = f" reason={printed.reason}" if printed.reason else ""
        parts.append(f"VMDB-SECTION {nonce} {section}\n{printed.text}\n")
        parts.append(f"VMDB-STATUS {nonce} {name} rc={printed.status} ms={10 if printed.text else 0}{reason}\n")
    parts.append(f"VMDB-END {nonce} {number}\n")
    return "".join(parts).encode()
