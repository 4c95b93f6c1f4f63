"""Section `ui`: a UI appliance (DOMAIN 5)."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone

from console.facts.text import clean
from console.facts.ui import ReplicationWorker, UiStatus
from console.probe.lines import Block, blocks, integer, pairs, yes_no

_STATUS = re.compile(
    r"Replication Status: Current Backlog=\[(\d{1,18})\], Added=\[(-?\d{1,18})\], Deleted=\[(-?\d{1,18})\]"
)
_TIME = re.compile(r"\[(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?)(Z|[+-]\d\d:?\d\d)?[ \]]")
# Apache's time: [23/Nov/2026:07:40:11 +0000].
_ACCESS = re.compile(r"\[(\d{1,2})/([A-Z][a-z]{2})/(\d{4}):(\d\d):(\d\d):(\d\d) ([+-]\d{4})\]")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
# thread:error:code:library:function:reason:file:line:data (OpenSSL 1.1 leaves the function empty, 3 names it).
_OPENSSL_ERROR = re.compile(r"^\w+:error:[0-9A-F]+:[^:]*:[^:]*:([^:]+):")
_OFFSET = re.compile(r"([+-])(\d\d):?(\d\d)")


def parse_ui(text: str, now: float) -> UiStatus | None:
    """Each fact that was printed; what the host could not tell is None. Ages at `now`, the host's clock."""
    by_name = {block.name: block for block in blocks(text)}
    head = pairs(by_name[""].lines)
    if not head.keys() & {"httpd", "workers", "ping", "ping-error", "access-line", "session", "region"}:
        return None
    ping = integer(head.get("ping"))
    return UiStatus(
        httpd_running=yes_no(head.get("httpd")),
        workers_running=yes_no(head.get("workers")),
        ping_status=ping if ping is not None and 100 <= ping <= 599 else None,
        ping_error=_ping_error(head.get("ping-error")),
        last_access_age=_access_age(head, now),
        session_store=_session_store(head.get("session")),
        region_number=integer(head.get("region")),
        replication=_replication(by_name.get("replication"), now),
        database_host=_database_host(by_name.get("database")),
    )


def _access_age(head: dict[str, str], now: float) -> float | None:
    """Seconds since a person's last request; None where the log's tail has none."""
    match = _ACCESS.search(head.get("access-line", ""))
    if match is None or match[2] not in _MONTHS:
        return None
    month = _MONTHS.index(match[2]) + 1
    day, year, hour, minute, second = (int(match[group]) for group in (1, 3, 4, 5, 6))
    try:
        at = datetime(year, month, day, hour, minute, second, tzinfo=_zone(match[7])).timestamp()
    except (ValueError, OverflowError):
        return None
    return max(0.0, now - at)


def _ping_error(text: str | None) -> str | None:
    """Without curl and wget it is OpenSSL's error line, of which the reason is for people: "Connection refused"."""
    match = _OPENSSL_ERROR.match(text or "")
    return match[1] if match else text


def _session_store(text: str | None) -> str | None:
    """The value of a YAML line, `sql`, `"cache"` or `:memory`, without what follows."""
    words = (text or "").partition("#")[0].strip().strip("\"':")
    return words or None


def _replication(block: Block | None, now: float) -> ReplicationWorker | None:
    """The last status line; its age by the time that the line carries, in the host's own zone where it names none."""
    if block is None:
        return None
    offset = pairs(block.lines).get("utc-offset", "+0000")
    for line in reversed(block.lines):
        if match := _STATUS.search(line):
            at = _time(line, offset)
            age = None if at is None else max(0.0, now - at)
            return ReplicationWorker(int(match[1]), int(match[2]), int(match[3]), age)
    return None


def _time(line: str, host_offset: str) -> float | None:
    match = _TIME.search(line)
    if match is None:
        return None
    zone = _zone(match[2] or host_offset)
    try:
        return datetime.fromisoformat(match[1][:26]).replace(tzinfo=zone).timestamp()
    except (ValueError, OverflowError):
        return None


def _zone(text: str) -> timezone:
    match = _OFFSET.fullmatch(text.strip())
    if match is None or int(match[2]) > 23:
        return UTC
    size = timedelta(hours=int(match[2]), minutes=min(59, int(match[3])))
    return timezone(-size if match[1] == "-" else size)


def _database_host(block: Block | None) -> str | None:
    """`host:` of the production section of database.yml, or of the only section that has one."""
    hosts: dict[str, str] = {}
    section = ""
    for line in block.lines if block else ():
        key, _, value = line.strip().partition(":")
        if not value.strip():
            section = key
        elif key == "host":
            hosts[section] = clean(value.partition(" #")[0].strip().strip("\"'"))
    return hosts.get("production") or hosts.get("base") or next(iter(hosts.values()), None)
