"""The lease: one run at a time, taken atomically, and never taken over from one that works."""

from __future__ import annotations

import shutil
import stat
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from console.facts.traces import Lease
from console.runner.hands import HandsError
from console.runner.ssh_hands import SshHands
from tests.unit.runner.ssh_hands.conftest import Site
from tests.unit.runner.ssh_hands.orders import OTHER_HOST, lease, order, platform


def test_the_lease_is_a_file_of_key_and_value_lines_closed_to_others(site: Site) -> None:
    site.leased()
    lines = dict(line.split(" ", 1) for line in (site.state / "lease").read_text().splitlines())
    assert list(lines) == ["run", "runbook", "owner", "reason", "since", "renewed"]
    assert (lines["run"], lines["runbook"], lines["owner"], lines["reason"]) == (
        "run-1",
        "failback",
        "a@ws",
        "a reason",
    )
    assert abs(int(lines["since"]) - time.time()) < 10
    assert stat.S_IMODE((site.state / "lease").stat().st_mode) == 0o600
    assert stat.S_IMODE(site.state.stat().st_mode) == 0o700


def test_a_second_run_is_told_who_holds_it(site: Site) -> None:
    site.leased()
    held = site.hands().take_lease(platform(), lease("run-2"))
    assert held is not None
    assert (held.run, held.runbook, held.owner, held.reason) == ("run-1", "failback", "a@ws", "a reason")
    assert abs(held.since - time.time()) < 10


def test_the_same_run_takes_it_again(site: Site) -> None:
    site.leased()
    assert site.hands().take_lease(platform(), lease()) is None


def test_hostile_words_stay_one_line_of_their_own(site: Site) -> None:
    hostile = "x'; touch /tmp/y; echo '\nrun run-9\n$(id)`id`\x1b[2J\u2028" + "z" * 500
    assert site.hands().take_lease(platform(), lease(reason=hostile, owner="$(id)\nrun run-8")) is None
    assert len((site.state / "lease").read_text().splitlines()) == 6
    held = site.hands().take_lease(platform(), lease("run-2"))
    assert held is not None
    assert held.run == "run-1"
    assert held.owner.startswith("$(id)")
    assert held.reason.startswith("x'; touch /tmp/y; echo '")
    assert len(held.reason) <= 200
    assert "\x1b" not in held.reason


def test_of_many_that_take_it_at_once_exactly_one_gets_it(site: Site) -> None:
    takers = [site.hands() for _ in range(6)]
    for hands in takers:
        assert hands.warm([platform().host]) == {}
    answers = at_once(takers, lambda hands, number: hands.take_lease(platform(), lease(f"run-{number}")))
    assert answers.count(None) == 1
    winner = f"run-{answers.index(None)}"
    assert {held.run for held in answers if held is not None} == {winner}


def test_of_two_that_take_it_over_at_once_exactly_one_gets_it(site: Site) -> None:
    site.leased("run-old")
    takers = [site.hands() for _ in range(4)]
    for hands in takers:
        assert hands.warm([platform().host]) == {}
    answers = at_once(takers, lambda hands, number: hands.take_lease(platform(), lease(f"run-{number}"), "run-old"))
    assert answers.count(None) == 1
    assert f"run run-{answers.index(None)}\n" in (site.state / "lease").read_text()
    assert sorted(path.name for path in site.state.glob("lease*")) == ["lease", "lease.lock"]


def at_once(takers: list[SshHands], take: object) -> list[Lease | None]:
    answers: dict[int, Lease | None] = {}
    barrier = threading.Barrier(len(takers))

    def run(number: int) -> None:
        barrier.wait()
        answers[number] = take(takers[number], number)  # type: ignore[operator]

    threads = [threading.Thread(target=run, args=(number,)) for number in range(len(takers))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return [answers[number] for number in range(len(takers))]


def test_it_is_taken_over_only_from_the_run_that_is_named(site: Site) -> None:
    site.leased("run-1")
    held = site.hands().take_lease(platform(), lease("run-3"), "run-2")
    assert held is not None
    assert held.run == "run-1"
    assert site.hands().take_lease(platform(), lease("run-3"), "run-1") is None


def test_it_is_not_taken_over_while_a_job_of_the_run_runs(site: Site) -> None:
    hands = site.leased()
    job = order("sleep 30")
    hands.begin(job)
    held = site.hands().take_lease(platform(), lease("run-2"), "run-1")
    assert held is not None
    assert held.run == "run-1"
    hands.end(job)
    assert site.hands().take_lease(platform(), lease("run-2"), "run-1") is None


def test_it_is_not_taken_over_while_an_order_of_the_run_works(site: Site, tmp_path: Path) -> None:
    hands = site.leased()
    begun, ends = tmp_path / "begun", tmp_path / "ends"
    work = f"touch {begun}; until [ -e {ends} ]; do sleep 0.05; done"
    worker = threading.Thread(target=lambda: hands.perform(order(work)))
    worker.start()
    while worker.is_alive() and not begun.exists():
        time.sleep(0.02)
    try:
        held = site.hands().take_lease(platform(), lease("run-2"), "run-1")
    finally:
        ends.touch()
        worker.join()
    assert held is not None


def test_a_run_that_was_taken_over_is_refused_for_good(site: Site) -> None:
    old = site.leased("run-1")
    new = site.hands()
    assert new.take_lease(platform(), lease("run-2", "bob@ws2"), "run-1") is None
    new.release_lease(platform(), "run-2")
    today = time.strftime("%Y-%m-%d", time.gmtime())
    words = rf"run run-2 of bob@ws2 took this run's lease over at {today} \d\d:\d\d:\d\dZ; nothing was done"
    calls: tuple[Callable[[], object], ...] = (
        lambda: old.take_lease(platform(), lease("run-1")),
        lambda: old.take_lease(platform(), lease("run-1"), "run-2"),
        lambda: old.perform(order("true")),
        lambda: old.begin(order("true")),
    )
    for call in calls:
        with pytest.raises(HandsError, match=words) as error:
            call()
        assert error.value.changed is False
    assert old.renew_lease(platform(), "run-1") is False
    assert not (site.state / "lease").exists()


def test_of_take_overs_the_last_100_are_kept(site: Site) -> None:
    site.leased("run-0")
    old = [f"run-x{number} 1 run-y a@ws\n" for number in range(120)]
    (site.state / "taken-over").write_text("".join(old))
    assert site.hands().take_lease(platform(), lease("run-1"), "run-0") is None
    lines = (site.state / "taken-over").read_text().splitlines(keepends=True)
    assert lines[:-1] == old[-99:]
    assert lines[-1].startswith("run-0 ")
    assert stat.S_IMODE((site.state / "taken-over").stat().st_mode) == 0o600


def test_a_take_over_that_cannot_be_noted_is_none(site: Site) -> None:
    site.leased("run-1")
    (site.state / "taken-over").mkdir()
    (site.state / "taken-over" / "x").touch()
    with pytest.raises(HandsError, match="state folder cannot be used") as error:
        site.hands().take_lease(platform(), lease("run-2"), "run-1")
    assert error.value.changed is False
    assert "run run-1\n" in (site.state / "lease").read_text()


def test_a_lease_that_was_removed_or_changed_by_hand_is_held_no_more(site: Site) -> None:
    hands = site.leased()
    path = site.state / "lease"
    words = path.read_text()
    path.unlink()
    assert hands.renew_lease(platform(), "run-1") is False
    path.write_text(words.replace("run run-1\n", "run run-2\n"))
    assert hands.renew_lease(platform(), "run-1") is False
    path.write_text("")
    assert hands.renew_lease(platform(), "run-1") is False
    shutil.rmtree(site.state)
    assert hands.renew_lease(platform(), "run-1") is False
    site.state.write_text("a file")
    assert hands.renew_lease(platform(), "run-1") is False


def test_renewing_moves_its_time_and_nothing_else(site: Site) -> None:
    hands = site.leased()
    path = site.state / "lease"
    old = path.read_text().replace("renewed 1", "renewed 0", 1)
    path.write_text(old)
    assert hands.renew_lease(platform(), "run-1") is True
    new = path.read_text()
    assert new.splitlines()[:5] == old.splitlines()[:5]
    assert abs(int(new.splitlines()[5].split()[1]) - time.time()) < 10


def test_who_does_not_hold_it_cannot_renew_it(site: Site) -> None:
    hands = site.hands()
    assert hands.renew_lease(platform(), "run-1") is False
    site.leased("run-2")
    before = (site.state / "lease").read_text()
    assert hands.renew_lease(platform(), "run-1") is False
    assert (site.state / "lease").read_text() == before


def test_a_released_lease_is_free(site: Site) -> None:
    site.leased().release_lease(platform(), "run-1")
    assert not (site.state / "lease").exists()
    assert site.hands().take_lease(platform(), lease("run-2")) is None


def test_releasing_does_nothing_to_the_lease_of_another(site: Site) -> None:
    site.leased("run-2")
    site.hands().release_lease(platform(), "run-1")
    assert "run run-2\n" in (site.state / "lease").read_text()


def test_a_lease_that_cannot_be_read_is_held_by_somebody(site: Site) -> None:
    site.leased()
    (site.state / "lease").write_bytes(b"\xff\x00\n\x1b[2J")
    held = site.hands().take_lease(platform(), lease())
    assert held is not None
    assert held.run == ""


def test_no_lease_is_taken_on_another_host(site: Site) -> None:
    with pytest.raises(HandsError, match="calls itself"):
        site.hands().take_lease(platform(OTHER_HOST), lease())
    assert not site.state.exists()


def test_where_the_state_folder_cannot_be_made_it_is_said(site: Site) -> None:
    site.state.write_text("a file")
    with pytest.raises(HandsError, match="state folder cannot be used") as error:
        site.hands().take_lease(platform(), lease())
    assert error.value.changed is False
