"""XML from hosts, read safely with the standard library: bounded, and without a document type.

Entity bombs and external entities need a DTD; Pacemaker never prints one, so a text with one is refused.
"""

from __future__ import annotations

import re
from xml.etree import ElementTree

_LARGEST = 16 * 1024**2
_DEEPEST = 64
_DECLARATION = re.compile(r"<!\s*(?:DOCTYPE|ENTITY|ELEMENT|ATTLIST|NOTATION)", re.IGNORECASE)


def root_begins(text: str, names: tuple[str, ...]) -> bool:
    """Whether an element of one of `names` begins a line, after an XML declaration or words on stderr maybe."""
    return any(_begin(text, name) >= 0 for name in names)


def parse_document(text: str, names: tuple[str, ...]) -> ElementTree.Element | None:
    """The element of one of `names` in `text`, what stands before and after it cut off.

    None where it is too large, too deep, cut short, has a DTD, or is no XML.
    """
    begins = [(at, name) for name in names if (at := _begin(text, name)) >= 0]
    if not begins:
        return None
    begin, name = min(begins)
    document = text[begin : text.rfind(">") + 1]
    if len(document) > _LARGEST or ("<!" in text and _DECLARATION.search(text)):
        return None
    closing = document.rfind(f"</{name}>")
    if closing >= 0:
        document = document[: closing + len(name) + 3]
    try:
        # Entities cannot be declared without a DTD, and that was refused above.
        root = ElementTree.fromstring(document)
    except (ElementTree.ParseError, ValueError, MemoryError):
        return None
    return root if _shallow(root) else None


def _begin(text: str, name: str) -> int:
    if f"<{name}" not in text:
        return -1
    match = re.search(rf"(?:^|\n|\?>)[ \t\r\ufeff]*<{re.escape(name)}[\s>/]", text)
    return text.index("<" + name, match.start()) if match else -1


def _shallow(root: ElementTree.Element) -> bool:
    level = [root]
    for _ in range(_DEEPEST):
        level = [child for element in level for child in element]
        if not level:
            return True
    return False
