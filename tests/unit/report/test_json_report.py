from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from console.diagnosis.finding import Severity
from console.facts.host import Reach
from console.facts.lsn import Lsn
from console.report.json_report import plain, render_json, schema
from console.report.result import CheckResult
from console.report.words import moment
from console.transport.protocol import Failure, FailureKind
from tests.unit.diagnosis import builders as b
from tests.unit.report import samples
from tests.unit.report.schema import problems

RESULTS = [samples.healthy(), samples.lagging(), samples.sick(), samples.blind(), samples.hostile()]


def document(result: CheckResult) -> Any:
    return json.loads(render_json(result))


@pytest.mark.parametrize("result", RESULTS, ids=["healthy", "lagging", "sick", "blind", "hostile"])
def test_every_document_is_what_the_schema_says(result: CheckResult) -> None:
    assert problems(document(result), schema(), schema()) == []


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("exit_code",), 4),
        (("status",), "FINE"),
        (("regions", 0, "lag_bytes"), "123"),
        (("regions", 0, "hosts", 0, "current_lsn"), 83886080),
        (("findings", 0, "severity"), "bad"),
        (("surprise",), 1),
    ],
)
def test_the_schema_refuses_what_the_contract_does_not_allow(path: tuple[str | int, ...], value: object) -> None:
    found = document(samples.sick())
    place = found
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    assert problems(found, schema(), schema())


def test_the_document_has_the_keys_of_the_contract_in_their_order() -> None:
    found = document(samples.sick())
    keys = ["schema_version", "at", "status", "exit_code", "duration_ms", "regions", "findings"]
    assert list(found) == keys
    assert (found["schema_version"], found["at"]) == (1, "2026-03-01T03:00:00.000Z")
    assert (found["status"], found["exit_code"], found["duration_ms"]) == ("CRITICAL", 2, 1250)


def test_a_region_names_its_pair_and_the_lag_in_bytes() -> None:
    region = document(samples.lagging())["regions"][0]
    assert (region["primary"], region["standby"]) == (b.DC1_DB1.name, b.DC1_DB2.name)
    assert region["lag_bytes"] == 0x5000000 - 0x4FFEDCC


def test_a_host_has_its_role_and_positions() -> None:
    first, second, *_ = document(samples.lagging())["regions"][0]["hosts"]
    assert (first["role"], first["current_lsn"], first["replay_lsn"]) == ("primary", "0/5000000", None)
    assert (second["role"], second["receive_lsn"], second["replay_lsn"]) == ("standby", "0/5000000", "0/4FFEDCC")
    assert second["timeline"] == 1


def test_what_is_unknown_is_null_and_never_zero() -> None:
    region = document(samples.blind())["regions"][0]
    assert (region["lag_bytes"], region["lag_seconds"], region["replication_backlog"]) == (None, None, None)
    assert region["lag_unknown_because"]
    host = region["hosts"][0]
    unknown = ("timeline", "current_lsn", "lock_present", "archive_ready", "clock_skew_seconds", "disks", "client")
    assert [host[key] for key in unknown] == [None] * len(unknown)
    assert (host["role"], host["reachable"]) == ("unknown", False)


def test_a_host_that_was_never_asked_is_neither_reachable_nor_unreachable() -> None:
    ui = document(samples.blind())["regions"][0]["hosts"][2]
    assert (ui["role"], ui["reachable"], ui["observed_at"], ui["ui"]) == ("ui", None, None, None)


def test_what_an_unreachable_host_once_said_is_not_told_as_if_it_were_now() -> None:
    gone = replace(b.primary(b.DC1_DB1), reach=Reach(b.AT, b.after(-60), Failure(FailureKind.HUNG, "silent for 8 s")))
    found = document(samples.result(samples.healthy_snapshot(hosts=(gone, b.standby(b.DC1_DB2)))))
    host = found["regions"][0]["hosts"][0]
    assert (host["current_lsn"], host["timeline"]) == (None, None)
    assert host["observed_at"] == "2026-03-01T02:59:00.000Z"
    assert host["failure"] == {"kind": "hung", "message": "silent for 8 s"}


def test_a_finding_carries_its_evidence_details_and_cause() -> None:
    lock, follower = document(samples.sick())["findings"][1:3]
    assert (lock["code"], lock["severity"], lock["host"]) == ("C02", "critical", b.DC1_DB2.name)
    assert lock["details"]["fork_lsn"] == "0/4038598"
    assert lock["details"]["bytes_only_here"] is None
    assert lock["evidence"] == [
        {
            "fact": "lock file",
            "value": "/var/lib/pgsql/tmp/PGSQL.lock",
            "source": "data",
            "host": b.DC1_DB2.name,
            "observed_at": "2026-03-01T02:59:55.000Z",
        }
    ]
    assert lock["remedy"] == "rebuild-standby"
    assert (lock["caused_by"], follower["caused_by"]) == (None, lock["key"])


def test_no_control_character_comes_out_even_after_decoding() -> None:
    def strings(value: Any) -> list[str]:
        if isinstance(value, dict):
            return [text for pair in value.items() for item in pair for text in strings(item)]
        if isinstance(value, list):
            return [text for item in value for text in strings(item)]
        return [value] if isinstance(value, str) else []

    found = strings(document(samples.hostile()))
    assert any("owned" in text for text in found)
    assert all(line.isprintable() for text in found for line in text.split("\n"))


def test_details_of_any_kind_become_json() -> None:
    value = {"lsn": Lsn(1, 0xFF), "at": b.AT, "severity": Severity.INFO, "set": {2, 1}, "nan": float("nan"), "n": 3}
    expected = {
        "lsn": "1/FF",
        "at": "2026-03-01T03:00:00.000Z",
        "severity": "info",
        "set": [1, 2],
        "nan": None,
        "n": 3,
    }
    assert plain(value) == expected


def test_moments_are_utc_whatever_zone_they_come_in() -> None:
    assert moment(datetime(2026, 3, 1, 4, 0, tzinfo=timezone(timedelta(hours=1)))) == "2026-03-01T03:00:00.000Z"
    assert moment(datetime(2026, 3, 1, 3, 0, 0, 1500, tzinfo=UTC)) == "2026-03-01T03:00:00.001Z"
    assert moment(None) is None
