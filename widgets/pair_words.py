"""The figures of a pair, each as a few words with the verdict that diagnosis gives it: no second opinion is made here.

Unknown is a word of its own, never a 0 and never a calm colour.
"""

from __future__ import annotations

from collections.abc import Iterable

from textual.content import Content

from console.diagnosis.finding import Finding, Severity
from console.diagnosis.scripts import max_failcount
from console.diagnosis.ui import troubles_of
from console.diagnosis.words import short
from console.facts.client import ClientAnswer, ClientView, PortAnswer
from console.facts.host import HostFacts
from console.facts.lag import row_of
from console.facts.postgresql import SqlStatus
from console.facts.roles import Role
from console.inventory.fleet import Endpoint, ManagedBy
from console.report.words import size
from widgets.columns import fitting, joined
from widgets.pair_facts import PairFacts
from widgets.words import FAINT, SYMBOLS, age_words, ago_words, inert, marked, plain, severity_style, severity_word

ARCHIVE = ("A01", "A02", "A03", "A04", "A05")
_ROLE_SYMBOLS = {Role.PRIMARY: "●", Role.STANDBY: "○", Role.STARTING: "◌", Role.STOPPED: "■", Role.UNKNOWN: "?"}
_ROLE_STYLES = {
    Role.PRIMARY: "bold $role-primary",
    Role.STANDBY: "bold $role-standby",
    Role.STARTING: "bold $status-warning",
    Role.STOPPED: "bold $status-warning",
    Role.UNKNOWN: "bold $status-unknown",
}
_UNKNOWN = severity_style(Severity.UNKNOWN)


def unknown(words: str) -> Content:
    """Something that could not be looked at, in words."""
    return Content.styled(f"? {inert(words)}", _UNKNOWN)


def role(pair: PairFacts, facts: HostFacts) -> Content:
    """ "● cf-dc1-db1 PRIMARY"; a verdict on the host gives the role's word its colour and symbol."""
    found = pair.context.role(facts)
    bad = pair.verdict(("P01", "P02", "H07") if found is Role.PRIMARY else ("P01", "H07", "C04"), facts.name)
    style = severity_style(bad) if bad in (Severity.CRITICAL, Severity.WARNING) else _ROLE_STYLES[found]
    symbol = SYMBOLS[bad] if bad in (Severity.CRITICAL, Severity.WARNING) else _ROLE_SYMBOLS[found]
    name = Content.styled(inert(short(facts.name)), "bold")
    return Content.assemble((symbol, style), " ", name, " ", (found.value.upper(), style))


def seen(pair: PairFacts, facts: HostFacts) -> Content:
    """How old a host's figures are, in a few cells: "2 s", "? 45 s" when STALE, "?" when it does not answer."""
    at = facts.reach.answered_at
    if at is None or facts.reach.failure is not None:
        return Content.styled("?", _UNKNOWN)
    seconds = max(0.0, (pair.now - at).total_seconds())
    if seconds > pair.stale_after:
        return Content.styled(f"? {age_words(seconds)}", _UNKNOWN)
    return Content.styled(age_words(seconds), FAINT)


def not_seen(pair: PairFacts, facts: HostFacts) -> tuple[Content, Content] | None:
    """Why a host could not be asked, and when it answered last; None where it answers."""
    failure, answered = facts.reach.failure, facts.reach.answered_at
    if facts.reach.reachable is None:
        return unknown("not asked yet"), Content("")
    if failure is None:
        return None
    ago = "never answered" if answered is None else f"last answered {ago_words((pair.now - answered).total_seconds())}"
    return unknown(failure.message), Content.styled(ago, FAINT)


def position(pair: PairFacts, facts: HostFacts, width: int, *, spoken: bool) -> Content:
    """Where it writes or has replayed to, and its timeline. `spoken`: with words, as many as fit into `width`."""
    bad = pair.verdict(("P05", "P06", "P07", "P08"), facts.name)
    timeline = timeline_words(pair, facts)
    if facts.sql.value is None:
        return fitting([_no_position(facts), timeline], width)
    forms = _positions(facts.sql.value)[0 if spoken else -1 :]
    told = [joined([marked(words, bad), timeline]) for words in forms]
    return next((content for content in told if content.cell_length <= width), told[-1])


def _positions(sql: SqlStatus) -> tuple[str, ...]:
    """The longest form first."""
    if not sql.in_recovery:
        return f"writes {sql.current or 'unknown'}", f"{sql.current or 'position unknown'}"
    replayed = f"replayed {sql.replayed or 'unknown'}"
    return f"received {sql.received or 'unknown'}, {replayed}", replayed, f"{sql.replayed or 'position unknown'}"


def timeline_words(pair: PairFacts, facts: HostFacts) -> Content:
    """ "timeline 2", by SQL or by the control file."""
    sql, control = facts.sql.value, facts.control.value
    by_sql = sql.timeline if sql is not None else None
    timeline = by_sql if by_sql is not None or control is None else control.timeline
    return Content("") if timeline is None else marked(f"timeline {timeline}", pair.verdict(("P06",)), FAINT)


def _no_position(facts: HostFacts) -> Content:
    control = facts.control.value
    if facts.processes.value is not None and not facts.processes.value.running and control is not None:
        return plain(f"{control.state.value if control.state else 'state unknown'} at {control.checkpoint or '?'}")
    return unknown("position unknown")


def stream(pair: PairFacts) -> tuple[str, str, bool]:
    """The word on the arrow between the two, its style, and whether WAL flows: "async", "✖ not streaming"."""
    primary = pair.context.roles.primary
    if primary is None:
        return _without_primary(pair)
    if primary.sql.value is None:
        return "? unknown", _UNKNOWN, False
    row = row_of(primary.sql.value, pair.context.names(pair.context.other(primary)))
    bad = pair.verdict(("P03", "P06", "P07"))
    if row is None or row.state is None:
        words = "no stream" if row is None else "unknown"
        severity = bad or Severity.UNKNOWN
        return f"{SYMBOLS[severity]} {words}", severity_style(severity), False
    words = inert(row.sync_state or "") if row.state == "streaming" else inert(row.state)
    if bad is not None:
        return f"{SYMBOLS[bad]} {words}", severity_style(bad), True
    return words, severity_style(None), True


def _without_primary(pair: PairFacts) -> tuple[str, str, bool]:
    both = len(pair.context.roles.playing(Role.PRIMARY)) == 2
    bad = pair.verdict(("P01", "P02")) or Severity.UNKNOWN
    words = "2 primaries" if both else "no primary" if bad is not Severity.UNKNOWN else "unknown"
    return f"{SYMBOLS[bad]} {words}", severity_style(bad), False


def lag(pair: PairFacts) -> Content:
    """ "1.3 MiB  0.3 s"; bytes past the primary are said as AHEAD; unknown is said."""
    found, seconds = pair.lag, pair.lag_seconds
    if found.bytes is None:
        return unknown("lag unknown")
    if found.bytes < 0:
        return marked(f"{_size(-found.bytes)} AHEAD", pair.verdict(("P06",)) or Severity.WARNING)
    told = _size(found.bytes) if seconds is None else f"{_size(found.bytes)}  {_seconds(seconds)}"
    return marked(told, pair.verdict(("P04",)))


def _size(count: int) -> str:
    """Bytes in four digits at most."""
    number, _, unit = size(count).partition(" ")
    return f"{float(number):.0f} {unit}" if len(number) > 4 else f"{number} {unit}"


def _seconds(seconds: float) -> str:
    return f"{seconds:.1f} s" if seconds < 100 else age_words(seconds)


def attributes(pair: PairFacts, facts: HostFacts, width: int) -> Content:
    """The agent's attributes of this node as it writes them, after PGSQL.lock where that is a finding; "-" is absent.

    In a scripted region: the scripts' failure counter.
    """
    if pair.region.cluster is None:
        return counter(pair, facts)
    bad = pair.verdict(("C01", "C02", "C03", "C09"), facts.name)
    lock = "PGSQL.lock " if pair.verdict(("C02",), facts.name) is not None else ""
    view = pair.context.agent(facts)
    if view is None:
        return marked(f"{lock}attributes unknown", bad or Severity.UNKNOWN)
    told = [word or "-" for word in (view.state.status, view.state.data_status, view.state.master_score)]
    forms = (" ".join(told), " ".join(told).replace("-INFINITY", "-INF"), " ".join(told[:2]))
    shown = [marked(lock + words, bad) for words in forms]
    return next((content for content in shown if content.cell_length <= width), shown[-1])


def counter(pair: PairFacts, facts: HostFacts) -> Content:
    """What check-promote on host 2 has counted; host 1 runs no check, there it is said only where it counts."""
    scripts = facts.scripts.value
    bad = pair.verdict(("S01", "S02", "S06", "S08"), facts.name)
    watcher = facts.name == pair.region.databases[1].name
    if scripts is None or scripts.counter is None:
        return unknown("counter unknown") if watcher else marked("scripts", bad, FAINT) if bad else Content("")
    if not watcher and not scripts.counter:
        return marked("scripts", bad) if bad else Content("")
    return marked(f"check-promote failed {scripts.counter} of {max_failcount(scripts)}", bad, FAINT)


def gate_word(pair: PairFacts, facts: HostFacts) -> Content:
    """Whether clients get in on the database port: a client's word first, then the host's firewall."""
    return marked(_gate(facts), pair.verdict(("S04", "S05"), facts.name))


def _gate(facts: HostFacts) -> str:
    view, firewall = facts.client.value, facts.firewall.value
    if view is not None and view.port_open:
        return "open"
    if firewall is not None and firewall.database_port_open is False:
        return "closed"
    if view is None:
        return "unknown"
    return "closed" if view.tcp in (PortAnswer.REFUSED, PortAnswer.FILTERED) else view.tcp.value


def gates(pair: PairFacts) -> Content:
    """The port gate of both, as they stand beside each other: "5432 open, closed"."""
    left, right = pair.sides
    port = pair.region.databases[0].postgresql.port if pair.region.databases[0].postgresql else 5432
    both = Content(", ").join([gate_word(pair, left), gate_word(pair, right)])
    return Content.assemble((f"{port} ", FAINT), both)


def clients(pair: PairFacts, facts: HostFacts) -> Content:
    """What a client meets on the host itself, in words."""
    view = facts.client.value
    if view is None:
        return unknown("clients: not looked at")
    words = "nothing" if view.answer is ClientAnswer.NO_ANSWER else view.answer.value.replace("-", " ")
    port = Content.assemble((f"port {view.port} ", FAINT), gate_word(pair, facts))
    return port if not view.port_open else Content.assemble(port, (", a client meets ", FAINT), plain(words))


def archive(pair: PairFacts, facts: HostFacts) -> Content:
    """Files that wait to be archived on a host, and the code of what is wrong with its archive."""
    queue = facts.archive_queue.value
    return _archive(None if queue is None else queue.ready, pair.worst_finding(ARCHIVE, facts.name))


def archive_of_pair(pair: PairFacts) -> Content:
    """The backlog of whoever writes WAL, and the code of the worst that is wrong with either host's archive."""
    queues = [facts.archive_queue.value for facts in pair.context.roles.playing(Role.PRIMARY)]
    ready = [queue.ready for queue in queues if queue is not None]
    return _archive(sum(ready) if ready else None, pair.worst_finding(ARCHIVE))


def _archive(ready: int | None, worst: Finding | None) -> Content:
    waiting = "" if ready is None else f" {ready} waiting"
    if worst is not None:
        return marked(f"archive {worst.code}{waiting and ','}{waiting}", worst.severity)
    return plain(f"archive{waiting}", FAINT) if waiting else unknown("archive unknown")


def endpoint(pair: PairFacts, *, holders: bool) -> Content:
    """The VIP, with `holders` who holds it, or where the DNS name leads; and what a client meets there."""
    found = pair.region.endpoint
    if found is None:
        return Content("")
    bad = pair.verdict(("C06", "S09"))
    by_cluster = found.managed_by is ManagedBy.CLUSTER
    kind = "VIP" if by_cluster else "DNS"
    views = pair.snapshot.endpoints.get(pair.region.name)
    if views is None or views.value is None:
        return marked(f"{kind} not looked at", bad or Severity.UNKNOWN)
    resolution = pair.snapshot.endpoint_resolution.get(pair.region.name)
    resolved = resolution.value if resolution is not None and not by_cluster else None
    chosen = [view for view in views.value if resolved is None or view.address in resolved]
    where = f" {_holders(pair, found)}," if holders and by_cluster else ""
    words = ", ".join(f"{view.address}{where} {_answer(view)}" for view in chosen) or "leads nowhere"
    return marked(f"{kind} {words}", bad, FAINT)


def _holders(pair: PairFacts, found: Endpoint) -> str:
    """Who holds the cluster's address, by the kernels' word."""
    known = [facts for facts in pair.sides if facts.addresses.value is not None]
    holding = [short(facts.name) for facts in known if set(facts.addresses.value or ()) & set(found.addresses)]
    if not holding and len(known) < len(pair.sides):
        return "holder unknown"
    return f"on {' and '.join(holding) or 'no host'}"


def _answer(view: ClientView) -> str:
    if view.tcp is not PortAnswer.OPEN:
        return view.tcp.value
    return "open, no answer" if view.answer is ClientAnswer.NO_ANSWER else view.answer.value.replace("-", " ")


def appliances(pair: PairFacts) -> Content:
    """How many UI appliances serve; unknown ones are not counted as serving."""
    hosts = [pair.snapshot.facts(host) for host in pair.region.uis]
    if not hosts:
        return Content("")
    serving = sum(_serves(facts) is True for facts in hosts)
    unseen = sum(_serves(facts) is None for facts in hosts)
    bad = pair.verdict(("U01", "U02", "U04")) or (Severity.UNKNOWN if unseen else None)
    more = f", {unseen} unknown" if unseen else ""
    return marked(f"UI {serving} of {len(hosts)}{more}", bad, FAINT)


def each_appliance(pair: PairFacts) -> Iterable[Content]:
    """Every UI appliance: name, whether it serves, its age."""
    for host in pair.region.uis:
        facts = pair.snapshot.facts(host)
        word = {True: "serves", False: "down", None: "unknown"}[_serves(facts)]
        bad = pair.verdict(("U01",), facts.name) or (Severity.UNKNOWN if word == "unknown" else None)
        yield joined([plain(short(host.name), FAINT), marked(word, bad), seen(pair, facts)], " ")


def _serves(facts: HostFacts) -> bool | None:
    """Whether people are served there, as diagnosis judges it; None: could not look."""
    status = facts.ui.value
    return None if status is None or status.httpd_running is None else not troubles_of(status)


def backlog(pair: PairFacts) -> Content:
    """Rows that rubyrep has still to bring to the global region; nothing to say of the global region itself."""
    if pair.region.number is None:
        return Content("")
    primary = pair.context.roles.primary
    view = primary.client.value if primary is not None else None
    bad = pair.verdict(("U03",))
    if view is None or view.backlog is None:
        return marked("backlog unknown", bad or Severity.UNKNOWN)
    return marked(f"backlog {view.backlog} rows", bad, FAINT)


def version(facts: HostFacts) -> Content:
    """The server's version."""
    found = facts.sql.value.version if facts.sql.value else facts.data.value.version if facts.data.value else None
    return plain(f"PostgreSQL {found}", FAINT) if found is not None else Content("")


def status(pair: PairFacts) -> Content:
    """The region's word: "✔ OK", "✖ CRITICAL"; what is old or was never seen is not OK."""
    if pair.worst is None and pair.stale:
        return unknown("UNKNOWN" if pair.seen_at() is None else "STALE")
    return Content.styled(severity_word(pair.worst), severity_style(pair.worst))
