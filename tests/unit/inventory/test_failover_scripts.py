"""The failover scripts' settings: whom to ask before a promotion, and when to promote."""

from __future__ import annotations

from pathlib import Path

import pytest

from console.inventory.fleet import Scripts
from tests.unit.inventory.samples import MINIMAL, load_text
from tests.unit.inventory.test_errors import only_fault

SCRIPTED = MINIMAL.replace("kind: pacemaker", "kind: scripted")


def with_witnesses(words: str) -> str:
    return SCRIPTED.replace("{name: db1.example.com,", f"{{name: db1.example.com, witnesses: {words},")


def test_the_sample_is_a_scripted_region(tmp_path: Path) -> None:
    scripts = load_text(tmp_path, SCRIPTED).regions[0].scripts
    assert scripts == Scripts(max_failcount=2, fence_command="", fence_timeout=30.0, keep_old_data=True)


def test_each_host_has_its_own_witnesses(tmp_path: Path) -> None:
    words = "[ping:10.3.2.1, 'tcp:[fd00::1]:443', view:ui1.example.com]"
    first, second = load_text(tmp_path, with_witnesses(words)).regions[0].databases
    assert first.witnesses == ("ping:10.3.2.1", "tcp:[fd00::1]:443", "view:ui1.example.com")
    assert second.witnesses == ()


@pytest.mark.parametrize("word", ["10.3.2.1", "tcp:10.3.2.1", "tcp:host:0", "view:-oProxyCommand", "ping:a b", "x:y"])
def test_what_is_no_witness_is_refused(tmp_path: Path, word: str) -> None:
    assert word in only_fault(tmp_path, with_witnesses(f"['{word}']"))


def test_witnesses_do_not_belong_to_a_pacemaker_region(tmp_path: Path) -> None:
    text = with_witnesses("[ping:10.3.2.1]").replace("kind: scripted", "kind: pacemaker")
    assert "belong to a region of kind scripted" in only_fault(tmp_path, text)


def test_a_promotion_needs_at_least_one_failure(tmp_path: Path) -> None:
    text = SCRIPTED.replace("    database:\n", "    database:\n      scripts: {max_failcount: 0}\n")
    assert "scripts.max_failcount" in only_fault(tmp_path, text)
