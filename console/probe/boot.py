"""Section `boot`: what happens when the host boots."""

from __future__ import annotations

import re

from console.facts.scripts import BootSettings
from console.facts.text import clean
from console.probe.lines import Block, blocks

_RUNLEVEL = re.compile(r"\b([2345]):(on|off)\b")


def parse_boot(text: str) -> BootSettings | None:
    """Whether the database's service and the cluster start at boot, and the boot scripts of rc.local."""
    found = blocks(text)
    service = next((block for block in found if block.name == "service"), None)
    if service is None:
        return None
    enabled, how = _enabled(service)
    known = [verdict for block in found if block.name == "cluster" and (verdict := _enabled(block)[0]) is not None]
    scripts = next((block.lines for block in found if block.name == "scripts"), ())
    return BootSettings(
        service_enabled=enabled,
        enabled_how=how,
        boot_scripts=tuple(clean(line.strip()) for line in scripts if line.strip()),
        cluster_enabled=any(known) if known else None,
    )


def _enabled(block: Block) -> tuple[bool | None, str]:
    """The verdict of the first tool that knows the service, and that tool's line."""
    words: dict[str, list[str]] = {}
    for line in block.lines:
        tool, _, rest = line.partition(" ")
        words.setdefault(tool, []).append(clean(" ".join(rest.split())))
    for tool, judge in (("systemctl", _systemctl), ("chkconfig", _chkconfig), ("start.conf", _start_conf)):
        for line in words.get(tool, []):
            verdict = judge(line)
            if verdict is not None and not (tool == "start.conf" and verdict and "link" not in words):
                return verdict, f"{tool}: {line}"
    if "link" in words:
        return True, words["link"][0]
    if "init" in words:
        return False, f"{words['init'][0]}, no start link in /etc/rc?.d"
    return None, ""


def _systemctl(line: str) -> bool | None:
    if line in {"enabled", "enabled-runtime", "alias", "indirect", "generated", "static", "linked"}:
        # A generated unit stands for an init script: its links decide. Static and linked ones start nothing.
        return {"enabled": True, "enabled-runtime": True, "alias": True}.get(line)
    return False if line in {"disabled", "masked", "masked-runtime"} else None


def _chkconfig(line: str) -> bool | None:
    levels = dict(_RUNLEVEL.findall(line))
    return "on" in (levels.get("3"), levels.get("5")) if levels else None


def _start_conf(line: str) -> bool | None:
    return {"auto": True, "manual": False, "disabled": False}.get(line)
