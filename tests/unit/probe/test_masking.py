"""Passwords are masked on the host, by the program's own sed (DESIGN 5, 10.7)."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.probe.hosts import SHELLS, TemporaryHost

pytestmark = pytest.mark.skipif("dash" not in SHELLS, reason="dash is not installed")
SECRET = "Zq7x"


def masked(text: str) -> str:
    script = f"{TemporaryHost(Path('/nonexistent')).text()}\nvmdb_mask <<'VMDB_TEXT_END'\n{text}\nVMDB_TEXT_END\n"
    done = subprocess.run(["dash", "-s"], input=script.encode(), capture_output=True, timeout=30, check=True)
    return done.stdout.decode().removesuffix("\n")


@pytest.mark.parametrize(
    ("text", "left"),
    [
        (
            "primary_conninfo = 'host=a user=r password=Zq7x application_name=b'",
            "primary_conninfo = 'host=a user=r password=*** application_name=b'",
        ),
        ("primary_conninfo = 'host=a password=Zq7x'", "primary_conninfo = 'host=a password=***'"),
        ("primary_conninfo = 'host=a password=''Zq7x y'' user=r'", "primary_conninfo = 'host=a password=*** user=r'"),
        ("conninfo password = 'Zq7x y\\'z' host=b", "conninfo password = *** host=b"),
        ("CREATE ROLE x PASSWORD 'Zq7x''y' LOGIN", "CREATE ROLE x PASSWORD '***' LOGIN"),
        ("alter user x with encrypted password 'md5Zq7x';", "alter user x with encrypted password '***';"),
        ("ALTER ROLE x PASSWORD $$Zq7x$$", "ALTER ROLE x PASSWORD '***'"),
        ("psql postgresql://u:Zq7x@h:5432/db", "psql postgresql://u:***@h:5432/db"),
        (
            'host all all 0/0 ldap ldapserver=l ldapbindpasswd="Zq7x y" ldapsearchattribute=uid',
            "host all all 0/0 ldap ldapserver=l ldapbindpasswd=*** ldapsearchattribute=uid",
        ),
        ('<nvpair id="x" name="passwd" value="Zq7x"/>', '<nvpair id="x" name="passwd" value="***"/>'),
        ('<nvpair value="Zq7x" id="x" name="password"/>', '<nvpair value="***" id="x" name="password"/>'),
        ("PGPASSWORD=Zq7x pg_basebackup -h a", "PGPASSWORD=*** pg_basebackup -h a"),
        ("fence_vmware --password Zq7x --ip v", "fence_vmware --password *** --ip v"),
        ("fence_vmware --password=Zq7x --ip v", "fence_vmware --password=*** --ip v"),
        ('setting {"name":"x","value":"password=Zq7x"}', 'setting {"name":"x","value":"password=***"}'),
        ("API_TOKEN=Zq7x", "API_TOKEN=***"),
    ],
)
def test_a_password_is_masked_and_the_rest_stays(text: str, left: str) -> None:
    assert masked(text) == left


@pytest.mark.parametrize(
    "text",
    [
        'FATAL:  password authentication failed for user "replicator"',
        "fe_sendauth: no password supplied",
        "password_encryption = md5",
        "passfile=/var/lib/pgsql/.pgpass",
        "host replication replicator 10.0.0.0/8 md5",
        '<nvpair id="a" name="master_ip" value="10.19.11.13"/>',
        "https://vcenter.example.com:443/sdk",
    ],
)
def test_what_is_no_password_stays(text: str) -> None:
    assert masked(text) == text


_BARE = st.text(alphabet="abcXYZ019!#$%&()*+,-./:;<=>?@[]^_{|}~", min_size=1, max_size=12)


@settings(max_examples=40, deadline=None)
@given(st.lists(_BARE, min_size=1, max_size=20))
def test_no_part_of_a_bare_password_is_left(passwords: list[str]) -> None:
    lines = [f"primary_conninfo = 'user=r password={SECRET}{word}{SECRET} host=a'" for word in passwords]
    assert SECRET not in masked("\n".join(lines))


_QUOTED = st.text(alphabet='abcXYZ019 !"#$%&()*+,-./:;<=>?@[]^_{|}~', min_size=1, max_size=12)


@settings(max_examples=40, deadline=None)
@given(st.lists(_QUOTED, min_size=1, max_size=20))
def test_no_part_of_a_quoted_password_is_left(passwords: list[str]) -> None:
    lines = [f"user=r password='{SECRET}{word}\\'{SECRET}' host=a" for word in passwords]
    assert SECRET not in masked("\n".join(lines))


def test_every_section_is_masked_before_it_leaves(a_host: TemporaryHost) -> None:
    data = a_host.root / "data"
    (data / "PG_VERSION").write_text("9.2\n")
    (data / "recovery.conf").write_text(f"standby_mode = 'on'\nprimary_conninfo = 'host=db2 password={SECRET}'\n")
    (data / "postgresql.conf").write_text(f"archive_command = 'PGPASSWORD={SECRET} rsync %p'\n")
    (data / "pg_hba.conf").write_text(f"host all all all ldap ldapbindpasswd={SECRET}\n")
    (a_host.root / "server.log").write_text(f"LOG:  statement: ALTER USER x PASSWORD '{SECRET}'\n")
    (a_host.root / "pgsql-replication").write_text(f'SQL_PASSWORD="{SECRET}"\nPRIMARY_HOST=db1\n')
    a_host.tool("crm_mon", f'echo \'<nvpair name="passwd" value="{SECRET}"/>\'; echo password={SECRET} >&2; exit 1')
    report = a_host.ask("data", "configuration", "log", "scripts", "cluster")
    assert report.count(b"***") >= 6
    assert SECRET.encode() not in report
