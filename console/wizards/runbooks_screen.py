"""Which repair? Every runbook decided on fresh facts of the pair: what it would do there, or why it does not fit."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.content import Content
from textual.message import Message
from textual.widgets import Static

from console.runbooks.registry import RUNBOOKS
from console.scene import Scene
from console.screens.base import SceneScreen
from console.wizards.choosing import Order
from console.wizards.offers import NoFit, Offer
from console.wizards.plan_page import OFFER, fitting_items
from widgets.menu import Menu
from widgets.plan_outline import Item, hanging, item_of
from widgets.words import plain

if TYPE_CHECKING:
    from console.wizards.acting import Wizards
    from console.wizards.carrying import Carrying


class RunbooksScreen(SceneScreen):
    """The repairs of one pair."""

    NAME = "Repairs"
    ABOUT = (
        "Every guided repair, tried out on fresh facts of this pair: what it would do, or why it does not fit. Enter "
        "shows the whole plan. Nothing is changed by looking."
    )
    ACTIONS: ClassVar[tuple[str, ...]] = ("open", "poll-now", "back")
    DEFAULT_CSS = """
    RunbooksScreen #title { height: 1; padding: 0 1; text-style: bold; }
    RunbooksScreen Menu { padding: 0 1; }
    """

    @dataclass
    class Looked(Message):
        """What fits, or why nothing could be looked at."""

        found: tuple[Offer | NoFit, ...] | str
        number: int

    def __init__(self, wizards: Wizards, region: str, host: str | None) -> None:
        super().__init__()
        self._wizards = wizards
        self._region = region
        self._host = host
        self._found: tuple[Offer | NoFit, ...] | str | None = None
        self._standing: tuple[tuple[Carrying, bool], ...] = ()
        self._number = 0

    def compose(self) -> ComposeResult:
        """Title and page."""
        yield Static(id="title", markup=False)
        yield Menu(OFFER, id="page")

    def on_mount(self) -> None:
        """Begin to look."""
        target = plain(self._host or self._region)
        title = Content.assemble("Repair of ", target, ("  nothing is changed", "$faint"))
        self.query_one("#title", Static).update(title)
        self.query_one(Menu).focus()
        self._look()

    def draw(self, scene: Scene | None, now: datetime) -> None:
        """It is looked at once, when asked, and anew when a run has begun or ended there: what fitted then is old."""
        del scene, now
        if self._number and self._wizards.standing(self._region) != self._standing:
            self._look()

    def _look(self) -> None:
        self._found = None
        self._standing = self._wizards.standing(self._region)
        self._number += 1
        self._show()
        threading.Thread(target=self._look_in_thread, args=(self._number,), name="which repair", daemon=True).start()

    def _look_in_thread(self, number: int) -> None:
        self.post_message(self.Looked(self._wizards.fitting(self._region, self._host), number))

    def on_runbooks_screen_looked(self, message: Looked) -> None:
        """Show what fits; an older look is dropped."""
        if message.number != self._number:
            return
        self._found = message.found
        self._show()
        if isinstance(self._found, tuple):
            fit = [each.order.runbook for each in self._found if isinstance(each, Offer)]
            unfit = [each.runbook for each in self._found if isinstance(each, NoFit)]
            self.query_one(Menu).go_to(f"{OFFER}{[*fit, *unfit][0]}")

    def _show(self) -> None:
        self.query_one(Menu).show_items(lambda width: tuple(self._items(max(20, width))))

    def _items(self, width: int) -> tuple[Item, ...]:
        if isinstance(self._found, tuple):
            return tuple(fitting_items(self._found, width))
        words = self._found or f"Looking at {self._region}: both database hosts, and what a client meets …"
        return (Item("looking", hanging("", plain(words), width)),)

    def action_poll_now(self) -> None:
        """Look anew."""
        self._look()

    def action_open(self) -> None:
        """Open the one under the cursor."""
        key = self.query_one(Menu).key
        if key is not None:
            self._open(item_of(key))

    def on_row_list_chosen(self, message: Menu.Chosen) -> None:
        """Enter shows a plan, or the whole reason why there is none."""
        message.stop()
        self._open(item_of(message.key))

    def _open(self, item: str) -> None:
        runbook = item.removeprefix(OFFER)
        if runbook in RUNBOOKS:
            self.app.push_screen(self._wizards.plan_screen(self._order(runbook)))

    def _order(self, runbook: str) -> Order:
        """The one that was found to fit, else the one whose refusal is to be read."""
        found = self._found if isinstance(self._found, tuple) else ()
        offers = (each.order for each in found if isinstance(each, Offer) and each.order.runbook == runbook)
        return next(offers, Order(runbook, self._region))
