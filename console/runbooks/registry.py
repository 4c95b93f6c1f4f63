"""Every runbook, once, by the name that `vmdb-console run NAME` takes."""

from __future__ import annotations

from console.runbooks.discard_old import DISCARD_OLD
from console.runbooks.failback import FAILBACK
from console.runbooks.install_scripts import INSTALL_SCRIPTS
from console.runbooks.lock_cleanup import LOCK_CLEANUP
from console.runbooks.rebuild_standby import REBUILD_STANDBY
from console.runbooks.runbook import Runbook
from console.runbooks.ui_drill import UI_DRILL
from console.runbooks.verify_replication import VERIFY_REPLICATION

RUNBOOKS: dict[str, Runbook] = {
    runbook.name: runbook
    for runbook in (LOCK_CLEANUP, REBUILD_STANDBY, FAILBACK, DISCARD_OLD, INSTALL_SCRIPTS, VERIFY_REPLICATION, UI_DRILL)
}
