"""What the transport runs on a host: the probe's text and the version it answers with."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ProbeProgram:
    """The probe for one host: POSIX sh `text` (assignments and functions; prints nothing, never exits), and `version`.

    The text must define `vmdb_probe NUMBER DEADLINE_SECONDS SECTION…`, which prints
    `VMDB-BEGIN $VMDB_NONCE NUMBER VERSION`, the sections, and `VMDB-END $VMDB_NONCE NUMBER`.
    """

    text: str
    version: str
