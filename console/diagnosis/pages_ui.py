"""Pages of U01–U04: UI appliances (REFERENCE 5, DOMAIN 5)."""

from console.diagnosis.finding import CodePage

PAGES: tuple[CodePage, ...] = (
    CodePage(
        code="U01",
        title="UI appliance down",
        meaning=(
            "One appliance does not serve; the traffic manager sends users to the other. A /ping that answers 200 "
            "proves less than it seems: up to 2015 it is a static page, and shows that httpd runs and nothing more."
        ),
        looks_at="httpd, evmserverd's processes, /ping asked on the appliance itself, the age of ssl_access.log.",
        remedy="service httpd status; service evmserverd status; tail log/evm.log; then start what is down.",
    ),
    CodePage(
        code="U02",
        title="No UI appliance of a region serves",
        meaning="Every appliance of the region was looked at and is down: nobody can work there.",
        looks_at="The same as U01, for all appliances of the region; one that could not be looked at is not counted.",
        remedy="The database first (P01): without it evmserverd does not stay up. Then httpd and evmserverd.",
    ),
    CodePage(
        code="U03",
        title="Replication backlog over threshold, or worker silent",
        meaning=(
            "Rows of this region wait to be copied to the global one, so the global view is out of date; or the worker "
            "that copies them has not written its status line for minutes. The appliance's own figure 0 may mean "
            "`could not ask`, so the rows are counted in the regional database. Where that was not possible they are "
            "unknown; that is reported for regions that have a `number` in the inventory."
        ),
        looks_at="rr<region>_pending_changes in the regional database; `Replication Status` lines of evm.log.",
        remedy=(
            "Does the global database accept writes, and does its endpoint lead there (P01, S09)? Then look for "
            "`Replicate Process gone` in evm.log and restart the replication worker from the appliance's UI."
        ),
    ),
    CodePage(
        code="U04",
        title="session_store not sql",
        meaning=(
            "Sessions live on the appliance itself: when the traffic manager moves users to the other one, everybody "
            "must log in again and loses what they were doing."
        ),
        looks_at="session_store in the appliance's settings.",
        remedy="Set `session_store: sql` under `server:` in the advanced settings of both appliances; restart them.",
    ),
)
