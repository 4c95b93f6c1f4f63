"""Names that runs leave on hosts, once: operations make them, the probe's section `traces` finds them."""

from __future__ import annotations

STATE = "/var/lib/vmdb-console"
"""The console's folder on a database host: `lease`, and `jobs/RUN.STEP/` for detached steps."""
LEASE = f"{STATE}/lease"
JOBS = f"{STATE}/jobs"
ARCHIVES = f"{STATE}/archives"
"""A file a run that has set archived WAL aside, named by it: where that WAL lies, on a line. The archive itself may be
on a file server that hangs."""
HELD_SUFFIX = ".vmdb-held"
"""A failover script that a run holds is renamed to its path + this."""
REPLACED_SUFFIX = ".vmdb-replaced"
"""A held script, when another one was installed at its path meanwhile (operations/shell/hold.sh)."""
LOCK_ASIDE_SUFFIX = ".vmdb-aside"
"""PGSQL.lock set aside."""
GATE_CHAIN = "vmdb-console"
"""The iptables chain of a port that a run has closed."""
NEW = "vmdb-new"
OLD = "vmdb-old"
PART_SUFFIX = ".part"
"""Old data on its way out of a mount point, or back in: not all of it lies there."""
INSIDE = "pgsql_tmp.vmdb-console"
"""Folder within a PGDATA that is a mount point; every version's base backup leaves names that begin so out
(basebackup.c, sendDir: PG_TEMP_FILE_PREFIX)."""
