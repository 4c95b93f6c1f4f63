"""Small fleets of loopback hosts, and a probe that answers without looking at anything."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from console.inventory.fleet import Become, Fleet, Host, HostKind, Region, RegionKind, SshSettings
from console.transport.program import ProbeProgram

VERSION = "test-1"

# Answers each section with a line of its own; sections that a test asks for by name misbehave in their own way.
STUB = """
vmdb_probe() {
  number=$1; shift 2; body=''
  for section; do
    case $section in
      hang) sleep 20 ;;
      slow) sleep 0.7 ;;
      flood) while :; do printf '%01000d' 0; done ;;
      half) printf 'VMDB-BEGIN %s %s test-1\\nhalf' "$VMDB_NONCE" "$number"; kill -9 $$ ;;
      half-then-hang) printf 'VMDB-BEGIN %s %s test-1\\nhalf' "$VMDB_NONCE" "$number"; sleep 20 ;;
      binary) head -c 65536 /dev/urandom ;;
      other-version) printf 'VMDB-BEGIN %s %s other-9\\nend\\n' "$VMDB_NONCE" "$number" ;;
      late) (sleep 0.2; printf 'VMDB-BEGIN %s %s test-1\\nlate\\nVMDB-END %s %s\\n' "$VMDB_NONCE" 0 "$VMDB_NONCE" 0) ;;
      disconnect) kill -9 $PPID; sleep 5 ;;
      whoami) body="$body$(id -u)
" ;;
      pid) body="$body$$
" ;;
      big) body=$(head -c 3000000 /dev/zero | tr '\\0' x)
 ;;
      stderr) echo noise >&2 ;;
    esac
    body="$body$section
"
  done
  printf 'VMDB-BEGIN %s %s test-1\\n%sVMDB-END %s %s\\n' "$VMDB_NONCE" "$number" "$body" "$VMDB_NONCE" "$number"
}
"""


def stub_program(_host: Host) -> ProbeProgram:
    """The stub, for any host."""
    return ProbeProgram(STUB, VERSION)


def make_host(name: str, address: str, ssh: SshSettings) -> Host:
    """A host of which only the way to it matters."""
    return Host(
        name=name,
        address=address,
        region="test",
        kind=HostKind.DATABASE,
        ordinal=1,
        ssh=ssh,
        postgresql=None,
        node=name,
    )


def make_fleet(hosts: Iterable[Host]) -> Fleet:
    """A fleet of one region."""
    region = Region("test", RegionKind.SCRIPTED, tuple(hosts), None, None)
    return Fleet("test", (region,), source="test")


def settings(
    user: str | None,
    port: int | None,
    key: Path | None,
    known_hosts: Path | None,
    *,
    become: Become = Become.NONE,
    legacy: bool = False,
    accept_new: bool = False,
    connect_timeout: float = 2.0,
) -> SshSettings:
    """SshSettings by position where a test says them all."""
    return SshSettings(user, port, become, legacy, accept_new, key, known_hosts, connect_timeout)
