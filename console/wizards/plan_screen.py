"""The plan in front of a person: judged anew while they read, and nothing happens before they have confirmed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.content import Content
from textual.message import Message
from textual.widgets import Static

from console.runbooks.plan import Plan
from console.scene import Scene
from console.screens.base import SceneScreen
from console.screens.redraw import update
from console.wizards.carrying import start_of
from console.wizards.choices_screen import ChoicesScreen
from console.wizards.choosing import Order, questions_of
from console.wizards.confirm_screen import ConfirmScreen
from console.wizards.consent import Consent, Form
from console.wizards.drawing_up import Drawn, Unfit
from console.wizards.looking import Eyes, NoLook, Seen
from console.wizards.offers import Offer
from console.wizards.plan_page import OFFER, Opened, plan_items, refusal_items, standing_words
from widgets.plan_outline import Item, Outline, hanging, item_of
from widgets.words import age_words, plain

if TYPE_CHECKING:
    from console.wizards.acting import Wizards


class PlanScreen(SceneScreen):
    """What a runbook would do here. `ask`: it is first asked what can be chosen, while the hosts are looked at."""

    NAME = "Plan"
    ABOUT = (
        "The whole plan of a guided repair: what is checked, what may be lost, every step with its commands. The "
        "checks are judged anew on fresh looks all the time. Nothing has been changed, and nothing is before you have "
        "confirmed. Enter unfolds a step: every command to the letter, every guard, how it is verified and taken back."
    )
    ACTIONS: ClassVar[tuple[str, ...]] = ("begin", "choices", "unfold-all", "copy", "poll-now", "back")
    DEFAULT_CSS = """
    PlanScreen #title { height: 1; padding: 0 1; text-style: bold; }
    PlanScreen #verdict { height: auto; padding: 0 1; background: $panel; }
    PlanScreen Outline { padding: 0 1; }
    """

    @dataclass
    class Looked(Message):
        """The eyes have something new. Of several waiting ones only the newest counts."""

        seen: Seen
        number: int

        def can_replace(self, message: Message) -> bool:
            """A newer look makes an older one superfluous."""
            return isinstance(message, PlanScreen.Looked)

    def __init__(self, wizards: Wizards, order: Order, *, ask: bool = False) -> None:
        super().__init__()
        self._wizards = wizards
        self._order = order
        self._ask = ask
        self._seen: Seen | None = None
        self._asked_at: datetime | None = None
        self._looked_at: datetime | None = None
        self._opened = Opened()
        self._eyes: Eyes | None = None
        self._number = 0
        self._confirming: ConfirmScreen | None = None

    @property
    def seen(self) -> Seen | None:
        """What the eyes told last."""
        return self._seen

    def compose(self) -> ComposeResult:
        """Title, page, verdict."""
        yield Static(id="title", markup=False)
        yield Outline(id="page")
        yield Static(id="verdict", markup=False)

    def on_mount(self) -> None:
        """Begin to look; ask what can be chosen meanwhile."""
        self._look()
        self.query_one(Outline).focus()
        if self._ask:
            self.action_choices()

    def on_unmount(self) -> None:
        """Look no more."""
        if self._eyes is not None:
            self._eyes.close()

    # --- what is seen ----------------------------------------------------------------------------------------------

    def draw(self, scene: Scene | None, now: datetime) -> None:
        """Only the age of the look changes by itself."""
        del scene
        self._draw_verdict(now)

    def on_plan_screen_looked(self, message: Looked) -> None:
        """Show what the eyes saw; what was seen for another choice is dropped."""
        if message.number != self._number:
            return
        self._seen, self._looked_at = message.seen, self.console.now()
        self._draw_page()
        self.console.draw()
        if self._confirming is not None:
            self._confirming.hinder(self.reason_disabled("begin"))

    def _look(self) -> None:
        """New eyes for the order as it is now."""
        if self._eyes is not None:
            self._eyes.close()
        self._number += 1
        self._seen, number = None, self._number
        self._asked_at = self.console.now()

        def tell(seen: Seen) -> None:
            self.post_message(self.Looked(seen, number))

        self._eyes = self._wizards.eyes(self._order, tell)
        self._eyes.open()
        self._draw_page()
        self._draw_verdict(self.console.now())

    def _draw_page(self) -> None:
        order = self._order
        title = Content.assemble(f"{order.runbook} of ", plain(order.target), ("  nothing is changed yet", "$faint"))
        self.query_one("#title", Static).update(title)
        self.query_one(Outline).show_items(lambda width: tuple(self._items(max(20, width))))

    def _items(self, width: int) -> Iterable[Item]:
        seen = self._seen
        if seen is None:
            words = f"Looking at {self._order.region}: both database hosts, and what a client meets …"
            return (Item("looking", hanging("", plain(words), width)),)
        if isinstance(seen, Drawn):
            return plan_items(seen, self._order, self._opened, width)
        if isinstance(seen, Unfit):
            return refusal_items(seen, self._order, width)
        head = Content.styled("? NOT SEEN  ", "bold $status-unknown")
        return (Item("no look", hanging(head, plain(str(seen)), width)),)

    def _draw_verdict(self, now: datetime) -> None:
        seen = self._seen
        if seen is None:
            waited = max(0, int((now - self._asked_at).total_seconds())) if self._asked_at is not None else 0
            words = Content.styled(f"looking at the hosts … {waited} s", "$status-unknown")
        elif isinstance(seen, Drawn):
            words = standing_words(seen.standing)
        elif isinstance(seen, Unfit):
            words = Content.styled("✖ refused: this runbook does not fit what is there", "bold $status-critical")
        else:
            words = Content.styled("? the hosts could not be looked at", "bold $status-unknown")
        if self._looked_at is not None and seen is not None:
            age = max(0.0, (now - self._looked_at).total_seconds())
            words = Content.assemble(
                words, (f"  looked {age_words(age)} ago" if age >= 1 else "  looked now", "$faint")
            )
        update(self.query_one("#verdict", Static), words)

    # --- what is done ----------------------------------------------------------------------------------------------

    def reason_disabled(self, action: str) -> str:
        """Why nothing can be begun, or chosen."""
        if action == "begin":
            return self._why_not_begin()
        if action == "choices" and not questions_of(self._order.runbook).any:
            return f"{self._order.runbook} leaves nothing to choose"
        if action == "unfold-all" and not isinstance(self._seen, Drawn):
            return "there is no plan yet"
        return ""

    def _why_not_begin(self) -> str:
        seen = self._seen
        if isinstance(seen, Drawn):
            if seen.may_begin:
                return self._wizards.why_busy(self._order.region)
            condition, ruling = seen.standing.broken[0]
            count = len(seen.standing.broken)
            more = f" (and {count - 1} more)" if count > 1 else ""
            return f"a check does not hold: {condition.words}: {ruling.because}{more}"
        if isinstance(seen, Unfit):
            return "this runbook does not fit what is there"
        return "the plan is not there yet" if seen is None else "the hosts could not be looked at"

    def action_begin(self) -> None:
        """Ask for reason and confirmation; only then begin."""
        seen = self._seen
        if not isinstance(seen, Drawn):
            return
        drawn, number = seen, self._number

        def confirmed(consent: Consent | None) -> None:
            self._confirming = None
            if consent is not None:
                self._begin(drawn, consent, number)

        self._confirming = ConfirmScreen(form_of(drawn), self.setting.environment)
        self.app.push_screen(self._confirming, confirmed)

    def _begin(self, drawn: Drawn, consent: Consent, number: int) -> None:
        """What was confirmed is what was shown then; whether it may begin is judged on the newest look."""
        reason = self.reason_disabled("begin")
        if reason or number != self._number:
            self.console.tell(f"Not begun: {reason or 'the plan was made anew meanwhile'}. Nothing was changed.")
            return
        beginning = start_of(drawn.plan, consent.reason, self._order.take_over)
        self.app.switch_screen(self._wizards.carry_out(self.app, drawn.plan, beginning))

    def action_choices(self) -> None:
        """Ask what can be chosen; who leaves the question at the very beginning leaves the wizard."""
        first, self._ask = self._ask, False

        def chosen(order: Order | None) -> None:
            if order is None:
                if first:
                    self.dismiss()
            elif order != self._order:
                self._order = order
                self._look()

        self.app.push_screen(ChoicesScreen(self._order), chosen)

    def action_poll_now(self) -> None:
        """Make the plan anew from a fresh look at everything."""
        self._look()

    def action_unfold_all(self) -> None:
        """Every command and guard whole, or folded again."""
        if isinstance(self._seen, Drawn):
            self._opened = self._opened.all_of(self._seen.plan)
            self._draw_page()

    def action_copy(self) -> None:
        """The item under the cursor; of a step its commands."""
        item = self.query_one(Outline).item
        self.console.copy(item.text if item is not None else "")

    def on_row_list_chosen(self, message: Outline.Chosen) -> None:
        """Enter unfolds a step or the checks, and opens what is offered instead."""
        message.stop()
        item = item_of(message.key)
        if item.startswith(OFFER):
            self._open_offer(item)
        elif isinstance(self._seen, Drawn):
            self._opened = self._opened.toggled(item)
            self._draw_page()

    def _open_offer(self, item: str) -> None:
        offers: tuple[Offer, ...] = self._seen.offers if isinstance(self._seen, Drawn | Unfit) else ()
        number = int(item.removeprefix(OFFER))
        if number < len(offers):
            self.app.push_screen(PlanScreen(self._wizards, offers[number].order))


def form_of(drawn: Drawn) -> Form:
    """What is asked before the plan begins."""
    plan = drawn.plan
    warnings = [*_warnings(plan), *([f"takes over: {drawn.put_aside}"] if drawn.put_aside else [])]
    title = f"Begin {plan.runbook} of {plan.parameters.target}"
    what = f"Region {plan.parameters.region}, {len(plan.steps)} steps."
    return Form(title, what, "Begin", plan.confirm, tuple(warnings))


def _warnings(plan: Plan) -> list[str]:
    """Since when clients cannot write, from where on there is no way back, and how many losses the plan names."""
    numbered = list(enumerate(plan.steps, start=1))
    window = [number for number, step in numbered if step.key in plan.without_writes]
    final = [number for number, step in numbered if step.final]
    words = [f"clients cannot write from step {window[0]} to step {window[-1]}"] if window else []
    words += [f"no way back from step {final[0]} on"] if final else []
    losses = [loss.strip() for loss in plan.losses if not loss.startswith("nothing")]
    more = f" (and {len(losses) - 1} more, as the plan tells)" if len(losses) > 1 else ""
    return words + [f"may be lost: {loss}{more}" for loss in losses[:1]]


__all__ = ["NoLook", "PlanScreen", "form_of"]
