"""The drill menu of --demo: what can be broken and mended in the simulated fleet, region by region.

It knows no simulation: what is offered, and how it happens, comes through `Drilling`.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import cached_property
from typing import ClassVar, Protocol

from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widgets import Static
from textual.worker import get_current_worker

from console.scene import Scene
from console.screens.base import SceneScreen
from widgets.columns import row
from widgets.rows import RowList
from widgets.words import FAINT, plain

_PLACE_WIDTH, _TITLE_WIDTH = 14, 42
_WORDS_WIDTH = 40
"""Where there is so much room, each line says what its drill does."""


class Offer(Protocol):
    """A drill that makes sense now. `host` None: it is the region's, or with `fleet` everybody's."""

    @property
    def id(self) -> str:
        """Of the drill."""

    @property
    def title(self) -> str:
        """An imperative of a few words."""

    @property
    def words(self) -> str:
        """One sentence on what it does."""

    @property
    def region(self) -> str:
        """Where it would happen."""

    @property
    def host(self) -> str | None:
        """At which host."""

    @property
    def fleet(self) -> bool:
        """Whether it is the whole fleet's, whatever the region."""


class Drilling(Protocol):
    """The simulated fleet as the drill menu sees it (console.simulation.drills.menu.LivingDrills)."""

    @property
    def scenario(self) -> str | None:
        """The scenario that was begun last from the menu; None before."""

    def offers(self, region: str) -> Sequence[Offer]:
        """What makes sense in `region` now; cheap."""

    def apply(self, drill: str, region: str, host: str | None) -> str:
        """Let a drill happen; returns in words what happened. May take a moment: called in a thread."""


class DrillScreen(SceneScreen):
    """A list of drills for one region, and what the one under the cursor does."""

    NAME = "drill"
    ABOUT = (
        "What can be broken, and mended, in this simulated fleet. Choose one, and watch on the fleet screen (1) what "
        "the console makes of it. Nothing here touches a real host. Scenarios at the end of the list begin anew."
    )
    ACTIONS: ClassVar[tuple[str, ...]] = ("open", "next-section", "previous-section")
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("right,l", "next_section", show=False),
        Binding("left,h", "previous_section", show=False),
    ]
    DEFAULT_CSS = """
    DrillScreen #regions { height: 1; padding: 0 1; }
    DrillScreen RowList { margin: 0 1; }
    DrillScreen #words { height: auto; min-height: 2; max-height: 4; padding: 0 1; border-top: solid $faint; }
    """

    def __init__(self) -> None:
        super().__init__()
        self._chosen = 0
        self._offers: dict[str, Offer] = {}

    def compose(self) -> ComposeResult:
        """Regions, drills, the sentence."""
        yield Static(id="regions", markup=False)
        yield RowList(id="drills")
        yield Static(id="words", markup=False)

    def on_mount(self) -> None:
        """Keys go to the list."""
        self.query_one(RowList).focus()
        self._show()

    def draw(self, scene: Scene | None, now: datetime) -> None:
        """What makes sense may have changed since."""
        del scene, now
        self._show()

    @property
    def region_name(self) -> str:
        """The region whose drills are shown."""
        regions = self.setting.fleet.regions
        return regions[self._chosen % len(regions)].name

    @cached_property
    def _drilling(self) -> Drilling:
        assert self.console.drilling is not None  # without it the app opens no such screen
        return self.console.drilling()

    def action_open(self) -> None:
        """Let the drill under the cursor happen."""
        self.query_one(RowList).action_choose()

    def action_next_section(self) -> None:
        """Show the next region's drills."""
        self._choose(self._chosen + 1)

    def action_previous_section(self) -> None:
        """Show the drills of the region before."""
        self._choose(self._chosen - 1)

    def on_row_list_chosen(self, event: RowList.Chosen) -> None:
        """Enter or a click."""
        event.stop()
        offer = self._offers.get(event.key)
        if offer is not None:
            self._happen(offer)

    def on_row_list_moved(self, event: RowList.Moved) -> None:
        """Say what the drill does."""
        event.stop()
        self._explain(event.key)

    @work(thread=True, exclusive=True, group="drill")
    def _happen(self, offer: Offer) -> None:
        """A scenario's past takes a moment to live through: not in the screen's thread."""
        words = self._drilling.apply(offer.id, offer.region, offer.host)
        if not get_current_worker().is_cancelled:
            self.app.call_from_thread(self._happened, words)

    def _happened(self, words: str) -> None:
        if self._drilling.scenario is not None:
            self.console.begun(self._drilling.scenario)
        self.console.tell(f"Drill: {words}")
        self.console.poll_now()
        self._show()

    def _choose(self, number: int) -> None:
        self._chosen = number % len(self.setting.fleet.regions)
        self._show()

    def _show(self) -> None:
        """Only what differs is drawn anew."""
        self._offers = {_key(offer): offer for offer in self._drilling.offers(self.region_name)}
        self.query_one("#regions", Static).update(self._regions())
        rows = self.query_one(RowList)
        rows.show(tuple(self._offers), self._line)
        self._explain(rows.key)

    def _regions(self) -> Content:
        parts: list[Content | str | tuple[str, str]] = [("region  ", FAINT)]
        for region in self.setting.fleet.regions:
            front = region.name == self.region_name
            parts += [
                plain(f"[{region.name}]" if front else f" {region.name} ", "bold reverse" if front else FAINT),
                " ",
            ]
        return Content.assemble(*parts, ("  [ and ] change it", FAINT))

    def _line(self, key: str, width: int) -> tuple[Content]:
        offer = self._offers[key]
        place, room = plain(_place(offer), FAINT), width - _PLACE_WIDTH - 1
        if room < _TITLE_WIDTH + _WORDS_WIDTH:
            return (row([(place, _PLACE_WIDTH), (plain(offer.title), max(1, room))]),)
        cells = [(place, _PLACE_WIDTH), (plain(offer.title), _TITLE_WIDTH)]
        return (row([*cells, (plain(offer.words, FAINT), room - _TITLE_WIDTH - 1)]),)

    def _explain(self, key: str | None) -> None:
        offer = self._offers.get(key or "")
        words = Content("Nothing can be done here.") if offer is None else plain(f"{_place(offer)}: {offer.words}")
        self.query_one("#words", Static).update(words)


def _key(offer: Offer) -> str:
    return f"{offer.id}|{offer.host or ''}"


def _place(offer: Offer) -> str:
    """Where it happens, short: a host by its first label."""
    if offer.fleet:
        return "the fleet"
    return offer.host.partition(".")[0] if offer.host else offer.region
