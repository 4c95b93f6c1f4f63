"""The registry has every code of DESIGN 6, each with its page and what judges it; `explain` prints the pages."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

import console.diagnosis
from console.diagnosis.explain import explain
from console.diagnosis.registry import CHECKS, FLEET_CHECKS, PAGES, REGISTRY
from console.errors import UsageError

AREAS = {"P": 9, "C": 9, "S": 9, "A": 5, "U": 4, "H": 8}
CODES = [f"{area}{number:02}" for area, count in AREAS.items() for number in range(1, count + 1)]


def test_every_code_of_the_design_is_registered_and_no_other() -> None:
    assert sorted(REGISTRY) == sorted(CODES)


def test_no_code_has_two_pages() -> None:
    assert len({page.code for page in PAGES}) == len(PAGES)


@pytest.mark.parametrize("code", CODES)
def test_every_code_has_a_page_that_says_what_it_means_and_what_to_do(code: str) -> None:
    page = REGISTRY[code].page
    assert page.code == code
    assert len(page.title) <= 60
    assert len(page.meaning) > 60
    assert page.remedy
    assert page.looks_at


@pytest.mark.parametrize("code", CODES)
def test_every_code_is_judged_by_a_check(code: str) -> None:
    assert REGISTRY[code].checks


def test_checks_claim_only_registered_codes() -> None:
    by_region = {code for check in CHECKS for code in check.codes}
    by_fleet = {code for check in FLEET_CHECKS for code in check.codes}
    assert by_region | by_fleet == set(REGISTRY)


def test_every_code_that_stands_in_a_module_of_checks_is_registered() -> None:
    """Codes are string literals in the checks: read them from the source, so that none is emitted unregistered."""
    folder = Path(console.diagnosis.__file__).parent
    found: set[str] = set()
    for path in folder.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if (
                isinstance(node, ast.Constant)
                and isinstance(node.value, str)
                and re.fullmatch(r"[PCSAUH]\d\d", node.value)
            ):
                found.add(node.value)
    assert found == set(REGISTRY)


@pytest.mark.parametrize("code", CODES)
def test_explain_prints_the_page(code: str) -> None:
    text = explain(code.lower())
    page = REGISTRY[code].page
    assert text.startswith(f"{code}  {page.title}\n")
    for part in (page.meaning, page.looks_at):
        assert " ".join(part.split()[:6]) in " ".join(text.split())
    assert max(len(line) for line in text.splitlines()) <= 100


def test_explain_names_the_guided_repair_and_how_to_run_it() -> None:
    page = " ".join(explain("S03").split())
    assert "vmdb-console run failback --target" in page
    assert "--dry-run" in page


@pytest.mark.parametrize(
    ("wrong", "near"), [("P10", "P01"), ("C2", "C02"), ("S99", "S09"), ("\x1b[31mZZ", "Codes are")]
)
def test_an_unknown_code_is_wrong_usage_and_the_nearest_are_named(wrong: str, near: str) -> None:
    with pytest.raises(UsageError, match=near) as raised:
        explain(wrong)
    assert str(raised.value).isprintable()
