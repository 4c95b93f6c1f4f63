"""Passwords in what operations print: masked as the probe's own sed masks them on the host."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from console.facts.masking import masked
from tests.unit.probe.hosts import SHELLS
from tests.unit.probe.test_masking import masked as masked_by_the_probe

SECRET = "Zq7x"
TEXTS = [
    f"primary_conninfo = 'host=a user=r password={SECRET} application_name=b'",
    f"primary_conninfo = 'host=a password=''{SECRET} y'' user=r'",
    f"conninfo password = '{SECRET} y\\'z' host=b",
    f"CREATE ROLE x PASSWORD '{SECRET}''y' LOGIN",
    f"alter user x with encrypted password 'md5{SECRET}';",
    f"ALTER ROLE x PASSWORD $${SECRET}$$",
    f"psql postgresql://u:{SECRET}@h:5432/db",
    f'ldapserver=l ldapbindpasswd="{SECRET} y" ldapsearchattribute=uid',
    f'<nvpair id="x" name="passwd" value="{SECRET}"/>',
    f'<nvpair value="{SECRET}" id="x" name="password"/>',
    f"PGPASSWORD={SECRET} pg_basebackup -h a",
    f"fence_vmware --password {SECRET} --ip v",
    f"fence_vmware --password={SECRET} --ip v",
    f'setting {{"name":"x","value":"password={SECRET}"}}',
    f"API_TOKEN={SECRET}",
    'FATAL:  password authentication failed for user "replicator"',
    "fe_sendauth: no password supplied",
    "passfile=/var/lib/pgsql/.pgpass",
    "https://vcenter.example.com:443/sdk",
]


@pytest.mark.skipif("dash" not in SHELLS, reason="dash is not installed")
@pytest.mark.parametrize("text", TEXTS)
def test_a_text_is_masked_as_the_probe_masks_it(text: str) -> None:
    assert masked(text) == masked_by_the_probe(text)
    assert SECRET not in masked(text)


_BARE = st.text(alphabet="abcXYZ019!#$%&()*+,-./:;<=>?@[]^_{|}~", min_size=1, max_size=12)
_QUOTED = st.text(alphabet='abcXYZ019 !"#$%&()*+,-./:;<=>?@[]^_{|}~', min_size=1, max_size=12)


@settings(max_examples=300)
@given(_BARE)
def test_no_part_of_a_bare_password_is_left(word: str) -> None:
    assert SECRET not in masked(f"primary_conninfo = 'user=r password={SECRET}{word}{SECRET} host=a'")


@settings(max_examples=300)
@given(_QUOTED)
def test_no_part_of_a_quoted_password_is_left(word: str) -> None:
    assert SECRET not in masked(f"user=r password='{SECRET}{word}\\'{SECRET}' host=a")
