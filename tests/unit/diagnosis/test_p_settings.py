"""P09."""

from __future__ import annotations

from dataclasses import replace

from console.diagnosis.finding import Finding, Severity
from console.diagnosis.settings import check_hba, check_recovery, check_settings
from console.facts.host import HostFacts
from console.facts.postgresql import LogMeaning
from tests.unit.diagnosis.builders import (
    DC1_DB1,
    DC1_DB2,
    GLOBAL_DB1,
    GLOBAL_DB2,
    HBA,
    PG92,
    SETTINGS,
    cib,
    configuration,
    context,
    data,
    entry,
    healthy_dc1,
    healthy_global,
    log,
    primary,
    recovery,
    row,
    seen,
    sql,
    standby,
    unseen,
    with_cluster,
)


def with_settings(*, in_recovery: bool = False, **settings: str) -> HostFacts:
    running = seen({**SETTINGS, **settings}, "pg_settings")
    return (standby if in_recovery else primary)(DC1_DB2 if in_recovery else DC1_DB1, settings=running)


def found(first: HostFacts, second: HostFacts) -> dict[str, Finding]:
    return {finding.subject: finding for finding in check_settings(context(first, second))}


def with_recovery(**settings: object) -> HostFacts:
    directory = data(files=frozenset({"standby.signal"}), recovery=replace(recovery(), **settings))  # type: ignore[arg-type]
    return with_cluster(standby(DC1_DB2, data=seen(directory, "data")))


def wrong(facts: HostFacts) -> list[str]:
    return [finding.subject for finding in check_recovery(context(with_cluster(primary(DC1_DB1)), facts))]


def test_healthy_pairs_have_right_settings() -> None:
    for pair in (healthy_dc1(), healthy_global()):
        here = context(*pair)
        assert not [*check_hba(here), *check_settings(here), *check_recovery(here)]


# --- pg_hba.conf


def test_a_rule_that_only_one_host_has_is_quoted_with_its_line() -> None:
    more = configuration((*HBA, "host replication replicator 192.0.2.0/24 md5"))
    (finding,) = check_hba(context(primary(DC1_DB1, configuration=seen(more)), standby(DC1_DB2)))
    (quote,) = finding.evidence
    assert (quote.host, quote.fact) == (DC1_DB1.name, "only here, line 4")
    assert quote.value == "host replication replicator 192.0.2.0/24 md5"


def test_the_order_of_rules_matters() -> None:
    turned = configuration(tuple(reversed(HBA)))
    (finding,) = check_hba(context(primary(DC1_DB1, configuration=seen(turned)), standby(DC1_DB2)))
    assert "another order" in finding.summary
    assert finding.evidence


def test_an_unreadable_pg_hba_is_not_called_different() -> None:
    assert not list(check_hba(context(primary(DC1_DB1, configuration=unseen()), standby(DC1_DB2))))


# --- settings


def test_settings_that_forbid_replication_are_found_one_by_one() -> None:
    bad = {"wal_level": "minimal", "hot_standby": "off", "archive_mode": "off", "max_wal_senders": "0"}
    for name, value in bad.items():
        running = seen({**SETTINGS, name: value}, "pg_settings")
        finding = found(primary(DC1_DB1, settings=running), standby(DC1_DB2))[name]
        assert finding.severity is Severity.WARNING
        assert f"{name} = {value}" in finding.summary


def test_fsync_off_is_critical() -> None:
    assert found(with_settings(fsync="off"), standby(DC1_DB2))["fsync"].severity is Severity.CRITICAL


def test_settings_are_read_from_the_file_where_psql_does_not_answer() -> None:
    stopped_there = standby(DC1_DB2, settings=unseen(), configuration=seen(configuration(full_page_writes="off")))
    assert "full_page_writes" in found(primary(DC1_DB1), stopped_there)


def test_unknown_settings_make_no_finding() -> None:
    blind = standby(DC1_DB2, settings=unseen(), configuration=unseen())
    assert not found(primary(DC1_DB1), blind)


def test_two_walsenders_are_enough_until_both_are_used() -> None:
    """REFERENCE 2: max_wal_senders = 2."""
    limited = with_settings(max_wal_senders="2")
    one = replace(limited, sql=seen(sql(in_recovery=False, replication=(row(DC1_DB2.node),))))
    two = replace(limited, sql=seen(sql(in_recovery=False, replication=(row(DC1_DB2.node), row("pg_basebackup")))))
    assert not found(one, standby(DC1_DB2, settings=seen({})))
    full = found(two, standby(DC1_DB2, settings=seen({})))
    assert "pg_basebackup" in full["max_wal_senders in use"].remedy


def test_a_refused_walsender_in_the_log_is_found() -> None:
    refused = primary(DC1_DB1, log=seen(log(entry(LogMeaning.TOO_MANY_SENDERS)), "log"))
    assert "max_wal_senders in use" in found(refused, standby(DC1_DB2))


def test_a_limit_lower_on_the_standby_is_found() -> None:
    low = with_settings(in_recovery=True, max_connections="100")
    assert "max_connections lower" in found(primary(DC1_DB1), low)
    assert not found(primary(DC1_DB1), with_settings(in_recovery=True, max_connections="300"))


def test_fewer_walsenders_on_an_old_standby_are_allowed() -> None:
    old = seen(sql(in_recovery=True, version=PG92))
    assert not found(primary(DC1_DB1), replace(with_settings(in_recovery=True, max_wal_senders="5"), sql=old))


def test_sync_mode_with_no_synchronous_standby_gives_no_guarantee() -> None:
    """DOMAIN 1.5: the agent falls back to '' when the standby goes."""
    parameters = {"postgresql": {**cib().parameters["postgresql"], "rep_mode": "sync"}}
    first = with_cluster(primary(DC1_DB1), parameters=parameters)
    here = context(first, standby(DC1_DB2))
    (finding,) = check_settings(here)
    assert finding.subject == "synchronous"
    assert "can lose commits" in finding.summary


def test_async_mode_promises_nothing_and_makes_no_finding() -> None:
    assert not list(check_settings(context(*healthy_dc1())))


# --- recovery settings


def test_a_standby_without_restore_command_is_found() -> None:
    assert wrong(with_recovery(restore_command=None)) == ["restore_command"]


def test_a_restore_command_that_reads_elsewhere_is_found() -> None:
    assert wrong(with_recovery(restore_command="cp /mnt/old/%f %p")) == ["restore_command"]


def test_a_restore_script_whose_directory_is_not_known_is_not_called_wrong() -> None:
    assert not wrong(with_recovery(restore_command="pgsql-restore-wal %f %p"))


def test_a_conninfo_that_leads_to_a_stranger_is_found() -> None:
    assert wrong(with_recovery(primary_conninfo="host=192.0.2.7 user=replicator")) == ["primary_conninfo"]


def test_a_conninfo_that_leads_to_the_host_itself_is_found() -> None:
    assert wrong(with_recovery(primary_conninfo=f"host={DC1_DB2.address}")) == ["primary_conninfo"]


def test_a_conninfo_to_the_peer_or_to_master_ip_is_right() -> None:
    assert not wrong(with_recovery(primary_conninfo=f"host={DC1_DB1.address}"))
    parameters = {"postgresql": {"master_ip": "10.19.11.99"}}
    facts = with_recovery(primary_conninfo="host=10.19.11.99")
    first = with_cluster(primary(DC1_DB1), parameters=parameters)
    assert not list(check_recovery(context(first, with_cluster(facts, parameters=parameters))))


def test_a_replication_address_that_only_the_cib_knows_is_not_called_wrong_without_the_cib() -> None:
    facts = replace(with_recovery(primary_conninfo="host=10.19.11.99"), cluster_configuration=unseen())
    assert not list(check_recovery(context(primary(DC1_DB1), facts)))


def test_a_standby_that_does_not_follow_the_latest_timeline_is_found() -> None:
    assert wrong(with_recovery(recovery_target_timeline="1")) == ["recovery_target_timeline"]


def test_unknown_recovery_settings_make_no_finding() -> None:
    assert not wrong(with_cluster(standby(DC1_DB2, data=unseen())))


def test_a_password_in_a_conninfo_is_never_quoted() -> None:
    facts = with_recovery(primary_conninfo="host=192.0.2.7 password=secret user=r")
    (finding,) = check_recovery(context(with_cluster(primary(DC1_DB1)), facts))
    assert "secret" not in str(finding)


def test_a_scripted_pairs_conninfo_must_lead_to_host_1() -> None:
    first, second = healthy_global()
    assert first.name == GLOBAL_DB1.name
    directory = data(files=frozenset({"standby.signal"}), recovery=recovery("192.0.2.7"))
    bad = replace(second, data=seen(directory, "data"))
    subjects = {finding.subject for finding in check_recovery(context(first, bad))}
    assert subjects == {"primary_conninfo", "restore_command"}
    assert bad.name == GLOBAL_DB2.name
