"""The pictures of the README are what the console shows now. All of them are checked by `make screenshots-check`."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.screens.picture_svg import tidy
from tests.screens.pictures import PICTURES
from tests.screens.screenshots import FOLDER, index, main, stale

pytestmark = pytest.mark.slow

ROOT = FOLDER.parent
_OUTSIDE = re.compile(r"""https?://[^\s"']+|url\((?!#)""")
_HARMLESS = {"http://www.w3.org/2000/svg", "https://www.textualize.io"}


def checked(*names: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """The script's own check, in a process that has nothing in common with the one that drew the files."""
    command = [sys.executable, "-m", "tests.screens.screenshots", "--check", *names]
    return subprocess.run(
        command, cwd=ROOT, env={**os.environ, **environment}, capture_output=True, text=True, timeout=100, check=False
    )


def test_the_fleet_and_a_finding_are_as_they_were_drawn_whatever_machine_this_is() -> None:
    done = checked("fleet-80x24", "finding-lock-unsafe", PYTHONHASHSEED="11", TZ="Asia/Tokyo", NO_COLOR="1")
    assert (done.returncode, done.stdout) == (0, ""), f"{done.stdout}{done.stderr}run 'make screenshots' and look"


def test_every_picture_is_there_and_told_of() -> None:
    assert {path.name for path in FOLDER.iterdir()} == {f"{each.name}.svg" for each in PICTURES} | {"README.md"}
    assert (FOLDER / "README.md").read_text(encoding="utf-8") == index(PICTURES)


@pytest.mark.parametrize("name", [picture.name for picture in PICTURES])
def test_a_picture_needs_nothing_from_the_network(name: str) -> None:
    named = set(_OUTSIDE.findall((FOLDER / f"{name}.svg").read_text(encoding="utf-8")))
    assert named <= _HARMLESS


def test_what_differs_is_named_and_what_is_the_same_is_not(tmp_path: Path) -> None:
    for name, text in (("same.svg", "a"), ("old.svg", "b"), ("stranger.svg", "c")):
        (tmp_path / name).write_text(text)
    files = {"same.svg": "a", "old.svg": "B", "new.svg": "d"}
    assert stale(files, tmp_path, whole=True) == [
        "old.svg: stale",
        "new.svg: missing",
        "stranger.svg: nothing makes this file",
    ]


def test_a_check_of_some_pictures_does_not_mind_the_others(tmp_path: Path) -> None:
    (tmp_path / "another.svg").write_text("a")
    assert stale({}, tmp_path, whole=False) == []


def test_a_picture_that_nobody_knows_is_wrong_usage(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--check", "sunset"]) == 64
    assert "fleet-80x24" in capsys.readouterr().err


def test_blanks_at_the_edges_of_a_text_become_its_place() -> None:
    text = (
        '<text class="terminal-12-r1" x="12.2" y="20" textLength="61" clip-path="url(#c)">&#160;&#160;ab&#160;</text>'
    )
    assert tidy(text, "fleet") == (
        '<text class="fleet-r1" x="36.6" y="20" textLength="24.4" clip-path="url(#c)">ab</text>\n'
    )
