"""The memory is bounded, whatever comes."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from console.history.change import Change, ChangeKind, LagPoint
from console.history.history import CHANGES, History
from console.history.lags import POINTS, SPAN, LagSeries
from console.scene import Scene
from tests.unit.history.watching import BEGIN, DB1, Watch

_SECONDS = st.floats(-60, 400, allow_nan=False)
_BYTES = st.one_of(st.none(), st.integers(-1000, 10**12))


@pytest.fixture(scope="module")
def healthy() -> Scene:
    return Watch().looks(3)[-1]


@given(st.lists(st.tuples(_SECONDS, _BYTES), max_size=300))
def test_a_series_goes_back_half_an_hour_at_most_and_is_in_order(steps: list[tuple[float, int | None]]) -> None:
    series, at = LagSeries(), BEGIN
    for seconds, size in steps:
        at += timedelta(seconds=seconds)
        series.add(LagPoint(at, size, None))
        points = series.points
        assert points[-1] == LagPoint(at, size, None)
        assert (points[-1].at - points[0].at).total_seconds() <= SPAN
        assert len(points) <= POINTS


def test_a_series_of_quick_looks_is_thinned_to_its_bound() -> None:
    series = LagSeries()
    for number in range(20_000):
        series.add(LagPoint(BEGIN + timedelta(seconds=number / 4), number, 0.0))
    assert POINTS // 2 <= len(series.points) <= POINTS
    assert series.points[-1].bytes == 19_999


def test_an_unknown_lag_is_a_point_without_a_figure() -> None:
    series = LagSeries()
    series.add(LagPoint(BEGIN, None, None))
    assert series.points == (LagPoint(BEGIN, None, None),)


def test_the_changes_kept_are_the_newest() -> None:
    history = History()
    for number in range(CHANGES + 5):
        history.note(Change(BEGIN, ChangeKind.RECORDING, "fleet", None, str(number)))
    assert len(history.changes) == CHANGES
    assert history.changes[-1].words == str(CHANGES + 4)


@settings(max_examples=20)
@given(count=st.integers(1, 6))
def test_the_same_snapshot_again_is_never_news(healthy: Scene, count: int) -> None:
    history = History()
    for number in range(count):
        moved = replace(healthy.snapshot, at=healthy.snapshot.at + timedelta(seconds=number))
        history.take(moved, healthy.findings)
    assert history.changes == ()
    assert len(history.lags["dc1"]) <= count


def test_a_lag_that_cannot_be_known_is_unknown_in_the_series(healthy: Scene) -> None:
    hosts = dict(healthy.snapshot.hosts)
    for name in hosts:
        reach = hosts[name].reach
        hosts[name] = replace(hosts[name], reach=replace(reach, failure=None))
    hosts[DB1] = replace(hosts[DB1], sql=replace(hosts[DB1].sql, value=None))
    history = History()
    history.take(replace(healthy.snapshot, hosts=hosts), ())
    (point,) = history.lags["dc1"]
    assert (point.bytes, point.seconds) == (None, None)
