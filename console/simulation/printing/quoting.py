"""Attribute values of XML. xml.sax.saxutils has this too, and imports an HTTP client for it."""

from __future__ import annotations

_ESCAPES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "\n": "&#10;", "\t": "&#9;"})


def quoteattr(value: str) -> str:
    """`value` between double quotes, everything escaped that would end it or be read as markup."""
    return f'"{value.translate(_ESCAPES)}"'
