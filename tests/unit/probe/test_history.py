"""Timeline history files (DOMAIN 3.1)."""

from __future__ import annotations

from console.facts.lsn import Lsn, WalSegment
from console.probe.history import parse_history


def test_every_switch_is_read_oldest_first() -> None:
    history = parse_history(3, "# comment\n1\t0/8000080\tno recovery target specified\n\n2\t0/A000000\tbefore 2026\n")
    assert history is not None
    assert [(switch.timeline, switch.lsn) for switch in history.switches] == [
        (1, Lsn(0, 0x8000080)),
        (2, Lsn(0, 0xA000000)),
    ]
    assert history.switch_from(3) is None


def test_92_names_the_segment_and_not_the_position() -> None:
    history = parse_history(2, "1\t000000010000000000000012\tno recovery target specified\n")
    assert history is not None
    switch = history.switch_from(1)
    assert switch is not None
    assert (switch.lsn, switch.segment) == (None, WalSegment(1, 0, 0x12))


def test_the_files_text_is_kept_with_its_last_line_ended() -> None:
    history = parse_history(2, '1\t000000010000000000000012\tat restore point "Ü"')
    assert history is not None
    assert history.content == '1\t000000010000000000000012\tat restore point "Ü"\n'


def test_a_text_that_was_cut_or_came_changed_is_not_kept() -> None:
    line = "1\t0/8000080\tno recovery target specified\n"
    for text in (line * 2000, line + '2\t0/A000000\tat restore point "\N{REPLACEMENT CHARACTER}"\n'):
        history = parse_history(3, text)
        assert history is not None
        assert history.content == ""


def test_what_is_no_history_is_unknown() -> None:
    assert parse_history(2, "cat: /pg_wal/00000002.history: No such file or directory\n") is None
