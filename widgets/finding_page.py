"""One finding, whole: what is wrong, how one knows, what it means and what to do. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from textual.content import Content

from console.diagnosis.finding import Evidence, Finding
from console.diagnosis.registry import REGISTRY
from console.diagnosis.words import short
from console.runbooks.names import NAMES
from widgets.columns import cell, joined, row, widest, wrapped
from widgets.finding_lines import Listed, finding_row
from widgets.mending import runbook_for
from widgets.words import FAINT, age_words, ago_words, inert, plain, severity_text, severity_word

_LONGEST_VALUE = 2000
_HEAD = "bold"


def finding_page(
    finding: Finding, findings: Sequence[Finding], width: int, now: datetime, gone_since: datetime | None = None
) -> list[Content]:
    """The page in lines of at most `width` cells. `findings` are those of the fleet, for cause and effects.

    `gone_since`: the finding does not hold any more; its page is as it was then.
    """
    lines = [cell(_title(finding), width), *wrapped(plain(finding.summary, "bold"), width)]
    if gone_since is not None:
        ago = age_words(max(0.0, (now - gone_since).total_seconds()))
        lines.append(Content.styled(f"✔ This does not hold any more (since {ago}).", "$status-ok"))
    for name, part in _sections(finding, findings, width, now):
        if part:
            lines += [Content(""), Content.styled(name, _HEAD), *part]
    return lines


def _sections(
    finding: Finding, findings: Sequence[Finding], width: int, now: datetime
) -> Iterator[tuple[str, list[Content]]]:
    page = REGISTRY[finding.code].page if finding.code in REGISTRY else None
    yield "What to do", _indented(remedy_words(finding), width)
    yield "Evidence", _evidence(finding, width, now)
    yield "Follows from", _cause(finding, findings, width)
    yield "What follows from it", _effects(finding, findings, width)
    if page is not None:
        yield f"What {finding.code} means: {page.title}", _indented(page.meaning, width)
        if page.remedy not in NAMES:
            yield f"What helps against {finding.code}", _indented(page.remedy, width)


def _title(finding: Finding) -> Content:
    return joined(
        [
            severity_text(finding.severity),
            Content.styled(inert(finding.code), "bold"),
            plain(finding.region),
            plain(finding.host or "", FAINT),
        ]
    )


def remedy_words(finding: Finding) -> str:
    """The remedy in sentences: what to do, and the guided repair that does it."""
    runbook = runbook_for(finding)
    if finding.remedy in NAMES:
        return f"The guided repair {runbook} mends it; it shows its whole plan before anything happens."
    told = finding.remedy[:1].upper() + finding.remedy[1:] or "See below"
    repair = f" The guided repair {runbook} leads through it." if runbook else ""
    return f"{told}{'' if told.endswith(('.', '?', '!')) else '.'}{repair}"


def _evidence(finding: Finding, width: int, now: datetime) -> list[Content]:
    """A line each: fact, value, witness and age; long values go on below themselves."""
    column = widest([inert(item.fact, 40) for item in finding.evidence], 8, 24)
    lines: list[Content] = []
    for item in finding.evidence:
        fact = row([("", 1), (plain(item.fact, FAINT), column)])
        value = joined([plain(item.value[:_LONGEST_VALUE]), _witness(item, finding, now)])
        lines += wrapped(Content.assemble(fact, "  ", value), width, column + 4)
    return lines


def _witness(item: Evidence, finding: Finding, now: datetime) -> Content:
    name = short(item.host) if item.host and item.host != finding.host else ""
    elsewhere = f"on {name}" if name and name not in item.source else ""
    age = "" if item.observed_at is None else ago_words((now - item.observed_at).total_seconds())
    told = ", ".join(word for word in (" ".join(w for w in (item.source, elsewhere) if w), age) if word)
    return plain(f"({told})", FAINT) if told else Content("")


def _cause(finding: Finding, findings: Sequence[Finding], width: int) -> list[Content]:
    return [finding_row(Listed(each), width) for each in findings if each.key == finding.caused_by]


def _effects(finding: Finding, findings: Sequence[Finding], width: int) -> list[Content]:
    return [finding_row(Listed(each), width) for each in findings if each.caused_by == finding.key]


def _indented(text: str, width: int) -> list[Content]:
    """Paragraphs of words, two blanks in."""
    return [
        Content.assemble("  ", line)
        for paragraph in text.split("\n")
        for line in wrapped(plain(paragraph), max(10, width - 2))
    ]


def finding_text(finding: Finding, now: datetime) -> str:
    """The finding as plain text for a ticket or a chat: what the screen says, without its decoration."""
    place = " ".join(word for word in (finding.region, finding.host or "") if word)
    lines = [f"{severity_word(finding.severity)} {finding.code} {place}", finding.summary, "", "Evidence:"]
    for item in finding.evidence:
        witness = _witness(item, finding, now).plain
        lines.append(f"  {item.fact}: {item.value[:_LONGEST_VALUE]}{f' {witness}' if witness else ''}")
    lines += ["", f"What to do: {remedy_words(finding)}", f"Seen {now:%Y-%m-%d %H:%M:%S} UTC by vmdb-console."]
    return "\n".join(inert(line) for line in lines) + "\n"
