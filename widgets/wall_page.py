"""The whole wall as lines: who and when at the top, the regions' tiles, and one page of details in its turn. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from textual.content import Content

from console.diagnosis.finding import Finding, Severity
from console.facts.snapshot import Snapshot
from console.history.change import Change, LagPoint
from console.inventory.fleet import Fleet
from widgets import wall_tiles
from widgets.columns import beside, cell
from widgets.pair_facts import PairFacts, pair_facts
from widgets.wall_details import Page, pages
from widgets.wall_letters import large, large_width
from widgets.words import FAINT, age_words, inert, plain, severity_style

TURN = 10.0
"""Seconds that a page of details, and a page of tiles where they do not all fit, stands."""
_HEAD = 4
_LEAST_DETAILS = 5
_ROOMY = 40
"""Lines from which a blank one is to spare."""


@dataclass(frozen=True)
class WallFacts:
    """What the wall is drawn from. `snapshot` None: nothing has answered yet. `trouble`: why figures may be frozen."""

    fleet: Fleet
    environment: str
    source: str
    snapshot: Snapshot | None = None
    findings: Sequence[Finding] = ()
    changes: Sequence[Change] = ()
    lags: Mapping[str, Sequence[LagPoint]] = field(default_factory=dict)
    trouble: str = ""


def wall_lines(facts: WallFacts, now: datetime, width: int, height: int, turn: int) -> list[Content]:
    """Exactly `height` lines of `width` cells. `turn` counts up every TURN seconds."""
    lines = _head(facts, now, width)
    if facts.snapshot is None:
        lines += [Content(""), plain("waiting for the first answer", severity_style(Severity.UNKNOWN))]
    else:
        pairs = _pairs(facts, facts.snapshot, now)
        lines += [Content("")] * (height >= _ROOMY)
        lines += _tiles(pairs, width, height - len(lines) - _LEAST_DETAILS, turn)
        lines += _details(pages(pairs, facts.findings, facts.changes, now, width - 2), width, height - len(lines), turn)
    lines = [cell(line, width) for line in lines[:height]]
    return lines + [Content("")] * (height - len(lines))


def _pairs(facts: WallFacts, snapshot: Snapshot, now: datetime) -> list[PairFacts]:
    current = snapshot.current()
    regions = facts.fleet.regions
    return [pair_facts(current, each, facts.findings, facts.lags.get(each.name, ()), now) for each in regions]


# --- the top -----------------------------------------------------------------------------------------------------


def _head(facts: WallFacts, now: datetime, width: int) -> list[Content]:
    word, style = _state(facts, now)
    clock = wall_tiles.clock(now)
    if large_width(word) + clock[0].cell_length + 4 <= width:
        left = [Content.styled(line, style) for line in large(word)]
    else:
        left = [Content(""), Content.styled(word, f"bold {style}"), Content("")]
    lines = [beside(Content.assemble(" ", big), Content.assemble(time, " "), width) for big, time in _both(left, clock)]
    return [*lines, beside(_where(facts), _seen(facts, now), width)]


def _both(left: list[Content], right: list[Content]) -> list[tuple[Content, Content]]:
    return list(zip(left, right, strict=True))


def _state(facts: WallFacts, now: datetime) -> tuple[str, str]:
    """The worst of all regions. Figures that are all too old make it STALE: what they once said is not the fleet."""
    newest = newest_answer(facts.snapshot)
    if newest is None or (now - newest).total_seconds() > facts.fleet.poll.stale_after:
        return wall_tiles.state_word(Severity.UNKNOWN if newest is None else None, stale=True)
    severities = [finding.severity for finding in facts.findings if finding.severity is not Severity.INFO]
    return wall_tiles.state_word(min(severities, key=lambda item: item.rank, default=None), stale=False)


def newest_answer(snapshot: Snapshot | None) -> datetime | None:
    """When any host answered last."""
    hosts = snapshot.hosts.values() if snapshot is not None else ()
    return max((each.reach.answered_at for each in hosts if each.reach.answered_at is not None), default=None)


def _where(facts: WallFacts) -> Content:
    badge = (f" {inert(facts.environment, 24)} ", "bold $environment-text on $environment")
    said = Content.assemble(" ", badge, ("  shows only", FAINT), (f"  {inert(facts.source, 60)}", FAINT))
    return (
        Content.assemble(said, "  ", plain(facts.trouble, severity_style(Severity.UNKNOWN))) if facts.trouble else said
    )


def _seen(facts: WallFacts, now: datetime) -> Content:
    newest = newest_answer(facts.snapshot)
    day = (f"{now:%Y-%m-%d} UTC ", FAINT)
    if newest is None:
        return Content.assemble(("nothing seen yet  ", severity_style(Severity.UNKNOWN)), day)
    seconds = max(0.0, (now - newest).total_seconds())
    if seconds > facts.fleet.poll.stale_after:
        words = (f"? STALE: nothing new for {age_words(seconds)}  ", f"bold {severity_style(Severity.UNKNOWN)}")
        return Content.assemble(words, day)
    return Content.assemble((f"seen {age_words(seconds)} ago  ".replace("now ago", "now"), FAINT), day)


# --- tiles and details -------------------------------------------------------------------------------------------


def _tiles(pairs: Sequence[PairFacts], width: int, room: int, turn: int) -> list[Content]:
    """As many tiles as fit, in the inventory's order; where not all do, they take turns and it is said."""
    wide = (
        width >= 2 * wall_tiles.COLUMN and len(pairs) * wall_tiles.COLUMN <= width
    ) or width >= 3 * wall_tiles.COLUMN
    draw = wall_tiles.columns if wide else wall_tiles.bands
    beside_each = max(1, width // wall_tiles.COLUMN) if wide else 1
    height = wall_tiles.COLUMN_HEIGHT if wide else wall_tiles.BAND_HEIGHT
    fit = max(1, max(0, room) // height) * beside_each
    if len(pairs) <= fit:
        return draw(pairs, width)
    first = turn % -(-len(pairs) // fit) * fit
    shown = pairs[first : first + fit]
    words = f"regions {first + 1} to {first + len(shown)} of {len(pairs)}"
    return [*draw(shown, width), plain(words, FAINT)]


def _details(round_: list[Page], width: int, room: int, turn: int) -> list[Content]:
    """The page whose turn it is, and the next ones below it as far as they fit whole."""
    first, *others = [(turn + step) % len(round_) for step in range(len(round_))]
    lines = _page(round_, first, width)
    if len(lines) > room:
        more = len(lines) - max(0, room - 1)
        return [*lines[: max(0, room - 1)], Content.styled(f" … {more} more lines", FAINT)]
    for place in others:
        page = _page(round_, place, width)
        if len(lines) + 1 + len(page) > room:
            break
        lines += [Content(""), *page]
    return lines


def _page(round_: list[Page], place: int, width: int) -> list[Content]:
    """A page under a rule that says which of how many it is."""
    page = round_[place]
    number = Content.styled(f" {place + 1}/{len(round_)} ", FAINT)
    title = Content.assemble(("─ ", FAINT), page.title, " ")
    return [beside(title, number, width, "─", FAINT), *(Content.assemble(" ", line) for line in page.lines)]
