"""The plan as a page: what is checked and how it stands, what may be lost, every step; and a refusal as one. Pure.

It is read at 3 a.m.: what is not as it should be comes first and whole, what is as it should be takes a line.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from textual.content import Content

from console.facts.text import clean
from console.runbooks.plan import Answer, Plan, Step
from console.runner.verifying import Judged
from console.terminal.abbreviations import Abbreviations, abbreviations_of
from console.terminal.step_words import patience
from console.wizards.choosing import NO_CHOICES, Order, chosen_words
from console.wizards.drawing_up import Drawn, Standing, Unfit
from console.wizards.offers import NoFit, Offer
from console.wizards.step_text import (
    command_lines,
    commands_text,
    condition_words,
    gist_lines,
    short_host,
    step_title,
    verdict,
)
from widgets.plan_outline import Item, blank, hanging, heading
from widgets.words import plain

CHECKS = "checks"
OFFER = "offer "
STEP = "step "
_INDENT = "     "


@dataclass(frozen=True, slots=True)
class Opened:
    """Ids of the items that are open."""

    items: frozenset[str] = frozenset()

    def toggled(self, item: str) -> Opened:
        """The other way round."""
        return Opened(self.items ^ {item})

    def all_of(self, plan: Plan) -> Opened:
        """Everything open, or all closed where it was."""
        everything = frozenset({CHECKS, *(f"{STEP}{step.key}" for step in plan.steps)})
        return Opened(frozenset()) if self.items >= everything else Opened(everything)


def plan_items(drawn: Drawn, order: Order, opened: Opened, width: int) -> Iterator[Item]:
    """The whole plan."""
    plan = drawn.plan
    yield Item("summary", hanging("", plain(plan.summary), width))
    yield from _chosen(order, width)
    if drawn.put_aside:
        words = Content.assemble(("▲ Takes over: ", "bold $status-warning"), plain(drawn.put_aside))
        yield Item("take-over", hanging("", words, width))
    yield from _checks(drawn.standing, opened, width)
    yield from offer_items(drawn.offers, width, "What else could be done")
    yield from _list("losses", "What may be lost", plan.losses or ("nothing",), width)
    yield from _list("needs", "Time and space", plan.needs or ("not told",), width)
    yield from _steps(plan, drawn.standing, opened, width)
    yield from _confirm(plan, width)


def refusal_items(unfit: Unfit, order: Order, width: int) -> Iterator[Item]:
    """Why there is no plan, and what else could be done."""
    head = Content.assemble(("✖ REFUSED", "bold $status-critical"), f"  {order.runbook} of ", plain(order.target))
    yield Item("refused", hanging("", head, width))
    yield from _chosen(order, width)
    yield blank("before reason")
    for number, line in enumerate(clean(unfit.reason, lines=True).splitlines()):
        yield Item(f"reason {number}", hanging("  ", plain(line.strip()), width))
    yield Item("nothing changed", hanging("  ", Content.styled("Nothing was changed.", "bold"), width))
    yield from offer_items(unfit.offers, width, "What else could be done")


def fitting_items(found: Sequence[Offer | NoFit], width: int) -> Iterator[Item]:
    """The runbooks that fit first: what each would do here; the others in short. Enter opens one either way."""
    fit = [each for each in found if isinstance(each, Offer)]
    yield from heading("runbooks", "Repairs that fit what is there" if fit else "No repair fits what is there")
    for offer in fit:
        yield _offer(f"{OFFER}{offer.order.runbook}", offer, width)
    unfit = [each for each in found if isinstance(each, NoFit)]
    if unfit:
        yield from heading("unfit", "Those that do not, and why (enter: the whole reason)")
    for each in unfit:
        words = Content.assemble((f"{each.runbook}: ", "bold"), plain(one_paragraph(each.reason)))
        yield Item(f"{OFFER}{each.runbook}", hanging("  ", words, width)[:2])


def offer_items(offers: Sequence[Offer], width: int, title: str) -> Iterator[Item]:
    """What else could be done; enter on one opens it."""
    if not offers:
        return
    yield from heading("offers", title)
    for number, each in enumerate(offers):
        yield _offer(f"{OFFER}{number}", each, width)


def one_paragraph(text: str) -> str:
    """Text of several lines as one."""
    return " ".join(clean(text, lines=True).split())


def standing_words(standing: Standing) -> Content:
    """The verdict of all checks together."""
    count, broken = len(standing.checks), len(standing.broken)
    if not broken:
        return Content.styled(f"✔ all {count} checks hold", "$status-ok")
    unknown = sum(1 for _, ruling in standing.broken if ruling.answer is Answer.UNKNOWN)
    if unknown == broken:
        return Content.styled(f"? {unknown} of {count} checks are unknown", "bold $status-unknown")
    more = f", {unknown} unknown" if unknown else ""
    return Content.styled(f"✖ {broken - unknown} of {count} checks do not hold{more}", "bold $status-critical")


# --- parts --------------------------------------------------------------------------------------------------------


def _offer(item: str, offer: Offer, width: int) -> Item:
    name = f"{offer.order.runbook} of {offer.order.target}"
    chosen = f" ({chosen_words(offer.order)})" if offer.order.choices != NO_CHOICES else ""
    style = "bold $status-warning" if offer.risky else "bold"
    head = Content.assemble(("▸ ", "bold $key"), plain(name, style), chosen)
    lines = [*hanging("  ", head, width), *hanging("    ", plain(offer.summary), width)]
    for loss in offer.losses:
        lines += hanging("    ", Content.assemble(("lost: ", "$status-warning"), plain(loss.strip())), width)
    return Item(item, tuple(lines))


def _chosen(order: Order, width: int) -> Iterator[Item]:
    words = chosen_words(order)
    if words:
        yield Item("chosen", hanging("", Content.assemble(("chosen: ", "$faint"), plain(words)), width))


def _checks(standing: Standing, opened: Opened, width: int) -> Iterator[Item]:
    """Those that do not hold whole, the others in a line that opens."""
    is_open = CHECKS in opened.items
    yield blank("before checks")
    fold = "▾" if is_open else "▸"
    title = Content.assemble((f"{fold} ", "bold $key"), ("Checks: ", "bold"), standing_words(standing))
    yield Item(CHECKS, hanging("", title, width))
    for number, (condition, ruling) in enumerate(standing.checks):
        if is_open or not ruling.holds:
            head = Content.assemble("    ", verdict(ruling.answer), "  ")
            yield Item(f"check {number}", hanging(head, condition_words(condition, ruling), width))
    for number, words in enumerate(standing.holders):
        yield Item(f"holder {number}", hanging("    ", plain(words, "$status-warning"), width))


def _steps(plan: Plan, standing: Standing, opened: Opened, width: int) -> Iterator[Item]:
    short = abbreviations_of(plan)
    yield from heading("steps", f"Steps ({len(plan.steps)})")
    for number, line in enumerate(short.assignments()):
        yield Item(f"name {number}", hanging(_INDENT, plain(line, "$status-info"), width))
    for number, step in enumerate(plan.steps, start=1):
        item = f"{STEP}{step.key}"
        is_open = item in opened.items
        head = Content.assemble(f"{number:>3} ", ("▾ " if is_open else "▸ ", "bold $key"))
        lines = [*hanging(head, step_title(plan, step, short), width)]
        lines += _whole(plan, step, standing, width) if is_open else _in_short(plan, step, standing, short, width)
        yield Item(item, tuple(lines), commands_text(step.operations, plan.parameters.platform(step.host)))


def _in_short(plan: Plan, step: Step, standing: Standing, short: Abbreviations, width: int) -> list[Content]:
    lines = list(gist_lines(step.operations, plan.parameters.platform(step.host), width, _INDENT, short))
    if step.prepare is not None:
        lines += hanging(_INDENT, Content.styled("and what the facts call for when it is reached", "$faint"), width)
    words = _guard_counts(standing.guards.get(step.key, ()))
    if words:
        lines += hanging(_INDENT, Content.styled(f"only if {words}", "$faint"), width)
    return lines


def _guard_counts(guards: Judged) -> str:
    """How many guards, and how many of them hold already."""
    if not guards:
        return ""
    holding = sum(1 for _, ruling in guards if ruling.holds)
    kind = "guard holds" if len(guards) == 1 else "guards hold"
    return f"{len(guards)} {kind} on fresh facts ({'all do now' if holding == len(guards) else f'{holding} do now'})"


def _whole(plan: Plan, step: Step, standing: Standing, width: int) -> list[Content]:
    """Every command to the letter, every guard as it stands, how it is verified, and how it is taken back."""
    platform = plan.parameters.platform(step.host)
    lines: list[Content] = []
    for operation in step.operations:
        lines += command_lines(operation, platform, width, _INDENT)
    if step.prepare is not None:
        lines += hanging(_INDENT, Content.styled("and what the facts call for when it is reached", "$faint"), width)
    for condition, ruling in standing.guards.get(step.key, ()):
        head = Content.assemble(_INDENT, ("only if: ", "$faint"), verdict(ruling.answer, later=True), "  ")
        lines += hanging(head, condition_words(condition, ruling), width)
    lines += _verified(step, width)
    for operation in step.undo:
        lines += hanging(Content.assemble(_INDENT, ("back: ", "$faint")), plain(operation.describe()), width)
    if step.final:
        lines += hanging(_INDENT, Content.styled("back: there is no way back from here on", "$status-warning"), width)
    return lines


def _verified(step: Step, width: int) -> list[Content]:
    lines: list[Content] = []
    head = Content.assemble(_INDENT, ("verified: ", "$faint"))
    if any(operation.proves for operation in step.operations):
        lines += hanging(head, Content("by its exit status"), width)
    for condition in step.after:
        lines += hanging(head, plain(f"{condition.words} ({patience(step)})"), width)
    return lines


def _list(item: str, title: str, texts: Iterable[str], width: int) -> Iterator[Item]:
    yield from heading(item, title)
    for number, text in enumerate(texts):
        yield Item(f"{item} {number}", hanging("  - ", plain(text), width))


def _confirm(plan: Plan, width: int) -> Iterator[Item]:
    names = ", ".join(short_host(name) for name in plan.confirm)
    what = f"why, and the full names of {names}" if names else "why, and yes"
    words = Content.assemble(("To be typed before it begins: ", "bold"), what)
    yield blank("before confirm")
    yield Item("confirm", hanging("", words, width))
