"""C02: the proof of DOMAIN 7 and 7b, and each way in which it must not be made."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from console.diagnosis.evidence_needed import evidence_needed
from console.diagnosis.finding import Finding, Severity
from console.diagnosis.lock import check_lock
from console.facts.client import ClientAnswer
from console.facts.evidence import Evidence, WalEnd, WalEndMethod
from console.facts.host import HostFacts
from console.facts.lsn import WalSegment
from console.facts.postgresql import ClusterState, TimelineHistory, TimelineSwitch
from tests.unit.diagnosis.builders import (
    AT,
    DC1_DB1,
    DC1_DB2,
    VIP,
    after,
    attributes,
    cluster,
    context,
    control,
    data,
    healthy_dc1,
    history,
    instance,
    lock_file,
    lsn,
    primary,
    seen,
    snapshot,
    sql,
    standby,
    stopped,
    unreachable,
    unseen,
    view,
    with_cluster,
)

F = "0/4038598"
AFTER_FAILOVER = cluster(
    DC1_DB2,
    None,
    attributes={
        DC1_DB1.node: attributes("STOP", "DISCONNECT", "-INFINITY"),
        DC1_DB2.node: attributes(master_baseline="0000000004038598"),
    },
)


def exact(position: str, timeline: int = 1) -> WalEnd:
    message = f"invalid record length at {position}: wanted 24, got 0"
    return WalEnd(WalEndMethod.WALDUMP, timeline, lsn(position), lsn(position), message)


def pages(first: str, last: str) -> WalEnd:
    return WalEnd(WalEndMethod.PAGES, 1, lsn(first), lsn(last))


def old(end: WalEnd | None, **overrides: object) -> HostFacts:
    """The crashed old primary: the lock is there, no server runs, its control file says "in production"."""
    defaults: dict[str, object] = {
        "control": seen(control(ClusterState.IN_PRODUCTION), "pg_controldata"),
        "data": seen(data(lock=lock_file()), "data"),
        "evidence": Evidence(wal_end=end),
    }
    return with_cluster(stopped(DC1_DB1, **{**defaults, **overrides}), AFTER_FAILOVER)


def new(**overrides: object) -> HostFacts:
    """The new primary, which kept the timeline (restart_on_promote=true), with the baseline 0/4038598."""
    defaults: dict[str, Any] = {"data": seen(data(lock=lock_file()), "data")}
    return with_cluster(primary(DC1_DB2, **{**defaults, **overrides}), AFTER_FAILOVER)


def promoted(*switches: tuple[int, str], timeline: int = 2) -> HostFacts:
    """A new primary on a new timeline."""
    status = sql(in_recovery=False, timeline=timeline)
    return new(sql=seen(status, "psql"), history=seen(history(timeline, *switches), "history"))


def judged(*hosts: HostFacts) -> Finding:
    (finding,) = check_lock(context(*hosts))
    assert finding.code == "C02"
    return finding


def verdict(*hosts: HostFacts) -> str:
    return str(judged(*hosts).details["verdict"])


# --- where it is a finding at all


def test_the_lock_of_the_running_primary_is_normal() -> None:
    first, second = healthy_dc1()
    locked = replace(first, data=seen(data(lock=lock_file()), "data"))
    assert not list(check_lock(context(locked, second)))


def test_no_lock_and_an_unknown_lock_make_no_finding() -> None:
    assert not list(check_lock(context(old(None, data=seen(data())), new())))
    assert not list(check_lock(context(old(None, data=unseen("cannot read tmp")), new())))


def test_the_lock_of_a_node_that_starts_as_primary_is_not_called_left_over() -> None:
    """psql does not answer yet, the attributes say PRI, and there is no other primary."""
    starting = primary(
        DC1_DB1, sql=unseen("starting up"), client=unseen("", "client"), data=seen(data(lock=lock_file()), "data")
    )
    assert not list(check_lock(context(with_cluster(starting, cluster()), standby(DC1_DB2))))


# --- safe


def test_e_equal_to_f_is_safe() -> None:
    """The measured power failure of an idle primary: E = F = 0/4038598 (DOMAIN 7)."""
    finding = judged(old(exact(F)), new())
    assert finding.severity is Severity.WARNING
    assert finding.details == {
        "verdict": "safe",
        "fork_lsn": F,
        "end_lsn": F,
        "bytes_only_here": 0,
        "commits_only_here": 0,
        "missing": [],
    }
    quoted = {quote.fact for quote in finding.evidence}
    assert {"PGSQL.lock", "end of WAL", "system identifier", "pg_is_in_recovery()", "a client's login", "VIP"} <= quoted


def test_f_is_the_switch_point_where_the_primary_has_a_new_timeline() -> None:
    assert judged(old(exact("0/4038000")), promoted((1, F))).details["fork_lsn"] == F
    assert verdict(old(exact("0/4038000")), promoted((1, F))) == "safe"


def test_a_page_bound_below_f_is_safe() -> None:
    """DOMAIN 7b: the last written page ends at or before F. It is called a bound."""
    finding = judged(old(pages("0/4034000", "0/4036000")), new())
    assert finding.details["verdict"] == "safe"
    assert finding.details["end_lsn"] is None
    assert any("a bound" in quote.value for quote in finding.evidence)


def test_a_copy_made_after_the_lock_is_safe() -> None:
    """DOMAIN 7, last line: a cleanly emptied and rebuilt node."""
    directory = data(lock=lock_file(3600), created=AT.timestamp() - 600, files=frozenset({"standby.signal"}))
    copy = control(ClusterState.SHUT_DOWN_IN_RECOVERY, checkpoint=lsn("0/4500000"))
    rebuilt = old(None, data=seen(directory, "data"), control=seen(copy, "pg_controldata"))
    finding = judged(rebuilt, new())
    assert finding.details["verdict"] == "safe"
    assert any(quote.fact == "data directory made" for quote in finding.evidence)


def test_a_fresh_base_backup_that_was_not_started_yet_is_safe() -> None:
    """Its control file is the primary's own: "in production", with a backup_label beside it."""
    directory = data(lock=lock_file(3600), created=AT.timestamp() - 600, files=frozenset({"backup_label"}))
    assert verdict(old(None, data=seen(directory, "data")), new()) == "safe"


# --- unsafe


def test_e_past_f_is_unsafe_and_critical() -> None:
    finding = judged(old(exact("0/4048598")), new())
    assert finding.severity is Severity.CRITICAL
    assert finding.details["verdict"] == "unsafe"
    assert finding.details["bytes_only_here"] == 0x10000
    assert finding.details["commits_only_here"] is None


def test_a_checkpoint_past_f_is_unsafe_without_any_wal_read() -> None:
    late = seen(control(ClusterState.SHUT_DOWN, checkpoint=lsn("0/4040000")), "pg_controldata")
    finding = judged(old(None, control=late), new())
    assert finding.details["verdict"] == "unsafe"
    assert finding.details["bytes_only_here"] is None


def test_pages_written_well_past_f_are_unsafe() -> None:
    assert verdict(old(pages("0/4040000", "0/4042000")), new()) == "unsafe"


def test_different_system_identifiers_are_unsafe() -> None:
    foreign = seen(control(ClusterState.IN_PRODUCTION, system_identifier="42"), "pg_controldata")
    assert verdict(old(exact(F), control=foreign), new()) == "unsafe"


def test_an_old_primary_on_a_timeline_that_the_new_one_never_was_on_is_unsafe() -> None:
    own = seen(history(2, (1, "0/4020000")), "history")
    split = old(exact("0/4030000", 2), history=own, control=seen(control(timeline=2), "pg_controldata"))
    finding = judged(split, promoted((1, "0/4010000"), timeline=3))
    assert finding.details["verdict"] == "unsafe"
    assert finding.details["fork_lsn"] == "0/4010000"


def test_the_same_timeline_number_with_another_switch_point_is_unsafe() -> None:
    """Both promoted themselves to timeline 2: two histories of one number."""
    own = seen(history(2, (1, "0/4030000")), "history")
    split = old(exact("0/4038000", 2), history=own, control=seen(control(timeline=2), "pg_controldata"))
    assert verdict(split, promoted((1, "0/4010000"))) == "unsafe"


def test_the_control_files_old_timeline_right_after_a_promotion_does_not_hide_the_new_one() -> None:
    """DOMAIN 3.4: O crashed before its first checkpoint on timeline 2. E on timeline 1 would prove nothing."""
    own = seen(history(2, (1, "0/4020000")), "history")
    promoted_itself = old(exact("0/4020000", 1), history=own)
    assert verdict(promoted_itself, promoted((1, F), timeline=3)) == "unsafe"


# --- not provable


def missing(*hosts: HostFacts) -> str:
    finding = judged(*hosts)
    assert finding.details["verdict"] == "not-provable", finding.details
    assert finding.severity is Severity.WARNING
    assert finding.details["bytes_only_here"] is None
    assert finding.details["commits_only_here"] is None
    return "; ".join(str(word) for word in finding.details["missing"])


def test_without_the_end_of_wal_it_is_not_provable() -> None:
    assert "end of" in missing(old(None), new())


def test_the_tools_own_error_says_why_the_end_is_missing() -> None:
    no_tool = old(None, evidence=Evidence(errors=("pg_waldump is not there",)))
    assert "pg_waldump is not there" in missing(no_tool, new())


def test_a_baseline_that_is_gone_leaves_a_kept_timeline_unprovable() -> None:
    status = replace(AFTER_FAILOVER, attributes={DC1_DB2.node: attributes()})
    restarted = with_cluster(new(), status)
    assert "baseline is unknown" in missing(with_cluster(old(exact(F)), status), restarted)


def test_a_page_bound_inside_fs_own_page_is_not_provable() -> None:
    assert "bound" in missing(old(pages("0/4038000", "0/403A000")), new())


def test_a_page_bound_on_the_page_after_f_is_not_provable() -> None:
    """Only the rest of one record may lie there (DOMAIN 7b)."""
    assert "bound" in missing(old(pages("0/403A000", "0/403C000")), new())


def test_a_9_2_history_names_only_the_segment() -> None:
    segment = WalSegment.parse("000000010000000000000004")
    vague = TimelineHistory(2, (TimelineSwitch(1, None, segment, "no recovery target specified"),))
    after_92 = new(sql=seen(sql(in_recovery=False, timeline=2), "psql"), history=seen(vague, "history"))
    assert "0/4000000..0/5000000" in missing(old(exact(F)), after_92)
    assert verdict(old(exact("0/5000100")), after_92) == "unsafe"
    before = seen(control(ClusterState.IN_PRODUCTION, checkpoint=lsn("0/3F00000")), "pg_controldata")
    assert verdict(old(exact("0/3FFFFF8"), control=before), after_92) == "safe"


def test_unknown_history_files_of_the_old_node_are_missing_and_not_timeline_1() -> None:
    assert "timeline of its own" in missing(old(exact(F), history=unseen("cannot read pg_wal")), new())


def test_history_files_read_before_the_lock_was_made_are_not_believed() -> None:
    """They are read once a minute; the promotion that made the lock may have begun a timeline since (DOMAIN 3.4)."""
    read_before = seen(TimelineHistory(1, ()), "history", after(-7200))
    assert "timeline of its own" in missing(old(exact(F), history=read_before), new())


def test_without_a_primary_nothing_is_provable() -> None:
    assert "verified primary" in missing(old(exact(F)), with_cluster(unreachable(DC1_DB2), AFTER_FAILOVER))


def test_a_primary_whom_a_client_meets_in_recovery_is_not_verified() -> None:
    doubtful = new(client=seen(view(ClientAnswer.IN_RECOVERY, "10.16.11.12"), "client"))
    assert "in-recovery" in missing(old(exact(F)), doubtful)


def test_a_vip_on_the_old_node_makes_the_primary_doubtful() -> None:
    """The partition trap: the address is still where the old primary is."""
    holding = old(exact(F), addresses=seen((DC1_DB1.address, VIP), "addresses"))
    assert "VIP" in missing(holding, new(addresses=seen((DC1_DB2.address,), "addresses")))


def test_attributes_that_call_the_primary_something_else_make_it_doubtful() -> None:
    status = replace(
        AFTER_FAILOVER, attributes={DC1_DB2.node: attributes("HS:alone", master_baseline="0000000004038598")}
    )
    assert "HS:alone" in missing(with_cluster(old(exact(F)), status), with_cluster(new(), status))


def test_psql_alone_does_not_verify_a_primary() -> None:
    status = replace(AFTER_FAILOVER, attributes={})
    alone = replace(promoted((1, F)), client=unseen("", "client"), addresses=unseen())
    found = missing(with_cluster(old(exact(F)), status), with_cluster(alone, status))
    assert "no second witness" in found


def test_a_server_that_runs_on_the_locked_node_has_no_end_to_read() -> None:
    running = with_cluster(standby(DC1_DB1, data=seen(data(lock=lock_file()), "data")), AFTER_FAILOVER)
    assert "a server runs there" in missing(running, new())


def test_wal_past_f_on_a_node_that_last_ran_as_a_standby_may_be_the_primarys_own() -> None:
    once = seen(control(ClusterState.SHUT_DOWN_IN_RECOVERY, checkpoint=lsn("0/4500000")), "pg_controldata")
    assert "standby" in missing(old(exact("0/4500080"), control=once), new())


def test_a_copy_older_than_the_lock_is_no_proof() -> None:
    directory = data(lock=lock_file(60), created=AT.timestamp() - 600)
    copy = seen(control(ClusterState.SHUT_DOWN_IN_RECOVERY), "pg_controldata")
    assert missing(old(None, data=seen(directory, "data"), control=copy), new())


def test_a_new_directory_that_last_ran_as_primary_is_no_copy() -> None:
    directory = data(lock=lock_file(3600), created=AT.timestamp() - 600)
    assert missing(old(None, data=seen(directory, "data")), new())


def test_a_copy_that_is_past_the_primary_is_no_proof() -> None:
    directory = data(lock=lock_file(3600), created=AT.timestamp() - 600)
    beyond = seen(control(ClusterState.SHUT_DOWN_IN_RECOVERY, checkpoint=lsn("0/5800000")), "pg_controldata")
    assert missing(old(None, data=seen(directory, "data"), control=beyond), new())


def test_two_locks_and_no_primary_are_two_findings() -> None:
    """DOMAIN 1.3: LATEST and lock on one, DISCONNECT on the other: nobody can be promoted."""
    second = stopped(DC1_DB2, data=seen(data(lock=lock_file()), "data"))
    found = list(check_lock(context(old(exact(F)), with_cluster(second, AFTER_FAILOVER))))
    assert [finding.details["verdict"] for finding in found] == ["not-provable", "not-provable"]


def test_an_unclean_promoted_entry_does_not_make_the_old_node_the_primary() -> None:
    from console.facts.cluster import ResourceRole

    stale = instance(ResourceRole.PROMOTED, DC1_DB1, unclean=True)
    status = replace(AFTER_FAILOVER, resources=(stale, *AFTER_FAILOVER.resources))
    assert verdict(with_cluster(old(exact(F)), status), with_cluster(new(), status)) == "safe"


# --- what to gather


def sections(*hosts: HostFacts) -> list[str]:
    return [request.section for request in evidence_needed(snapshot(*hosts))]


def test_the_end_of_wal_is_asked_for_from_the_last_redo() -> None:
    (request,) = evidence_needed(snapshot(old(None), new()))
    assert request.host == DC1_DB1.name
    assert request.section == "wal_end:1:0/4000028"


def test_the_commits_past_the_fork_are_asked_for_once_both_ends_are_known() -> None:
    assert sections(old(exact("0/4048598")), new()) == ["wal_end:1:0/4000028", f"commits:1:{F}"]
    assert sections(old(exact(F)), new()) == ["wal_end:1:0/4000028"]


def test_a_timeline_begun_after_the_last_checkpoint_is_read_from_its_switch() -> None:
    own = seen(history(2, (1, "0/4020000")), "history")
    assert sections(old(None, history=own), promoted((1, F), timeline=3))[0] == "wal_end:2:0/4020000"


def test_the_same_facts_ask_with_the_same_key_and_a_later_checkpoint_with_another() -> None:
    def key(facts: HostFacts) -> str:
        return evidence_needed(snapshot(facts, new()))[0].depends_on

    later = seen(control(ClusterState.IN_PRODUCTION, checkpoint=lsn("0/4100000")), "pg_controldata")
    assert key(old(None)) == key(old(exact(F)))
    assert key(old(None)) != key(old(None, control=later))


def test_a_healthy_pair_and_unknown_hosts_need_nothing() -> None:
    assert not sections(*healthy_dc1())
    assert not sections(unreachable(DC1_DB1), new())


def test_an_old_primary_without_a_lock_is_looked_at_too() -> None:
    assert sections(old(None, data=seen(data())), new()) == ["wal_end:1:0/4000028"]
