"""A replication test's table: created on the primary, read on the standby, where no INSERT may work, and dropped.

It lies in a schema of its own in the application's database, named by the run: in nobody's search_path, so that no
application sees it. Only a schema whose comment names the run is ever written to or dropped.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import ClassVar

from console.operations.operation import Operation, Risk
from console.operations.places import TRIAL, TRIAL_COMMENT
from console.operations.platform import Platform
from console.operations.shell import CommandError, command_line, script

ROWS = 10
_RUN = re.compile(r"[a-z0-9-]{1,40}")
_PARTS = ("user", "server", "sql", "trial")


def schema_of(run: str) -> str:
    """The schema's name, of letters, digits and _ alone: it needs no quotes. CommandError for what can be no run."""
    if _RUN.fullmatch(run) is None:
        raise CommandError(f"{run[:80]!a} is no run's id: no schema is named by it")
    return TRIAL + run.replace("-", "_")


@dataclass(frozen=True, slots=True)
class _Trial:
    """The statements of a run's test. Its id is safe within quotes, see `schema_of`; $$ quotes, since a plan shows them
    within the shell's quotes.
    """

    run: str

    @property
    def schema(self) -> str:
        return schema_of(self.run)

    @property
    def mark(self) -> str:
        return TRIAL_COMMENT + self.run

    @property
    def rows(self) -> str:
        return " ".join(f"{number}:{self.run}-{number}" for number in range(1, ROWS + 1))

    @property
    def find(self) -> str:
        """`[COMMENT]` where the schema is there."""
        comment = "coalesce(obj_description(oid, 'pg_namespace'), '')"
        return f"SELECT '[' || {comment} || ']' FROM pg_namespace WHERE nspname = '{self.schema}'"

    @property
    def create(self) -> str:
        """All of it or nothing."""
        return (
            f"BEGIN; CREATE SCHEMA {self.schema}; COMMENT ON SCHEMA {self.schema} IS $${self.mark}$$; "
            f"CREATE TABLE {self.schema}.rows (n integer, word text, written timestamptz DEFAULT clock_timestamp()); "
            f"INSERT INTO {self.schema}.rows (n, word) "
            f"SELECT n, $${self.run}-$$ || n FROM generate_series(1, {ROWS}) AS n; COMMIT"
        )

    @property
    def read(self) -> str:
        """The rows as one text, then | and how many seconds ago they were written."""
        ago = "round(extract(epoch FROM clock_timestamp() - max(written))::numeric, 3)"
        return f"SELECT string_agg(n || $$:$$ || word, $$ $$ ORDER BY n) || $$|$$ || {ago} FROM {self.schema}.rows"

    @property
    def insert(self) -> str:
        """Rolled back at once where it works against all expectation."""
        return f"BEGIN; INSERT INTO {self.schema}.rows (n, word) VALUES (0, $$never$$); ROLLBACK"

    @property
    def drop(self) -> str:
        """Without CASCADE: what somebody else has put there stays, and is told of."""
        return f"BEGIN; DROP TABLE {self.schema}.rows; DROP SCHEMA {self.schema}; COMMIT"

    def values(self, platform: Platform) -> dict[str, str]:
        return {"database": platform.postgresql.database, "schema": self.schema, "mark": self.mark, "find": self.find}


def _received(platform: Platform) -> str:
    """How long until every standby that streams had flushed what was just written, by the primary's clock alone.

    `replay_location` would not do: a standby reports it only beside other news (walreceiver.c XLogWalRcvSendReply).
    """
    new = platform.version.number >= 100000
    flush, current, diff = (
        ("flush_lsn", "pg_current_wal_lsn", "pg_wal_lsn_diff")
        if new
        else ("flush_location", "pg_current_xlog_location", "pg_xlog_location_diff")
    )
    return (
        f"DO $$ DECLARE began timestamptz := clock_timestamp(); here pg_stat_replication.{flush}%TYPE := {current}(); "
        "there boolean; BEGIN LOOP "
        f"SELECT count(*) > 0 AND bool_and({diff}({flush}, here) >= 0) INTO there "
        "FROM pg_stat_replication WHERE state = 'streaming'; "
        "EXIT WHEN coalesce(there, false) OR clock_timestamp() > began + interval '10 s'; PERFORM pg_sleep(0.01); "
        "END LOOP; PERFORM set_config('vmdb_console.trial', CASE WHEN there "
        "THEN 'received by the standby ' || round(extract(epoch FROM clock_timestamp() - began)::numeric, 3) "
        "|| ' s after the commit (by the primary''s clock)' "
        "ELSE 'not received by a standby within 10 s' END, false); END $$; "
        "SELECT current_setting('vmdb_console.trial')"
    )


def _psql(platform: Platform, text: str) -> str:
    return command_line("psql", "-d", platform.postgresql.database, "-c", text)


@dataclass(frozen=True, slots=True)
class CreateTrial(Operation):
    """Create the run's schema and table with its rows, in one transaction. Done already where they are there.

    Prints how long the standby took to receive them. Refuses where every new table is published to subscribers (a
    publication FOR ALL TABLES, 10 and newer): their copy would stop at rows of a table that they have not.
    """

    time_limit: ClassVar[float] = 60.0

    run: str

    def describe(self) -> str:
        """In words."""
        return f"create the table {schema_of(self.run)}.rows, with {ROWS} rows"

    def gist(self, platform: Platform) -> tuple[str, ...]:
        """The transaction."""
        return (_psql(platform, _Trial(self.run).create),)

    def command(self, platform: Platform) -> str:
        """psql as the database's user."""
        trial = _Trial(self.run)
        values = trial.values(platform) | {"create": trial.create, "received": _received(platform), "published": ""}
        if platform.version.number >= 100000:
            values["published"] = "SELECT string_agg(pubname, ', ') FROM pg_publication WHERE puballtables"
        return script(platform, "create_trial", *_PARTS, **values)


@dataclass(frozen=True, slots=True)
class ReadTrial(Operation):
    """The run's rows, and no others, are here: waits for them up to some 30 s, and prints when they were seen."""

    risk: ClassVar[Risk] = Risk.READ
    time_limit: ClassVar[float] = 75.0
    proves: ClassVar[bool] = True

    run: str

    def describe(self) -> str:
        """In words."""
        return f"read the rows of {schema_of(self.run)}.rows here, and compare them"

    def gist(self, platform: Platform) -> tuple[str, ...]:
        """The query."""
        return (_psql(platform, _Trial(self.run).read),)

    def command(self, platform: Platform) -> str:
        """psql as the database's user."""
        trial = _Trial(self.run)
        values = trial.values(platform) | {"read": trial.read, "rows": trial.rows}
        return script(platform, "read_trial", *_PARTS, **values)


@dataclass(frozen=True, slots=True)
class TryTrialInsert(Operation):
    """An INSERT here is refused as in every standby: SQLSTATE 25006. One that works is rolled back: a failure."""

    proves: ClassVar[bool] = True

    run: str

    def describe(self) -> str:
        """In words."""
        return f"try an INSERT into {schema_of(self.run)}.rows here: it must be refused"

    def gist(self, platform: Platform) -> tuple[str, ...]:
        """The statement, which must fail."""
        return (_psql(platform, _Trial(self.run).insert),)

    def command(self, platform: Platform) -> str:
        """psql as the database's user; status 0 where it was refused."""
        trial = _Trial(self.run)
        return script(platform, "try_trial_insert", *_PARTS, insert=trial.insert, **trial.values(platform))


@dataclass(frozen=True, slots=True)
class DropTrial(Operation):
    """Drop the run's table and schema. Done where they are not there, and on a standby, which has nothing to drop."""

    time_limit: ClassVar[float] = 60.0

    run: str

    def describe(self) -> str:
        """In words."""
        return f"drop the table {schema_of(self.run)}.rows"

    def gist(self, platform: Platform) -> tuple[str, ...]:
        """The transaction."""
        return (_psql(platform, _Trial(self.run).drop),)

    def command(self, platform: Platform) -> str:
        """psql as the database's user."""
        trial = _Trial(self.run)
        return script(platform, "drop_trial", *_PARTS, drop=trial.drop, **trial.values(platform))
