"""The last words of a run."""

from __future__ import annotations

from console.operations.copying import DiscardOld, SwapIn
from console.operations.layout import Layout
from console.runbooks.plan import Step
from console.terminal.carrying_out import old_data
from tests.unit.terminal.plans import ONE, plan

LAYOUT = Layout("/data", False, "r")
SWAP = Step("swap", "t", ONE, (SwapIn(LAYOUT),))


def test_the_old_data_that_stays_is_named() -> None:
    assert old_data(plan(SWAP)) == [(ONE, "/data.vmdb-old.r")]


def test_old_data_that_the_plan_removes_is_not_named() -> None:
    assert old_data(plan(SWAP, Step("discard", "t", ONE, (DiscardOld(LAYOUT),)))) == []
