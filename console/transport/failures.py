"""A host's failure on its way up: the exception that carries it, and the words for the common ones."""

from __future__ import annotations

from console.errors import TransportError
from console.facts.text import one_line
from console.transport.protocol import Failure, FailureKind


class HostFailure(TransportError):
    """A host cannot be asked; `failure` says why."""

    def __init__(self, kind: FailureKind, message: str, remedy: str = "", fingerprints: tuple[str, ...] = ()) -> None:
        super().__init__(f"{message}; {remedy}" if remedy else message)
        self.failure = Failure(kind, message, remedy, fingerprints)


def internal(error: BaseException) -> Failure:
    """The failure for an exception that nobody foresaw."""
    words = f"defect of the console: {type(error).__name__}: {one_line(str(error))}"
    return Failure(FailureKind.INTERNAL, words, "please report this")
