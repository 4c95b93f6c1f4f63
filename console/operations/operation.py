"""An operation: one thing done on one host, as data. The Runner shows, journals and runs it; the simulator obeys it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar

from console.operations.platform import Platform


class Risk(StrEnum):
    """What an operation puts at stake."""

    READ = "read"
    REVERSIBLE = "reversible"
    DESTRUCTIVE = "destructive"


@dataclass(frozen=True, slots=True)
class Operation(ABC):
    """One thing done on one host. Doing it again where it is done already changes nothing and succeeds.

    `time_limit` is in seconds. `proves`: its exit status is the fact that it is run for (a check of a copy, say); of
    all others what counts is seen on facts afterwards, whatever the exit status says.
    """

    risk: ClassVar[Risk] = Risk.REVERSIBLE
    time_limit: ClassVar[float] = 30.0
    proves: ClassVar[bool] = False

    @abstractmethod
    def describe(self) -> str:
        """What it does, in words for the plan: "stop PostgreSQL (fast)"."""

    def gist(self, platform: Platform) -> tuple[str, ...]:
        """The command lines in it that matter, for a person who reads the plan; every value real, and quoted.

        Left out is what surrounds them: checks, becoming the database's user, waiting. It is never run itself. Where an
        operation has no shorter gist it is the whole command.
        """
        return (self.command(platform).rstrip("\n"),)

    @abstractmethod
    def command(self, platform: Platform) -> str:
        """POSIX sh text that does it as root, every value quoted; its last status is 0 where it was done.

        It runs in a shell of its own with stdin at /dev/null, and says on stdout or stderr why it failed.
        """
