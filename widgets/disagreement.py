"""Where the witnesses of a region do not say the same, in words (DOMAIN 0): a mark that the figures need care."""

from __future__ import annotations

from collections.abc import Iterator

from console.diagnosis.finding import Severity
from console.diagnosis.port_gate import gate
from console.diagnosis.words import short
from console.facts.client import ClientAnswer
from console.facts.host import HostFacts
from widgets.pair_facts import PairFacts


def disagreements(pair: PairFacts) -> tuple[str, ...]:
    """What disagrees, a sentence each, worst first. Only what is known can disagree."""
    by_diagnosis = [
        finding.summary for finding in pair.findings if finding.code == "C09" and finding.severity is not Severity.INFO
    ]
    return (*by_diagnosis, *(words for facts in pair.context.hosts for words in _of_host(pair, facts)))


def _of_host(pair: PairFacts, facts: HostFacts) -> Iterator[str]:
    name = short(facts.name)
    sql, view = facts.sql.value, facts.client.value
    if sql is not None and view is not None:
        met = {ClientAnswer.WRITABLE: False, ClientAnswer.READ_ONLY: False, ClientAnswer.IN_RECOVERY: True}
        told = met.get(view.answer)
        if told is not None and told != sql.in_recovery:
            words = ("a primary", "a standby")
            yield f"{name}: psql on the host meets {words[sql.in_recovery]}, a client meets {words[told]}"
    port = view.port if view is not None else 5432
    found = gate(facts, port)
    if found.disagree:
        said, is_met = ("closed", "gets in") if found.client else ("open", "does not get in")
        yield f"{name}: the host says that {port} is {said}, a client {is_met}"
