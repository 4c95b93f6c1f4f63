"""A copy's progress: bytes, rate and time left, none of them invented."""

from __future__ import annotations

from console.terminal.copy_progress import CopyMeter, clock, copy_words


def line(done: int, total: int, percent: int) -> str:
    return f"{done}/{total} kB ({percent}%), 0/1 tablespace\r"


def test_rate_and_time_left_come_from_the_last_seconds() -> None:
    meter = CopyMeter()
    meter.read(line(100_000, 1_000_000, 10), 0.0)
    state = meter.read(line(300_000, 1_000_000, 30), 10.0)
    assert state is not None
    assert (state.rate, state.left) == (20_000 * 1024, 35.0)


def test_one_look_gives_no_rate() -> None:
    state = CopyMeter().read(line(100_000, 1_000_000, 10), 5.0)
    assert state is not None
    assert (state.rate, state.left) == (None, None)


def test_a_copy_that_is_begun_anew_is_measured_anew() -> None:
    meter = CopyMeter()
    meter.read(line(900_000, 1_000_000, 90), 0.0)
    state = meter.read(line(10_000, 1_000_000, 1), 2.0)
    assert state is not None
    assert state.rate is None


def test_a_total_that_was_exceeded_leaves_the_time_unknown() -> None:
    meter = CopyMeter()
    meter.read(line(900_000, 1_000_000, 90), 0.0)
    state = meter.read(line(1_100_000, 1_000_000, 100), 5.0)
    assert state is not None
    assert state.left is None


def test_a_copy_that_waits_for_the_checkpoint_says_so() -> None:
    state = CopyMeter().read("pg_basebackup: initiating base backup, waiting for checkpoint to complete\n", 0.0)
    assert state is not None
    assert copy_words(state) == "waiting for the primary's checkpoint"


def test_the_words_have_bytes_share_rate_and_time_left() -> None:
    meter = CopyMeter()
    meter.read(line(0, 1024 * 1024, 0), 0.0)
    state = meter.read(line(512 * 1024, 1024 * 1024, 50), 10.0)
    assert state is not None
    words = copy_words(state, bar=True)
    assert words == "[########--------] 512.0 MiB of 1.0 GiB (50%), 51.2 MiB/s, 10 s left"


def test_times_are_told_in_the_units_that_people_use() -> None:
    assert [clock(seconds) for seconds in (0.4, 59, 185, 3723)] == ["0 s", "59 s", "3:05 min", "1:02:03 h"]
