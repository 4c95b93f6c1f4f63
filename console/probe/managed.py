"""Section `managed`: the files of the failover scripts, whole, for the difference to what would be installed."""

from __future__ import annotations

from console.facts.managed import ManagedFile, ManagedFiles
from console.facts.text import clean
from console.probe.lines import Block, blocks

_MARK = "|"


def parse_managed(text: str) -> ManagedFiles | None:
    """The files that are there; None where the answer has no end.

    Each file is `@@file MODE OWNER CRC SIZE PATH` and its lines behind a `|`; a last `@@end [systemd]` says that all
    were looked at, and what brought the host up.
    """
    found = blocks(text)
    end = next((block for block in found if block.name == "end"), None)
    if end is None:
        return None
    files = (_file(block) for block in found if block.name == "file")
    there = sorted((file for file in files if file is not None), key=lambda file: file.path)
    return ManagedFiles(tuple(there), systemd=end.rest == "systemd")


def _file(block: Block) -> ManagedFile | None:
    words = block.rest.split(" ", 4)
    if len(words) != 5:
        return None
    mode, owner, crc, size, path = (clean(word) for word in words)
    known = crc.isdecimal() and size.isdecimal()
    return ManagedFile(path, mode, owner, f"{crc} {size}" if known else "", _text(block, size) if known else None)


def _text(block: Block, size: str) -> str | None:
    """The content where it came whole and has nothing that a screen must not show."""
    lines = [line for line in block.lines if line]
    if any(not line.startswith(_MARK) for line in lines):
        return None
    text = "".join(f"{line[1:]}\n" for line in lines)
    if len(text.encode()) == int(size) + 1:
        text = text[:-1]  # its last line has no end
    return text if len(text.encode()) == int(size) and clean(text, lines=True) == text else None
