"""The database port: closed or open, as clients and the host itself have it (REFERENCE 4, S04, S05)."""

from __future__ import annotations

from console.diagnosis.port_gate import ANSWERS, gate
from console.diagnosis.words import short
from console.facts.client import ClientAnswer
from console.facts.snapshot import Snapshot
from console.operations.places import GATE_CHAIN
from console.runbooks.conditions.rulings import entry, no, not_looked, unseen, yes
from console.runbooks.plan import Condition, Ruling


def port_closed_for_clients(host: str) -> Condition:
    """No client gets in: the firewall is closed or nothing listens, and a client that tried did not get in.

    A client's look is kept until the next one: a step that closes the port looks with `clients`.
    """

    def judge(snapshot: Snapshot) -> Ruling:
        facts, settings = snapshot.facts(host), entry(snapshot, host).postgresql
        found = gate(facts, settings.port if settings else 5432)
        if found.client:
            return no(
                f"a client gets in on {short(host)}: {ANSWERS[facts.client.value.answer] if facts.client.value else ''}"
            )
        if found.host_says_open is False:
            why = "its firewall is closed" if found.firewall is False else "nothing listens in public"
            return yes(f"{short(host)}: {why}" + ("; a client did not get in" if found.client is False else ""))
        if found.host_says_open:
            return no(f"the firewall of {short(host)} is open, and PostgreSQL listens")
        return not_looked(facts, "the port's gate", facts.firewall)

    return Condition(f"clients cannot reach the database port of {short(host)}", judge)


def gate_closed(host: str) -> Condition:
    """The host's own packet filter is closed, whether anything listens or not; and no client got in when last tried.

    It is what a step that closes the port must come to: of a stopped server the port is closed without any gate.
    """

    def judge(snapshot: Snapshot) -> Ruling:
        facts = snapshot.facts(host)
        settings, firewall = entry(snapshot, host).postgresql, facts.firewall.value
        if gate(facts, settings.port if settings else 5432).client:
            return no(f"a client gets in on {short(host)}")
        if firewall is None or firewall.database_port_open is None:
            return not_looked(facts, "the port's gate", facts.firewall)
        if firewall.database_port_open:
            return no(f"the firewall of {short(host)} is open on the database port")
        return yes(f"the firewall of {short(host)} is closed on the database port")

    return Condition(f"the database port's gate on {short(host)} is closed", judge)


def no_gate_of_a_run(host: str) -> Condition:
    """No run's own gate is before the database port: it is as open as the host's own rules have it."""

    def judge(snapshot: Snapshot) -> Ruling:
        facts = snapshot.facts(host)
        firewall = facts.firewall.value
        if firewall is None or firewall.database_port_open is None:
            return not_looked(facts, "the firewall", facts.firewall)
        ours = next((rule for rule in firewall.rules if GATE_CHAIN in rule), None)
        return yes("no gate of a run is there") if ours is None else no(f"a run's gate is there: {ours}")

    return Condition(f"no run's gate closes the database port of {short(host)}", judge)


def writable_for_clients(host: str) -> Condition:
    """A client can write there. The step looks with `clients`."""

    def judge(snapshot: Snapshot) -> Ruling:
        facts = snapshot.facts(host)
        view = facts.client.value
        if view is None:
            return not_looked(facts, "what a client meets", facts.client)
        if view.answer is ClientAnswer.WRITABLE:
            return yes(f"a client can write at {view.address}")
        if view.answer is ClientAnswer.LOGIN_REFUSED:
            return unseen(f"the login at {view.address} is refused: {view.message}")
        return no(f"a client meets {ANSWERS[view.answer]} at {view.address}")

    return Condition(f"a client can write on {short(host)}", judge)
