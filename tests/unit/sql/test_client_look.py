"""What a client meets at a real server, in every state that it can be in."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from console.facts.client import ClientAnswer, PortAnswer
from console.sql.client import look
from tests.unit.sql.server import PASSWORD, Server, settings


def test_a_primary_is_writable_and_says_which_server_answered(primary: Server, password_file: Path) -> None:
    view = look("127.0.0.1", settings(primary.port), deadline=5)
    assert (view.tcp, view.answer) == (PortAnswer.OPEN, ClientAnswer.WRITABLE)
    assert view.accepts_writes
    assert view.server_address == "127.0.0.1"
    assert view.latency is not None
    assert 0 < view.latency < 5


def test_looking_changes_nothing_not_even_a_transaction_id(primary: Server, password_file: Path) -> None:
    before = primary.sql("SELECT txid_current(), pg_current_wal_lsn()").split("|")
    for _ in range(3):
        assert look("127.0.0.1", settings(primary.port), deadline=5, region_number=1).backlog == 37
    after = primary.sql("SELECT txid_current()")
    assert int(after) == int(before[0]) + 1


def test_looking_leaves_no_incomplete_startup_packet_in_the_servers_log(primary: Server, password_file: Path) -> None:
    look("127.0.0.1", settings(primary.port), deadline=5)
    assert "startup packet" not in primary.log()


def test_a_standby_is_in_recovery(standby: Server, password_file: Path) -> None:
    view = look("127.0.0.1", settings(standby.port), deadline=5, region_number=1)
    assert view.answer is ClientAnswer.IN_RECOVERY
    assert not view.accepts_writes
    assert view.backlog == 37


def test_a_default_of_read_only_transactions_is_read_only(primary: Server, password_file: Path) -> None:
    view = look("127.0.0.1", settings(primary.port, sql_user="reader"), deadline=5)
    assert view.answer is ClientAnswer.READ_ONLY


def test_the_backlog_is_counted(primary: Server, password_file: Path) -> None:
    view = look("127.0.0.1", settings(primary.port), deadline=5, region_number=1)
    assert (view.backlog, view.backlog_error) == (37, None)


def test_a_missing_backlog_table_is_unknown_and_not_zero(primary: Server, password_file: Path) -> None:
    view = look("127.0.0.1", settings(primary.port), deadline=5, region_number=99)
    assert view.answer is ClientAnswer.WRITABLE
    assert view.backlog is None
    assert view.backlog_error == 'relation "rr99_pending_changes" does not exist'


def test_a_backlog_table_that_may_not_be_read_is_unknown(primary: Server, password_file: Path) -> None:
    view = look("127.0.0.1", settings(primary.port), deadline=5, region_number=2)
    assert view.backlog is None
    assert view.backlog_error is not None
    assert "permission denied" in view.backlog_error


def test_a_backlog_that_cannot_be_counted_in_time_does_not_hide_the_answer(
    primary: Server, password_file: Path
) -> None:
    primary.sql("CREATE VIEW rr5_pending_changes AS SELECT 1 AS id WHERE pg_sleep(60) IS NOT NULL", "vmdb_production")
    primary.sql("GRANT SELECT ON rr5_pending_changes TO cloudforms", "vmdb_production")
    started = time.monotonic()
    view = look("127.0.0.1", settings(primary.port), deadline=1.0, region_number=5)
    assert time.monotonic() - started < 15
    assert view.answer is ClientAnswer.WRITABLE
    assert view.backlog is None
    assert view.backlog_error


def test_no_password_is_login_refused(primary: Server, password_file: Path) -> None:
    password_file.write_text("")
    view = look("127.0.0.1", settings(primary.port), deadline=5)
    assert (view.tcp, view.answer) == (PortAnswer.OPEN, ClientAnswer.LOGIN_REFUSED)
    assert "no password supplied" in view.message


def test_a_wrong_password_is_login_refused_and_appears_nowhere(
    primary: Server, password_file: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    password_file.write_text("*:*:*:*:hunter2\n")
    view = look("127.0.0.1", settings(primary.port), deadline=5)
    assert view.answer is ClientAnswer.LOGIN_REFUSED
    assert "password authentication failed" in view.message
    printed = capfd.readouterr()
    assert "hunter2" not in repr(view) + printed.out + printed.err


def test_a_password_file_that_others_may_read_is_named_and_libpq_writes_nothing_over_the_screen(
    primary: Server, password_file: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    password_file.chmod(0o644)
    view = look("127.0.0.1", settings(primary.port), deadline=5)
    assert view.answer is ClientAnswer.LOGIN_REFUSED
    assert "is ignored: its mode is 644" in view.message
    assert capfd.readouterr().err == ""


def test_the_password_file_is_searched_by_the_name_that_was_asked_for(primary: Server, password_file: Path) -> None:
    escaped = PASSWORD.replace("\\", "\\\\").replace(":", "\\:")
    password_file.write_text(f"localhost:{primary.port}:*:*:{escaped}\n")
    assert look("localhost", settings(primary.port), deadline=5).answer is ClientAnswer.WRITABLE
    assert look("127.0.0.1", settings(primary.port), deadline=5).answer is ClientAnswer.LOGIN_REFUSED


def test_a_role_without_a_pg_hba_entry_is_login_refused(primary: Server, password_file: Path) -> None:
    original = (primary.data / "pg_hba.conf").read_text()
    primary.write("pg_hba.conf", original.replace("host all all", "host all reader"))
    primary.sql("SELECT pg_reload_conf()")
    try:
        deadline = time.monotonic() + 5
        while (view := look("127.0.0.1", settings(primary.port), deadline=5)).answer is ClientAnswer.WRITABLE:
            assert time.monotonic() < deadline
    finally:
        primary.write("pg_hba.conf", original)
        primary.sql("SELECT pg_reload_conf()")
    assert view.answer is ClientAnswer.LOGIN_REFUSED
    assert "no pg_hba.conf entry" in view.message


def test_a_server_without_the_tls_that_is_asked_for_is_login_refused(
    primary: Server, password_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PGSSLMODE", "require")
    view = look("127.0.0.1", settings(primary.port), deadline=5)
    assert (view.tcp, view.answer) == (PortAnswer.OPEN, ClientAnswer.LOGIN_REFUSED)
    assert "SSL" in view.message


def test_a_missing_database_is_no_database(primary: Server, password_file: Path) -> None:
    view = look("127.0.0.1", settings(primary.port, database="nonesuch"), deadline=5)
    assert view.answer is ClientAnswer.NO_DATABASE
    assert view.message.endswith('database "nonesuch" does not exist')


def test_a_full_server_refuses_the_login_with_its_own_words(primary: Server, password_file: Path) -> None:
    primary.sql("ALTER ROLE cloudforms CONNECTION LIMIT 0")
    try:
        view = look("127.0.0.1", settings(primary.port), deadline=5)
    finally:
        primary.sql("ALTER ROLE cloudforms CONNECTION LIMIT -1")
    assert view.answer is ClientAnswer.LOGIN_REFUSED
    assert "too many connections" in view.message


def test_a_standby_that_is_not_hot_is_starting_up(primary: Server, password_file: Path) -> None:
    server = Server(primary.bin, primary.base, "warm")
    server.copy_of(primary)
    server.start(wait=False, hot_standby="off")
    try:
        deadline = time.monotonic() + 30
        while (view := look("127.0.0.1", settings(server.port), deadline=5)).tcp is PortAnswer.REFUSED:
            assert time.monotonic() < deadline
            time.sleep(0.05)
    finally:
        server.stop()
    assert (view.tcp, view.answer) == (PortAnswer.OPEN, ClientAnswer.STARTING_UP)


def test_a_frozen_server_is_silent_within_the_deadline(primary: Server, password_file: Path) -> None:
    with primary.frozen():
        started = time.monotonic()
        view = look("127.0.0.1", settings(primary.port), deadline=0.6)
        taken = time.monotonic() - started
    assert (view.tcp, view.answer) == (PortAnswer.OPEN, ClientAnswer.SILENT)
    assert 0.5 < taken < 15


def test_a_stopped_server_is_refused(primary: Server, password_file: Path) -> None:
    server = Server(primary.bin, primary.base, "never-started")
    view = look("127.0.0.1", settings(server.port), deadline=5)
    assert (view.tcp, view.answer) == (PortAnswer.REFUSED, ClientAnswer.NO_ANSWER)
    assert not view.port_open
