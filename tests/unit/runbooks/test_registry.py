"""Every runbook is found by its name, and takes its own parameters back from a journal."""

from __future__ import annotations

from dataclasses import is_dataclass

from pydantic import TypeAdapter

from console.inventory.fleet import HostKind
from console.runbooks.names import ON_APPLIANCES
from console.runbooks.plan import Parameters
from console.runbooks.registry import RUNBOOKS


def test_the_guided_repairs_are_there_and_what_lets_their_leftovers_go_and_the_tests() -> None:
    repairs, tests = {"lock-cleanup", "rebuild-standby", "failback"}, {"verify-replication", "ui-drill"}
    assert repairs | {"discard-old"} | tests <= set(RUNBOOKS)


def test_the_command_line_knows_without_loading_them_which_work_on_appliances() -> None:
    found = {name for name, runbook in RUNBOOKS.items() if runbook.works_on is HostKind.UI}
    assert found == set(ON_APPLIANCES)


def test_each_goes_by_its_own_name_and_says_what_it_is_for() -> None:
    for name, runbook in RUNBOOKS.items():
        assert runbook.name == name
        assert runbook.summary


def test_each_has_parameters_of_its_own_that_a_journal_can_keep() -> None:
    types = [runbook.parameters for runbook in RUNBOOKS.values()]
    assert len(set(types)) == len(types)
    for parameters in types:
        assert is_dataclass(parameters)
        assert issubclass(parameters, Parameters)
        assert TypeAdapter(parameters).json_schema()["properties"].keys() >= {"run", "region", "target", "platforms"}
