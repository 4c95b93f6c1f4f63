"""One region: its pair with roles, positions, lag and attributes, the endpoint, the UI appliances, and ages."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from rich.text import Text
from textual.widgets import Static

from console.diagnosis.finding import Finding, Severity
from console.diagnosis.words import short
from console.facts.agent import agent_state
from console.facts.client import ClientAnswer
from console.facts.host import HostFacts
from console.facts.lag import pair_lag
from console.facts.roles import PairRoles, Role, pair_roles
from console.facts.snapshot import Snapshot
from console.inventory.fleet import Host, ManagedBy, Region, RegionKind
from console.report.words import size
from widgets.words import age_text, plain, severity_text

_WIDE = 120
"""Columns from which a database host takes one line."""

_ROLE_STYLES = {
    Role.PRIMARY: "bold blue",
    Role.STANDBY: "blue",
    Role.STARTING: "yellow",
    Role.STOPPED: "bold yellow",
    Role.UNKNOWN: "bold magenta",
}


class RegionPanel(Static):
    """A region as text; `show` renders a new Snapshot."""

    DEFAULT_CSS = "RegionPanel { height: auto; border: round $primary; padding: 0 1; }"

    def __init__(self, region: Region) -> None:
        super().__init__(id=f"region-{region.name}" if region.name.isidentifier() else None, markup=False)
        self._region = region

    def show(self, snapshot: Snapshot, findings: Sequence[Finding], now: datetime) -> None:
        """Draw the region as it was at the Snapshot; ages are against `now`."""
        wide = self.size.width >= _WIDE
        self.update(region_text(snapshot, self._region, findings, now, wide=wide))


def region_text(
    snapshot: Snapshot, region: Region, findings: Sequence[Finding], now: datetime, *, wide: bool = True
) -> Text:
    """The whole panel as inert text; `wide` takes one line a database host instead of two."""
    current = snapshot.current()
    roles = pair_roles(current, region)
    lines = [_joined([_title(region, findings), _lag(current, region)])]
    for host in region.databases:
        lines.append(_database_line(snapshot, current, roles, host, now, "  " if wide else "\n      "))
    lines.append(_endpoint_line(current, region))
    if region.uis:
        lines.append(_ui_line(snapshot, current, region, now))
    return Text("\n").join(lines)


def _joined(parts: Iterable[Text | str]) -> Text:
    return Text("  ").join(part if isinstance(part, Text) else plain(part) for part in parts if part)


def _title(region: Region, findings: Sequence[Finding]) -> Text:
    own = [finding for finding in findings if finding.region == region.name and finding.severity is not Severity.INFO]
    worst = min((finding.severity for finding in own), key=lambda severity: severity.rank, default=None)
    kind = "Pacemaker" if region.kind is RegionKind.PACEMAKER else "scripts and traffic manager"
    return _joined([Text(region.name, style="bold"), kind, severity_text(worst)])


def _database_line(
    snapshot: Snapshot, current: Snapshot, roles: PairRoles, host: Host, now: datetime, between: str
) -> Text:
    facts = current.facts(host)
    role = roles.role(facts)
    said = _joined(
        [
            f"  {short(host.name):<14}",
            Text(f"{role.value.upper():<8}", style=_ROLE_STYLES[role]),
            f"{_position(facts):<20}",
            f"timeline {_timeline(facts)}",
            age_text(snapshot.facts(host).reach.answered_at, now, _stale_after(snapshot)),
        ]
    )
    failure = facts.reach.failure
    others = [_attributes(facts, current, roles, host), _port(facts)]
    if failure is not None:
        others.append(failure.message.splitlines()[0][:80])
    return said + Text(between) + _joined(others)


def _stale_after(snapshot: Snapshot) -> float:
    """Seconds after which a host's figures are STALE: three polls and the time one may take."""
    return 3 * snapshot.fleet.poll.interval + snapshot.fleet.poll.timeout


def _position(facts: HostFacts) -> str:
    sql = facts.sql.value
    if sql is None:
        return "position unknown"
    if not sql.in_recovery:
        return f"writes {sql.current or 'unknown'}"
    return f"replayed {sql.replayed or 'unknown'}"


def _timeline(facts: HostFacts) -> str:
    sql, control = facts.sql.value, facts.control.value
    timeline = (sql.timeline if sql else None) or (control.timeline if control else None)
    return str(timeline) if timeline is not None else "unknown"


def _attributes(facts: HostFacts, current: Snapshot, roles: PairRoles, host: Host) -> str:
    """The agent's attributes of this node, from its own view or else its peer's."""
    region = roles.region
    if region.cluster is None:
        scripts = facts.scripts.value
        return f"failures {scripts.counter}" if scripts is not None and scripts.counter is not None else ""
    for view in (facts.cluster.value, roles.other(facts).cluster.value):
        if view is not None:
            state = agent_state(view, host.node, region.cluster.resource)
            words: list[Any] = [state.status, state.data_status, state.master_score]
            return " ".join(word for word in words if word) or "no attributes"
    return "attributes unknown"


def _port(facts: HostFacts) -> str:
    view = facts.client.value
    if view is None:
        return "5432 unknown"
    words = {ClientAnswer.NO_ANSWER: view.tcp.value, ClientAnswer.LOGIN_REFUSED: "answers, login refused"}
    return f"{view.port} {words.get(view.answer, view.answer.value)}"


def _lag(current: Snapshot, region: Region) -> str:
    lag = pair_lag(current, region)
    seconds = "" if lag.seconds is None else f", {lag.seconds:.1f} s"
    return f"lag {size(lag.bytes)}{seconds}"


def _endpoint_line(current: Snapshot, region: Region) -> Text:
    endpoint = region.endpoint
    if endpoint is None:
        return Text("")
    views = current.endpoints.get(region.name)
    seen = views.value if views is not None and views.value else ()
    answers = ", ".join(f"{view.address} {view.answer.value}" for view in seen) or "not looked at yet"
    holders = [
        short(h.name) for h in region.databases if set(current.facts(h).addresses.value or ()) & set(endpoint.addresses)
    ]
    moved = endpoint.managed_by is ManagedBy.CLUSTER  # of a DNS name every host holds its own address
    where = f" held by {' and '.join(holders)}" if holders and moved else ""
    return plain(f"  {endpoint.name}: {answers}{where}")


def _ui_line(snapshot: Snapshot, current: Snapshot, region: Region, now: datetime) -> Text:
    parts: list[Text | str] = ["  UI"]
    for host in region.uis:
        status = current.facts(host).ui.value
        serves = None if status is None else status.httpd_running
        word = {True: "serves", False: "httpd down", None: "unknown"}[serves]
        parts += [
            f"{short(host.name)} {word}",
            age_text(snapshot.facts(host).reach.answered_at, now, _stale_after(snapshot)),
        ]
    return _joined(parts)
