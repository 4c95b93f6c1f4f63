"""What the pgsql agent's exit reasons and exit codes mean (DOMAIN 1.5)."""

from __future__ import annotations

LOCK_MESSAGE = "My data may be inconsistent."
"""How the lock's refusal begins; its end may be cut at 128 bytes (DOMAIN 2.1)."""

_REASONS = (
    (LOCK_MESSAGE, "refused because of PGSQL.lock (C02)"),
    ("Can't start PostgreSQL as primary on promote", "the restart as primary failed: see the server's log"),
    ("Can't start PostgreSQL", "the server did not start: see its log"),
    ("Can't promote PostgreSQL", "pg_ctl promote failed or took too long: see the server's log"),
    ("Can't create recovery.conf", "tmpdir or the data directory is not writable"),
    ("Can't reload configuration", "pg_ctl reload failed"),
    ("Failed to show my xlog location", "psql did not answer in time during the election"),
    ("My data is newer than new master's one", "the new master has less WAL: a ban may have been left (C08)"),
    ("Invalid synchronous_standby_names", "postgresql.conf sets what the agent must set itself"),
    ("Not in a replication mode", "rep_mode is not set"),
    ("node_list can't be empty", "node_list is missing"),
    ("master_ip can't be empty", "master_ip is missing"),
    ("Invalid rep_mode", "rep_mode must be async, sync or slave"),
    ("Replication(rep_mode", "the resource is no promotable clone"),
    ("Replication slot needs", "this server is too old for slots"),
    ("Replication mode needs", "this server is too old"),
    ("Setup problem: couldn't find command", "a program is missing, or pgctl/psql point elsewhere"),
    ("Configuration file", "the configuration file is missing (mount?)"),
    ("is not writable by", "wrong owner or mode of that directory"),
    ("can't write to the log file", "wrong owner or mode of the agent's log file"),
    ("Can't create directory", "wrong owner or mode, or the file system is missing"),
    ("can't create replication_slot", "see the server's log"),
    ("Can't create", "the data directory or tmpdir is not writable there"),
    ("Fatal error (out of memory", "psql itself failed"),
    ("giving up executing", "a cluster command kept failing"),
    ("timed out", "the action took longer than its time-out"),
    ("My data is out-of-date", "this node may not be promoted: its data-status forbids it (C01)"),
)
_CODES = {
    2: "wrong parameters",
    4: "insufficient privileges",
    5: "something that the agent needs is not installed",
    6: "wrong configuration of the resource",
    7: "the server was not running",
    8: "the server ran as primary",
    9: "the server had failed as primary",
}


def meaning(reason: str, exit_code: int | None, status: str = "") -> str:
    """An exit reason in words; empty where nothing more is known than it says itself."""
    for text, words in _REASONS:
        if text.casefold() in reason.casefold():
            return words
    if "timed out" in status.casefold():
        return "the action took longer than its time-out"
    return _CODES.get(exit_code, "") if exit_code is not None else ""


def is_lock(reason: str) -> bool:
    """Whether the agent refused to start because of PGSQL.lock."""
    return LOCK_MESSAGE.casefold() in reason.casefold()
