"""Tables that replication tests of the console have made in the application's database."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Trial:
    """A schema that is named as such a test's. `run` is the run that its comment names, "" where it names none."""

    schema: str
    run: str
