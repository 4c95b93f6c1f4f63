"""UI appliances: does one serve, is its web server stopped, and does another one of the region serve meanwhile."""

from __future__ import annotations

from collections.abc import Sequence

from console.diagnosis.ui import troubles_of
from console.diagnosis.words import listed, short
from console.facts.host import HostFacts
from console.facts.snapshot import Snapshot
from console.runbooks.conditions.rulings import no, not_looked, unseen, yes
from console.runbooks.plan import Answer, Condition, Ruling


def serves(host: str) -> Condition:
    """Its web server runs and its own /ping answers 200."""
    return Condition(f"{short(host)} serves", lambda snapshot: serving(snapshot.facts(host)))


def serving(facts: HostFacts) -> Ruling:
    """Whether an appliance serves the UI; its workers may rest."""
    ui = facts.ui.value
    if ui is None:
        return not_looked(facts, "the appliance", facts.ui)
    if ui.httpd_running is True and ui.ping_status == 200:
        return yes(f"httpd runs on {short(facts.name)}, and /ping answers 200")
    troubles = [words for words in troubles_of(ui) if "evmserverd" not in words]
    if troubles:
        return no(f"{short(facts.name)}: {listed(troubles, 2)}")
    return unseen(f"whether {short(facts.name)} serves is not known: {ui.ping_error or 'httpd was not seen'}")


def web_server_stopped(host: str) -> Condition:
    """No httpd runs there."""

    def judge(snapshot: Snapshot) -> Ruling:
        facts = snapshot.facts(host)
        ui = facts.ui.value
        if ui is None or ui.httpd_running is None:
            return not_looked(facts, "whether httpd runs", facts.ui)
        said = f"httpd {'runs' if ui.httpd_running else 'does not run'} on {short(host)}"
        return no(said) if ui.httpd_running else yes(said)

    return Condition(f"httpd is stopped on {short(host)}", judge)


def another_serves(hosts: Sequence[str]) -> Condition:
    """At least one of `hosts` serves; no only where all of them certainly do not."""
    names = " or ".join(map(short, hosts))

    def judge(snapshot: Snapshot) -> Ruling:
        rulings = [serving(snapshot.facts(host)) for host in hosts]
        for answer in (Answer.YES, Answer.UNKNOWN):
            found = next((ruling for ruling in rulings if ruling.answer is answer), None)
            if found is not None:
                return found
        return no("; ".join(ruling.because for ruling in rulings))

    return Condition(f"{names} serves meanwhile" if hosts else "another appliance serves meanwhile", judge)
