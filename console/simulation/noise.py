"""Noise that is the same in every run: what happens in a simulated second depends on the second alone."""

from __future__ import annotations

import hashlib
import uuid
import zlib
from functools import lru_cache


def noise(seed: str, tick: int) -> float:
    """A number in 0..1 for `seed` at second `tick`."""
    return zlib.crc32(f"{seed} {tick}".encode()) / 0xFFFFFFFF


@lru_cache(maxsize=4096, typed=True)
def stable_uuid(*words: object) -> str:
    """A UUID that depends on `words` only, as boot ids look."""
    return str(uuid.UUID(bytes=hashlib.md5(_key(words), usedforsecurity=False).digest()))


def stable_hex(*words: object) -> str:
    """32 hex digits that depend on `words` only, as machine-ids look."""
    return stable_uuid(*words).replace("-", "")


@lru_cache(maxsize=4096, typed=True)
def stable_number(low: int, high: int, *words: object) -> int:
    """A number in low..high that depends on `words` only."""
    return low + zlib.crc32(_key(words)) % (high - low + 1)


def _key(words: tuple[object, ...]) -> bytes:
    return " ".join(map(str, words)).encode()
