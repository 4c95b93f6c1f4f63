"""Our lines in a file that is somebody else's (/etc/rc.local): put there and taken away, nothing else touched."""

from __future__ import annotations

BEGIN = "# BEGIN pgsql-replication"
END = "# END pgsql-replication"
EMPTY_RC_LOCAL = "#!/bin/sh\n\nexit 0\n"
"""What a host without an rc.local gets around the block."""


def with_block(text: str, block: str) -> str:
    """`text` with `block` (which begins with BEGIN and ends with END) in it once, before a final `exit`.

    Lines that are the block's own, as an older installation has them without marks, go: they would run twice.
    """
    commands = {line.strip() for line in block.splitlines() if not line.startswith("#")}
    lines = [line for line in _outside(text or EMPTY_RC_LOCAL) if line.strip() not in commands]
    at = _before_exit(lines)
    return "\n".join([*lines[:at], *block.splitlines(), *lines[at:]]) + "\n"


def without_block(text: str) -> str:
    """`text` without the block; as it is where there is none."""
    return "\n".join(_outside(text)) + "\n" if BEGIN in text.splitlines() else text


def _outside(text: str) -> list[str]:
    """The lines that are not the block's. A block whose end was lost has its first line taken away alone."""
    lines = text.splitlines()
    if BEGIN not in lines:
        return lines
    begin = lines.index(BEGIN)
    end = lines.index(END, begin) if END in lines[begin:] else begin
    return lines[:begin] + lines[end + 1 :]


def _before_exit(lines: list[str]) -> int:
    """Where the last `exit` at the left margin is, else the end: what stands behind it would never run."""
    found = [at for at, line in enumerate(lines) if line.split()[:1] == ["exit"] and not line[:1].isspace()]
    return found[-1] if found else len(lines)
