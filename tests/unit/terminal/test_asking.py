"""Nothing begins without a reason and a confirmation, and whatever is not a clear yes is Cancel."""

from __future__ import annotations

import io
from dataclasses import replace

import pytest

from console.errors import UsageError
from console.terminal.asking import Cancelled, Consent, ask_reason, confirm, require_answers
from console.terminal.page import Page
from tests.unit.terminal.plans import ONE, TWO, plain_page


def someone(monkeypatch: pytest.MonkeyPatch, typed: str) -> Page:
    monkeypatch.setattr("sys.stdin", io.StringIO(typed))
    return replace(plain_page()[0], asks=True)


NOTHING = Consent(None, None)


@pytest.mark.parametrize("typed", ["", "\n", "y\n", "no\n", "yes please\n", "cancel\n"])
def test_whatever_is_not_yes_cancels(monkeypatch: pytest.MonkeyPatch, typed: str) -> None:
    with pytest.raises(Cancelled, match=r"[Nn]othing was changed"):
        confirm(someone(monkeypatch, typed), NOTHING, (), ONE, "Begin")


def test_yes_begins_where_no_name_is_called_for(monkeypatch: pytest.MonkeyPatch) -> None:
    confirm(someone(monkeypatch, "yes\n"), NOTHING, (), ONE, "Begin")


@pytest.mark.parametrize("typed", ["", "\n", "yes\n", f"{TWO}\n", f"{ONE}x\n", f"{ONE.upper()}\n", "cf-dc1-db1\n"])
def test_a_name_that_is_not_typed_exactly_cancels(monkeypatch: pytest.MonkeyPatch, typed: str) -> None:
    with pytest.raises(Cancelled, match="Nothing was changed"):
        confirm(someone(monkeypatch, typed), NOTHING, (ONE,), ONE, "Begin")


def test_every_name_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    confirm(someone(monkeypatch, f"{ONE}\n{TWO}\n"), NOTHING, (ONE, TWO), ONE, "Begin")
    with pytest.raises(Cancelled):
        confirm(someone(monkeypatch, f"{ONE}\n"), NOTHING, (ONE, TWO), ONE, "Begin")


def test_names_given_on_the_command_line_must_be_all_and_no_others() -> None:
    page = plain_page()[0]
    confirm(page, Consent("r", (TWO, ONE)), (ONE, TWO), ONE, "Begin")
    with pytest.raises(Cancelled, match=rf"--confirm {TWO} is missing"):
        confirm(page, Consent("r", (ONE,)), (ONE, TWO), ONE, "Begin")
    with pytest.raises(Cancelled, match="other is none of the names"):
        confirm(page, Consent("r", (ONE, "other")), (ONE,), ONE, "Begin")


def test_a_script_may_confirm_what_the_run_needed_and_its_rest_does_not() -> None:
    page = plain_page()[0]
    confirm(page, Consent("r", (ONE, TWO)), (), ONE, "Resume", known=(ONE, TWO))
    with pytest.raises(Cancelled, match="other is none of the names"):
        confirm(page, Consent("r", (ONE, "other")), (), ONE, "Resume", known=(ONE, TWO))


def test_without_names_to_type_a_script_confirms_the_target() -> None:
    confirm(plain_page()[0], Consent("r", (ONE,)), (), ONE, "Begin")
    with pytest.raises(Cancelled):
        confirm(plain_page()[0], Consent("r", (TWO,)), (), ONE, "Begin")


@pytest.mark.parametrize("reason", ["", "   ", "\x1b[2J".replace("[2J", ""), "\n\t"])
def test_an_empty_reason_is_wrong_usage(reason: str) -> None:
    with pytest.raises(UsageError, match=r"a reason is needed.*Nothing was changed"):
        require_answers(False, Consent(reason, (ONE,)))


def test_an_empty_reason_is_wrong_usage_when_asked_for_too(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UsageError, match="a reason is needed"):
        ask_reason(someone(monkeypatch, "\n"), NOTHING)


def test_a_reason_is_asked_for_where_somebody_sits() -> None:
    require_answers(True, NOTHING)


def test_a_reason_is_kept_as_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    assert ask_reason(someone(monkeypatch, "  disk\t\x07broken \n"), NOTHING) == "disk broken"


@pytest.mark.parametrize(
    ("consent", "words"),
    [
        (NOTHING, "--reason TEXT and --confirm HOST"),
        (Consent("r", None), "--confirm HOST"),
        (Consent(None, ("h",)), "--reason"),
    ],
)
def test_without_a_terminal_it_says_what_to_add(consent: Consent, words: str) -> None:
    with pytest.raises(UsageError, match=words):
        require_answers(False, consent)
