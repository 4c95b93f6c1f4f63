"""Every crm_mon, pcs and crm_simulate output of the corpus: what it says, and that nothing of it is left unread."""

from __future__ import annotations

import re

import pytest

from console.facts.cluster import ClusterStatus, ResourceRole
from console.probe.cluster import parse_cluster
from tests.unit.corpus.files import CORPUS, corpus_files, expectations, read, summary

EXPECTED = expectations("clusters.expected")
FOLDERS = ("crm_mon", "crm_mon_generated", "crm_simulate")
TEXTS = [name for name in EXPECTED if name.endswith(".txt")]

_ATTRIBUTE = re.compile(r"^ *[*+] (\S+)\s+: ", re.MULTILINE)
_AGENT_LINE = re.compile(
    r"^[ *\t]*(\S+)\s+(?:\([0-9.]+\)\s+)?\((?:ocf|stonith|lsb|systemd|heartbeat):[^)]*\)", re.MULTILINE
)
_LISTED = re.compile(r"^ *(?:\* )?(?:Guest)?(?:Online|OFFLINE): \[ (.*) \]", re.MULTILINE)
_ROLE_LIST = re.compile(
    r"^ *(?:\* )?(Masters|Slaves|Promoted|Unpromoted|Started|Stopped)(?: \([a-z]+\))?: \[ (.*) \]", re.MULTILINE
)


def _status(name: str) -> ClusterStatus:
    status = parse_cluster(read(name))
    assert status is not None
    return status


def test_every_file_of_the_corpus_has_an_expectation() -> None:
    if not CORPUS.is_dir():
        pytest.skip("the corpus of real outputs is not beside the repository")
    assert sorted(EXPECTED) == corpus_files(*FOLDERS)


@pytest.mark.parametrize("name", EXPECTED)
def test_a_file_says_what_a_reader_sees_in_it(name: str) -> None:
    assert summary(parse_cluster(read(name))) == EXPECTED[name]


@pytest.mark.parametrize("name", TEXTS)
def test_every_attribute_line_is_found(name: str) -> None:
    text = read(name)
    _, _, after = text.partition("Node Attributes:")
    block = re.split(r"^(?:Migration|Operations|Failed)", after, maxsplit=1, flags=re.MULTILINE)[0]
    found = [attribute for values in _status(name).attributes.values() for attribute in values]
    assert sorted(found) == sorted(_ATTRIBUTE.findall(block))


@pytest.mark.parametrize("name", TEXTS)
def test_every_listed_node_is_found(name: str) -> None:
    listed = {
        word.split("@")[0]
        for names in _LISTED.findall(read(name))
        for word in names.split()
        if not word.startswith("(")
    }
    assert listed <= {node.name for node in _status(name).nodes}


@pytest.mark.parametrize("name", TEXTS)
def test_every_resource_line_is_an_instance(name: str) -> None:
    printed = {re.sub(r":\d+$", "", word) for word in _AGENT_LINE.findall(read(name))}
    assert printed <= {item.identifier for item in _status(name).resources}


@pytest.mark.parametrize("name", TEXTS)
def test_every_name_in_a_role_list_is_an_instance(name: str) -> None:
    listed = sum(len(names.split()) for _, names in _ROLE_LIST.findall(read(name)))
    nameless = [item for item in _status(name).resources if not item.identifier]
    assert len(_status(name).resources) >= listed
    assert not nameless


@pytest.mark.parametrize("name", TEXTS)
def test_every_failed_action_and_fail_count_is_found(name: str) -> None:
    text = read(name)
    failures = re.findall(r" on \S+ '|\(node=| returned '|could not be executed", text)
    status = _status(name)
    assert len(status.failed_actions) == len(failures)
    assert len(status.fail_counts) == len(re.findall(r"fail-count=\d", text))


@pytest.mark.parametrize("name", ["healthy-async.detail", "old-primary-lock.detail"])
def test_text_and_xml_of_one_state_agree(name: str) -> None:
    text = _status(f"crm_mon_generated/gen215-{name}.txt")
    xml = _status(f"crm_mon_generated/gen215-{name.removesuffix('.detail')}.xml")
    for fact in ("version", "dc", "quorum", "nodes", "resources", "attributes", "fail_counts", "last_change"):
        assert getattr(text, fact) == getattr(xml, fact), fact
    assert [action.reason for action in text.failed_actions] == [action.reason for action in xml.failed_actions]


def test_an_unclean_primary_is_not_live() -> None:
    status = _status("crm_mon_generated/gen215-node1-unclean-offline.txt")
    promoted = [item for item in status.instances("postgresql") if item.role is ResourceRole.PROMOTED]
    assert [item.unclean for item in promoted] == [True]


def test_a_reason_that_a_terminal_wrapped_in_mid_word_is_whole() -> None:
    [action] = _status("crm_mon/el72-1113-2node-03-pgsql-lock.txt").failed_actions
    assert "/var/run/postgresql/PGSQL.lock file" in action.reason
