"""Pages of H01–H08: hosts as such."""

from console.diagnosis.finding import CodePage

PAGES: tuple[CodePage, ...] = (
    CodePage(
        code="H01",
        title="Host unreachable",
        meaning=(
            "The console could not ask this host, so everything on it is unknown: that is neither `down` nor `fine`. "
            "`Refused` means the host is up and its sshd is not; `hung` means that TCP connects and then nothing "
            "comes, as from a host out of memory, with a dead disk, or with sshd stopped. What others saw of the same "
            "trouble (a client, the peer, the cluster) keeps its own finding and severity, folded under this one."
        ),
        looks_at="Name resolution, TCP to the ssh port, and the answer within the deadline.",
        remedy=(
            "See the host's console (hypervisor, iLO). Up: check the network between here and there, then sshd. Do not "
            "take it for dead before the peer and a client say so too."
        ),
    ),
    CodePage(
        code="H02",
        title="Login or sudo refused",
        meaning=(
            "The host answers but does not let the console's user in, or lets it in without root. Without root the "
            "probe still runs, and what it could not read is unknown; the finding lists it."
        ),
        looks_at="The ssh login, the algorithms that both sides know, and `sudo -n`.",
        remedy=(
            "ssh USER@HOST sudo -n true. Check the key, authorized_keys, the agent, sudoers (NOPASSWD). Only old "
            "algorithms offered (RHEL 6): `ssh: {legacy: true}` in the inventory."
        ),
    ),
    CodePage(
        code="H03",
        title="Host key changed or unknown",
        meaning=(
            "The key that this host shows is not the one in known_hosts, or none is known. The console does not "
            "connect: it could be another machine, or somebody in between."
        ),
        looks_at="The offered key against known_hosts (and HostKeyAlias of ~/.ssh/config).",
        remedy=(
            "Read the fingerprint on the host's own console: ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub. The "
            "same as offered: ssh-keygen -R NAME, then add it. Not the same: do not connect; find out who answers."
        ),
    ),
    CodePage(
        code="H04",
        title="Probe incomplete",
        meaning=(
            "Something could not be looked at, and the finding says what and why: a section that failed or timed out, "
            "an answer that was cut short or is no report, a host that was not reached in time, or a check of the "
            "console that failed (a defect: please report it). Everything listed is unknown."
        ),
        looks_at="Each section's exit status, time and stderr; the report's frame; the run's time limit.",
        remedy=(
            "`timed out` on disks or archive: a hung NFS mount. `not root`: see H02. `not asked`: a longer --timeout. "
            "Run it again; what stays must be looked at by hand."
        ),
    ),
    CodePage(
        code="H05",
        title="Disk space low",
        meaning=(
            "A file system of this host is nearly full. A full data disk stops the primary at once; a full / or home "
            "breaks logs, locks and cron first. The WAL archive has its own finding (A04)."
        ),
        looks_at="df of the file systems with data, home, tmp and /, against `thresholds.disk_free`.",
        remedy=(
            "du -xh MOUNT | sort -h | tail. On the data disk look at pg_xlog|pg_wal (A03, a dead replication slot) and "
            "pg_log. Never delete WAL by hand."
        ),
    ),
    CodePage(
        code="H06",
        title="Clock skew",
        meaning=(
            "The host's clock is off from the console's by more than the limit, whatever the uncertainty of the "
            "measurement. Lag in seconds, log times, ages and the order of events between hosts cannot be trusted; "
            "Kerberos and certificates fail in the end. If every host shows the same skew, the console's clock is off."
        ),
        looks_at="The host's clock against the console's, half-way between question and answer, and the round trip.",
        remedy="ntpq -p or chronyc tracking on the host; start ntpd or chronyd.",
    ),
    CodePage(
        code="H07",
        title="Not the host that the inventory says",
        meaning=(
            "The host calls itself by another name, has another machine-id than before, or shares its machine-id with "
            "another host. Anything done there may hit the wrong machine: no runbook goes on before that is clear. "
            "After a host was installed anew on purpose, delete its line in the file that `vmdb-console info` names."
        ),
        looks_at="hostname -f, /etc/machine-id, and the machine-ids seen before.",
        remedy="Check the address in the inventory, DNS, and whether it was installed anew or cloned.",
    ),
    CodePage(
        code="H08",
        title="Another run holds the lock on this pair",
        meaning=(
            "Somebody is changing this pair: a lease on both hosts keeps a second engineer out from the first change "
            "until that run is finished, resumed or rolled back. It names the owner, the run and since when. Renewed "
            "within a minute, or with a job at work: info, the run goes on. Otherwise a warning: the run stopped "
            "half-way, or its console died; a lease never ends by itself.\n"
            "Without a lease: a copy, a held failover script, a lock set aside, a swap that was cut off half-way "
            "(vmdb-old.part) or a job that was left behind is a warning. What a run has kept (old data, archived WAL "
            "aside, a script that was replaced while held) is only told (info): it stays until a person removes it."
        ),
        looks_at=(
            "/var/lib/vmdb-console (lease, jobs, archives), DATA.vmdb-new.*, DATA.vmdb-old.*, *.vmdb-held, "
            "*.vmdb-replaced, PGSQL.lock.vmdb-aside on both hosts of the pair."
        ),
        remedy=(
            "Speak with the owner. A run that was left: vmdb-console runs show ID, then vmdb-console resume ID, where "
            "it was begun. Left behind without a run: put held scripts back, remove copies by hand."
        ),
    ),
)
