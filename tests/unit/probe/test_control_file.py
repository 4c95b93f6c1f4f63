"""pg_control read without pg_controldata, in the layouts of 9.2 to 18 (pg_control.h), and the end of WAL from it."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest

from console.facts.evidence import WalEndMethod
from console.facts.lsn import Lsn
from console.probe.evidence import parse_wal_end_section
from tests.unit.probe.hosts import SHELLS, TemporaryHost

pytestmark = pytest.mark.skipif("dash" not in SHELLS, reason="dash is not installed")
SYSTEM = 7711355664038312292
VERSIONS = {"9.2": 922, "9.3": 937, "9.4": 942, "9.5": 942, "9.6": 960, "10": 1002, "11": 1100, "13": 1300, "18": 1800}
SEGMENT = 16 * 1024**2


def control_file(version: int, state: int, checkpoint: Lsn, timeline: int) -> bytes:
    """ControlFileData up to the timeline, padded to the file's size, in this machine's byte order."""
    head = struct.pack("=QIIIIq", SYSTEM, version, 202209061, state, 0, 1_700_000_000)
    if version <= 922:
        place = struct.pack("=II", checkpoint.high, checkpoint.low)
    else:
        place = struct.pack("=Q", checkpoint.high << 32 | checkpoint.low)
    previous = place if version <= 1002 else b""
    return (head + place + previous + place + struct.pack("=I", timeline)).ljust(8192, b"\0")


def record_header(version: str, length: int) -> bytes:
    """xl_tot_len stands at offset 16 of a record up to 9.2, at 0 from 9.3 on."""
    size = struct.pack("=I", length)
    return b"\xaa" * 16 + size + b"\xaa" * 12 if version == "9.2" else size + b"\xaa" * 28


def stopped(host: TemporaryHost, version: str, checkpoint: Lsn, *, state: int = 1, timeline: int = 3) -> None:
    data = host.root / "data"
    (data / "global").mkdir()
    (data / "PG_VERSION").write_text(f"{version}\n")
    (data / "global" / "pg_control").write_bytes(control_file(VERSIONS[version], state, checkpoint, timeline))
    wal = data / ("pg_xlog" if version.startswith("9.") else "pg_wal")
    wal.mkdir()
    segment = f"{timeline:08X}{checkpoint.high:08X}{checkpoint.low // SEGMENT:08X}"
    _write(wal / segment, checkpoint.low % SEGMENT, record_header(version, 96))
    host.tool("pg_controldata", "echo unsupported >&2; exit 1")
    for name in ("pg_waldump", "pg_xlogdump"):
        host.tool(name, "exit 127")


def _write(path: Path, offset: int, content: bytes) -> None:
    with path.open("wb") as file:
        file.truncate(SEGMENT)
        file.seek(offset)
        file.write(content)


@pytest.mark.parametrize("version", VERSIONS)
def test_the_end_of_a_clean_stop_is_read_from_the_control_file_of_every_version(
    a_host: TemporaryHost, version: str
) -> None:
    """DOMAIN 8 measured 9.2: a shutdown checkpoint at 0/8000020 ends at 0/8000080."""
    stopped(a_host, version, Lsn(5, 0x8000020))
    section = a_host.frame("wal_end").sections["wal_end"]
    assert section.answered, section.reason
    assert f"Database system identifier:           {SYSTEM}\n" in section.text
    end = parse_wal_end_section(section.text)
    assert end is not None
    assert (end.method, end.timeline) == (WalEndMethod.SHUTDOWN_CHECKPOINT, 3)
    assert (end.lower, end.upper) == (Lsn(5, 0x8000080), Lsn(5, 0x8000080))


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize("state", [0, 2, 3, 4, 5, 6, 99])
def test_only_a_clean_stop_ends_with_its_checkpoint(a_host: TemporaryHost, state: int, shell: str) -> None:
    stopped(a_host, "11", Lsn(5, 0x8000020), state=state)
    assert a_host.facts("wal_end", shell=shell).evidence.wal_end is None


def test_a_control_file_of_an_unknown_layout_is_not_read(a_host: TemporaryHost) -> None:
    stopped(a_host, "11", Lsn(5, 0x8000020))
    control = a_host.root / "data" / "global" / "pg_control"
    control.write_bytes(control_file(2000, 1, Lsn(5, 0x8000020), 3))
    section = a_host.frame("wal_end").sections["wal_end"]
    assert not section.answered
    assert section.reason == f"cannot read {control}"


def test_without_a_control_file_a_named_position_is_still_looked_at(a_host: TemporaryHost) -> None:
    stopped(a_host, "11", Lsn(5, 0x8000020))
    (a_host.root / "data" / "global" / "pg_control").unlink()
    section = a_host.frame("wal_end:3:5/8000020").sections["wal_end"]
    assert section.answered
    assert "Database system identifier" not in section.text
    assert parse_wal_end_section(section.text) is None
