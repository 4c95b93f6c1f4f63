"""The line at the top of every screen: where one is, whether one can break it, and how old it is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from rich.cells import cell_len
from textual.content import Content
from textual.widgets import Static

from console.diagnosis.words import short
from console.facts.text import clean, one_line
from console.scene import Face, Scene, Setting
from console.screens.acting import GoingOn
from widgets.words import age_words

_GAP = "  "
_AGE_ROOM = len("seen 59 s ago")
"""Columns that are kept for the age: nothing moves or comes and goes while it counts."""
_REASON_LIMIT = 24
"""Characters of a reason that leave room for clock and age at 80 columns."""


@dataclass(frozen=True, slots=True)
class BannerFacts:
    """`trouble` is why the figures have stopped, `undrawn` why the screen could not be drawn, or ""; outside text.
    `newest` is when a host answered last (UTC).
    """

    setting: Setting
    now: datetime
    newest: datetime | None = None
    stale_after: float = 14.0
    trouble: str = ""
    undrawn: str = ""
    going_on: tuple[GoingOn, ...] = ()


class Banner(Static):
    """Shows `BannerFacts`; nothing is redrawn where nothing changed."""

    DEFAULT_CSS = """
    Banner { dock: top; height: auto; background: $panel; color: $foreground; }
    """

    def __init__(self) -> None:
        super().__init__("", markup=False)
        self._shown = Content("")

    def show(self, facts: BannerFacts) -> None:
        """Draw it."""
        width = self.size.width or self.app.size.width
        lines = banner_lines(facts, width)
        if not lines.is_same(self._shown):
            higher = lines.plain.count("\n") != self._shown.plain.count("\n") or not self._shown
            self._shown = lines
            self.update(lines, layout=higher)


def newest_answer(scene: Scene | None) -> datetime | None:
    """When any host answered last."""
    if scene is None:
        return None
    answers = (facts.reach.answered_at for facts in scene.snapshot.hosts.values())
    return max((each for each in answers if each is not None), default=None)


def banner_lines(facts: BannerFacts, width: int) -> Content:
    """One line, and one more for each trouble and each run of this process."""
    lines = [_first_line(facts, width)]
    if facts.trouble:
        words = f" Polling has stopped: {one_line(facts.trouble)}. What is shown is frozen: quit and start again."
        lines.append(Content.assemble((words, "bold $status-critical")))
    if facts.undrawn:
        words = (
            f" This screen could not be drawn: {one_line(facts.undrawn)}. Part of what is shown is old: see --log-file."
        )
        lines.append(Content.assemble((words, "bold $status-critical")))
    lines += [_running(each, width) for each in facts.going_on]
    return Content("\n").join(lines)


def _first_line(facts: BannerFacts, width: int) -> Content:
    """What fits: the environment, whether one can change anything, the clock and the age always stand there."""
    setting = facts.setting
    must = [_environment(setting), *_permission(setting)]
    end = [Content(f"{facts.now:%H:%M:%S} UTC"), age := _age(facts)]
    left = width - 1 - _width([*must, *end]) - max(0, _AGE_ROOM - age.cell_length)
    name = Content.assemble(("vmdb-console", "bold"))
    source = _source(setting)
    if left >= len(source) + len(_GAP):
        must.append(Content.assemble((source, "$faint")))
        left -= len(source) + len(_GAP)
    if left >= name.cell_length + len(_GAP):
        must.insert(0, name)
        left -= name.cell_length + len(_GAP)
    line = Content(_GAP).join([*must, *end])
    return Content(" ") + line


def _environment(setting: Setting) -> Content:
    return Content.assemble((f" {clean(setting.environment)} ", "bold $environment-text on $environment"))


def _permission(setting: Setting) -> list[Content]:
    if setting.face is Face.REPLAY:
        return [Content.assemble((" RECORDING ", "bold reverse"))]
    if setting.read_only:
        return [Content.assemble(("READ-ONLY", "bold"), *short_reason(setting))]
    return [Content.assemble(("WRITE", "bold $status-warning"))]


def short_reason(setting: Setting) -> list[str]:
    """Why it is read-only, where that can be said in few words."""
    reason = setting.read_only.partition(":")[0]
    return [f" ({clean(reason)})"] if len(reason) <= _REASON_LIMIT else []


def _source(setting: Setting) -> str:
    words = setting.source or setting.fleet.source
    return one_line(clean(words), 60)


def _age(facts: BannerFacts) -> Content:
    if facts.newest is None:
        return Content.assemble(("no answer yet", "$status-unknown"))
    seconds = max(0.0, (facts.now - facts.newest).total_seconds())
    if facts.trouble or seconds > facts.stale_after:
        return Content.assemble((f"STALE {age_words(seconds)}", "bold $status-unknown"))
    ago = "" if seconds < 1 else " ago"
    return Content.assemble((f"seen {age_words(seconds)}{ago}", "$faint"))


def _running(run: GoingOn, width: int) -> Content:
    """Where the line is too short for all of it, it is for the step."""
    head, step = f"▶ {run.runbook} of {short(run.target)} goes on", run.step or run.run
    room = max(20, width - 2)
    whole = f"{head} in this console: {step}"
    words = whole if cell_len(whole) <= room else f"{head}: {step}"
    return Content.assemble(" ", (one_line(clean(words), room), "bold $status-info"))


def _width(parts: list[Content]) -> int:
    return sum(part.cell_length for part in parts) + len(_GAP) * (len(parts) - 1)
