from __future__ import annotations

import subprocess
import sys

import pytest

from console.errors import UsageError
from console.report.words import inert, short_names, size
from console.report.write import FORMATS, render
from tests.unit.report import samples


@pytest.mark.parametrize("report_format", FORMATS)
def test_every_format_is_written_without_its_last_newline(report_format: str) -> None:
    report = render(samples.sick(), report_format)
    assert report
    assert not report.endswith("\n")


def test_an_unknown_format_is_a_usage_error_that_names_the_known_ones() -> None:
    with pytest.raises(UsageError, match="text, json, nagios, openmetrics"):
        render(samples.healthy(), "xml")


def test_a_narrow_terminal_still_gets_80_columns() -> None:
    lines = render(samples.sick(), "text", width=20).splitlines()
    assert 70 < max(len(line) for line in lines) <= 80


@pytest.mark.parametrize("module", ["text", "json_report", "nagios", "openmetrics", "write"])
def test_no_report_loads_textual_or_what_reads_hosts(module: str) -> None:
    program = f"import sys, console.report.{module}; print(*sorted(sys.modules))"
    done = subprocess.run([sys.executable, "-c", program], timeout=30, capture_output=True, text=True, check=True)
    assert not {"textual", "rich", "paramiko", "psycopg2"} & set(done.stdout.split())


def test_short_names_never_make_two_hosts_one() -> None:
    assert short_names(["a.x", "b.x"]) == {"a.x": "a", "b.x": "b"}
    assert short_names(["a.x", "a.y", "10.0.0.1"]) == {"a.x": "a.x", "a.y": "a.y", "10.0.0.1": "10.0.0.1"}


def test_sizes_have_units_and_unknown_is_a_word() -> None:
    assert [size(value) for value in (0, 1023, 1024, 16 * 1024**2, -8192, None)] == [
        "0 B",
        "1023 B",
        "1.0 KiB",
        "16.0 MiB",
        "-8.0 KiB",
        "unknown",
    ]


def test_inert_text_is_one_printable_line_within_its_limit() -> None:
    assert inert("a\x1b[31mb\r\n\tc\u202e") == "a [31mb c"
    assert inert("x" * 50, 10) == "x" * 9 + "…"
