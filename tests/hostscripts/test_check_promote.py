"""pgsql-standby-check-promote: what it counts, and when it promotes (REFERENCE 4)."""

from __future__ import annotations

import socket
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from time import monotonic

import pytest

from tests.hostscripts import network
from tests.hostscripts.conftest import Pair
from tests.hostscripts.host import FIRST, ScriptHost
from tests.hostscripts.waiting import wait_until

PROMOTE = "pgsql-standby-check-promote"
NOWHERE = "127.0.0.5"
DASH, BASH = ("dash",), ("bash", "--posix")


def promote_run(host: ScriptHost, **settings: str) -> str:
    """One run of check-promote that finds one failure counted before; its log."""
    host.configure(**settings)
    host.count(1)
    host.run(PROMOTE, timeout=20)
    return host.log(PROMOTE)


@contextmanager
def cut_off(pair: Pair) -> Iterator[None]:
    """Host 2 finds nothing where host 1 should be, while host 1 serves its clients."""
    pair.second.configure(PRIMARY_HOST=NOWHERE)
    yield


# --- counting ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("shell", [DASH, BASH], ids=["dash", "bash"])
def test_a_primary_that_answers_writes_neither_counter_nor_log(pair: Pair, shell: tuple[str, ...]) -> None:
    pair.second.shell = shell
    done = pair.second.run(PROMOTE)
    assert (done.returncode, done.stdout + done.stderr) == (0, "")
    assert (pair.second.counter, pair.second.log(PROMOTE)) == (None, "")


@pytest.mark.parametrize("shell", [DASH, BASH], ids=["dash", "bash"])
def test_host_2_is_promoted_at_the_second_failure_and_its_port_opens(
    pair: Pair, witness: str, shell: tuple[str, ...]
) -> None:
    pair.second.configure(WITNESSES=witness)
    pair.second.shell = shell
    pair.first.stop()
    assert pair.second.run(PROMOTE).returncode == 0
    assert (pair.second.counter, pair.second.role) == (1, "standby")
    assert pair.second.run(PROMOTE).returncode == 0
    assert (pair.second.counter, pair.second.role) == (None, "primary")
    assert pair.second.rules[1:] == [pair.second.allow]
    words = [line.partition(": ")[2] for line in pair.second.log(PROMOTE).splitlines() if ": " in line]
    assert words == [
        f"{FIRST} is down",
        "Current failure count 1 less than threshold 2, waiting",
        f"{FIRST} is down",
        "2 failures reached, promoting myself to primary",
        f"server promoted, port {pair.port} is open",
    ]


@pytest.mark.slow
def test_the_log_has_the_reference_s_time_and_level(pair: Pair) -> None:
    pair.first.stop()
    pair.second.run(PROMOTE)
    assert f"{FIRST} is down" in pair.second.log(PROMOTE)
    first = pair.second.log(PROMOTE).splitlines()[0]
    month, day, clock, level, *_ = first.split()
    assert (len(month), day.isdigit(), clock.count(":"), level) == (3, True, 2, "WARNING:")


@pytest.mark.slow
def test_a_primary_that_answers_again_resets_the_counter(pair: Pair) -> None:
    pair.second.count(1)
    pair.second.run(PROMOTE)
    assert pair.second.counter is None
    assert "INFO: Resetting failure count to 0" in pair.second.log(PROMOTE)


@pytest.mark.slow
def test_a_counter_file_with_rubbish_counts_as_none(pair: Pair) -> None:
    pair.first.stop()
    (pair.second.home / "primary-failcount").write_text("$(reboot)\n")
    pair.second.run(PROMOTE)
    assert pair.second.counter == 1


@pytest.mark.slow
def test_a_database_that_does_not_run_is_an_error_and_counts_nothing(pair: Pair) -> None:
    pair.first.stop()
    pair.second.stop()
    assert pair.second.run(PROMOTE).returncode == 1
    assert pair.second.counter is None
    assert "ERROR: the local database does not run" in pair.second.log(PROMOTE)


@pytest.mark.slow
def test_it_refuses_to_run_on_host_1(pair: Pair) -> None:
    assert pair.first.run(PROMOTE).returncode == 1
    assert "may run on 127.0.0.2 only" in pair.first.log(PROMOTE)


@pytest.mark.slow
def test_without_pgpass_nothing_is_counted(pair: Pair) -> None:
    (pair.second.home / ".pgpass").unlink()
    assert pair.second.run(PROMOTE).returncode == 1
    assert pair.second.counter is None


# --- the second opinion ------------------------------------------------------------------------------------------


def test_the_old_script_promotes_a_host_that_is_merely_cut_off(old_pair: Pair) -> None:
    with cut_off(old_pair):
        promote_run(old_pair.second)
    assert (old_pair.first.role, old_pair.second.role) == ("primary", "primary")


def test_a_host_that_is_cut_off_does_not_promote_itself_and_its_counter_stays(pair: Pair, no_witness: str) -> None:
    with cut_off(pair):
        log = promote_run(pair.second, WITNESSES=no_witness)
    assert pair.second.role == "standby"
    assert pair.second.counter == 1
    assert "WARNING: no witness answers: this host is cut off, not promoting" in log


@pytest.mark.slow
def test_without_witnesses_it_warns_and_promotes_as_the_reference_says(pair: Pair) -> None:
    pair.first.stop()
    log = promote_run(pair.second)
    assert pair.second.role == "primary"
    assert "WARNING: WITNESSES is not set" in log


@pytest.mark.slow
def test_one_witness_of_several_is_enough(pair: Pair, witness: str, no_witness: str) -> None:
    pair.first.stop()
    promote_run(pair.second, WITNESSES=f"{no_witness} {witness} ping:127.0.0.6")
    assert pair.second.role == "primary"


@pytest.mark.slow
def test_a_ping_is_an_answer(pair: Pair) -> None:
    pair.second.program("ping", '#!/bin/sh\ncase "$*" in *" 10.1.2.3") exit 0 ;; esac\nexit 1\n')
    pair.first.stop()
    promote_run(pair.second, WITNESSES="ping:10.1.2.3")
    assert pair.second.role == "primary"


@pytest.mark.slow
def test_a_refused_connection_is_no_witness_s_answer(pair: Pair) -> None:
    pair.first.stop()
    log = promote_run(pair.second, WITNESSES=f"tcp:127.0.0.4:{network.free_port()}")
    assert pair.second.role == "standby"
    assert "cut off" in log


@pytest.mark.slow
def test_a_word_that_is_no_witness_is_told_and_proves_nothing(pair: Pair) -> None:
    pair.first.stop()
    log = promote_run(pair.second, WITNESSES="gateway")
    assert pair.second.role == "standby"
    assert "WITNESSES: gateway is none of ping:ADDRESS, tcp:HOST:PORT, view:HOST" in log


# --- a host 1 that hangs -----------------------------------------------------------------------------------------


@pytest.mark.slow
def test_a_host_1_that_hangs_is_not_replaced_while_clients_reach_it(pair: Pair, witness: str) -> None:
    with pair.first.frozen():
        log = promote_run(pair.second, WITNESSES=witness)
    assert pair.second.role == "standby"
    assert f"ERROR: {FIRST} accepts connections but does not answer: it hangs; not promoting" in log


def fenced(pair: Pair, witness: str, command: str) -> str:
    with pair.first.frozen():
        return promote_run(pair.second, WITNESSES=witness, FENCE_COMMAND=command)


@pytest.mark.slow
def test_a_host_1_that_hangs_is_replaced_when_fencing_has_ended_it(pair: Pair, witness: str) -> None:
    log = fenced(pair, witness, f"kill -KILL {pair.first.postmaster}; sleep 0.3")
    assert "WARNING: 127.0.0.1 accepts connections but does not answer: fencing it" in log
    assert pair.second.role == "primary"


@pytest.mark.slow
def test_fencing_that_fails_promotes_nobody(pair: Pair, witness: str) -> None:
    log = fenced(pair, witness, "exit 3")
    assert pair.second.role == "standby"
    assert "ERROR: FENCE_COMMAND failed (status 3): not promoting" in log


@pytest.mark.slow
def test_fencing_that_says_it_worked_and_did_not_promotes_nobody(pair: Pair, witness: str) -> None:
    log = fenced(pair, witness, "true")
    assert pair.second.role == "standby"
    assert "still accepts connections: not promoting" in log


# --- as the primary ----------------------------------------------------------------------------------------------


def promoted(pair: Pair) -> ScriptHost:
    pair.second.pg("pg_ctl", "-D", str(pair.second.data), "-w", "promote")
    return pair.second


@pytest.mark.slow
def test_a_primary_with_an_open_port_has_nothing_to_do(pair: Pair) -> None:
    pair.first.stop()
    promoted(pair).rules = [pair.second.allow]
    pair.second.run(PROMOTE)
    assert "INFO: I'm already the primary, nothing to do." in pair.second.log(PROMOTE)
    assert pair.second.rules[1:] == [pair.second.allow]


@pytest.mark.slow
def test_a_promotion_that_outlasted_its_run_has_its_port_opened_by_the_next(pair: Pair) -> None:
    pair.second.run(PROMOTE)
    assert pair.second.jump in pair.second.rules
    pair.first.stop()
    promoted(pair).run(PROMOTE)
    assert pair.second.rules[1:] == [pair.second.allow]


@pytest.mark.slow
def test_a_primary_s_port_stays_shut_while_host_1_answers_as_a_primary_too(pair: Pair) -> None:
    pair.second.run(PROMOTE)
    assert promoted(pair).run(PROMOTE).returncode == 1
    assert pair.second.jump in pair.second.rules
    assert pair.second.allow not in pair.second.rules
    assert "answers as a primary too" in pair.second.log(PROMOTE)


# --- time --------------------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_the_old_script_waits_for_a_hung_host_1_without_an_end(old_pair: Pair) -> None:
    with old_pair.first.frozen(), pytest.raises(subprocess.TimeoutExpired):
        old_pair.second.run(PROMOTE, timeout=5)


def seconds_of_run(pair: Pair, **settings: str) -> float:
    pair.second.configure(**settings)
    begin = monotonic()
    pair.second.run(PROMOTE, timeout=20)
    return monotonic() - begin


@pytest.mark.slow
def test_a_hung_host_1_costs_a_counting_run_a_few_seconds(pair: Pair) -> None:
    with pair.first.frozen():
        assert seconds_of_run(pair) < 5
    assert pair.second.counter == 1


@pytest.mark.slow
def test_a_promotion_away_from_a_silent_host_1_ends_within_ten_seconds(pair: Pair, witness: str) -> None:
    pair.first.stop()
    pair.second.count(1)
    with network.silent(FIRST, pair.port):
        assert seconds_of_run(pair, WITNESSES=witness) < 10
    assert pair.second.role == "primary"
    assert pair.second.allow in pair.second.rules


@pytest.mark.slow
def test_silent_witnesses_are_asked_at_the_same_time(pair: Pair) -> None:
    pair.second.count(1)
    pair.first.stop()
    port = network.free_port()
    with network.silent("127.0.0.4", port), network.silent("127.0.0.6", port), network.silent(FIRST, pair.port):
        assert seconds_of_run(pair, WITNESSES=f"tcp:127.0.0.4:{port} tcp:127.0.0.6:{port}") < 10
    assert pair.second.role == "standby"


@pytest.mark.slow
def test_a_host_1_that_accepts_again_at_the_last_moment_keeps_host_2_s_port_shut(pair: Pair, witness: str) -> None:
    pair.second.count(1)
    pair.first.stop()
    pair.second.configure(WITNESSES=witness)
    with ExitStack() as dead:
        dead.enter_context(network.silent(FIRST, pair.port))
        with pair.second.running(PROMOTE) as process:
            wait_until(lambda: pair.second.role == "primary", 10)
            dead.close()
            with socket.create_server((FIRST, pair.port)):
                process.wait(12)
    assert pair.second.jump in pair.second.rules
    assert "accepts connections again" in pair.second.log(PROMOTE)
