"""Section `tools`: which programs are there, and their versions."""

from __future__ import annotations

import re

from console.facts.system import Tools
from console.facts.text import clean

_VERSION = re.compile(r"(?<![\w.])v?(\d+(?:\.\d+)*[\w.+~-]*)")


def parse_tools(text: str) -> Tools:
    """`name<TAB>path<TAB>what --version said`; a tool without a readable version has its path's name as value."""
    versions: dict[str, str] = {}
    for line in text.split("\n"):
        name, _, rest = line.partition("\t")
        path, _, words = rest.partition("\t")
        if not name or not path:
            continue
        match = _VERSION.search(words)
        versions["pacemaker" if name == "crm_mon" else clean(name)] = clean(match[1]) if match else "installed"
    return Tools(versions)
