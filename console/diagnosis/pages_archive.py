"""Pages of A01–A05: the WAL archive (REFERENCE 2, 6)."""

from console.diagnosis.finding import CodePage

PAGES: tuple[CodePage, ...] = (
    CodePage(
        code="A01",
        title="WAL archive not mounted or not writable",
        meaning=(
            "The primary cannot archive: WAL stays in pg_xlog|pg_wal until the data disk is full and the database "
            "stops. A directory that is not mounted is worse than it looks: archiving then succeeds into the local "
            "disk, where the other host never sees it. A standby that cannot read the archive loses its way back once "
            "the primary has removed a segment."
        ),
        looks_at="The archive directories: there, on a mount, readable and writable as the database's user.",
        remedy="mount | grep wal-archive; mount it; then as the database's user: touch and rm a file in it.",
    ),
    CodePage(
        code="A02",
        title="Gap in the WAL archive",
        meaning=(
            "Segments between archived ones are missing. No base backup from before the gap can be brought past it, "
            "and a standby that is still before it cannot catch up from the archive. What retention deleted at the "
            "lower end, and what is being archived now, is no gap; a new timeline begins in the segment in which the "
            "old one was left."
        ),
        looks_at="The whole listing of the archive, by the server version's segment arithmetic and its timelines.",
        remedy=(
            "See whether the file lies in pg_xlog|pg_wal of either host or on the mirror, and copy it there. Else take "
            "a new base backup now, and find out what deletes files (two retention jobs, a full disk, a failed copy)."
        ),
    ),
    CodePage(
        code="A03",
        title="Archiving stuck",
        meaning=(
            "Finished segments wait in archive_status as .ready files. PostgreSQL keeps them until archive_command "
            "succeeds, so the data disk fills up; and what is not archived is lost with the host."
        ),
        looks_at=".ready files: how many, the oldest and its age; pg_stat_archiver; the archiver's process title.",
        remedy=(
            "Read the server log for `archive command failed`. Run archive_command by hand as the database's user for "
            "the oldest file. Usual causes: A01, A04, a target that exists already with other contents."
        ),
    ),
    CodePage(
        code="A04",
        title="Archive space low, or retention not running",
        meaning=(
            "When the archive's file system is full, archiving stops (A03) and then the data disk fills. A daily job "
            "on the primary deletes old files; when it does not run, or runs only on the other host after a failover, "
            "files grow older than they are kept for."
        ),
        looks_at="Free space of the archive's file system, and the age of its oldest file against the retention.",
        remedy=(
            "Look at the daily cron job on the primary. Delete by age only, and never what is newer than the oldest "
            "base backup that is kept. A burst of writes: see how many segments a minute arrive."
        ),
    ),
    CodePage(
        code="A05",
        title="Standby cannot read a segment it needs",
        meaning=(
            "The standby is behind, the primary has already removed the segment, and the archive does not give it. It "
            "tries again every few seconds and will never catch up by itself."
        ),
        looks_at=(
            "`requested WAL segment … has already been removed` in the standby's log or what its startup process "
            "waits for, and whether the database's user on the standby can read that file from the archive."
        ),
        remedy=(
            "As the database's user on the standby run restore_command by hand for that file. There but unreadable: "
            "mend mount, owner or path (A01, P09). On the primary's archive or the mirror: copy it. Gone: "
            "rebuild-standby."
        ),
    ),
)
