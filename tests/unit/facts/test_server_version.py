"""Server versions in the words of psql, PG_VERSION and package managers."""

from __future__ import annotations

import pytest

from console.facts.server_version import ServerVersion


@pytest.mark.parametrize(
    ("text", "number", "major", "printed"),
    [
        ("9.2.2", 90202, "9.2", "9.2.2"),
        ("9.2", 90200, "9.2", "9.2.0"),
        ("9.6.24 (Debian 9.6.24-1)", 90624, "9.6", "9.6.24"),
        ("15.18 (Debian 15.18-0+deb12u1)", 150018, "15", "15.18"),
        ("15", 150000, "15", "15.0"),
        ("pg_waldump (PostgreSQL) 17.5", 170005, "17", "17.5"),
    ],
)
def test_a_version_is_read_and_printed(text: str, number: int, major: str, printed: str) -> None:
    version = ServerVersion.parse(text)
    assert version is not None
    assert (version.number, version.major, str(version)) == (number, major, printed)


@pytest.mark.parametrize("text", ["", "none", "7.4.30", "psql: command not found"])
def test_what_is_no_version_is_none(text: str) -> None:
    assert ServerVersion.parse(text) is None


def test_behaviour_changes_where_the_sources_say() -> None:
    assert ServerVersion(90202).classic_wal
    assert not ServerVersion(90300).classic_wal
    assert ServerVersion(110022).recovery_conf
    assert not ServerVersion(120000).recovery_conf
