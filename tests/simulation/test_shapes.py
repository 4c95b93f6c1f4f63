"""The simulator prints what the lab's real hosts print: same elements, same attributes, same fields, same titles."""

from __future__ import annotations

import json
import re
from pathlib import Path
from xml.etree import ElementTree

import pytest

from console.facts.server_version import ServerVersion
from console.probe.program import sql_for
from console.simulation.printing.database import controldata
from tests.simulation.worlds import section, view, world

LAB = Path(__file__).parent.parent / "fixtures" / "lab"
CORPUS = Path(__file__).parents[3] / "shared" / "corpus"
PRIMARY, STANDBY = "cf-dc2-db1.example.com", "cf-dc2-db2.example.com"
CLASSIC_PRIMARY, CLASSIC_STANDBY = "cf-dc1-db1.example.com", "cf-dc1-db2.example.com"


def _captured(scenario: str, name: str) -> str:
    path = LAB / scenario / name
    if not path.exists():
        pytest.skip(f"there is no capture tests/fixtures/lab/{scenario}/{name}")
    return path.read_text("utf-8")


def _corpus(name: str) -> str:
    path = CORPUS / name
    if not path.exists():
        pytest.skip(f"the corpus is not here: {name}")
    return path.read_text("utf-8")


def _shape(text: str) -> set[tuple[str, frozenset[str]]]:
    """Each element by its path, with the names of its attributes."""
    found: set[tuple[str, frozenset[str]]] = set()

    def walk(element: ElementTree.Element, path: str) -> None:
        here = f"{path}/{element.tag}"
        found.add((here, frozenset(element.attrib)))
        for child in element:
            walk(child, here)

    walk(ElementTree.fromstring(text), "")
    return found


def _fields(text: str) -> list[str]:
    return [line.partition(":")[0].strip() for line in text.strip().splitlines()]


def _titles(text: str) -> set[str]:
    """Process titles with numbers, names and positions left out."""
    titles = (line[line.index("postgres: ") :] for line in text.splitlines() if "postgres: " in line)
    plain = {re.sub(r"[0-9A-F]+/[0-9A-F]+|\b[0-9A-F]{24}\b|\S+\(\d+\)", "#", title) for title in titles}
    return {re.sub(r" +", " ", title).strip() for title in plain if "idle" not in title}


def test_crm_mon_of_2_1_5_has_the_elements_of_the_labs() -> None:
    real = _shape(_captured("healthy", f"{PRIMARY.partition('.')[0]}.crm_mon.xml"))
    assert _shape(section(world(), PRIMARY, "cluster").text) == real


def test_crm_mon_of_a_refused_start_has_the_elements_of_the_labs() -> None:
    real = _shape(_captured("lock-unsafe-new-timeline", "cf-dc2-db2.crm_mon.xml"))
    simulated = _shape(section(world("lock-unsafe"), STANDBY, "cluster").text)
    fenced = {item for item in simulated if "/fence_" in item[0]}
    assert simulated - fenced <= real


def test_the_cib_has_no_element_or_attribute_that_a_real_one_has_not() -> None:
    real = _shape(_captured("healthy", "cf-dc2-db1.cibadmin.xml"))
    names = {path for path, _ in real}
    for path, attributes in _shape(section(world(), PRIMARY, "cib").text.partition("\n")[2]):
        assert path in names
        assert any(attributes <= known for other, known in real if other == path), path


@pytest.mark.parametrize("host", [PRIMARY, STANDBY])
def test_pg_controldata_of_15_has_the_fields_of_the_labs_in_their_order(host: str) -> None:
    real = _captured("healthy", f"{host.partition('.')[0]}.pg_controldata.txt")
    assert _fields(controldata(view(world(), host)).text) == _fields(real)


@pytest.mark.parametrize("topic", ["role", "control"])
@pytest.mark.parametrize("host", [PRIMARY, STANDBY])
def test_a_row_of_15_has_the_columns_that_are_asked_for_in_their_order(host: str, topic: str) -> None:
    asked = sql_for(topic, ServerVersion(150000))
    line = next(line for line in section(world(), host, "sql").text.splitlines() if line.startswith(f"{topic} "))
    positions = [re.search(rf"(\bas |[. ]){name}(::text)?,? ", asked) for name in json.loads(line.partition(" ")[2])]
    starts = [match.start() for match in positions if match is not None]
    assert len(starts) == len(positions)
    assert starts == sorted(starts)


@pytest.mark.parametrize(
    ("host", "name"), [(CLASSIC_PRIMARY, "pg92-primary-running"), (CLASSIC_STANDBY, "pg92-standby-running")]
)
def test_pg_controldata_of_9_2_has_the_fields_of_a_real_one_in_their_order(host: str, name: str) -> None:
    real = _corpus(f"controldata/{name}.txt")
    assert _fields(section(world(), host, "controldata").text) == _fields(real)


@pytest.mark.parametrize("host", [PRIMARY, STANDBY])
def test_process_titles_of_15_are_those_of_the_lab(host: str) -> None:
    real = _titles(_captured("healthy", f"{host.partition('.')[0]}.ps.txt"))
    assert _titles(section(world(), host, "processes").text) <= real | {"postgres: archiver last was #"}


def test_process_titles_of_9_2_are_those_of_real_servers() -> None:
    real = _titles(
        "".join(_corpus(f"ps/pg92-{name}.txt") for name in ("idle", "wal-lines", "rebuilt", "standby-alone"))
    )
    simulated = _titles(section(world(), CLASSIC_PRIMARY, "processes").text)
    simulated |= _titles(section(world(), CLASSIC_STANDBY, "processes").text)
    known = {"postgres: logger process", "postgres: archiver process last was #"}
    known |= {"postgres: startup process recovering #", "postgres: wal sender process replicator # streaming #"}
    assert simulated <= real | known


def test_the_end_of_wal_is_told_in_pg_waldumps_own_words() -> None:
    real = _captured("lock-unsafe-new-timeline", "cf-dc2-db1.waldump.txt").strip().splitlines()
    host = "cf-dc2-db1.example.com"
    shown = section(world("lock-unsafe"), host, "wal_end:2:1A/4B000000").text
    lines = shown.partition("@@waldump\n")[2].partition("\n@@record")[0].splitlines()

    def words(line: str) -> str:
        return re.sub(r" *[0-9A-F]+/[0-9A-F]+| *\d+", "#", line)

    assert words(lines[-1]) == words(real[-1])
    commits = [words(line) for line in real if "COMMIT" in line]
    assert words(lines[-2]) in commits


def test_the_layout_of_crm_mon_1_1_10_is_that_of_rhel_6_5() -> None:
    real = _corpus("crm_mon/el65-1110-2node-02-standby-killed.txt")
    text = section(world("lock-safe"), CLASSIC_PRIMARY, "cluster").text
    headings = re.compile(r"^([A-Z][^:\n]*):", re.M)
    assert set(headings.findall(text)) <= set(headings.findall(real))
    action = re.compile(
        r"^    \S+ on \S+ '[^']+' \(\d\): call=\d+, status=complete, last-rc-change='[^']+', queued=", re.M
    )
    assert action.search(real)
    assert action.search(text)
