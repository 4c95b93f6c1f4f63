"""pg_controldata where it is damaged, in another language, or new (DOMAIN 3.4)."""

from __future__ import annotations

import pytest

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
