"""The plan in short: what runs, what does not hold, what may be lost. With `full` all of it, to the letter."""

from __future__ import annotations

from console.operations.copying import DiscardOld, SwapIn, TryReplication
from console.operations.layout import Layout
from console.operations.service import StopDatabase
from console.runbooks.plan import Answer, Plan, Step
from console.runner.verifying import judge
from console.terminal.plan_page import print_plan
from tests.unit.terminal.plans import ONE, TWO, Say, colour_page, condition, nothing_seen, plain_page, plan


def printed(what: Plan, *checks: tuple[str, Answer], full: bool = False, because: str = "as seen") -> str:
    page, text = plain_page()
    judged = judge([condition(words, answer, because) for words, answer in checks], nothing_seen()).judged
    print_plan(page, what, judged, nothing_seen(), "lab", full=full)
    return text()


def paragraph(text: str) -> str:
    """The text without its line breaks."""
    return " ".join(text.split())


# --- checks ----------------------------------------------------------------------------------------------------------


def test_a_check_is_told_by_sign_and_word() -> None:
    text = printed(plan(), ("a", Answer.YES), ("b", Answer.NO), ("c", Answer.UNKNOWN), full=True)
    assert "✓ holds: a: as seen" in text
    assert "✗ does not hold: b: as seen" in text
    assert "? unknown: c: as seen" in text


def test_what_does_not_hold_or_is_unknown_comes_first() -> None:
    text = printed(plan(), ("a", Answer.YES), ("b", Answer.NO), ("c", Answer.UNKNOWN))
    assert "2 of 3 do not hold" in text
    assert text.index("✗ does not hold: b: as seen") < text.index("? unknown: c: as seen") < text.index("✓ a: as seen")


def test_a_check_that_holds_takes_one_line_whatever_its_evidence() -> None:
    text = printed(plan(), ("a", Answer.YES), because="evidence " * 50)
    assert "all 1 hold" in text
    (line,) = [line for line in text.splitlines() if "evidence" in line]
    assert line.startswith("  ✓ a: evidence")
    assert line.endswith("…")
    assert len(line) == 100


def test_the_evidence_of_a_check_that_does_not_hold_is_never_cut() -> None:
    for answer in (Answer.NO, Answer.UNKNOWN):
        text = printed(plan(), ("a", answer), because="evidence " * 50 + "end")
        assert paragraph(text).count("evidence") == 50
        assert "end" in text


# --- steps -----------------------------------------------------------------------------------------------------------


def test_a_command_is_printed_to_the_letter_on_one_line_however_long() -> None:
    command = "mv " + "/a/very/long/path " * 30 + "'$(quoted  twice)'"
    assert f"$ {command}\n" in printed(plan(Step("k", "t", ONE, (Say("moves", command),))))


def test_every_line_of_a_command_of_several_lines_is_printed() -> None:
    text = printed(plan(Step("k", "t", ONE, (Say("does", "if true\n  then x\nfi\n"),))))
    lines = [line.strip() for line in text.splitlines()]
    assert lines[lines.index("$ if true") :][:3] == ["$ if true", "then x", "fi"]


def test_the_gist_of_a_command_is_printed_in_its_place() -> None:
    text = printed(plan(Step("k", "t", ONE, (StopDatabase(),))))
    assert "     $ service postgresql92-postgresql stop\n" in text
    assert "find_server" not in text
    assert "--full" in text


def test_full_prints_the_whole_command() -> None:
    text = printed(plan(Step("k", "t", ONE, (StopDatabase(),))), full=True)
    assert "find_server" in text
    assert "pg_ctl -D" in text


def test_long_paths_are_told_once_as_assignments_and_used_as_variables() -> None:
    layout = Layout("/srv/pgsql/data", True, "20260301-030000-1f2e")
    lines = [line.strip() for line in printed(plan(Step("k", "t", ONE, (SwapIn(layout),)))).splitlines()]
    assert "DATA=/srv/pgsql/data" in lines
    assert "NEW=$DATA/pgsql_tmp.vmdb-console/20260301-030000-1f2e/vmdb-new" in lines
    (command,) = [line for line in lines if line.startswith("$ ")]
    assert command.startswith("$ mv $DATA/* $OLD.part/ && mv $OLD.part $OLD && mv $NEW/* $DATA/")


def test_a_guard_that_cannot_hold_before_its_step_is_reached_is_no_alarm() -> None:
    step = Step("k", "t", ONE, before=(condition("it is stopped", Answer.NO, "it runs"),))
    assert "only if: it is stopped (not yet)" in printed(plan(step))
    assert "· not yet: it is stopped: it runs" in printed(plan(step), full=True)


def test_guards_that_are_checks_are_not_told_again_but_counted() -> None:
    step = Step("k", "t", ONE, before=(condition("a", Answer.YES, "x"), condition("b", Answer.NO, "x")))
    text = printed(plan(step), ("a", Answer.YES))
    assert "only if: b (not yet); and 1 of the checks above, on fresh facts" in text


def test_a_guard_whose_verdict_is_another_than_the_checks_is_told() -> None:
    step = Step("k", "t", ONE, before=(condition("a", Answer.UNKNOWN, "x"),))
    assert "only if: a (not known yet)" in printed(plan(step), ("a", Answer.YES))


def test_steps_say_what_is_verified_and_how_they_are_taken_back() -> None:
    step = Step("k", "t", ONE, after=(condition("it streams", Answer.NO),), undo=(Say("moves it back"),), steady=10)
    text = printed(plan(step))
    assert "verified within 30 s, and stays so for 10 s: it streams" in text
    assert "back: moves it back" in text
    assert "verified: it streams (within 30 s, and stays so for 10 s)" in printed(plan(step), full=True)


def test_a_step_that_only_its_exit_status_proves_says_so() -> None:
    look = TryReplication("10.0.0.1", 5432, "replicator", "7")
    assert "verified by its exit status\n" in printed(plan(Step("k", "t", ONE, (look,))))


def test_a_step_is_marked_where_clients_cannot_write_or_nothing_leads_back() -> None:
    text = printed(plan(Step("k", "t", ONE, window=True, shuts_out=True, final=True, detached=True)))
    assert "[clients cannot write, cannot be taken back, goes on without this console]" in " ".join(text.split())


def test_an_operation_that_destroys_is_marked() -> None:
    old = Layout("/data", False, "20260301-030000-1f2e")
    step = Step("k", "t", ONE, (Say("looks"), DiscardOld(old)))
    text = printed(plan(step))
    assert "$ rm -rf --one-file-system $OLD  # destructive" in text
    assert text.count("destructive") == 1
    whole = printed(plan(step), full=True)
    assert "remove the old data /data.vmdb-old.20260301-030000-1f2e (destructive)" in paragraph(whole)
    assert whole.count("(destructive)") == 1


def test_lines_that_every_command_begins_with_are_printed_once() -> None:
    opening = "set -eu\numask 077\nLC_ALL=C\nexport LC_ALL\n"
    text = printed(
        plan(
            Step("a", "t", ONE, (Say("one", f"{opening}mv a b"),)), Step("b", "t", TWO, (Say("two", f"{opening}rm c"),))
        ),
        full=True,
    )
    assert text.count("umask 077") == 1
    assert text.index("begins with these lines") < text.index("umask 077") < text.index("$ mv a b")
    assert "$ rm c" in text


def test_a_single_command_is_printed_whole() -> None:
    text = printed(plan(Step("a", "t", ONE, (Say("one", "a\nb\nc\nd\ne\nf"),))), full=True)
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
    for full in (False, True):
        print_plan(page, plan(step, losses=(hostile,)), judged, nothing_seen(), hostile, full=full)
    assert "[red]boo[/red] [/etc/x]" in text()
    assert "\x1b[2J" not in text()
    assert "\x1b]" not in text()
    assert "\u202e" not in text()
