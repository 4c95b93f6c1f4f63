"""Long paths are told once; a command with the short names, after the assignments, means the same to a shell."""

from __future__ import annotations

import subprocess

import pytest

from console.operations.copying import RemoveCopy, SwapBack, SwapIn, VerifyCopy
from console.operations.layout import Layout
from console.operations.operation import Operation
from console.runbooks.plan import Step
from console.terminal.abbreviations import Abbreviations, abbreviations_of
from tests.unit.terminal.plans import ONE, TWO, plan, platform

RUN = "20260301-030000-1f2e"


def words_of(text: str) -> str:
    """What a shell makes of the text's words, a line each."""
    asked = text.partition("  #")[0].replace("&&", "_and_")
    return subprocess.run(["sh", "-fc", asked], check=True, capture_output=True, text=True).stdout


@pytest.mark.parametrize("mounted", [False, True])
def test_a_shell_reads_the_short_command_as_the_long_one(mounted: bool) -> None:
    layout = Layout("/srv/pgsql/data", mounted, RUN)
    operations: tuple[Operation, ...] = (
        SwapIn(layout),
        SwapBack(layout),
        RemoveCopy(layout),
        VerifyCopy(layout, "7", "9.2"),
    )
    short = abbreviations_of(plan(Step("k", "t", ONE, operations)))
    assignments = "; ".join(short.assignments())
    for operation in operations:
        for gist in operation.gist(platform(ONE)):
            assert "$" in short(gist)
            assert words_of(f"{assignments}; printf '%s\\n' {short(gist)}") == words_of(f"printf '%s\\n' {gist}")


def test_a_path_that_only_begins_alike_is_left_as_it_is() -> None:
    short = Abbreviations((("DATA", "/srv/data"),))
    for path in ("/srv/data2", "/srv/data.old", "/srv/data-1"):
        assert short(path) == path
    assert short("in /srv/data, /srv/data/base and /srv/data.") == "in $DATA, $DATA/base and $DATA."


def test_a_path_that_needs_quotes_has_no_short_name() -> None:
    assert not abbreviations_of(plan(Step("k", "t", ONE, (SwapIn(Layout("/srv/my data", False, RUN)),)))).names


def test_two_hosts_with_different_data_have_names_of_their_own() -> None:
    steps = [
        Step(host, "t", host, (SwapIn(Layout(data, False, RUN)),)) for host, data in ((ONE, "/a/x"), (TWO, "/b/x"))
    ]
    assert {"DATA1=/a/x", "DATA2=/b/x"} <= set(abbreviations_of(plan(*steps)).assignments())
