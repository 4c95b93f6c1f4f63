"""S09: where the name leads that clients use."""

from __future__ import annotations

from console.diagnosis.context import RegionContext
from console.diagnosis.endpoint import check_endpoint
from console.diagnosis.finding import Severity
from console.facts.client import ClientAnswer
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
from tests.unit.diagnosis.setup_builders import global_pair, only, quoted

SITE_1, SITE_2 = "10.19.10.51", "10.16.10.51"


def resolving(*addresses: str, hosts: list[HostFacts] | None = None, met: ClientAnswer | None = None) -> RegionContext:
    """The global region with its name resolving to `addresses`, and what a client met at the first of them."""
    views = {"global": seen((view(met, addresses[0]),), "client")} if met else {}
    pair = global_pair() if hosts is None else hosts
    return context(*pair, endpoint_resolution={"global": seen(addresses, "resolver")}, endpoints=views)


FAILED_OVER = [stopped(GLOBAL_DB1), primary(GLOBAL_DB2)]


def test_a_name_that_leads_to_the_primary_s_site_is_right() -> None:
    assert list(check_endpoint(resolving(SITE_1))) == []
    assert list(check_endpoint(resolving(SITE_2, hosts=FAILED_OVER))) == []


def test_a_name_that_leads_to_the_primary_s_own_address_is_right() -> None:
    assert list(check_endpoint(resolving(GLOBAL_DB1.address))) == []


def test_a_name_that_still_leads_to_the_old_site_is_critical_once_a_client_met_nothing_there() -> None:
    found = only(check_endpoint(resolving(SITE_1, hosts=FAILED_OVER, met=ClientAnswer.NO_ANSWER)))
    assert (found.code, found.severity) == ("S09", Severity.CRITICAL)
    assert found.details == {"resolved": [SITE_1], "expected": [GLOBAL_DB2.address, SITE_2]}


def test_without_a_client_s_word_it_is_a_warning() -> None:
    found = only(check_endpoint(resolving(SITE_1, hosts=FAILED_OVER)))
    assert found.severity is Severity.WARNING
    assert "unknown: not tried" in quoted(found)


def test_a_writable_database_behind_the_name_outweighs_the_inventory() -> None:
    assert list(check_endpoint(resolving("10.99.0.1", met=ClientAnswer.WRITABLE))) == []


def test_a_name_with_both_addresses_is_only_information() -> None:
    assert only(check_endpoint(resolving(SITE_1, SITE_2))).severity is Severity.INFO


def test_a_name_that_does_not_resolve_is_unknown_not_wrong() -> None:
    blind = context(*global_pair(), endpoint_resolution={"global": unseen("NXDOMAIN", "resolver")})
    found = only(check_endpoint(blind))
    assert found.severity is Severity.UNKNOWN
    assert "NXDOMAIN" in quoted(found)


def test_nothing_is_said_where_the_name_was_not_asked() -> None:
    assert list(check_endpoint(context(*global_pair()))) == []


def test_nothing_is_said_where_no_single_primary_is_known() -> None:
    assert list(check_endpoint(resolving(SITE_1, hosts=[unreachable(GLOBAL_DB1), standby(GLOBAL_DB2)]))) == []


def test_a_virtual_address_is_not_this_check_s_matter() -> None:
    elsewhere = {"dc1": seen(("10.99.0.1",), "resolver")}
    assert list(check_endpoint(context(primary(DC1_DB1), standby(DC1_DB2), endpoint_resolution=elsewhere))) == []
