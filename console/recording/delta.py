"""Bytes squeezed against the bytes before them: what two polls of a host have in common costs next to nothing.

Both sides are cut into blocks. Each block is a zlib stream of its own, whose dictionary is what stands around the same
place in the earlier bytes: zlib sees 32 KiB and no more. zlib's checksums tell damage, also a wrong dictionary.
"""

from __future__ import annotations

import zlib

BLOCK = 16 * 1024
_BEFORE = 8 * 1024
_AFTER = 24 * 1024
MOST = 64 * 1024 * 1024
"""Bytes that a document may have when it is expanded: more is damage, or malice."""


class DamagedError(ValueError):
    """Squeezed bytes that are not what they were."""


def squeeze(document: bytes, against: bytes) -> bytes:
    """`document`, for `expand` with the same `against` (empty: nothing is known of what was before)."""
    starts = range(0, max(1, len(document)), BLOCK)
    return b"".join(_squeezed(document[start : start + BLOCK], _around(against, start)) for start in starts)


def expand(data: bytes, against: bytes) -> bytes:
    """What was squeezed. Raises DamagedError for anything else."""
    blocks: list[bytes] = []
    while data:
        place = len(blocks) * BLOCK
        if place > MOST:
            raise DamagedError("it is larger than any recording makes it")
        block, data = _expanded(data, _around(against, place))
        blocks.append(block)
    return b"".join(blocks)


def _around(against: bytes, start: int) -> bytes:
    return against[max(0, start - _BEFORE) : start + _AFTER]


def _squeezed(block: bytes, dictionary: bytes) -> bytes:
    level, bits, memory = 6, zlib.MAX_WBITS, zlib.DEF_MEM_LEVEL
    if dictionary:
        squeezer = zlib.compressobj(level, zlib.DEFLATED, bits, memory, zlib.Z_DEFAULT_STRATEGY, dictionary)
    else:
        squeezer = zlib.compressobj(level, zlib.DEFLATED, bits, memory)
    return squeezer.compress(block) + squeezer.flush()


def _expanded(data: bytes, dictionary: bytes) -> tuple[bytes, bytes]:
    """One block, and what follows it."""
    expander = zlib.decompressobj(zdict=dictionary) if dictionary else zlib.decompressobj()
    try:
        block = expander.decompress(data, BLOCK + 1)
    except zlib.error as error:
        raise DamagedError(str(error)) from error
    if len(block) > BLOCK or not expander.eof:
        raise DamagedError("it ends half-way")
    return block, expander.unused_data
