"""How much WAL a primary keeps for a standby, and when that is too little for a stop that loses nothing."""

from __future__ import annotations

from dataclasses import replace

import pytest

from console.facts.observed import Observed
from console.facts.postgresql import Configuration, ReplicationSlot, WalreceiverRow
from console.facts.server_version import ServerVersion
from console.facts.snapshot import Snapshot
from console.runbooks import conditions as must
from console.runbooks.failback import FAILBACK
from console.runbooks.plan import Answer
from tests.unit.diagnosis.builders import AT, seen
from tests.unit.runbooks.scenes import G1, G2, answer, broken, planned, ruling, survey, with_host, with_value

FAILED_OVER, HEALTHY = survey("failed-over", "global"), survey("healthy", "global")
KEEPS = must.keeps_wal(G2, G1, by_slot=False)
MIB = 1024**2


def keeping(name: str, value: str, snapshot: Snapshot = FAILED_OVER, host: str = G2) -> Snapshot:
    """The snapshot with that one setting in force."""
    return with_host(snapshot, host, settings=seen({name: value}, "pg_settings"))


@pytest.mark.parametrize(
    ("name", "value", "size"),
    [
        ("wal_keep_size", "64", 64 * MIB),
        ("wal_keep_size", "512MB", 512 * MIB),
        ("wal_keep_size", " 1 GB ", 1024 * MIB),
        ("wal_keep_size", "32768kB", 32 * MIB),
        ("wal_keep_segments", "4", 64 * MIB),
        ("wal_keep_segments", "0", 0),
    ],
)
def test_the_setting_is_read_with_and_without_a_unit(name: str, value: str, size: int) -> None:
    found = must.kept_wal(keeping(name, value).facts(G2))
    assert found is not None
    assert (found.size, found.words) == (size, f"{name} = {value}")


@pytest.mark.parametrize("value", ["", "much", "64 PB", "1e3"])
def test_a_setting_that_cannot_be_read_is_unknown_and_not_nothing(value: str) -> None:
    assert answer(KEEPS, keeping("wal_keep_size", value)) is Answer.UNKNOWN


def test_without_a_look_at_the_settings_it_is_unknown() -> None:
    blind = with_host(
        FAILED_OVER,
        G2,
        settings=Observed(None, "pg_settings", AT, "timeout"),
        configuration=Observed(None, "postgresql.conf", AT, "timeout"),
    )
    assert answer(KEEPS, blind) is Answer.UNKNOWN


def test_the_file_tells_where_the_server_was_not_asked() -> None:
    quiet = with_host(FAILED_OVER, G2, settings=Observed(None, "pg_settings", AT, "timeout"))
    written = seen(Configuration({"wal_keep_segments": "'8'"}, ()), "postgresql.conf")
    assert answer(KEEPS, with_host(quiet, G2, configuration=written)) is Answer.YES


@pytest.mark.parametrize(("segments", "wanted"), [("0", Answer.NO), ("1", Answer.NO), ("2", Answer.YES)])
def test_two_segments_are_enough(segments: str, wanted: Answer) -> None:
    assert answer(KEEPS, keeping("wal_keep_segments", segments)) is wanted


def test_larger_segments_need_more() -> None:
    large = with_value(keeping("wal_keep_size", "100"), G2, "control", segment_size=64 * MIB)
    assert answer(KEEPS, large) is Answer.NO


def test_what_to_set_is_said_in_the_words_of_the_version() -> None:
    old = ruling(KEEPS, keeping("wal_keep_segments", "0")).because
    assert "set wal_keep_segments = 4 or more" in old
    assert "a reload is enough" in old
    newer = with_value(keeping("wal_keep_size", "0"), G2, "sql", version=ServerVersion(150010))
    assert "set wal_keep_size = 64MB or more" in ruling(KEEPS, newer).because


def by_slot(*, active: bool) -> Snapshot:
    """Host 1 streams by a slot, and nothing is kept by settings."""
    slot = ReplicationSlot("db1", active, None, None)
    bare = with_value(keeping("wal_keep_segments", "0"), G2, "sql", slots=(slot,))
    status = HEALTHY.facts(G2).sql.value
    assert status is not None
    receiving = replace(status, walreceiver=WalreceiverRow("streaming", None, 2, G2, "db1"))
    return with_host(bare, G1, sql=seen(receiving, "psql"))


@pytest.mark.parametrize(("active", "wanted"), [(True, Answer.YES), (False, Answer.NO)])
def test_the_active_slot_of_the_standby_keeps_what_it_needs(active: bool, wanted: Answer) -> None:
    assert answer(must.keeps_wal(G2, G1, by_slot=True), by_slot(active=active)) is wanted


def test_a_slot_does_not_count_where_the_standby_is_made_anew_without_one() -> None:
    assert answer(KEEPS, by_slot(active=True)) is Answer.NO


@pytest.mark.parametrize("method", ["rejoin", "copy"])
def test_a_failback_from_a_host_that_keeps_no_wal_is_refused_before_anything(method: str) -> None:
    settings = FAILED_OVER.facts(G2).settings.value
    assert settings is not None
    poor = with_host(FAILED_OVER, G2, settings=seen({**settings, "wal_keep_segments": "0"}, "pg_settings"))
    found = broken(planned(FAILBACK, poor, "global", method=method), poor)
    assert [ruled.answer for ruled in found.values()] == [Answer.NO]
    assert "wal_keep_segments = 4" in next(iter(found.values())).because


def test_the_switch_itself_is_guarded_by_it_too() -> None:
    """Somebody may have changed the setting while the copy was made."""
    guards = planned(FAILBACK, FAILED_OVER, "global").step("ready").before
    poor = keeping("wal_keep_segments", "0")
    assert any("segments of WAL" in guard.words and answer(guard, poor) is Answer.NO for guard in guards)


@pytest.mark.parametrize("runbook_method", ["rejoin", "copy"])
def test_a_copy_whose_wal_comes_last_warns_and_says_what_is_kept(runbook_method: str) -> None:
    settings = FAILED_OVER.facts(G2).settings.value
    assert settings is not None
    one_left = with_host(FAILED_OVER, G2, settings=seen({**settings, "max_wal_senders": "1"}, "pg_settings"))
    needs = planned(FAILBACK, one_left, "global", method=runbook_method).needs
    (warning,) = (line for line in needs if line.startswith("WARNING"))
    assert "it keeps 1.0 GiB (wal_keep_segments = 64)" in warning
