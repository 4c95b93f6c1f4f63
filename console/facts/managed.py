"""Files that the console installs on a host (the failover scripts), as they lie there."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ManagedFile:
    """A file under one of the names that belong to the failover scripts.

    `mode` is octal without a leading 0, `owner` is USER:GROUP. `checksum` is "CRC SIZE" as cksum prints them, "" where
    it could not be read. `text` is its content (outside text, cleaned); None where it is no plain file, is too long, or
    is not the same when cleaned.
    """

    path: str
    mode: str
    owner: str
    checksum: str
    text: str | None


@dataclass(frozen=True, slots=True)
class ManagedFiles:
    """Those that are there, by path; and whether systemd brought the host up (sd_booted(3)), so that its units run."""

    files: tuple[ManagedFile, ...]
    systemd: bool = False
