"""A fact with its witness: who said it, when, and why it is unknown where it is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Generic, TypeVar

T = TypeVar("T")
U = TypeVar("U")


@dataclass(frozen=True, slots=True)
class Observed(Generic[T]):
    """`value` as `source` (a probe section or command) told it at `observed_at` (UTC).

    `value is None` means unknown, never "no" or 0; `error` then says why in words for a person.
    A value may come with an `error` too: seen in part, and what is missing.
    """

    value: T | None = None
    source: str = ""
    observed_at: datetime | None = None
    error: str | None = None

    @property
    def known(self) -> bool:
        """Whether there is a value."""
        return self.value is not None

    def map(self, function: Callable[[T], U | None]) -> Observed[U]:
        """The same witness, with `function` of its value; unknown stays unknown with its reason."""
        value = None if self.value is None else function(self.value)
        return Observed(value, self.source, self.observed_at, self.error)

    def because(self, error: str) -> Observed[T]:
        """The same fact with another reason."""
        return replace(self, error=error)

    def age(self, now: datetime) -> float | None:
        """Seconds since it was observed; None when it never was."""
        return None if self.observed_at is None else (now - self.observed_at).total_seconds()


def unknown(source: str, error: str, observed_at: datetime | None = None) -> Observed[T]:
    """A fact that could not be looked at, and why."""
    return Observed(None, source, observed_at, error)
