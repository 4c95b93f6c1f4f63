from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.unit.sql.server import PASSWORD, Server, binaries, owned_directory

ROLES = f"""
CREATE ROLE cloudforms LOGIN PASSWORD '{PASSWORD}';
CREATE ROLE reader LOGIN PASSWORD '{PASSWORD}';
ALTER ROLE reader SET default_transaction_read_only = on;
CREATE ROLE replicator LOGIN REPLICATION;
"""
TABLE = """
CREATE TABLE rr1_pending_changes (id bigserial PRIMARY KEY, change_table text);
INSERT INTO rr1_pending_changes (change_table) SELECT 'vms' FROM generate_series(1, 37);
GRANT SELECT ON rr1_pending_changes TO cloudforms;
CREATE TABLE rr2_pending_changes (id bigserial PRIMARY KEY);
"""


@pytest.fixture(scope="session")
def base() -> Iterator[Path]:
    with owned_directory() as directory:
        yield directory


@pytest.fixture(scope="session")
def primary(base: Path) -> Iterator[Server]:
    place = binaries()
    if place is None:
        pytest.skip("PostgreSQL's server (initdb, pg_ctl) is not installed here")
    server = Server(place, base, "primary")
    server.initialise()
    server.start()
    try:
        for statement in filter(str.strip, ROLES.split(";")):
            server.sql(statement)
        server.sql("CREATE DATABASE vmdb_production")
        for statement in filter(str.strip, TABLE.split(";")):
            server.sql(statement, "vmdb_production")
        yield server
    finally:
        server.stop()


@pytest.fixture(scope="session")
def standby(primary: Server) -> Iterator[Server]:
    server = Server(primary.bin, primary.base, "standby")
    server.copy_of(primary)
    server.start()
    try:
        yield server
    finally:
        server.stop()


@pytest.fixture
def password_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A .pgpass with the right password for everyone, the only one that libpq sees."""
    path = tmp_path / "pgpass"
    escaped = PASSWORD.replace("\\", "\\\\").replace(":", "\\:")
    path.write_text(f"*:*:*:*:{escaped}\n")
    path.chmod(0o600)
    monkeypatch.setenv("PGPASSFILE", str(path))
    for variable in ("PGPASSWORD", "PGSERVICE", "PGOPTIONS", "PGHOSTADDR", "PGSSLMODE"):
        monkeypatch.delenv(variable, raising=False)
    return path
