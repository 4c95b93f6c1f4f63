"""pgsql-primary-check-start --watch: host 1 serves while host 2 was not promoted, and closes when it is cut off."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from tests.hostscripts import user
from tests.hostscripts.conftest import NOBODY, Pair
from tests.hostscripts.host import SECOND, ScriptHost
from tests.hostscripts.waiting import wait_until

pytestmark = pytest.mark.slow

CHECK = "pgsql-primary-check-start"
NOWHERE = "127.0.0.5"


def watch(pair: Pair, **settings: str) -> str:
    """One look, as the last of a minute's; the log."""
    pair.first.configure(**{"WATCH_SECONDS": "0", "WATCH_LOOK": "1"} | settings)
    pair.first.run(CHECK, "--watch", timeout=40)
    return pair.first.log(CHECK)


def watch_for(pair: Pair, seconds: int, **settings: str) -> str:
    return watch(pair, WATCH_SECONDS=str(seconds), **settings)


def promote_second(pair: Pair) -> None:
    pair.second.pg("pg_ctl", "-D", str(pair.second.data), "-w", "promote")


def mark(host: ScriptHost) -> Path:
    return host.root / "var/run/pgsql-replication.pending"


def leave_mark(host: ScriptHost) -> None:
    mark(host).touch()
    user.give(mark(host))


def shut_gate(pair: Pair) -> None:
    pair.first.rules = [
        "-N pgsql-replication",
        pair.first.jump,
        pair.first.allow,
        f"-A pgsql-replication -s {SECOND}/32 -j ACCEPT",
        "-A pgsql-replication ! -i lo -p tcp -j REJECT --reject-with tcp-reset",
    ]


def note_contact(pair: Pair, since: float, last: float) -> None:
    """Host 2 was in touch from `since` until `last` seconds ago."""
    path = pair.first.root / "var/run/pgsql-replication.contact"
    path.write_text(f"{time.time() - since:.0f} {time.time() - last:.0f}\n")
    user.give(path)


# --- host 2 can be asked -----------------------------------------------------------------------------------------


def test_a_healthy_minute_changes_nothing_and_says_nothing(pair: Pair) -> None:
    assert watch(pair) == ""
    assert (pair.first.role, pair.first.calls) == ("primary", [])


def test_a_host_2_that_was_promoted_makes_host_1_stop_with_its_data_kept(pair: Pair) -> None:
    promote_second(pair)
    log = watch(pair)
    assert f"ERROR: {SECOND} is the primary: closing port {pair.port} and stopping the local database" in log
    assert not pair.first.is_up
    assert (pair.first.data / "PG_VERSION").exists()


def test_the_port_is_shut_before_the_database_stops_and_open_again_when_nothing_is_behind_it(pair: Pair) -> None:
    promote_second(pair)
    service = pair.first.root / "bin/service"
    seen = f"cp {pair.first.root}/rules.iptables {pair.first.root}/rules.at-stop\n"
    pair.first.program("service", service.read_text().replace("case $2 in\n", f"{seen}case $2 in\n"))
    watch(pair)
    assert pair.first.jump in (pair.first.root / "rules.at-stop").read_text().splitlines()
    assert pair.first.jump not in pair.first.rules


def test_the_old_script_leaves_two_primaries_when_the_network_comes_back(old_pair: Pair) -> None:
    promote_second(old_pair)
    old_pair.first.run(CHECK)
    assert (old_pair.first.role, old_pair.second.role) == ("primary", "primary")


def test_host_1_that_is_a_standby_is_none_of_its_business(pair: Pair) -> None:
    pair.first.stop()
    (pair.first.data / "standby.signal").touch()
    user.give(pair.first.data / "standby.signal")
    pair.first.start()
    promote_second(pair)
    assert watch(pair) == ""
    assert pair.first.is_up


# --- what a boot left open ---------------------------------------------------------------------------------------


def test_a_database_that_an_administrator_stopped_is_never_started(pair: Pair) -> None:
    pair.first.stop()
    assert watch(pair) == ""
    assert not pair.first.is_up


def test_a_start_that_a_boot_left_open_is_made_when_host_2_answers_as_a_standby(pair: Pair) -> None:
    pair.first.stop()
    leave_mark(pair.first)
    watch(pair)
    assert pair.first.role == "primary"
    assert not mark(pair.first).exists()
    assert pair.first.jump not in pair.first.rules


def test_a_start_that_a_boot_left_open_is_given_up_when_host_2_is_the_primary(pair: Pair) -> None:
    pair.first.stop()
    promote_second(pair)
    leave_mark(pair.first)
    watch(pair)
    assert not pair.first.is_up
    assert not mark(pair.first).exists()


def test_a_start_stays_open_while_host_2_does_not_answer(pair: Pair) -> None:
    pair.first.stop()
    leave_mark(pair.first)
    log = watch(pair, STANDBY_HOST=NOWHERE)
    assert not pair.first.is_up
    assert mark(pair.first).exists()
    assert "not starting the local database" in log


# --- host 2 cannot be asked --------------------------------------------------------------------------------------


def test_a_host_1_that_is_cut_off_shuts_its_port_after_three_looks(pair: Pair) -> None:
    log = watch_for(pair, 4, STANDBY_HOST=NOWHERE, WITNESSES=NOBODY)
    assert pair.first.jump in pair.first.rules
    assert pair.first.is_up
    assert f"neither {NOWHERE} nor a witness answers: this host is cut off, closing port {pair.port} to clients" in log


def test_two_looks_are_not_enough(pair: Pair) -> None:
    assert watch(pair, STANDBY_HOST=NOWHERE, WITNESSES=NOBODY) == ""
    assert pair.first.jump not in pair.first.rules


def test_a_witness_that_answers_keeps_host_1_serving_without_host_2(pair: Pair, witness: str) -> None:
    assert watch_for(pair, 4, STANDBY_HOST=NOWHERE, WITNESSES=witness) == ""
    assert pair.first.jump not in pair.first.rules


def test_without_witnesses_host_1_keeps_serving_as_the_reference_says(pair: Pair) -> None:
    watch_for(pair, 4, STANDBY_HOST=NOWHERE)
    assert pair.first.jump not in pair.first.rules


def test_a_shut_port_opens_when_host_2_answers_as_a_standby(pair: Pair) -> None:
    shut_gate(pair)
    log = watch(pair, WITNESSES=NOBODY)
    assert f"INFO: {SECOND} is a standby, port {pair.port} is open" in log
    assert pair.first.rules[1:] == [pair.first.allow]


def test_a_host_1_that_comes_back_while_host_2_is_primary_stops_without_opening(pair: Pair) -> None:
    shut_gate(pair)
    promote_second(pair)
    log = watch(pair, WITNESSES=NOBODY)
    assert not pair.first.is_up
    assert "port" in log
    assert "is open" not in log


def test_a_shut_port_stays_shut_while_host_2_may_have_been_promoted(pair: Pair, witness: str) -> None:
    shut_gate(pair)
    note_contact(pair, since=600, last=120)
    log = watch_for(pair, 3, STANDBY_HOST=NOWHERE, WITNESSES=witness)
    assert pair.first.jump in pair.first.rules
    assert "so it may have been promoted: port" in log


def test_a_shut_port_opens_after_a_cut_too_short_for_a_promotion(pair: Pair, witness: str) -> None:
    shut_gate(pair)
    note_contact(pair, since=600, last=10)
    log = watch_for(pair, 3, STANDBY_HOST=NOWHERE, WITNESSES=witness)
    assert pair.first.jump not in pair.first.rules
    assert "for too short a time for a promotion" in log


def test_a_short_cut_after_another_one_proves_nothing(pair: Pair, witness: str) -> None:
    """A failure may have been counted in the first cut, so that one more is enough."""
    shut_gate(pair)
    note_contact(pair, since=40, last=10)
    watch_for(pair, 3, STANDBY_HOST=NOWHERE, WITNESSES=witness)
    assert pair.first.jump in pair.first.rules


def test_an_administrator_who_vouches_opens_the_port(pair: Pair) -> None:
    shut_gate(pair)
    pair.second.stop()
    assert pair.first.run(CHECK, "--standby-is-not-primary").returncode == 0
    assert pair.first.rules[1:] == [pair.first.allow]


def test_a_cut_host_1_opens_in_the_same_minute_in_which_host_2_is_back(pair: Pair) -> None:
    pair.second.stop()
    pair.first.configure(WITNESSES=NOBODY, WATCH_SECONDS="40", WATCH_LOOK="1")
    with pair.first.running(CHECK, "--watch"):
        wait_until(lambda: pair.first.jump in pair.first.rules, 12)
        pair.second.start()
        wait_until(lambda: pair.first.jump not in pair.first.rules, 8)


# --- beside the console ------------------------------------------------------------------------------------------


def test_a_watch_that_is_held_by_a_run_ends_by_itself(pair: Pair) -> None:
    pair.first.configure(WATCH_SECONDS="40", WATCH_LOOK="1")
    script = pair.first.root / f"usr/bin/{CHECK}"
    with pair.first.running(CHECK, "--watch") as process:
        time.sleep(1)
        assert process.poll() is None
        script.rename(f"{script}.vmdb-held")
        assert process.wait(5) == 0
