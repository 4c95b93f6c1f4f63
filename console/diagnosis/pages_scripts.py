"""Pages of S01–S09: regions whose failover is done by the pgsql-* scripts and a traffic manager (REFERENCE 4)."""

from console.diagnosis.finding import CodePage

PAGES: tuple[CodePage, ...] = (
    CodePage(
        code="S01",
        title="check-promote counter above 0",
        meaning=(
            "Every minute host 2 asks host 1 `select 1`. A failure raises a counter, a success removes it. At "
            "MAX_PRIMARY_FAILCOUNT (2 in the reference) host 2 promotes itself. It asks nobody else and fences nobody: "
            "a network cut between the data centres looks the same to it as a dead host 1, and then both accept writes."
        ),
        looks_at="HOME/primary-failcount on host 2 and its age, /etc/sysconfig/pgsql-replication, check-promote's log.",
        remedy=(
            "Find out now whether host 1 serves: psql -h HOST1 -d vmdb_production -c 'select 1', from host 2 and from "
            "here. Serves it, but host 2 does not get through: mend the network, or stop cron on host 2 before the "
            "counter is full. Does it not serve: let the failover happen."
        ),
    ),
    CodePage(
        code="S02",
        title="check-promote not running every minute",
        meaning=(
            "Nobody watches host 1: if it dies now, nothing promotes host 2. Several runs at once are the same trouble "
            "coming: psql has no connect_timeout there, and a host 1 that swallows packets holds each run for minutes. "
            "While host 1 answers the script logs nothing, so an old log alone is no sign; a counter that stands "
            "still is one, and so is a log that stops in the middle of a series."
        ),
        looks_at="cron lines for pgsql-standby-check-promote, whether cron runs, the log's and the counter's age, ps.",
        remedy="On host 2: service crond status; cat /etc/cron.d/*pgsql*; ps -ef | grep check-promote.",
    ),
    CodePage(
        code="S03",
        title="Running on host 2: failback pending",
        meaning=(
            "Host 2 was promoted and serves. Nothing is broken for users, but there is no second failover: the scripts "
            "fail over from host 1 to host 2 only, and WAL written on host 2 is not archived (its archive_command "
            "discards it). The way back is a failback, in a quiet hour, after host 1 is repaired."
        ),
        looks_at="The roles of both hosts, each with the witness that settled it.",
        remedy="failback",
    ),
    CodePage(
        code="S04",
        title="Host 1 listens on 5432 while host 2 is primary",
        meaning=(
            "The global traffic manager sends every new connection to host 1 as soon as its port 5432 can be connected "
            "to; it does not look at what answers. While host 2 is primary this splits the clients: to an old primary "
            "with old data (both then accept writes), or to a server that refuses every write."
        ),
        looks_at="A client's TCP connection and login to host 1; its listening sockets; its firewall rules for 5432.",
        remedy=(
            "Close the port on host 1 at once: iptables -I INPUT -p tcp --dport 5432 -j DROP. Then see what listens: "
            "an old primary that came up (P02), a standby being built, a tunnel. Check P08 before rebuilding it."
        ),
    ),
    CodePage(
        code="S05",
        title="A standby reachable on 5432",
        meaning=(
            "Appliances keep connections for ever and do not retry failed SQL, so they must never meet a standby. The "
            "traffic manager takes an open port for a serving database: the moment host 1 does not answer, it would "
            "send clients to this standby, and their writes fail."
        ),
        looks_at=(
            "A client's TCP connection to the standby; its sockets; its firewall. They are quoted together where they "
            "disagree: the rule that looks closed may not be the one that decides."
        ),
        remedy=(
            "On the standby: iptables -L INPUT -n --line-numbers | grep 5432; close it and save the rules "
            "(service iptables save). The check-promote script opens it at a promotion."
        ),
    ),
    CodePage(
        code="S06",
        title="Boot or service settings not as they must be",
        meaning=(
            "Scripted region: host 1's database must not start at boot (pgsql-primary-check-start asks host 2 first, "
            "else two primaries run after a power cut); host 2's must, and pgsql-standby-check-access sets its port. "
            "Pacemaker region: only the cluster may start the database, or it comes up behind the cluster's back."
        ),
        looks_at="chkconfig or systemctl is-enabled for the database service, and the pgsql-* lines of rc.local.",
        remedy="chkconfig SERVICE off (host 1, and cluster nodes) or on (host 2); add the missing line to rc.local.",
    ),
    CodePage(
        code="S07",
        title=".pgpass missing, wrong owner or mode",
        meaning=(
            "Replication, check-promote and the agent log in with the passwords in .pgpass. libpq ignores a file that "
            "group or others can read, with only a warning: check-promote then fails as if host 1 were down, and "
            "promotes host 2."
        ),
        looks_at="Owner, mode and the number of usable lines of .pgpass; never its contents.",
        remedy="chown postgres:postgres FILE; chmod 600 FILE. Missing: copy it from the other host of the pair.",
    ),
    CodePage(
        code="S08",
        title="Failover scripts missing, or not the same version",
        meaning=(
            "A script that is not there, or is another version than on the other host, is met only at the worst "
            "moment: during a failover or a failback."
        ),
        looks_at="The pgsql-* scripts on both hosts and their checksums, against where the procedure runs each.",
        remedy="Compare the files, install the same version on both hosts, and check modes (0755) and owners (root).",
    ),
    CodePage(
        code="S09",
        title="DNS endpoint does not point at the primary",
        meaning=(
            "New connections go where the endpoint's name leads. It leads elsewhere than to the primary: the traffic "
            "manager has not switched yet, has switched for a reason of its own (S04, S05), or an old record is still "
            "cached. Where a client does meet a writable database at that address, there is no finding."
        ),
        looks_at="What the name resolves to here, and what a client meets there. Appliances may ask other servers.",
        remedy="dig NAME @SERVER for each name server; look at the traffic manager's health checks and the TTL.",
    ),
)
