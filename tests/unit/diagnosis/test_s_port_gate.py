"""S04, S05: who can be reached on 5432 in a region with a traffic manager."""

from __future__ import annotations

from dataclasses import replace

from console.diagnosis.finding import Severity
from console.diagnosis.port_gate import check_old_primary_port, check_standby_port
from console.facts.client import ClientAnswer, PortAnswer
from console.facts.host import HostFacts
from tests.unit.diagnosis.builders import (
    DC1_DB1,
    DC1_DB2,
    GLOBAL_DB1,
    GLOBAL_DB2,
    context,
    primary,
    seen,
    standby,
    stopped,
    unreachable,
    unseen,
    view,
)
from tests.unit.diagnosis.setup_builders import gate, global_pair, only, quoted


def meets(host: HostFacts, answer: ClientAnswer, tcp: PortAnswer | None = None) -> HostFacts:
    return replace(host, client=seen(view(answer, "10.19.10.102", tcp), "client"))


def test_the_healthy_pair_has_its_gates_right() -> None:
    healthy = context(*global_pair())
    assert [*check_old_primary_port(healthy), *check_standby_port(healthy)] == []


def test_host_1_answering_a_client_while_host_2_is_primary_is_critical_and_named() -> None:
    first = meets(standby(GLOBAL_DB1), ClientAnswer.IN_RECOVERY)
    found = only(check_old_primary_port(context(first, primary(GLOBAL_DB2))))
    assert (found.code, found.severity, found.host) == ("S04", Severity.CRITICAL, GLOBAL_DB1.name)
    assert "a standby (read-only)" in found.summary
    assert found.details == {"answers": "in-recovery"}


def test_a_port_that_opens_and_never_answers_still_attracts_the_traffic_manager() -> None:
    first = meets(stopped(GLOBAL_DB1), ClientAnswer.SILENT)
    assert "never answers" in only(check_old_primary_port(context(first, primary(GLOBAL_DB2)))).summary


def test_a_client_gets_in_at_an_unreachable_host_1() -> None:
    first = meets(unreachable(GLOBAL_DB1), ClientAnswer.LOGIN_REFUSED)
    found = only(check_old_primary_port(context(first, primary(GLOBAL_DB2))))
    assert "listening: unknown" in quoted(found)


def test_what_host_1_says_itself_counts_where_no_client_was_tried() -> None:
    first = replace(gate(standby(GLOBAL_DB1), firewall=True), client=unseen("no time left"))
    found = only(check_old_primary_port(context(first, primary(GLOBAL_DB2))))
    assert found.details == {"answers": None}
    assert "unknown: no time left" in quoted(found)


def test_the_disagreement_is_quoted_when_the_host_says_open_and_no_client_gets_in() -> None:
    first = meets(gate(standby(GLOBAL_DB1), firewall=True), ClientAnswer.NO_ANSWER, PortAnswer.FILTERED)
    found = only(check_old_primary_port(context(first, primary(GLOBAL_DB2))))
    assert "does not get in" in quoted(found)


def test_a_stopped_host_1_with_an_open_firewall_attracts_nobody() -> None:
    first = meets(gate(stopped(GLOBAL_DB1), firewall=True, listening=False), ClientAnswer.NO_ANSWER)
    assert list(check_old_primary_port(context(first, primary(GLOBAL_DB2)))) == []


def test_nothing_is_said_of_host_1_when_nobody_could_look_at_its_port() -> None:
    first = unreachable(GLOBAL_DB1, client=unseen("no time left"))
    assert list(check_old_primary_port(context(first, primary(GLOBAL_DB2)))) == []


def test_an_open_port_on_the_serving_host_1_is_right() -> None:
    assert list(check_old_primary_port(context(*global_pair()))) == []


def test_a_client_that_gets_in_at_the_standby_is_critical() -> None:
    second = meets(gate(standby(GLOBAL_DB2), firewall=True), ClientAnswer.IN_RECOVERY)
    found = only(check_standby_port(context(primary(GLOBAL_DB1), second)))
    assert (found.code, found.severity, found.host) == ("S05", Severity.CRITICAL, GLOBAL_DB2.name)


def test_a_client_that_gets_in_although_the_firewall_says_closed_is_quoted_as_disagreement() -> None:
    second = meets(gate(standby(GLOBAL_DB2), firewall=False), ClientAnswer.IN_RECOVERY)
    found = only(check_standby_port(context(primary(GLOBAL_DB1), second)))
    assert "the host says closed, yet a client gets in" in quoted(found)
    assert "-P INPUT DROP" in quoted(found)


def test_an_open_firewall_on_the_standby_is_a_warning_while_no_client_gets_in() -> None:
    second = meets(gate(standby(GLOBAL_DB2), firewall=True), ClientAnswer.NO_ANSWER, PortAnswer.FILTERED)
    found = only(check_standby_port(context(primary(GLOBAL_DB1), second)))
    assert found.severity is Severity.WARNING
    assert "no client got in" in found.summary


def test_an_open_firewall_where_no_client_was_tried_is_a_warning_that_says_so() -> None:
    second = replace(gate(standby(GLOBAL_DB2), firewall=True), client=unseen("no time left"))
    assert "clients not tried" in only(check_standby_port(context(primary(GLOBAL_DB1), second))).summary


def test_a_firewall_that_cannot_be_judged_is_neither_open_nor_closed() -> None:
    second = replace(gate(standby(GLOBAL_DB2), firewall=None), client=unseen("no time left"))
    assert list(check_standby_port(context(primary(GLOBAL_DB1), second))) == []


def test_host_1_as_a_reachable_standby_is_s05_too() -> None:
    first = meets(standby(GLOBAL_DB1), ClientAnswer.IN_RECOVERY)
    second = meets(standby(GLOBAL_DB2), ClientAnswer.NO_ANSWER)
    assert only(check_standby_port(context(first, second))).host == GLOBAL_DB1.name


def test_standbys_of_a_cluster_may_be_reached() -> None:
    assert list(check_standby_port(context(primary(DC1_DB1), standby(DC1_DB2)))) == []
