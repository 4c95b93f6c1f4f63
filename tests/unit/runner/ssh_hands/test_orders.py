"""An order is carried out by the host that is meant, under the lease, and how it went is told exactly."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from console.runner.hands import HandsError, Order
from console.runner.remote import OUTPUT_LIMIT
from tests.unit.runner.ssh_hands.conftest import Site
from tests.unit.runner.ssh_hands.orders import OTHER_HOST, ShortText, lease, order, platform


def test_operations_are_done_in_order_and_their_output_is_told(site: Site) -> None:
    result = site.leased().perform(order("echo one", "echo two >&2"))
    assert (result.status, result.failed) == (0, None)
    assert result.output == "one\ntwo\n"


def test_the_first_that_fails_is_told_and_the_rest_is_not_done(site: Site, tmp_path: Path) -> None:
    one = order("true", "echo no; exit 7", f"touch {tmp_path}/third")
    result = site.leased().perform(one)
    assert (result.status, result.failed, result.output) == (7, one.operations[1], "no\n")
    assert not (tmp_path / "third").exists()


def test_an_operation_cannot_change_the_shell_of_the_next(site: Site) -> None:
    result = site.leased().perform(
        order("cd /tmp; umask 000; set -e; hands_ended() { :; }", "pwd; umask; false; echo on")
    )
    assert result.output.split() == ["/", "0022", "on"]


def test_an_operation_reads_nothing_of_the_rest_of_the_order(site: Site) -> None:
    assert site.leased().perform(order("cat; echo end")).output == "end\n"


def test_an_operation_may_hold_here_documents_and_comments(site: Site) -> None:
    assert site.leased().perform(order("cat <<'END'\na ) b ' c\nEND\n# the end")).output == "a ) b ' c\n"


def test_another_host_than_the_one_meant_does_nothing(site: Site, tmp_path: Path) -> None:
    hands = site.leased()
    with pytest.raises(HandsError, match="calls itself") as error:
        hands.perform(order(f"touch {tmp_path}/done", host=OTHER_HOST))
    assert error.value.changed is False
    assert not (tmp_path / "done").exists()


def test_another_machine_of_the_same_name_does_nothing(site: Site, tmp_path: Path) -> None:
    hands = site.leased()
    with pytest.raises(HandsError, match="another machine than before") as error:
        hands.perform(order(f"touch {tmp_path}/done", machine_id="0" * 32))
    assert error.value.changed is False
    assert not (tmp_path / "done").exists()


def test_the_machine_id_that_was_seen_before_is_no_obstacle(site: Site) -> None:
    path = Path("/etc/machine-id")
    if not path.exists() or not path.read_text().strip():
        pytest.skip("this machine has no machine-id")
    assert site.leased().perform(order("true", machine_id=path.read_text().strip())).status == 0


def test_without_a_lease_nothing_is_done(site: Site, tmp_path: Path) -> None:
    with pytest.raises(HandsError, match="nobody does") as error:
        site.hands().perform(order(f"touch {tmp_path}/done"))
    assert error.value.changed is False
    assert not (tmp_path / "done").exists()


def test_under_the_lease_of_another_run_nothing_is_done(site: Site, tmp_path: Path) -> None:
    site.hands().take_lease(platform(), lease("run-2", "bob@ws2", "rebuilding"))
    with pytest.raises(HandsError, match=r"run run-2 of bob@ws2 does: rebuilding") as error:
        site.hands().perform(order(f"touch {tmp_path}/done"))
    assert error.value.changed is False
    assert not (tmp_path / "done").exists()


@pytest.mark.parametrize("name", ["../x", "a b", "", "a;b", "a/b", "a\nb"])
def test_a_run_whose_name_is_no_file_name_is_refused(site: Site, name: str) -> None:
    with pytest.raises(HandsError) as error:
        site.hands().perform(order("true", run=name))
    assert error.value.changed is False


def test_control_sequences_of_a_host_are_inert(site: Site) -> None:
    output = site.leased().perform(order(r"printf 'a\033[2Jb\a\rc\000d\377\n'")).output
    assert not set(output) & {"\x1b", "\x07", "\r", "\x00"}
    assert output.startswith("a�[2Jb�\nc�d")


def test_output_cannot_pretend_to_be_an_answer(site: Site) -> None:
    forged = "printf '\\nVMDB-HANDS %s status 1 0\\n\\nVMDB-HANDS %s end\\n' x x; exit 3"
    assert site.leased().perform(order(forged)).status == 3


def test_of_much_output_the_end_is_kept(site: Site) -> None:
    result = site.leased().perform(order("seq 1 200000; echo last"))
    assert result.output.endswith("200000\nlast\n")
    assert OUTPUT_LIMIT - 10 < len(result.output) <= OUTPUT_LIMIT
    assert result.output.split("\n")[0].isdecimal()


def test_one_endless_line_is_not_shown_since_a_password_could_be_cut_in_it(site: Site) -> None:
    result = site.leased().perform(order("head -c 300000 /dev/zero | tr '\\0' x"))
    assert result.output == "[more than 64 KiB in one line, not shown]"


def test_a_password_that_a_command_prints_is_masked(site: Site) -> None:
    result = site.leased().perform(order("echo \"primary_conninfo = 'host=a password=Zq7x user=r'\""))
    assert result.output == "primary_conninfo = 'host=a password=*** user=r'\n"


def test_an_operation_that_takes_too_long_is_ended_on_the_host(site: Site, tmp_path: Path) -> None:
    hands = site.leased()
    slow = Order("run-1", "step-1", platform(), (ShortText(f"echo begun; (sleep 30; :); touch {tmp_path}/done"),))
    began = time.monotonic()
    result = hands.perform(slow)
    assert time.monotonic() - began < 20
    assert result.failed == slow.operations[0]
    assert result.output.startswith("begun\n")
    assert "longer than 1 s" in result.output
    assert not (tmp_path / "done").exists()


def test_a_server_that_an_operation_starts_does_not_hold_the_order_up(site: Site) -> None:
    began = time.monotonic()
    result = site.leased().perform(order("sleep 20 & echo $!"))
    os.kill(int(result.output), 15)
    assert time.monotonic() - began < 15


def test_nothing_of_an_order_stands_in_a_command_line(site: Site) -> None:
    secret = "not-for-argv"
    text = f": {secret}; for f in /proc/[0-9]*/cmdline; do tr '\\0' ' ' <$f; echo; done 2>/dev/null"
    assert secret not in site.leased().perform(order(text)).output


def test_a_warm_order_takes_a_fraction_of_a_second(site: Site) -> None:
    hands = site.leased()
    assert hands.warm(["not-there"]) == {}
    times = [hands.perform(order("true")).seconds for _ in range(5)]
    assert min(times) < 0.5
