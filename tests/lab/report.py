"""What the console printed, as an object: tests on real hosts ask it for findings, evidence and figures."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.lab.fleet import Lab
from tests.lab.shell import LabError

INFO = "info"


@dataclass(frozen=True)
class Report:
    """One `--check --format json`: its document, its exit code, and the seconds that it took from start to end."""

    document: dict[str, Any]
    exit_code: int
    wall: float

    @property
    def findings(self) -> list[dict[str, Any]]:
        """All findings, folded ones too, worst first."""
        return list(self.document["findings"])

    @property
    def codes(self) -> list[str]:
        """The codes of everything above info, folded ones too, sorted; a code that was found twice is there twice."""
        return sorted(f["code"] for f in self.findings if f["severity"] != INFO)

    @property
    def roots(self) -> list[str]:
        """The same without what follows from something else."""
        return sorted(f["code"] for f in self.findings if f["severity"] != INFO and f["caused_by"] is None)

    def codes_of(self, host: str) -> list[str]:
        """The codes above info of findings about this host (full name)."""
        return sorted(f["code"] for f in self.findings if f["severity"] != INFO and f["host"] == host)

    def finding(self, code: str, host: str | None = None) -> dict[str, Any]:
        """The one finding of this code, about this host where one is given; AssertionError that lists what there is."""
        found = [f for f in self.findings if f["code"] == code and host in (None, f["host"])]
        assert len(found) == 1, f"{len(found)} findings {code} {host or ''} in:\n{self.words}"
        return found[0]

    def evidence(self, code: str, fact: str, host: str | None = None) -> str:
        """The one value of this fact in the finding's evidence, from `host` where one is given."""
        quotes = [q for f in self.findings if f["code"] == code for q in f["evidence"]]
        found = {q["value"] for q in quotes if q["fact"] == fact and host in (None, q["host"])}
        assert len(found) == 1, f"{len(found)} values of {fact!r} {host or ''} in:\n{self.words}"
        return str(found.pop())

    def region(self, name: str) -> dict[str, Any]:
        """A region of the report."""
        return next(dict(region) for region in self.document["regions"] if region["name"] == name)

    def host(self, name: str) -> dict[str, Any]:
        """A host of the report by its full name."""
        hosts = (host for region in self.document["regions"] for host in region["hosts"])
        return next(dict(host) for host in hosts if host["name"] == name)

    @property
    def words(self) -> str:
        """Every finding in a line, with its evidence: what to read when a test fails."""
        lines = [f"exit {self.exit_code}, {self.wall:.1f} s"]
        for finding in self.findings:
            cause = f" <- {finding['caused_by']}" if finding["caused_by"] else ""
            lines.append(f"{finding['severity']} {finding['key']}: {finding['summary']}{cause} {finding['details']}")
            lines += [f"    {q['fact']} = {q['value']} ({q['source']}, {q['host']})" for q in finding["evidence"]]
        return "\n".join(lines)


def check(lab: Lab, *select: str, options: tuple[str, ...] = (), timeout: float = 120) -> Report:
    """Let the console look at regions or hosts once. LabError when what it printed is no report."""
    selection = [word for name in select for word in ("--select", name)]
    start = time.monotonic()
    done = lab.console("--check", "--format", "json", *selection, *options, timeout=timeout)
    wall = time.monotonic() - start
    try:
        return Report(json.loads(done.stdout), done.returncode, wall)
    except json.JSONDecodeError as error:
        raise LabError(
            f"exit status {done.returncode}, no JSON: {done.stdout[-500:]}\n{done.stderr[-2000:]}"
        ) from error


def check_until(lab: Lab, predicate: Callable[[Report], bool], *select: str, timeout: float = 40) -> Report:
    """Check again and again until `predicate` holds; the report that it held for, or LabError with the last one."""
    deadline = time.monotonic() + timeout
    while True:
        report = check(lab, *select)
        if predicate(report):
            return report
        if time.monotonic() > deadline:
            raise LabError(f"not seen within {timeout:g} s; the last report:\n{report.words}")
