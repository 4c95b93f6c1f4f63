"""Are the failover scripts' files on a host what the plan saw, or what it wanted; and is nothing wrong with them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from console.diagnosis.context import RegionContext
from console.diagnosis.finding import Finding
from console.diagnosis.host_setup import check_boot, check_pgpass, check_scripts
from console.diagnosis.scripts import check_promote_cadence
from console.diagnosis.words import listed, short
from console.facts.snapshot import Snapshot
from console.runbooks.conditions.rulings import context_of, no, not_looked, pair, yes
from console.runbooks.plan import Condition, Ruling

_CHECKS: dict[str, Callable[[RegionContext], Iterable[Finding]]] = {
    "S02": check_promote_cadence,
    "S06": check_boot,
    "S07": check_pgpass,
    "S08": check_scripts,
}


def files_are(host: str, checksums: Mapping[str, str], words: str) -> Condition:
    """Each path has the file of that checksum ("" none); `words` say which files these are."""

    def judge(snapshot: Snapshot) -> Ruling:
        facts = snapshot.facts(host)
        if facts.managed.value is None:
            return not_looked(facts, "the failover scripts' files", facts.managed)
        found = {file.path: file.checksum for file in facts.managed.value.files}
        other = [path for path, checksum in checksums.items() if found.get(path, "") != checksum]
        if other:
            return no(f"{short(host)}: {listed(other, 3)} {'is' if len(other) == 1 else 'are'} not")
        return yes(f"all {len(checksums)} files on {short(host)} are")

    return Condition(f"the failover scripts' files on {short(host)} are {words}", judge)


def nothing_found(region: str, code: str) -> Condition:
    """The diagnosis has no finding of this code (S02, S06, S07, S08) in the region, and could look at all of it."""

    def judge(snapshot: Snapshot) -> Ruling:
        for facts in pair(snapshot, region):
            for seen in (facts.scripts, facts.boot, facts.pgpass):
                if seen.value is None:
                    return not_looked(facts, "the setup", seen)
        found = list(_CHECKS[code](context_of(snapshot, region)))
        return no("; ".join(finding.summary for finding in found)) if found else yes(f"no {code} in {region}")

    return Condition(f"the diagnosis has no {code} of {region}", judge)
