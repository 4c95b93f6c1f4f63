"""Section `disks`: space of the file systems that matter, one `df -P` each."""

from __future__ import annotations

import re

from console.facts.system import Disk
from console.facts.text import clean
from console.probe.lines import Block, blocks

_DF = re.compile(r"^(\S.*?)\s+(\d{1,18})\s+(\d{1,18})\s+(-?\d{1,18})\s+(?:\d+%|-)\s+(/.*)$")


def parse_disks(text: str) -> tuple[Disk, ...]:
    """What df told; a path that is not there or did not answer is left out (`failed_disks` says which)."""
    found = (_disk(block) for block in blocks(text) if block.name)
    return tuple(disk for disk in found if disk is not None)


def failed_disks(text: str) -> tuple[str, ...]:
    """Why a path's file system could not be measured, one text a path that hung or failed for want of rights.

    An archive directory that is not there has no space to measure: that is known, and whether it must be there is
    A01's (host 1 of a scripted pair has no mirror of its own archive, REFERENCE 2).
    """
    return tuple(
        f"{block.rest}: {_why(block)}"
        for block in blocks(text)
        if block.name and block.rest and _disk(block) is None and not _no_archive(block)
    )


def _no_archive(block: Block) -> bool:
    return block.name == "archive" and any(line.endswith(": No such file or directory") for line in block.lines)


def _disk(block: Block) -> Disk | None:
    for line in block.lines:
        if match := _DF.match(line):
            device, total, _, available, mount = match.groups()
            sizes = (int(total) * 1024, max(0, int(available)) * 1024)
            return Disk(clean(block.name), clean(block.rest), clean(device), clean(mount), *sizes)
    return None


def _why(block: Block) -> str:
    words = [line for line in block.lines if line.strip()]
    if any(line in {"failed 124", "failed 137"} for line in words):
        return "did not answer in time"
    return clean(words[0]) if words else "no answer"
