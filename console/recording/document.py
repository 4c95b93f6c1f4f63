"""One thing that was heard, as it stands in a recording: a head of JSON values, and texts by name.

A text that is the same as in the document before is left out; the others, and the head, are squeezed against theirs.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from console.recording.delta import DamagedError, expand, squeeze

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Document:
    """`texts` in their order. `head` has what JSON can have."""

    head: Any
    texts: Mapping[str, bytes] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Packed:
    """A document in few bytes, to be unpacked with the one before it."""

    head: bytes
    texts: bytes


def pack(document: Document, before: Document | None) -> Packed:
    """The document, given the one before it; None: whole."""
    earlier: Mapping[str, bytes] = before.texts if before is not None else {}
    new = {name: text for name, text in document.texts.items() if earlier.get(name) != text}
    lengths = {name: len(text) if name in new else None for name, text in document.texts.items()}
    head = _head([document.head, lengths])
    texts = squeeze(b"".join(new.values()), _joined(earlier, new)) if new else b""
    return Packed(squeeze(head, _head_of(before)), texts)


def unpack(packed: Packed, before: Document | None) -> Document:
    """The document again. Raises DamagedError where the bytes, or `before`, are not what they were."""
    earlier: Mapping[str, bytes] = before.texts if before is not None else {}
    head, lengths = _read_head(expand(packed.head, _head_of(before)))
    new = {name: length for name, length in lengths.items() if length is not None}
    texts = expand(packed.texts, _joined(earlier, new)) if new else b""
    if len(texts) != sum(new.values()):
        raise DamagedError("its texts are cut")
    found: dict[str, bytes] = {}
    place = 0
    for name, length in lengths.items():
        if length is None and name not in earlier:
            raise DamagedError(f"the text before {name} is not there")
        found[name] = earlier[name] if length is None else texts[place : place + length]
        place += length or 0
    return Document(head, found)


def microseconds(at: datetime) -> int:
    """Microseconds since 1970, UTC."""
    return (at - _EPOCH) // timedelta(microseconds=1)


def moment(count: Any) -> datetime:
    """The time of `microseconds`. Raises DamagedError for what is none."""
    try:
        return _EPOCH + timedelta(microseconds=int(count))
    except (OverflowError, TypeError, ValueError) as error:
        raise DamagedError("a time that is none") from error


def _head(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")


def _head_of(before: Document | None) -> bytes:
    """The head before, as a dictionary: its values stand where the new ones will."""
    return _head([before.head, dict.fromkeys(before.texts)]) if before is not None else b""


def _read_head(text: bytes) -> tuple[Any, dict[str, int | None]]:
    try:
        head, lengths = json.loads(text)
    except (ValueError, TypeError, RecursionError) as error:
        raise DamagedError("a head that cannot be read") from error
    valid = isinstance(lengths, dict) and all(
        length is None or (type(length) is int and length >= 0) for length in lengths.values()
    )
    if not valid:
        raise DamagedError("lengths that are none")
    return head, lengths


def _joined(texts: Mapping[str, bytes], names: Mapping[str, object]) -> bytes:
    return b"".join(texts.get(name, b"") for name in names)
