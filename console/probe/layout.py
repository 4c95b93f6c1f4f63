"""Section `layout`: the data directory on its file system, asked on demand."""

from __future__ import annotations

from console.facts.traces import DataLayout
from console.probe.lines import integer, pairs, values, yes_no


def parse_layout(text: str) -> DataLayout | None:
    """None where it does not tell which directory it is, or whether it is a mount point. Sizes may be unknown."""
    lines = text.split("\n")
    found = pairs(lines)
    path, real, mounted = found.get("path"), found.get("real"), yes_no(found.get("mounted"))
    if not path or not real or not real.startswith("/") or mounted is None:
        return None
    return DataLayout(
        path=path,
        real=real,
        mounted=mounted,
        tablespaces=values(lines, "tablespace"),
        wal_link=found.get("wal-link"),
        size=_natural(found.get("size")),
        free=_natural(found.get("free")),
        device=_natural(found.get("device")),
    )


def _natural(text: str | None) -> int | None:
    size = integer(text)
    return size if size is not None and size >= 0 else None
