"""One result in the format that was asked for."""

from __future__ import annotations

import shutil

from console.errors import UsageError
from console.report.result import CheckResult

FORMATS = ("text", "json", "nagios", "openmetrics")
_NARROWEST, _WIDEST = 80, 120


def render(result: CheckResult, report_format: str, *, width: int | None = None, colour: bool = False) -> str:
    """The report without its last newline. `width` (text only): columns, else those of the terminal, 80 to 120.

    Each format's module is loaded when it is needed. Raises UsageError for an unknown format.
    """
    if report_format == "text":
        from console.report.text import render_text

        columns = width or min(_WIDEST, shutil.get_terminal_size((100, 24)).columns)
        report = render_text(result, width=max(_NARROWEST, columns), colour=colour)
    elif report_format == "json":
        from console.report.json_report import render_json

        report = render_json(result)
    elif report_format == "nagios":
        from console.report.nagios import render_nagios

        report = render_nagios(result)
    elif report_format == "openmetrics":
        from console.report.openmetrics import render_openmetrics

        report = render_openmetrics(result)
    else:
        raise UsageError(f"unknown report format {report_format!r}: choose one of {', '.join(FORMATS)}")
    return report.rstrip("\n")
