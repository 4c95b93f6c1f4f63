"""The one tree of errors. Each message says what happened, where, and what to do."""

from __future__ import annotations


class VmdbConsoleError(Exception):
    """Root of every error that the console raises on purpose.

    `str(error)` is one or more lines for a person: what happened, where, what to do.
    """


class UsageError(VmdbConsoleError):
    """The command line or the inventory cannot be used (exit code 64)."""


class InventoryError(UsageError):
    """The inventory is wrong; the message lists every error with file and line."""


class TransportError(VmdbConsoleError):
    """A host could not be asked; `console.transport.protocol.Failure` carries the details."""
