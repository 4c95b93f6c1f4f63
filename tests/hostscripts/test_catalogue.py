"""What is installed, and how its content is named."""

from __future__ import annotations

import random
import shutil
import subprocess
from pathlib import Path

import pytest

from console.diagnosis.host_setup import BOOT_SCRIPTS, SCRIPTS
from console.hostscripts.block import BEGIN, EMPTY_RC_LOCAL, END, with_block, without_block
from console.hostscripts.catalogue import PROGRAMS, RC_LOCAL, HostFile, Kind, checksums, files_for
from console.hostscripts.cksum import cksum

BLOCK = next(file.text for file in files_for(1, "sysv") if file.kind is Kind.BLOCK)
COMMAND = "/usr/bin/pgsql-primary-check-start"


def paths(files: tuple[HostFile, ...], kind: Kind) -> list[str]:
    return [file.path for file in files if file.kind is kind]


@pytest.mark.parametrize("number", [1, 2])
def test_both_hosts_get_all_seven_programs(number: int) -> None:
    files = files_for(1 if number == 1 else 2, "sysv")
    assert paths(files, Kind.PROGRAM) == [f"/usr/bin/{name}" for name in PROGRAMS]
    assert all(file.mode == 0o755 for file in files if file.kind is Kind.PROGRAM)


@pytest.mark.parametrize("place", [0, 1])
def test_what_s08_looks_for_on_a_host_is_among_them(place: int) -> None:
    assert set(SCRIPTS[place]) <= set(PROGRAMS)


@pytest.mark.parametrize(("number", "script"), [(1, BOOT_SCRIPTS[0]), (2, BOOT_SCRIPTS[1])])
def test_rc_local_runs_the_host_s_own_script_on_sysv_alone(number: int, script: str) -> None:
    found = {file.path: file.text for file in files_for(1 if number == 1 else 2, "sysv")}
    assert f"/usr/bin/{script}" in found[RC_LOCAL].splitlines()
    assert not any(path.startswith("/etc/systemd") for path in found)


@pytest.mark.parametrize(("number", "script"), [(1, BOOT_SCRIPTS[0]), (2, BOOT_SCRIPTS[1])])
def test_a_unit_runs_it_on_systemd_alone(number: int, script: str) -> None:
    files = files_for(1 if number == 1 else 2, "systemd")
    assert paths(files, Kind.UNIT) == [f"/etc/systemd/system/{script}.service"]
    assert paths(files, Kind.BLOCK) == []
    assert f"ExecStart=/usr/bin/{script}\n" in next(file.text for file in files if file.kind is Kind.UNIT)


def test_cron_runs_each_minute_what_belongs_to_the_host() -> None:
    lines = {
        number: next(file.text for file in files_for(number, "sysv") if file.kind is Kind.CRON).splitlines()[-1]
        for number in (1, 2)
    }
    assert lines[1] == "* * * * * root /usr/bin/pgsql-primary-check-start --watch"
    assert lines[2] == "* * * * * root /usr/bin/pgsql-standby-check-promote"


@pytest.mark.skipif(shutil.which("cksum") is None, reason="cksum is not installed here")
@pytest.mark.parametrize("size", [0, 1, 255, 256, 65_537])
def test_a_checksum_is_what_cksum_prints(size: int) -> None:
    content = random.Random(size).randbytes(size)
    printed = subprocess.run(["cksum"], input=content, capture_output=True, check=True).stdout.decode().split()
    assert cksum(content) == " ".join(printed[:2])


def test_checksums_are_those_of_the_programs_alone() -> None:
    assert set(checksums(1, "sysv")) == {f"/usr/bin/{name}" for name in PROGRAMS}
    assert checksums(1, "sysv") == checksums(2, "systemd")


def test_an_installed_program_has_its_catalogue_s_checksum(tmp_path: Path) -> None:
    program = next(file for file in files_for(1, "sysv") if file.kind is Kind.PROGRAM)
    (tmp_path / "program").write_bytes(program.text.encode())
    printed = subprocess.run(["cksum", str(tmp_path / "program")], capture_output=True, check=True, text=True).stdout
    assert printed.startswith(f"{program.checksum} ")


# --- the block in rc.local ---------------------------------------------------------------------------------------


def test_the_block_stands_before_the_final_exit() -> None:
    text = "#!/bin/sh\ntouch /var/lock/subsys/local\nexit 0\n"
    assert with_block(text, BLOCK) == f"#!/bin/sh\ntouch /var/lock/subsys/local\n{BLOCK}exit 0\n"


def test_without_an_exit_it_stands_at_the_end() -> None:
    assert with_block("#!/bin/sh\ntrue\n", BLOCK) == f"#!/bin/sh\ntrue\n{BLOCK}"


def test_an_exit_within_a_condition_is_not_the_final_one() -> None:
    text = "#!/bin/sh\nif test -e /x; then\n    exit 1\nfi\n"
    assert with_block(text, BLOCK) == text + BLOCK


def test_it_is_there_once_however_often_it_is_put() -> None:
    once = with_block("#!/bin/sh\nexit 0\n", BLOCK)
    assert with_block(once, BLOCK) == once


def test_an_older_installation_s_bare_line_goes() -> None:
    text = with_block(f"#!/bin/sh\n{COMMAND}\nexit 0\n", BLOCK)
    assert text.splitlines().count(COMMAND) == 1


def test_taking_it_away_leaves_the_rest_as_it_was() -> None:
    text = "#!/bin/sh\ntrue\nexit 0\n"
    assert without_block(with_block(text, BLOCK)) == text
    assert without_block("no block") == "no block"


def test_a_block_that_lost_its_end_costs_no_line_of_others() -> None:
    assert without_block(f"#!/bin/sh\n{BEGIN}\ntrue\n") == "#!/bin/sh\ntrue\n"


def test_a_host_without_rc_local_gets_a_whole_one() -> None:
    assert with_block("", BLOCK) == EMPTY_RC_LOCAL.replace("exit 0\n", f"{BLOCK}exit 0\n")
    assert BLOCK.startswith(f"{BEGIN}\n")
    assert BLOCK.endswith(f"{END}\n")
