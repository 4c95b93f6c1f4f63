"""What a person can choose before the plan of a runbook is made. Pure: which questions there are, and their answers."""

from __future__ import annotations

from dataclasses import dataclass, replace

from console.inventory.units import parse_size
from console.runbooks.plan import Choices

_COPIES = ("rebuild-standby", "failback")
_SLOWEST, _FASTEST = 32, 1024**2
"""kB a second: what pg_basebackup --max-rate takes."""
NO_CHOICES = Choices()


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be done: a runbook on a pair. `host` is None where only the region was named.

    `take_over`: the run whose lease this one is to take, since its console is gone.
    """

    runbook: str
    region: str
    host: str | None = None
    choices: Choices = NO_CHOICES
    take_over: str | None = None

    @property
    def target(self) -> str:
        """The host, or else the region."""
        return self.host or self.region

    def with_choices(self, choices: Choices) -> Order:
        """The same, chosen otherwise."""
        return replace(self, choices=choices)


@dataclass(frozen=True, slots=True)
class Method:
    """A way to do it. `words` say what it costs."""

    name: str
    title: str
    words: str


_METHODS = {
    "failback": (
        Method("rejoin", "rejoin", "writes are down for seconds: host 1 follows host 2 first, while host 2 serves"),
        Method("copy", "copy", "the documented way: writes are down for the whole copy"),
    )
}


@dataclass(frozen=True, slots=True)
class Questions:
    """What a runbook lets a person choose."""

    methods: tuple[Method, ...] = ()
    copies: bool = False

    @property
    def any(self) -> bool:
        """Whether there is anything to choose."""
        return bool(self.methods) or self.copies


def questions_of(runbook: str) -> Questions:
    """The questions of a runbook; none for an unknown one."""
    return Questions(_METHODS.get(runbook, ()), runbook in _COPIES)


def rate_of(text: str) -> int | str | None:
    """kB a second of "20MB" or "20MB/s", None for "" (as fast as it goes); a str says what is wrong with it."""
    if not text.strip():
        return None
    try:
        rate = parse_size(text.strip().removesuffix("/s")) // 1024
    except ValueError as error:
        return f"{error}, such as 20MB a second"
    if not _SLOWEST <= rate <= _FASTEST:
        return "from 32kB to 1GB a second, such as 20MB"
    return rate


def chosen_words(order: Order) -> str:
    """What was chosen, in words; "" where the runbook asks nothing."""
    questions, choices = questions_of(order.runbook), order.choices
    words = [f"method {choices.method or questions.methods[0].name}"] if questions.methods else []
    if questions.copies:
        words.append(f"at most {choices.max_rate} kB/s" if choices.max_rate is not None else "as fast as it goes")
        words.append("old data removed at the end" if choices.discard_old else "old data kept aside")
    if choices.accept_unproven:
        words.append("though nothing is proven")
    return ", ".join(words)
