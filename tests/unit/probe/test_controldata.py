"""pg_controldata where it is damaged, in another language, or new (DOMAIN 3.4)."""

from __future__ import annotations

import pytest

from console.facts.lsn import Lsn
from console.facts.postgresql import ClusterState
from console.probe.controldata import parse_controldata


@pytest.mark.parametrize("state", [state for state in ClusterState if state is not ClusterState.UNRECOGNIZED])
def test_every_state_is_read(state: ClusterState) -> None:
    control = parse_controldata(f"Database cluster state:               {state.value}\n")
    assert control is not None
    assert control.state is state


def test_a_state_that_the_tool_does_not_know_is_said() -> None:
    control = parse_controldata("Database cluster state:               unrecognized status code 9\n")
    assert control is not None
    assert control.state is ClusterState.UNRECOGNIZED


@pytest.mark.parametrize(
    "text", ["", "pg_controldata: error: could not open file", "Datenbanksystemidentifikation: 77"]
)
def test_what_is_no_control_file_is_unknown(text: str) -> None:
    assert parse_controldata(text) is None


def test_values_that_make_no_sense_are_unknown_each_by_itself() -> None:
    control = parse_controldata(
        "WARNING: Calculated CRC checksum does not match value stored in file.\n"
        "Database system identifier:           7x\nLatest checkpoint location:           0/1764348\n"
        f"Latest checkpoint's TimeLineID:       {'9' * 5000}\nData page checksum version:           0\n"
        "wal_log_hints setting:                on\n"
    )
    assert control is not None
    assert (control.system_identifier, control.timeline, str(control.checkpoint)) == (None, None, "0/1764348")
    assert (control.checksums, control.wal_log_hints, control.state) == (False, True, None)


ROW = (
    'control {"system_identifier":"7711266347657859144","control_version":1300,"state":"in archive recovery",'
    '"checkpoint":"0/3057FA8","redo":"0/3057F70","timeline":2,"previous_timeline":1,"minimum_recovery":"0/3058070",'
    '"minimum_recovery_timeline":2,"backup_start":"0/0","segment_size":16777216,"block_size":8192,"checksums":1}'
)


def test_the_servers_own_reading_has_the_same_facts() -> None:
    control = parse_controldata(ROW)
    assert control is not None
    assert (control.system_identifier, control.state) == ("7711266347657859144", ClusterState.IN_ARCHIVE_RECOVERY)
    assert (control.checkpoint, control.redo) == (Lsn(0, 0x3057FA8), Lsn(0, 0x3057F70))
    assert (control.timeline, control.previous_timeline) == (2, 1)
    assert (control.minimum_recovery, control.minimum_recovery_timeline) == (Lsn(0, 0x3058070), 2)
    assert (control.segment_size, control.checksums, control.control_version) == (16777216, True, 1300)
    assert (control.wal_level, control.wal_log_hints) == (None, None)


@pytest.mark.parametrize("text", ["control ", "control {", "control []", "control {}", 'control {"state": []}'])
def test_a_row_that_says_nothing_is_unknown(text: str) -> None:
    assert parse_controldata(text) is None


def test_a_null_in_the_row_leaves_its_own_field_unknown() -> None:
    control = parse_controldata('control {"state": "in production", "timeline": null, "checkpoint": true}')
    assert control is not None
    assert (control.timeline, control.checkpoint) == (None, None)


@pytest.mark.parametrize("size", [2**20, 2**24, 2**26, 2**30])
def test_every_segment_size_that_postgresql_has_is_believed(size: int) -> None:
    assert segment_size(size) == size


@pytest.mark.parametrize("size", [0, -1, 1, 2**19, 2**20 + 1, 3 * 2**20, 2**31, 10**18])
def test_a_segment_size_that_no_server_has_is_unknown(size: int) -> None:
    assert segment_size(size) is None


def segment_size(told: int) -> int | None:
    control = parse_controldata(f"Database cluster state: in production\nBytes per WAL segment: {told}\n")
    assert control is not None
    return control.segment_size
