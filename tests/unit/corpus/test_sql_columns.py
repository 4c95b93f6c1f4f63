"""The probe's SQL names only columns that the server's version has (the corpus has each version's own lists)."""

from __future__ import annotations

import re

import pytest

from console.facts.server_version import ServerVersion
from console.probe.program import sql_for
from tests.unit.corpus.files import corpus_files, read

FILES = [name for name in corpus_files("psql") if name.endswith(".columns.txt")]
TOPICS = {"pg_stat_replication": "replication", "pg_stat_wal_receiver": "walreceiver"}


def columns(name: str) -> set[str]:
    return {line.partition("|")[0] for line in read(name).splitlines() if "|" in line}


def view_of(name: str) -> str:
    return name.partition("-")[2].removesuffix(".columns.txt")


def version_of(name: str) -> ServerVersion:
    label = name.partition("/pg")[2].partition("-")[0]
    version = ServerVersion.parse("9.2" if label == "92" else label)
    assert version is not None
    return version


@pytest.mark.parametrize("name", FILES)
def test_every_column_that_is_asked_for_exists_in_that_version(name: str) -> None:
    view = view_of(name)
    ever = {column for other in FILES if view_of(other) == view for column in columns(other)}
    text = re.sub(r" as \w+|--[^\n]*|'[^']*'", " ", sql_for(TOPICS[view], version_of(name)))
    asked = set(re.findall(r"\b[a-z_]+\b", text)) & ever
    assert len(asked) >= 4
    assert asked <= columns(name)
