"""What `--log-file` gets to know of polling: a line an answer, a line a failure, a line a client's view.

Reports themselves are never written: what hosts print stays in facts, where passwords are masked.
"""

from __future__ import annotations

import logging

from console.facts.client import ClientView
from console.facts.observed import Observed
from console.facts.text import one_line
from console.transport.protocol import Reply

_log = logging.getLogger(__name__)


def note_reply(reply: Reply) -> None:
    """An answer (INFO) with how long it took, or why there was none (WARNING)."""
    if not _log.isEnabledFor(logging.INFO):
        return
    seconds = (reply.received_at - reply.sent_at).total_seconds()
    if reply.failure is not None:
        _log.warning("%s: %s: %s", reply.host, reply.failure.kind.value, one_line(reply.failure.message))
        return
    rights = f", degraded: {one_line(reply.degraded)}" if reply.degraded else ""
    size = len(reply.report or b"")
    _log.info("%s answered in %.3f s: %d sections, %d bytes%s", reply.host, seconds, len(reply.sections), size, rights)


def note_view(key: str, view: Observed[ClientView]) -> None:
    """What a client met at an address, by the question's key."""
    if not _log.isEnabledFor(logging.INFO):
        return
    if view.value is None:
        _log.warning("client at %s: %s", key, one_line(view.error or "no answer"))
    else:
        _log.info("client at %s: tcp %s, %s", key, view.value.tcp.value, view.value.answer.value)
