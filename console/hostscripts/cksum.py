"""POSIX cksum: how S08 and the hosts name a file's content."""

from __future__ import annotations

_POLYNOMIAL = 0x04C11DB7


def _entry(index: int) -> int:
    value = index << 24
    for _ in range(8):
        value = ((value << 1) ^ (_POLYNOMIAL if value & 0x80000000 else 0)) & 0xFFFFFFFF
    return value


_TABLE = tuple(_entry(index) for index in range(256))


def cksum(content: bytes) -> str:
    """CHECKSUM SIZE, as cksum(1) prints them of its standard input (POSIX.1-2008: a CRC over content and size)."""
    size = len(content)
    length = size.to_bytes((size.bit_length() + 7) // 8, "little")
    crc = 0
    for byte in (*content, *length):
        crc = ((crc << 8) & 0xFFFFFFFF) ^ _TABLE[(crc >> 24) ^ byte]
    return f"{~crc & 0xFFFFFFFF} {size}"
