"""The whole plan is on the page: every command, every guard with its verdict, what may be lost."""

from __future__ import annotations

from console.operations.copying import DiscardOld
from console.operations.layout import Layout
from console.runbooks.plan import Answer, Plan, Step
from console.runner.verifying import judge
from console.terminal.plan_page import print_plan
from tests.unit.terminal.plans import ONE, TWO, Say, colour_page, condition, nothing_seen, plain_page, plan


def printed(what: Plan, *checks: tuple[str, Answer]) -> str:
    page, text = plain_page()
    judged = judge([condition(words, answer, "as seen") for words, answer in checks], nothing_seen()).judged
    print_plan(page, what, judged, nothing_seen(), "lab")
    return text()


def test_a_check_is_told_by_sign_and_word() -> None:
    text = printed(plan(), ("a", Answer.YES), ("b", Answer.NO), ("c", Answer.UNKNOWN))
    assert "✓ holds: a: as seen" in text
    assert "✗ does not hold: b: as seen" in text
    assert "? unknown: c: as seen" in text


def test_a_command_is_printed_to_the_letter_on_one_line_however_long() -> None:
    command = "mv " + "/a/very/long/path " * 30 + "'$(quoted  twice)'"
    assert f"$ {command}\n" in printed(plan(Step("k", "t", ONE, (Say("moves", command),))))


def test_every_line_of_a_command_of_several_lines_is_printed() -> None:
    text = printed(plan(Step("k", "t", ONE, (Say("does", "if true\n  then x\nfi\n"),))))
    lines = [line.strip() for line in text.splitlines()]
    assert lines[lines.index("$ if true") :][:3] == ["$ if true", "then x", "fi"]


def test_a_guard_that_cannot_hold_before_its_step_is_reached_is_no_alarm() -> None:
    text = printed(plan(Step("k", "t", ONE, before=(condition("it is stopped", Answer.NO, "it runs"),))))
    assert "· not yet: it is stopped: it runs" in text


def test_steps_say_what_is_verified_and_how_they_are_taken_back() -> None:
    step = Step("k", "t", ONE, after=(condition("it streams", Answer.NO),), undo=(Say("moves it back"),), steady=10)
    text = printed(plan(step))
    assert "verified: it streams (within 30 s, and stays so for 10 s)" in text
    assert "back: moves it back" in text


def test_a_step_is_marked_where_clients_cannot_write_or_nothing_leads_back() -> None:
    text = printed(plan(Step("k", "t", ONE, window=True, final=True, detached=True)))
    assert "[clients cannot write, cannot be taken back, goes on without this console]" in " ".join(text.split())


def test_an_operation_that_destroys_is_marked() -> None:
    old = Layout("/data", False, "20260301-030000-1f2e")
    text = printed(plan(Step("k", "t", ONE, (Say("looks"), DiscardOld(old)))))
    assert "remove the old data /data.vmdb-old.20260301-030000-1f2e (destructive)" in " ".join(text.split())
    assert text.count("(destructive)") == 1


def test_lines_that_every_command_begins_with_are_printed_once() -> None:
    opening = "set -eu\numask 077\nLC_ALL=C\nexport LC_ALL\n"
    text = printed(
        plan(
            Step("a", "t", ONE, (Say("one", f"{opening}mv a b"),)), Step("b", "t", TWO, (Say("two", f"{opening}rm c"),))
        )
    )
    assert text.count("umask 077") == 1
    assert text.index("begins with these lines") < text.index("umask 077") < text.index("$ mv a b")
    assert "$ rm c" in text


def test_a_single_command_is_printed_whole() -> None:
    text = printed(plan(Step("a", "t", ONE, (Say("one", "a\nb\nc\nd\ne\nf"),))))
    assert "$ a\n" in text


def test_losses_and_the_names_to_be_typed_are_told() -> None:
    text = printed(plan(confirm=(ONE,), losses=("3 commits of this morning",)))
    assert "3 commits of this morning" in text
    assert text.index("To be typed") < text.rindex(ONE)


def test_text_from_hosts_is_never_markup_and_cannot_move_the_cursor() -> None:
    hostile = "[red]boo[/red] [/etc/x] \x1b[2J\x1b]0;t\x07 \u202eevil"
    page, text = colour_page(width=400)
    judged = judge([condition("c", Answer.NO, hostile)], nothing_seen()).judged
    step = Step("k", hostile, ONE, (Say(hostile, hostile),))
    print_plan(page, plan(step, losses=(hostile,)), judged, nothing_seen(), hostile)
    assert "[red]boo[/red] [/etc/x]" in text()
    assert "\x1b[2J" not in text()
    assert "\x1b]" not in text()
    assert "\u202e" not in text()
