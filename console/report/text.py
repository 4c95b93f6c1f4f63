"""The report for a person: regions with their hosts, findings worst first, the verdict last. Plain text, 80+ columns.

Colour only where it is asked for, and never alone: every status is a word.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator
from datetime import datetime

from console.diagnosis.finding import Evidence, Finding
from console.facts.client import ClientAnswer, ClientView, PortAnswer
from console.facts.roles import Role
from console.report.result import CheckResult
from console.report.rows import EndpointRow, HostRow, RegionRow, host_rows, is_role, region_rows
from console.report.trees import Tree, count_words, trees
from console.report.words import age, inert, short_names, size, told

_WORD = 9  # of the longest status word, "CRITICAL", and a space
_COLOURS = {"CRITICAL": "1;31", "WARNING": "1;33", "UNKNOWN": "1;35", "OK": "1;32", "INFO": "1;36"}


def render_text(result: CheckResult, *, width: int = 100, colour: bool = False) -> str:
    """The report; lines are at most `width` columns, words longer than that are broken."""
    page = _Page(result, width)
    lines = [*page.head(), *page.regions(), *page.findings(), page.verdict()]
    return "\n".join(_paint(line) if colour else line for line in lines) + "\n"


class _Page:
    """One result being laid out: who is called what, what time it is, how wide a line may be."""

    def __init__(self, result: CheckResult, width: int) -> None:
        self._result = result
        self._width = width
        self._rows = region_rows(result)
        self._names = short_names(host.name for host in host_rows(self._rows))
        self._column = max([len(name) for name in self._names.values()], default=0)

    def head(self) -> Iterator[str]:
        fleet = self._result.snapshot.fleet
        at = self._result.snapshot.at.strftime("%Y-%m-%d %H:%M:%S")
        yield from self._wrap(f"VMDB {inert(fleet.environment)}, {at} UTC, {inert(fleet.source) or 'no source'}")

    def regions(self) -> Iterator[str]:
        for row in self._rows:
            yield ""
            region = f"{row.status:<{_WORD}}{inert(row.name)} ({row.region.kind.value})"
            yield from self._wrap(f"{region}  {self._pair(row)}  {_lag(row)}{_backlog(row)}", _WORD)
            if row.endpoint is not None:
                yield from self._wrap(f"{'':{_WORD}}{_endpoint(row.endpoint)}", _WORD + 2)
            for host in row.hosts:
                yield from self._host(host)

    def findings(self) -> Iterator[str]:
        for tree in trees(self._result.findings):
            yield ""
            yield from self._tree(tree)

    def verdict(self) -> str:
        result = self._result
        hosts = host_rows(self._rows)
        answered = sum(1 for host in hosts if host.reachable)
        looked = f"{answered} of {len(hosts)} hosts answered, {result.duration:.1f} s"
        return f"\n{result.status}: {count_words(result.findings)} ({looked}; exit code {result.exit_code})"

    def _name(self, host: str | None) -> str:
        return inert(self._names.get(host or "", host or ""))

    def _pair(self, row: RegionRow) -> str:
        primaries = row.roles.playing(Role.PRIMARY)
        if len(primaries) == 2:
            return f"{self._name(primaries[0].name)} and {self._name(primaries[1].name)} are both primary"
        if not primaries:
            unknown = any(row.roles.role(host) is Role.UNKNOWN for host in row.roles.hosts)
            return "primary unknown" if unknown else "no primary"
        other = row.roles.other(primaries[0])
        role = row.roles.role(other)
        suffix = "" if role is Role.STANDBY else f" ({'role unknown' if role is Role.UNKNOWN else role.value})"
        return f"{self._name(primaries[0].name)} → {self._name(other.name)}{suffix}"

    def _host(self, host: HostRow) -> Iterator[str]:
        start = f"{'':{_WORD}}{self._name(host.name):<{self._column}}  {host.role:<8} "
        facts = ", ".join(_ui_words(host) if not host.database else _database_words(host))
        yield from self._wrap(f"{start}{facts}, {self._seen(host)}", _WORD + self._column + 11)

    def _seen(self, host: HostRow) -> str:
        """How old it is: the age of each figure is the host's, since one probe brings them all."""
        if host.failure is not None:
            last = f" (last answered {self._ago(host.observed_at)})" if host.observed_at else ""
            return f"not reached: {inert(host.failure, 200)}{last}"
        return "never asked" if host.reachable is None else self._ago(host.observed_at)

    def _ago(self, at: datetime | None) -> str:
        seconds = None if at is None else (self._result.snapshot.at - at).total_seconds()
        words = age(seconds)
        return words if words in {"now", "never"} else f"{words} ago"

    def _tree(self, tree: Tree) -> Iterator[str]:
        finding = tree.root
        line = f"{finding.severity.value.upper():<{_WORD}}{finding.code}  {self._subject(finding)}"
        yield from self._wrap(line, _WORD + 5)
        for item in finding.evidence:
            yield from self._wrap(f"{'':{_WORD + 5}}{self._evidence(item, finding)}", _WORD + 7)
        if finding.remedy:
            yield from self._wrap(f"{'':{_WORD + 5}}do: {inert(finding.remedy)}", _WORD + 9)
        for other in tree.followers:
            line = f"follows: {other.code} {other.severity.value}, {self._subject(other)}"
            yield " " * (_WORD + 5) + textwrap.shorten(line, self._width - _WORD - 5, placeholder=" …")

    def _subject(self, finding: Finding) -> str:
        return told(finding.summary, inert(finding.region), self._name(finding.host))

    def _evidence(self, item: Evidence, finding: Finding) -> str:
        elsewhere = f"{self._name(item.host)}: " if item.host and item.host != finding.host else ""
        told = [inert(item.source), self._ago(item.observed_at) if item.observed_at else ""]
        witness = ", ".join(part for part in told if part)
        return f"{elsewhere}{inert(item.fact)} = {inert(item.value, 500)}" + (f" ({witness})" if witness else "")

    def _wrap(self, line: str, indent: int = 0) -> list[str]:
        return textwrap.wrap(
            line, self._width, subsequent_indent=" " * indent, break_on_hyphens=False, break_long_words=True
        ) or [""]


def _lag(row: RegionRow) -> str:
    if row.lag.bytes is None:
        return "lag unknown"
    if row.lag.bytes < 0:
        return f"standby is {size(-row.lag.bytes)} PAST the primary"
    seconds = f", {row.lag.seconds:.1f} s" if row.lag.seconds is not None else ""
    return f"lag {size(row.lag.bytes)}{seconds}"


def _backlog(row: RegionRow) -> str:
    if row.region.number is None:
        return ""
    return f", backlog {'unknown' if row.backlog is None else row.backlog}"


def _endpoint(row: EndpointRow) -> str:
    words = [f"endpoint {inert(row.endpoint.name)}"]
    if row.resolved.value is not None:
        words.append(f"resolves to {', '.join(map(inert, row.resolved.value)) or 'nothing'}")
    elif row.resolved.error is not None:
        words.append(f"name: {inert(row.resolved.error, 120)}")
    if row.views.value is None:
        words.append(f"not looked at{f': {inert(row.views.error, 120)}' if row.views.error else ''}")
    words += [f"{inert(view.address)} {_client(view)}" for view in row.views.value or ()]
    return ", ".join(words)


def _database_words(host: HostRow) -> Iterator[str]:
    if host.current is not None:
        yield f"at {host.current}"
    if host.replayed is not None:
        yield f"replayed {host.replayed}"
    if host.received is not None and host.received != host.replayed:
        yield f"received {host.received}"
    if host.sql is None and is_role(host, Role.STOPPED) and host.control is not None and host.control.state is not None:
        yield host.control.state.value
    if host.timeline is not None:
        yield f"timeline {host.timeline}"
    if host.version is not None:
        yield f"PostgreSQL {inert(host.version)}"
    yield f"client: {_client(host.client) if host.client else 'not looked at'}"
    if host.agent is not None:
        words = (host.agent.status, host.agent.data_status, host.agent.master_score)
        yield "agent: " + " ".join(inert(word) if word else "-" for word in words)


def _client(view: ClientView) -> str:
    if view.tcp is not PortAnswer.OPEN:
        return f"port {view.tcp.value}" if view.tcp is not PortAnswer.UNRESOLVED else "name unresolved"
    if view.answer is ClientAnswer.NO_ANSWER:
        return "port open"
    words = view.answer.value.replace("-", " ")
    told = view.message and view.answer in {ClientAnswer.LOGIN_REFUSED, ClientAnswer.NO_DATABASE}
    return f"{words} ({inert(view.message, 120)})" if told else words


def _ui_words(host: HostRow) -> Iterable[str]:
    status = host.ui
    if status is None:
        return ["services unknown"]
    ping = "ping unknown" if status.ping_status is None else f"ping {status.ping_status}"
    return [f"httpd {_up(status.httpd_running)}", f"workers {_up(status.workers_running)}", ping]


def _up(running: bool | None) -> str:
    return "unknown" if running is None else ("up" if running else "down")


def _paint(line: str) -> str:
    """The status word that a line begins with, in its colour."""
    start = len(line) - len(line.lstrip("\n"))
    word = line[start:].split(" ", 1)[0].rstrip(":")
    code = _COLOURS.get(word)
    return f"{line[:start]}\x1b[{code}m{word}\x1b[0m{line[start + len(word) :]}" if code else line
