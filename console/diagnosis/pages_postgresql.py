"""Pages of P01–P09: what PostgreSQL itself says (DOMAIN 0, 3, 4, 7)."""

from console.diagnosis.finding import CodePage

PAGES: tuple[CodePage, ...] = (
    CodePage(
        code="P01",
        title="No primary",
        meaning=(
            "No host of the pair accepts writes: the region is down for its users. It is only said when a host was "
            "reached and each of the two is known not to be a writable primary; what could not be looked at is H01–H04."
        ),
        looks_at="pg_is_in_recovery() on both, running processes, and what a client meets at each address.",
        remedy=(
            "Do not promote or start at once: find out which host has the newest WAL. Compare timeline and checkpoint "
            "(`pg_controldata DATA`) and, on a standby, the replay position. Under Pacemaker see "
            "C01–C05 for why nobody "
            "was promoted; PGSQL.lock on the former primary is C02. Then start the node that has everything."
        ),
    ),
    CodePage(
        code="P02",
        title="Two primaries: both accept writes",
        meaning=(
            "Clients may write to both hosts, and the two databases grow apart with every commit. "
            "Only the servers' own "
            "word and the client's eye count here: Pacemaker still lists an unclean, powered-off node as Promoted."
        ),
        looks_at="pg_is_in_recovery() on both hosts, a client's login at both addresses, the two timelines.",
        remedy=(
            "Keep clients on one of them at once (iptables on the other's 5432, or take the VIP "
            "off). The newer timeline "
            "is usually the one that clients were sent to. Save the other's data directory, stop it, see P08 for what "
            "only it has, then rebuild it with pg_basebackup."
        ),
    ),
    CodePage(
        code="P03",
        title="Standby not streaming",
        meaning=(
            "The standby does not receive WAL now: from here on a loss of the primary loses data. "
            "Catching up is milder. "
            "It is critical where the log says that waiting will not help, as with WAL that has been removed."
        ),
        looks_at=(
            "pg_stat_replication on the primary (base backups do not count), walreceiver and startup process on the "
            "standby, and both logs: removed segment, pg_hba entry, password, timeline, no free walsender."
        ),
        remedy=(
            "Read the standby's log: it names the reason every 5 seconds. Network: `psql -h PRIMARY -U replicator`. "
            "`no pg_hba.conf entry`: correct it on the primary and reload. Removed segment: make "
            "restore_command and the "
            "archive work (A05), else rebuild it with pg_basebackup."
        ),
    ),
    CodePage(
        code="P04",
        title="Lag over threshold",
        meaning=(
            "The standby is behind by this many bytes of WAL, or seconds of commits. Seconds count only while there is "
            "something left to replay: an idle primary is no lag. A failover now would lose, or wait for, that much."
        ),
        looks_at="The primary's current position, the standby's replay position, its last replayed commit, the trend.",
        remedy=(
            "Growing: is it the network (received is behind too) or the replay (received is ahead "
            "of replayed: disk, long "
            "queries on the standby)? Shrinking: wait. `select * from pg_stat_replication` on the primary shows where."
        ),
    ),
    CodePage(
        code="P05",
        title="Replay paused or stalled",
        meaning=(
            "The standby receives WAL but does not apply it: somebody paused it, a long query holds it up, or it waits "
            "for a segment that does not come. A failover would first have to replay all that."
        ),
        looks_at="pg_is_wal_replay_paused(), received and replayed over two looks, the startup process's title.",
        remedy=(
            "Paused: `select pg_wal_replay_resume()` (up to 9.6 pg_xlog_replay_resume()). Stalled: "
            "look for old queries "
            "in pg_stat_activity on the standby; check its disk and its log. A standby with "
            "recovery_min_apply_delay is "
            "meant to be late and is not reported."
        ),
    ),
    CodePage(
        code="P06",
        title="Diverged: the standby's history is not the primary's",
        meaning=(
            "The standby has WAL that the primary never wrote, or stands on another timeline. Its data is wrong, "
            "although Pacemaker may show STREAMING|ASYNC, HS:async, 100 and PostgreSQL may raise no error. It happens "
            "when an old primary is started after its PGSQL.lock was just deleted. Never fail over to it."
        ),
        looks_at=(
            "Replay past the primary's own position, in one row of pg_stat_replication or over two "
            "looks; the timelines "
            "and history files; log lines about forks and missing history; the loop of `invalid record length` (9.2: "
            "`record with zero length`) with a terminated walreceiver."
        ),
        remedy=(
            "Only a rebuild helps: rebuild it with pg_basebackup, and keep the old data aside. Before "
            "that, decide whether the "
            "commits that only this host has still matter (P08)."
        ),
    ),
    CodePage(
        code="P07",
        title="System identifiers differ",
        meaning=(
            "The two data directories were made by different initdb runs: one is not a copy of the "
            "other, and can never "
            "be its standby. A wrong directory, a wrong mount or a restore from another region."
        ),
        looks_at="`Database system identifier` of pg_controldata on both, the server's own, and the standby's log.",
        remedy=(
            "Find out which is the right database before anything is started: look at mounts, `ls -l` of the data "
            "directory, and the databases in it. Then rebuild the other host with pg_basebackup."
        ),
    ),
    CodePage(
        code="P08",
        title="Old primary has WAL that the new one never got",
        meaning=(
            "This host was primary before and wrote WAL that the present primary did not receive: those commits are "
            "missing in the database that clients use now. They exist only here until this host is rebuilt."
        ),
        looks_at=(
            "The end of this host's WAL (pg_waldump, the shutdown checkpoint, or WAL pages) against "
            "the point where the "
            "new primary took over (its history file, or the agent's baseline), and the commits after that point."
        ),
        remedy=(
            "Copy the data directory aside first. List what only it has: `pg_waldump "
            "--rmgr=Transaction -t TLI -s FORK`. "
            "Let the owners of the data decide, re-enter what matters, then rebuild it with pg_basebackup. "
            "Never start it as it is."
        ),
    ),
    CodePage(
        code="P09",
        title="Replication settings or pg_hba.conf differ or are wrong",
        meaning=(
            "It may work today and fail at the next failover or restart: rules that let the other host in on one side "
            "only, limits lower on the standby than on the primary, no archive, no restore_command, a conninfo that "
            "leads elsewhere, or a synchronous mode that waits for nobody."
        ),
        looks_at=(
            "pg_hba.conf of both as ordered rules; wal_level, hot_standby, archive_mode, max_wal_senders, "
            "max_connections and its kin, full_page_writes, fsync, synchronous settings; the "
            "standby's recovery settings."
        ),
        remedy=(
            "Make both hosts alike, reload, and restart where it is needed: the standby first when "
            "a limit goes up. All "
            "walsenders in use: a base backup with -X stream needs two besides the standby's one."
        ),
    ),
)
