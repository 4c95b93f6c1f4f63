"""A command that prints without end: what it costs the host, and what it costs the report."""

from __future__ import annotations

import shutil
import subprocess
import time

import pytest

from console.inventory.fleet import RegionKind
from console.probe.frame import Frame, parse_frame
from console.probe.tools import parse_tools
from tests.unit.probe.hosts import NONCE, SHELLS, TemporaryHost

pytestmark = pytest.mark.skipif("dash" not in SHELLS, reason="dash is not installed")
each_shell = pytest.mark.parametrize("shell", SHELLS)

ENDLESS = "exec yes 'an endless line of text'"
FLOODED = "printed more than the probe takes"
# MiB beyond what the shell has by itself (console/probe/shell/frame.sh, VMDB_ROOM). To fill it takes half a second of
# work: where it is another command that floods in the same way, a quarter of it shows the same.
ROOM, SMALLER_ROOM = 64, 16
COPIES = 1.5  # half as much again for the shell's copies
WITH_PEAKS = """
import resource, subprocess, sys
sys.stdout.buffer.write(subprocess.run(sys.argv[1:], stdin=sys.stdin, stdout=subprocess.PIPE).stdout)
sys.stdout.flush()
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss, file=sys.stderr)
"""


def flooded(host: TemporaryHost, *sections: str, shell: str) -> tuple[Frame, float]:
    """A poll, and the most memory (MiB) that any process of the probe had."""
    lines = [host.text(), f"VMDB_NONCE={NONCE}", f"vmdb_probe 7 20 {' '.join(sections)}", ""]
    done = subprocess.run(
        [shutil.which("python3") or "python3", "-ISc", WITH_PEAKS, shutil.which(shell) or shell, "-s"],
        input="\n".join(lines).encode(),
        capture_output=True,
        timeout=60,
        check=True,
        env={"PATH": host.path, "HOME": "/nonexistent"},
    )
    return parse_frame(done.stdout), int(done.stderr) / 1024


@each_shell
@pytest.mark.parametrize(
    ("tool", "section", "room"),
    [
        ("ip", "addresses", ROOM),
        ("date", "clock", SMALLER_ROOM),
        ("ss", "listeners", SMALLER_ROOM),
        ("pg_controldata", "controldata", SMALLER_ROOM),
    ],
)
def test_a_flood_of_any_command_is_bounded_on_the_host(
    a_host: TemporaryHost, shell: str, tool: str, section: str, room: int
) -> None:
    if room != ROOM:
        a_host.more = f"VMDB_ROOM={room * 1024}"
    a_host.tool(tool, ENDLESS)
    begin = time.monotonic()
    frame, peak = flooded(a_host, "identity", section, "queue", shell=shell)
    assert peak < room * COPIES
    assert time.monotonic() - begin < 12
    assert frame.complete, frame.problem
    assert frame.sections[section].reason == FLOODED
    assert not frame.sections[section].answered
    assert frame.sections["identity"].answered
    assert list(frame.sections) == ["identity", section, "queue"]


@each_shell
def test_a_flood_of_errors_is_bounded_on_the_host(a_host: TemporaryHost, shell: str) -> None:
    a_host.more = f"VMDB_ROOM={SMALLER_ROOM * 1024}"
    a_host.tool("ip", f"{ENDLESS} >&2")
    frame, peak = flooded(a_host, "identity", "addresses", "clock", shell=shell)
    assert peak < SMALLER_ROOM * COPIES
    assert frame.sections["addresses"].reason == FLOODED
    assert frame.sections["clock"].answered


@each_shell
def test_a_flood_that_a_section_keeps_for_itself_is_bounded_on_the_host(a_host: TemporaryHost, shell: str) -> None:
    (a_host.root / "data" / "PG_VERSION").write_text("15\n")
    a_host.more = f"VMDB_ROOM={SMALLER_ROOM * 1024}"
    a_host.tool("psql", ENDLESS)
    frame, peak = flooded(a_host, "identity", "sql", "clock", shell=shell)
    assert peak < SMALLER_ROOM * COPIES
    assert frame.sections["sql"].reason == FLOODED
    assert not frame.sections["sql"].answered
    assert frame.sections["clock"].answered


@each_shell
def test_some_megabytes_too_many_are_not_kept_and_the_other_sections_are_asked_once(
    a_host: TemporaryHost, shell: str
) -> None:
    a_host.tool("ip", "yes 'a line' | head -c 6000000")
    asked = a_host.root / "asked"
    a_host.tool("date", f"echo >>{asked}; echo 1")
    frame = a_host.frame("clock", "addresses", shell=shell)
    assert frame.sections["addresses"].reason == FLOODED
    assert frame.sections["addresses"].truncated
    assert asked.read_text() == "\n"


def test_a_poll_after_a_flood_is_whole_again(a_host: TemporaryHost) -> None:
    a_host.more = f"VMDB_ROOM={SMALLER_ROOM * 1024}"
    a_host.tool("ip", f"[ -e {a_host.root}/calm ] || {ENDLESS}; echo calm")
    output = a_host.ask(
        "addresses", "clock", before=f"vmdb_probe 6 8 addresses clock\nmkdir {a_host.root}/calm", deadline=8
    )
    first, second = (parse_frame(b"VMDB-BEGIN" + part) for part in output.split(b"VMDB-BEGIN")[1:])
    assert not first.sections["addresses"].answered
    assert second.sections["addresses"].text == "calm"


@each_shell
def test_commands_have_the_memory_that_the_login_has(a_host: TemporaryHost, shell: str) -> None:
    """The bound is the reading shell's own: crm_mon and psql may need more."""
    a_host.region_kind = RegionKind.PACEMAKER
    a_host.tool("crm_mon", 'case "$*" in *help*) exit 0 ;; esac\nulimit -S -v')
    here = subprocess.run([shell, "-c", "ulimit -S -v"], capture_output=True, text=True, check=True).stdout.strip()
    assert a_host.frame("cluster", shell=shell).sections["cluster"].text == here


def test_a_tool_is_asked_for_its_version_once_a_connection(a_host: TemporaryHost) -> None:
    asked = a_host.root / "asked"
    a_host.tool("rsync", f"echo >>{asked}; echo rsync version 3")
    output = a_host.ask("tools", "clock", before="vmdb_probe 6 8 tools clock")
    reports = [parse_frame(b"VMDB-BEGIN" + part) for part in output.split(b"VMDB-BEGIN")[1:]]
    assert [report.sections["tools"].answered for report in reports] == [True, True]
    assert "rsync version 3" in reports[1].sections["tools"].text
    assert asked.read_text() == "\n"


@each_shell
def test_a_slow_tool_that_did_not_tell_its_version_is_asked_again(a_host: TemporaryHost, shell: str) -> None:
    """A busy host's pcs once took longer than its bound: a wizard refused to plan as long as its connection lived."""
    asked = a_host.root / "asked"
    a_host.tool("pcs", f"[ -e {asked} ] && echo 0.11.5; : >{asked}")
    output = a_host.ask("tools", "clock", shell=shell, before="vmdb_probe 6 8 tools clock")
    first, second = (parse_frame(b"VMDB-BEGIN" + part) for part in output.split(b"VMDB-BEGIN")[1:])
    assert parse_tools(first.sections["tools"].text).versions["pcs"] == "installed"
    assert parse_tools(second.sections["tools"].text).versions["pcs"] == "0.11.5"
