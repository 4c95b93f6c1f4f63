"""What a host's shell answered, and the words for an answer that is a refusal or has no end."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from console.facts.text import one_line
from console.operations.platform import Platform
from console.runner.channel import Heard
from console.runner.hands import HandsError, Order
from console.runner.remote import Said, read_lease, readable


@dataclass(frozen=True, slots=True)
class Answer:
    """What a shell said, by its first words."""

    said: tuple[Said, ...]

    def find(self, word: str) -> Said | None:
        """The first line with that word."""
        return next((one for one in self.said if one.word == word), None)

    def rest(self, word: str) -> str:
        """The rest of that line; "" where it was not said."""
        found = self.find(word)
        return found.rest if found else ""


def refusal(platform: Platform, refused: Said) -> str:
    """Why the host's shell did nothing, in words."""
    why, _, what = refused.rest.partition(" ")
    host = platform.host
    if why == "name":
        remedy = "check its address in the inventory and DNS before anything else"
        return f"{host}: the machine there calls itself {what or 'nothing'}; nothing was done; {remedy}"
    if why == "machine":
        remedy = "find out whether it was installed anew, then begin a new run"
        words = f"machine-id {what or 'none'} instead of {platform.machine_id}"
        return f"{host}: another machine than before answers ({words}); nothing was done; {remedy}"
    if why == "root":
        return f"{host}: the shell there has user id {what}, not root's; nothing was done; set `become: sudo` for it"
    not_now = _no_turn(host, why, what, refused.payload)
    if not_now:
        return not_now
    if why == "busy":
        return f"{host}: {what} was locked for 5 s; nothing was done; see who holds it there (fuser), and try again"
    words = readable(what.encode(), cut=False) or "no reason given"
    return f"{host}: its state folder cannot be used: {words}; nothing was done; look at disk space and mounts there"


def _no_turn(host: str, why: str, what: str, payload: bytes) -> str:
    """Where the host is the one that is meant, but it is not this order's turn there; else ""."""
    if why == "lease":
        return f"{host}: this run does not hold the lease ({_who(payload)}); nothing was done"
    if why == "taken-over":
        return f"{host}: {_taken_over(what)}; nothing was done; this run is over there: begin a new one"
    if why == "order":
        number, _, last = what.partition(" ")
        words = f"order {number} of this run came after its order {last}: it was held up on its way"
        return f"{host}: {words}; nothing was done; look at the host, then resume"
    if why == "attempt":
        life, _, number = what.partition(" ")
        found = "still runs" if life == "running" else "has been begun since"
        return f"{host}: attempt {number} of this job {found} there; nothing was done; look at it, then resume"
    if why == "working":
        words = "an earlier order of a run still works there"
        return f"{host}: {words}; nothing was done; wait until it has ended, then resume"
    return ""


def _taken_over(what: str) -> str:
    since, _, who = what.partition(" ")
    run, _, owner = who.partition(" ")
    return f"run {run or 'unknown'} of {owner or 'unknown'} took this run's lease over at {_moment(since)}"


def _moment(epoch: str) -> str:
    """A host's `date +%s` for people."""
    try:
        return datetime.fromtimestamp(int(epoch), UTC).strftime("%Y-%m-%d %H:%M:%SZ")
    except (ValueError, OverflowError, OSError):
        return "an unknown time"


def _who(payload: bytes) -> str:
    if not payload.strip():
        return "nobody does"
    lease = read_lease(payload)
    return f"run {lease.run or 'unknown'} of {lease.owner or 'unknown'} does: {lease.reason or 'no reason given'}"


def unfinished(host: str, heard: Heard, answer: Answer, order: Order | None, *, sudo: bool, reads: bool) -> HandsError:
    """The error for an answer without an end: what is certain about what was done."""
    if answer.find("shell") is None and heard.status is not None:
        return HandsError(_no_shell(host, heard, sudo), changed=False)
    how = "it did not answer in time" if heard.late else heard.why or "its shell ended half-way"
    if heard.status is not None:
        how = f"its shell ended half-way with exit status {heard.status}"
    if not heard.sent:
        return HandsError(f"{host}: {how} before it had the whole order; nothing was done", changed=False)
    if reads:
        return HandsError(f"{host}: {how}; nothing was done; try again", changed=False)
    where = _how_far(answer, order) if order is not None else ""
    return HandsError(
        f"{host}: {how}{where}; it is not known whether it was done; look at the host, then resume", changed=None
    )


def _no_shell(host: str, heard: Heard, sudo: bool) -> str:
    lines = [line for line in heard.data.splitlines() if line.strip()]
    about_sudo = [line for line in lines if b"sudo" in line or b"not allowed" in line]
    words = readable(one_line((about_sudo or lines or [b""])[-1]).encode(), cut=False)
    words = words or f"exit status {heard.status}"
    if sudo:
        remedy = (
            "let the login run `sudo -n /bin/sh` as root without a password and without a terminal (see sudo -n -l)"
        )
        return f"{host}: sudo refused: {words}; nothing was done; {remedy}"
    return f"{host}: no POSIX shell answered: {words}; nothing was done; see what `ssh {host} /bin/sh` prints"


def _how_far(answer: Answer, order: Order) -> str:
    """Which operation was under way."""
    ended = sum(1 for one in answer.said if one.word == "status")
    begun = [one.rest for one in answer.said if one.word == "started"]
    if not begun or not begun[-1].isdecimal() or not 0 < int(begun[-1]) <= len(order.operations):
        return ""
    number = int(begun[-1])
    words = order.operations[number - 1].describe()
    state = "had ended" if ended >= number else "was under way"
    return f" (operation {number} of {len(order.operations)}, {words}, {state})"
