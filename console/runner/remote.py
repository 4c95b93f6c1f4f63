"""What is said to a host's shell when a run reaches into it, and what is understood of its answer. Pure.

The text is one group of POSIX sh, sent on stdin (nothing of it stands in a command line). Its last line repeats a
nonce: a text of which a part is missing runs nothing. The shell answers in lines that begin with that nonce, so that
no output of an operation can be taken for an answer. shell/hands.sh has the functions.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources

from console.facts.masking import masked
from console.facts.text import clean, one_line
from console.facts.traces import Lease
from console.operations import places
from console.operations.platform import Platform
from console.runner.hands import HandsError, Order

OUTPUT_LIMIT = 64 * 1024
LINE_LIMIT = 200
_RUN = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
_STEP = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:+-]{0,63}")
_FAR_CUT = f"[more than {OUTPUT_LIMIT // 1024} KiB in one line, not shown]"


@dataclass(frozen=True, slots=True)
class Said:
    """One line of the shell's answer: its first word, the rest, and what followed it until the next such line."""

    word: str
    rest: str
    payload: bytes


@dataclass(frozen=True, slots=True)
class Remote:
    """Writes the texts. `state` is the console's folder on the hosts; `as_root`: refuse to do anything without root."""

    state: str = places.STATE
    as_root: bool = True

    def perform(self, order: Order, nonce: str) -> str:
        """Carry the order out, where the host is the host and the run holds the lease."""
        return self._ordered(order, nonce, "hands_perform", _operations(order))

    def begin(self, order: Order, nonce: str) -> str:
        """Begin it as a job."""
        settings = self._settings(order.platform, order.run, nonce, order)
        command = "\n".join([*settings, _library(), _operations(order), f"hands_job </dev/null {nonce}", ""])
        end = f"HANDS-COMMAND-{nonce}"
        return self._ordered(order, nonce, "hands_begin", f"hands_command() {{\ncat <<'{end}'\n{command}{end}\n}}")

    def look(self, order: Order, nonce: str) -> str:
        """Look at the job."""
        return self._ordered(order, nonce, "hands_look")

    def end(self, order: Order, nonce: str) -> str:
        """End the job with all its processes."""
        return self._ordered(order, nonce, "hands_end")

    def kill(self, order: Order, nonce: str, pid: int) -> str:
        """End what an order's shell (`pid`) has started; that shell goes on and tells."""
        return self._ordered(order, nonce, "hands_kill", f"HANDS_PID={pid}")

    def take(self, platform: Platform, lease: Lease, instead_of: str | None, nonce: str) -> str:
        """Take the lease."""
        if instead_of is not None:
            _checked(platform, instead_of, _RUN)
        words = (("run", lease.run), ("runbook", lease.runbook), ("owner", lease.owner), ("reason", lease.reason))
        lines = "\n".join(f"{key} {one_line(clean(value), LINE_LIMIT)}" for key, value in words)
        owner = one_line(clean(lease.owner), LINE_LIMIT)
        values = {"hands_lease": lines, "hands_owner": owner, "hands_instead_of": instead_of or ""}
        return self._text(platform, lease.run, nonce, "hands_take", _assigned(values))

    def renew(self, platform: Platform, run: str, nonce: str) -> str:
        """Renew the lease."""
        return self._text(platform, run, nonce, "hands_renew")

    def release(self, platform: Platform, run: str, nonce: str) -> str:
        """Release the lease, and remove the run's jobs that have ended."""
        return self._text(platform, run, nonce, "hands_release")

    def _ordered(self, order: Order, nonce: str, function: str, more: str = "") -> str:
        return self._text(order.platform, order.run, nonce, function, more, order)

    def _text(
        self, platform: Platform, run: str, nonce: str, function: str, more: str = "", order: Order | None = None
    ) -> str:
        parts = ["{", *self._settings(platform, run, nonce, order), _library(), more, "}"]
        # One stream, since sshd keeps no order between two.
        return "\n".join([*parts, f"hands_main </dev/null 2>&1 {function} {nonce}", ""])

    def _settings(self, platform: Platform, run: str, nonce: str, order: Order | None) -> list[str]:
        """The values, quoted; HandsError for a run or step whose name cannot be a file's."""
        step, number, attempt = (order.step, order.number, order.attempt) if order is not None else (None, 0, 1)
        values = {
            "HANDS_NONCE": nonce,
            "HANDS_STATE": self.state,
            "HANDS_NAME": platform.host.strip().rstrip(".").casefold(),
            "HANDS_MACHINE": platform.machine_id,
            "HANDS_RUN": _checked(platform, run, _RUN),
            "HANDS_STEP": "" if step is None else _checked(platform, step, _STEP),
            "HANDS_NUMBER": str(int(number)),
            "HANDS_ATTEMPT": str(int(attempt)),
            "HANDS_ROOT": "1" if self.as_root else "0",
            "HANDS_LIMIT": str(OUTPUT_LIMIT),
        }
        return [_assigned(values)]


def _checked(platform: Platform, name: str, pattern: re.Pattern[str]) -> str:
    if pattern.fullmatch(name) is None:
        words = f"{platform.host}: no run or step can be called {name!r}; nothing was done"
        raise HandsError(words, changed=False)
    return name


def _assigned(values: Mapping[str, str]) -> str:
    return "\n".join(f"{name}={shlex.quote(value)}" for name, value in values.items())


def _operations(order: Order) -> str:
    """A function that does one operation after the other, each in a subshell, and stops at the first failure.

    That the hands' shell goes on without a connection is not handed down: an operation's pipelines end as usual.
    """
    lines = ["hands_operations() {"]
    for number, operation in enumerate(order.operations, 1):
        lines += [f"hands_started {number}", "(", "trap - PIPE", "umask 022", operation.command(order.platform)]
        lines += [') >>"$hands_output" 2>&1 8>&-', f"hands_ended {number} $? || return"]
    return "\n".join([*lines, ":", "}"])


@cache
def _library() -> str:
    """shell/hands.sh without its comments."""
    text = (resources.files("console.runner") / "shell" / "hands.sh").read_text("utf-8")
    return "\n".join(line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#"))


def marker(nonce: str, word: str = "") -> bytes:
    """How the shell's line with this word begins, the line break before it included."""
    return f"\nVMDB-HANDS {nonce} {word}".encode()


def understand(data: bytes, nonce: str) -> tuple[Said, ...]:
    """The lines of the shell's answer in `data`; what came before the first one is left out."""
    _, *parts = data.split(marker(nonce))
    return tuple(_said(part) for part in parts)


def _said(part: bytes) -> Said:
    line, _, payload = part.partition(b"\n")
    word, _, rest = line.decode("utf-8", "replace").partition(" ")
    return Said(word, one_line(rest, 400), payload)


def output_of(said: Sequence[Said]) -> str:
    """The operations' output in the answer: the end of it, cleaned and masked."""
    for one in said:
        if one.word == "output":
            length = int(one.rest) if one.rest.isdecimal() else 0
            return readable(one.payload, cut=length > OUTPUT_LIMIT)
    return ""


def readable(data: bytes, *, cut: bool) -> str:
    """Output as text: at most 64 KiB, no control characters, passwords masked.

    Where its beginning is `cut` off, so is the rest of that line: half a password would not be known for one.
    """
    text = data.decode("utf-8", "replace").replace("\r\n", "\n").replace("\r", "\n")
    if cut:
        _, found, rest = text.partition("\n")
        text = rest if found else _FAR_CUT
    return clean(masked(text), lines=True)[-OUTPUT_LIMIT:]


def read_lease(payload: bytes) -> Lease:
    """A lease's file as the shell showed it. One that cannot be read is somebody's whom nobody knows (run "")."""
    found: dict[str, str] = {}
    for line in payload.decode("utf-8", "replace").split("\n"):
        key, _, value = line.partition(" ")
        found.setdefault(key, one_line(clean(value), LINE_LIMIT))
    since, renewed = _seconds(found.get("since", "")), _seconds(found.get("renewed", ""))
    run, runbook, owner, reason = (found.get(key, "") for key in ("run", "runbook", "owner", "reason"))
    return Lease(run, runbook, owner, reason, since, renewed)


def _seconds(text: str) -> float:
    try:
        return float(text) if len(text) < 32 else 0.0
    except ValueError:
        return 0.0
