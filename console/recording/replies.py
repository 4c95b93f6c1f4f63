"""A host's reply as a document, and the reply again: its report is framed anew, as the probe frames it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Any

from console.facts.masking import masked
from console.probe.frame import Frame, RawSection, parse_frame
from console.probe.program import probe_version
from console.recording.delta import DamagedError
from console.recording.document import Document, microseconds, moment
from console.transport.protocol import Failure, FailureKind, Reply

GARBAGE_LENGTH = 64 * 1024
"""Bytes kept of an answer that is no report."""
_RAW = "@raw"


def document_of(reply: Reply) -> tuple[Document, bool]:
    """The reply as it is kept, passwords masked; and whether facts can be read from it."""
    head: dict[str, Any] = {
        "asked": [masked(section) for section in reply.sections],
        "took": microseconds(reply.received_at) - microseconds(reply.sent_at),
        "sent": microseconds(reply.sent_at),
    }
    if reply.degraded:
        head["degraded"] = masked(reply.degraded)
    if reply.failure is not None or reply.report is None:
        return Document({**head, "failure": _failure(reply.failure)}), False
    frame = parse_frame(reply.report)
    if not _usable(frame):
        text = masked(reply.report[:GARBAGE_LENGTH].decode("utf-8", "replace"))
        return Document(head, {_RAW: text.encode()}), False
    sections = frame.sections.values()
    texts = {section.name: masked(section.text).encode("utf-8", "replace") for section in sections}
    return Document({"parts": [_part(section) for section in sections], **head}, texts), True


def reply_of(host: str, document: Document, nonce: str) -> Reply:
    """The reply again. `nonce` must be one that no host can have guessed. Raises DamagedError."""
    head = document.head
    if not isinstance(head, dict):
        raise DamagedError("a reply that is none")
    try:
        sent = moment(head["sent"])
        received = sent + timedelta(microseconds=int(head["took"]))
        asked = tuple(map(str, head["asked"]))
        return Reply(
            host, asked, sent, received, _report(document, nonce), _failure_again(head.get("failure")), _degraded(head)
        )
    except (LookupError, TypeError, ValueError, OverflowError) as error:
        raise DamagedError(f"a reply that is none ({type(error).__name__})") from error


def section_names(reply: Reply) -> str:
    """The names of the sections that were asked for, without their arguments."""
    return " ".join(section.partition(":")[0] for section in reply.sections)


def _usable(frame: Frame) -> bool:
    """Whether console.probe.observe takes facts from it."""
    return frame.complete and frame.problem is None and frame.version == probe_version()


def _failure(failure: Failure | None) -> list[Any] | None:
    if failure is None:
        return None
    return [failure.kind.value, masked(failure.message), masked(failure.remedy), *failure.fingerprints]


def _failure_again(value: Any) -> Failure | None:
    if value is None:
        return None
    kind, message, remedy, *fingerprints = value
    return Failure(FailureKind(kind), str(message), str(remedy), tuple(map(str, fingerprints)))


def _degraded(head: dict[str, Any]) -> str | None:
    return str(head["degraded"]) if "degraded" in head else None


def _part(section: RawSection) -> list[Any]:
    always = [section.name, section.argument, section.returncode, section.milliseconds]
    said = section.truncated or section.reason
    return [*always, int(section.truncated), masked(section.reason)] if said else always


def _report(document: Document, nonce: str) -> bytes | None:
    if _RAW in document.texts:
        return document.texts[_RAW]
    if "parts" not in document.head:
        return None
    return framed([_section(part, document) for part in document.head["parts"]], nonce)


def _section(part: Sequence[Any], document: Document) -> RawSection:
    name, argument, returncode, milliseconds, *said = part
    truncated, reason = said or (0, "")
    text = document.texts[name].decode("utf-8", "replace")
    return RawSection(name, argument, text, int(returncode), int(milliseconds), bool(truncated), str(reason))


def framed(sections: Iterable[RawSection], nonce: str) -> bytes:
    """A report that console.probe.frame reads as these sections, whatever their texts."""
    lines = [f"VMDB-BEGIN {nonce} 1 {probe_version()}"]
    for section in sections:
        argument = f":{section.argument}" if section.argument else ""
        cut = " truncated=1" if section.truncated else ""
        reason = f" reason={section.reason}" if section.reason else ""
        status = f"rc={section.returncode} ms={section.milliseconds}{cut}{reason}"
        lines += [f"VMDB-SECTION {nonce} {section.name}{argument}", section.text]
        lines.append(f"VMDB-STATUS {nonce} {section.name} {status}")
    lines.append(f"VMDB-END {nonce} 1\n")
    return "\n".join(lines).encode()
