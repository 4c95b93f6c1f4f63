"""What the region screen says of a pair: without an application, from Scenes of the simulated fleet."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from console.diagnosis.finding import Severity
from console.facts.cluster import Constraint
from console.facts.lag import arithmetic_of
from console.facts.lsn import WalArithmetic
from console.facts.postgresql import HbaRule, LogEntry, LogMeaning, ReplicationRow
from console.facts.scripts import ScriptLogLine
from console.history.change import LagPoint
from console.scene import Scene
from tests.screens.region_scenes import (
    DC1,
    DC2,
    GLOBAL,
    changed,
    figures_of,
    known,
    page_of,
    rows_of,
    said,
    scene_of,
    scene_with,
    sections_of,
    silent,
)
from widgets.region_figure import Tone
from widgets.region_log import MEANINGS
from widgets.region_page import region_lines, region_sections

WIDTHS = (60, 80, 119, 120, 160, 220)
HOSTILE = "[bold red]x[/]\x1b[2J\x07\u202e" + "漢" * 40 + "e\u0301" + "A" * 10_000


# --- layout ------------------------------------------------------------------------------------------------------


def test_with_120_columns_both_hosts_stand_side_by_side() -> None:
    line = next(line for line in page_of(scene_of("healthy"), "dc1", 120) if line.startswith("role "))
    assert "PRIMARY" in line.partition("│")[0]
    assert "STANDBY" in line.partition("│")[2]


def test_with_80_columns_one_host_stands_below_the_other() -> None:
    lines = page_of(scene_of("healthy"), "dc1", 80)
    place = next(number for number, line in enumerate(lines) if line.startswith("role "))
    assert "cf-dc1-db1 PRIMARY" in lines[place]
    assert "cf-dc1-db2 STANDBY" in lines[place + 1]


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("region", ["global", "dc1", "dc2"])
def test_no_line_is_wider_than_the_screen(width: int, region: str) -> None:
    scene = scene_of("lock-unsafe")
    lines = region_lines(
        scene.snapshot, scene.snapshot.fleet.region(region), scene.findings, scene.snapshot.at, width=width
    )
    assert max(line.content.cell_length for line in lines) <= width


def test_every_line_has_a_key_of_its_own() -> None:
    scene = scene_of("lock-unsafe")
    for region in scene.snapshot.fleet.regions:
        lines = region_lines(scene.snapshot, region, scene.findings, scene.snapshot.at, width=120)
        assert len({line.key for line in lines}) == len(lines)


def test_the_filter_keeps_only_figures_with_all_its_words_and_their_headings() -> None:
    lines = page_of(scene_of("healthy"), "dc1", 160, "receiver STREAMING")
    assert any(line.startswith("WAL receiver") for line in lines)
    assert not any(line.startswith(("disk", "clock")) for line in lines)
    assert lines[0].startswith(("Where witnesses disagree", "Replication"))


def test_every_figure_of_a_host_that_answers_names_its_witness_and_its_time() -> None:
    for region in ("global", "dc1"):
        for key, section in sections_of(scene_of("healthy"), region).items():
            if key in {"log", "script-log", "witnesses", "findings"}:
                continue  # log lines bear their own time; their file's row has the witness
            for row in section.rows:
                for figure in (row.first, row.second):
                    assert figure is None or (figure.witness and figure.at), (key, row)


def test_a_figure_that_no_poll_brought_anew_is_stale() -> None:
    scene = scene_of("healthy")
    later = scene.snapshot.at + timedelta(minutes=5)
    lines = region_lines(
        scene.snapshot, scene.snapshot.fleet.region("dc1"), scene.findings, later, width=160, words="writes at"
    )
    assert "STALE 5 min" in "\n".join(line.content.plain for line in lines)


def test_what_is_looked_at_once_a_minute_is_not_stale_after_one() -> None:
    scene = scene_of("healthy")
    later = scene.snapshot.at + timedelta(seconds=70)
    lines = region_lines(
        scene.snapshot, scene.snapshot.fleet.region("dc1"), scene.findings, later, width=160, words="disk archive df"
    )
    told = "\n".join(line.content.plain for line in lines)
    assert "df, 70 s" in told
    assert "STALE" not in told


def test_what_is_wrong_lists_causes_and_what_is_worse_than_its_cause() -> None:
    scene = scene_of("host-down")
    codes = [row.label for row in sections_of(scene, "dc2")["findings"].rows]
    folded = {each.code: each for each in scene.findings if each.caused_by is not None and each.region == "dc2"}
    worse = {code for code, each in folded.items() if each.severity.rank < Severity.UNKNOWN.rank}
    assert codes[0] == "H01"
    assert worse
    assert worse <= set(codes)
    assert not (set(folded) - worse) & set(codes)


# --- unknown is unknown ------------------------------------------------------------------------------------------


def test_what_a_silent_host_said_last_is_unknown_and_quoted() -> None:
    scene = silent(scene_of("healthy"), DC1[1])
    replayed = figures_of(scene, "dc1", "replication", "replayed")
    assert [figure.tone for figure in replayed] == [Tone.UNKNOWN]
    assert replayed[0].text.startswith(f"unknown; it said {known(scene, DC1[1], 'sql').replayed}")
    assert "no answer to TCP in 5 s; last answer" in said(scene, "dc1", "hosts", "answers")


def test_a_host_that_never_answered_says_nothing() -> None:
    scene = scene_of("host-down")
    (row,) = rows_of(scene, "dc2", "timelines", "control file")
    assert row.second is not None
    assert (row.second.text, row.second.tone) == ("unknown: the host does not answer", Tone.UNKNOWN)


def test_the_lag_of_a_pair_without_known_standby_is_unknown_and_never_zero() -> None:
    told = said(scene_of("host-down"), "dc2", "replication", "lag")
    assert told.startswith("unknown: ")
    assert "0" not in told


def test_what_a_client_meets_stands_where_the_host_itself_is_silent() -> None:
    scene = silent(scene_of("healthy"), DC1[0])
    (row,) = rows_of(scene, "dc1", "clients", "a client")
    assert row.first is not None
    assert row.first.tone is Tone.PLAIN
    assert "a database that accepts writes" in row.first.text


def test_attributes_of_a_silent_host_are_those_that_its_peer_sees() -> None:
    scene = silent(scene_of("healthy"), DC1[0])
    (row,) = rows_of(scene, "dc1", "attributes", "status")
    assert row.first is not None
    assert (row.first.text, row.first.witness) == ("PRI", "crm_mon on cf-dc1-db2")


# --- replication and timelines -----------------------------------------------------------------------------------


def test_sender_and_receiver_positions_stand_beside_each_other() -> None:
    scene = scene_of("healthy")
    status, standby = known(scene, DC1[0], "sql"), known(scene, DC1[1], "sql")
    assert said(scene, "dc1", "replication", "writes at") == str(status.current)
    assert said(scene, "dc1", "replication", "received") == str(standby.received)
    assert said(scene, "dc1", "replication", "replayed") == str(standby.replayed)


def test_a_walsender_says_how_far_each_stage_is_behind_the_primary() -> None:
    scene = scene_of("healthy")
    status = known(scene, DC1[0], "sql")
    behind = status.current.plus(-4096, _arithmetic(scene))
    row = ReplicationRow(1, "cf-dc1-db2", "10.0.0.2", "catchup", status.current, behind, behind, behind, "async")
    scene = changed(scene, DC1[0], sql=replace(status, replication=(row,)))
    (figure,) = figures_of(scene, "dc1", "replication", "sends")
    assert f"sent {status.current}, written {behind} (-4.0 KiB)" in figure.text
    assert figure.tone is Tone.WARNING


def _arithmetic(scene: Scene) -> WalArithmetic:
    return arithmetic_of(*scene.snapshot.pair(scene.snapshot.fleet.region("dc1")))


def test_a_standby_past_its_primary_is_said_to_have_another_history() -> None:
    scene = scene_of("healthy")
    status = known(scene, DC1[0], "sql")
    ahead = status.current.plus(1 << 20, _arithmetic(scene))
    row = replace(status.replication[0], flushed=ahead, replayed=ahead)
    told = figures_of(changed(scene, DC1[0], sql=replace(status, replication=(row,))), "dc1", "replication", "lag")
    assert told[0].tone is Tone.CRITICAL
    assert "PAST the primary: it has another history" in told[0].text


def test_the_lags_last_minutes_are_bars_with_gaps_where_it_was_unknown() -> None:
    scene = scene_of("healthy")
    at = scene.snapshot.at
    lags = [
        LagPoint(at - timedelta(seconds=60 - 20 * i), b, s)
        for i, (b, s) in enumerate([(0, 0.0), (None, None), (1 << 20, 2.0), (1 << 19, 7.5)])
    ]
    region = scene.snapshot.fleet.region("dc1")
    found = {s.key: s for s in region_sections(scene.snapshot, region, scene.findings, at, lags)}
    rows = {row.label: row.pair for row in found["replication"].rows if row.pair is not None}
    assert rows["lag lately"].text == "▁ █▅  at most 1.0 MiB in 60 s"
    assert rows["lag"].text.endswith(", 7.5 s")


def test_a_crashed_primary_is_not_taken_for_one_in_production() -> None:
    told = said(scene_of("lock-unsafe"), "dc2", "timelines", "control file")
    assert "in production, yet no server runs: it crashed as a primary" in told


def test_the_history_says_where_each_timeline_was_left() -> None:
    told = said(scene_of("failed-over"), "global", "timelines", "history")
    assert "1 → 2 at segment 0000000100000002" in told


# --- Pacemaker ---------------------------------------------------------------------------------------------------


def test_attributes_are_shown_as_the_agent_writes_them() -> None:
    scene = scene_of("healthy")
    (status,) = rows_of(scene, "dc1", "attributes", "status")
    (data_status,) = rows_of(scene, "dc1", "attributes", "data-status")
    assert [figure.text for figure in status.figures] == ["PRI", "HS:async"]
    assert [figure.text for figure in data_status.figures] == ["LATEST", "STREAMING|ASYNC"]


def test_attributes_of_an_offline_node_are_not_printed_and_that_is_said() -> None:
    (row,) = rows_of(scene_of("host-down"), "dc2", "attributes", "status")
    assert row.second is not None
    assert row.second.text == "not printed: the node is not online"
    assert "data-status DISCONNECT, by the CIB" in said(scene_of("host-down"), "dc2", "attributes", "lasting")


def test_failed_actions_and_fail_counts_are_shown_with_their_reason() -> None:
    scene = scene_of("lock-unsafe")
    assert "My data may be inconsistent" in said(scene, "dc2", "pacemaker", "failed actions")
    assert "INFINITY: the cluster has given up there" in said(scene, "dc2", "pacemaker", "fail counts")


def test_each_node_is_shown_as_both_see_it() -> None:
    scene = scene_of("healthy")
    status = known(scene, DC1[1], "cluster")
    nodes = tuple(
        replace(node, state=type(node.state)("unclean (offline)")) if node.name == DC1[0] else node
        for node in status.nodes
    )
    (row,) = rows_of(
        changed(scene, DC1[1], cluster=replace(status, nodes=nodes)), "dc1", "pacemaker", "node cf-dc1-db1"
    )
    assert [(figure.text, figure.tone) for figure in row.figures] == [
        ("ONLINE", Tone.PLAIN),
        ("UNCLEAN (OFFLINE)", Tone.CRITICAL),
    ]


def test_what_both_nodes_see_alike_is_said_once() -> None:
    (row,) = rows_of(scene_of("healthy"), "dc1", "pacemaker", "cluster")
    assert row.first is None
    assert row.pair is not None
    assert row.pair.text.startswith("with quorum, DC ")
    assert row.pair.witness == "crm_mon on both"


def test_what_only_one_node_could_see_is_not_said_of_both() -> None:
    (row,) = rows_of(scene_of("host-down"), "dc2", "pacemaker", "node cf-dc2-db1")
    assert row.pair is None
    assert row.first is not None
    assert row.second is None


def test_a_constraint_that_a_move_left_behind_stands_first_and_is_marked() -> None:
    scene = scene_of("healthy")
    cib = known(scene, DC1[0], "cluster_configuration")
    left = Constraint("cli-prefer-postgresql", "msPostgresql", DC1[1], "INFINITY", from_move=True)
    scene = changed(scene, DC1[0], cluster_configuration=replace(cib, constraints=(*cib.constraints, left)))
    figure = figures_of(scene, "dc1", "pacemaker", "constraints")[0]
    assert (figure.tone, figure.text.partition(":")[0]) == (Tone.WARNING, "cli-prefer-postgresql")
    assert "left behind by a move" in figure.text


def test_a_scripted_region_has_no_pacemaker_and_a_cluster_no_scripts() -> None:
    assert {"pacemaker", "attributes", "lock"}.isdisjoint(sections_of(scene_of("healthy"), "global"))
    assert {"scripts", "script-log"}.isdisjoint(sections_of(scene_of("healthy"), "dc1"))


# --- lock, archive, clients, scripts -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("scenario", "region", "verdict"), [("lock-safe", "dc1", "SAFE"), ("lock-unsafe", "dc2", "UNSAFE")]
)
def test_the_lock_is_shown_with_its_verdict_and_both_positions(scenario: str, region: str, verdict: str) -> None:
    (figure,) = figures_of(scene_of(scenario), region, "lock", "verdict")
    assert figure.text.startswith(f"{verdict}: ")
    assert figure.finding == f"C02:{region}:cf-{region}-db1.example.com"


def test_the_running_primarys_lock_is_no_trouble() -> None:
    figures = figures_of(scene_of("healthy"), "dc1", "lock", "lock file")
    assert {figure.tone for figure in figures} <= {Tone.FAINT}


def test_gaps_in_the_archive_are_counted_and_named() -> None:
    scene = scene_of("archive-gap")
    found = [f for region in ("global", "dc1", "dc2") for f in figures_of(scene, region, "archive", "gaps")]
    assert any("missing, 0000000" in figure.text and figure.tone is Tone.WARNING for figure in found)


def test_an_archive_without_gaps_says_none() -> None:
    assert said(scene_of("healthy"), "dc1", "archive", "gaps") == "wal-archive: none\nwal-archive: none"


def test_what_a_client_meets_stands_beside_the_hosts_own_gate() -> None:
    scene = scene_of("healthy")
    (client,) = rows_of(scene, "global", "clients", "a client")
    (firewall,) = rows_of(scene, "global", "clients", "firewall")
    assert client.second is not None
    assert firewall.second is not None
    assert "port 5432 unreachable" in client.second.text
    assert firewall.second.text == "iptables keeps out 5432"


def test_the_scripts_counter_says_at_which_number_the_host_promotes_itself() -> None:
    scene = scene_of("healthy")
    scripts = known(scene, GLOBAL[1], "scripts")
    scene = changed(scene, GLOBAL[1], scripts=replace(scripts, counter=1, counter_age=20.0))
    (figure,) = figures_of(scene, "global", "scripts", "failure counter")
    assert (figure.text, figure.tone) == ("1 of 2: at 2 this host promotes itself, written 20 s ago", Tone.CRITICAL)


def test_the_scripts_log_is_newest_first_with_repeats_folded_and_explained() -> None:
    rows = sections_of(scene_of("failed-over"), "global")["script-log"].rows
    figures = [figure for row in rows for figure in row.figures]
    assert "I'm already the primary" in figures[0].text
    assert " times)" in figures[0].text
    assert any("promoting myself" in f.text and f.explained == "host 2 made itself the primary" for f in figures)


def test_a_line_of_the_scripts_log_without_time_and_level_is_its_text_alone() -> None:
    scene = scene_of("healthy")
    scripts = known(scene, GLOBAL[1], "scripts")
    scene = changed(scene, GLOBAL[1], scripts=replace(scripts, log=(ScriptLogLine("", "", "server promoting"),)))
    ((figure,),) = [row.figures for row in sections_of(scene, "global")["script-log"].rows]
    assert (figure.text, figure.tone) == ("server promoting", Tone.PLAIN)


# --- settings and logs -------------------------------------------------------------------------------------------


def test_settings_that_are_the_same_are_not_listed() -> None:
    assert said(scene_of("healthy"), "dc1", "settings", "settings").endswith("that matter for replication differs")


def test_a_setting_that_differs_is_shown_with_both_values() -> None:
    scene = scene_of("healthy")
    settings = known(scene, DC1[1], "settings")
    scene = changed(scene, DC1[1], settings={**settings, "max_connections": "100"})
    (row,) = rows_of(scene, "dc1", "settings", "max_connections")
    assert [figure.text for figure in row.figures] == ["600", "100"]
    assert "settings" not in {row.label for row in sections_of(scene, "dc1")["settings"].rows}


def test_a_stopped_servers_files_are_compared_with_the_others_files() -> None:
    labels = {row.label for row in sections_of(scene_of("lock-unsafe"), "dc2")["settings"].rows}
    assert labels == {"settings", "pg_hba.conf"}


def test_settings_that_could_not_be_read_are_unknown_and_not_equal() -> None:
    scene = changed(scene_of("healthy"), DC1[1], settings=None, configuration=None)
    (row,) = rows_of(scene, "dc1", "settings", "settings")
    assert row.first is None
    assert row.second is not None
    assert (row.second.text, row.second.tone) == ("unknown: a test took it away", Tone.UNKNOWN)


def test_a_rule_of_pg_hba_that_one_host_alone_has_is_shown() -> None:
    scene = scene_of("healthy")
    configuration = known(scene, DC1[0], "configuration")
    more = replace(configuration, hba=(*configuration.hba, HbaRule(99, "host all all 0.0.0.0/0 trust")))
    scene = changed(scene, DC1[0], configuration=more)
    assert said(scene, "dc1", "settings", "pg_hba.conf") == "only here, line 99: host all all 0.0.0.0/0 trust"


def test_every_meaning_of_a_log_line_has_words() -> None:
    assert set(MEANINGS) == set(LogMeaning)


def test_a_recognised_log_line_is_explained_below_it() -> None:
    lines = page_of(scene_of("lock-unsafe"), "dc2", 160, "promote request")
    assert any("received promote request" in line for line in lines)
    assert any("↳ it was promoted" in line for line in lines)


def test_the_same_log_line_over_and_over_is_one_with_its_number() -> None:
    scene = scene_of("healthy")
    log = known(scene, DC1[1], "log")
    again = LogEntry(scene.snapshot.at, "FATAL", "requested WAL segment X has already been removed", None)
    scene = changed(scene, DC1[1], log=replace(log, entries=(*log.entries, *([again] * 9))))
    rows = sections_of(scene, "dc1")["log"].rows
    assert sum("already been removed" in figure.text for row in rows for figure in row.figures) == 1
    assert "(9 times, last then)" in "".join(figure.text for row in rows for figure in row.figures)


# --- hostile text ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("width", [80, 160])
def test_text_from_hosts_is_inert_and_breaks_no_column(width: int) -> None:
    scene = scene_of("healthy")
    log, status = known(scene, DC1[1], "log"), known(scene, DC1[1], "cluster")
    entries = (*log.entries, LogEntry(None, HOSTILE, HOSTILE, LogMeaning.PROMOTION))
    attributes = {node: {**values, f"postgresql-{HOSTILE}": HOSTILE} for node, values in status.attributes.items()}
    cluster = replace(status, attributes=attributes, dc=HOSTILE)
    identity = replace(known(scene, DC1[1], "identity"), hostname=HOSTILE)
    scene = changed(scene, DC1[1], log=replace(log, entries=entries), cluster=cluster, identity=identity)
    scene = changed(scene, DC1[0], cluster=cluster)
    lines = region_lines(
        scene.snapshot, scene.snapshot.fleet.region("dc1"), scene.findings, scene.snapshot.at, width=width
    )
    text = "\n".join(line.content.plain for line in lines)
    assert "[bold red]x[/]" in text
    assert not {char for char in text if ord(char) < 32 or char in "\x7f\u202e"} - {"\n"}
    assert max(line.content.cell_length for line in lines) <= width
    assert len(lines) < 600


def test_a_pair_of_which_nothing_is_known_at_all_can_be_drawn() -> None:
    from console.facts.host import HostFacts

    scene = scene_of("healthy")
    blank = {name: HostFacts(name, facts.region) for name, facts in scene.snapshot.hosts.items()}
    empty = scene_with(replace(scene.snapshot, hosts=blank, endpoints={}, endpoint_resolution={}))
    for region in ("global", "dc1"):
        text = "\n".join(page_of(empty, region, 120))
        assert "unknown" in text
        assert "PRIMARY" not in text


def test_hosts_of_dc2_that_the_console_worked_on_show_the_lease() -> None:
    from console.facts.traces import Lease

    scene = scene_of("healthy")
    at = scene.snapshot.at.timestamp()
    traces = replace(known(scene, DC2[0], "traces"), lease=Lease("R1", "failback", "ann@desk", "drill", at - 60, at))
    told = said(changed(scene, DC2[0], traces=traces), "dc2", "runs", "lease")
    assert told == "ann@desk runs failback (R1) since 60 s ago: drill"
