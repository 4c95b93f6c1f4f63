"""Would a packet filter let a stranger open a new TCP connection to a port? The rules' walk, whatever their syntax.

A rule's match is yes, no or perhaps (None): where a rule may or may not apply, both ways are followed. The verdict is
only given where every way ends alike.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


class Action(StrEnum):
    """What a rule does with a packet that it matches."""

    ACCEPT = "accept"
    DROP = "drop"
    RETURN = "return"
    JUMP = "jump"
    GOTO = "goto"
    CONTINUE = "continue"  # logs, counts, marks
    UNKNOWN = "unknown"  # queues and targets that we do not know


@dataclass(frozen=True, slots=True)
class Rule:
    """`matches` our packet: True, False, or None for perhaps. `text` as printed."""

    matches: bool | None
    action: Action
    target: str = ""
    text: str = ""


@dataclass(slots=True)
class Chain:
    """A chain's rules; `policy` only of a base chain."""

    rules: list[Rule] = field(default_factory=list)
    policy: Action | None = None


_MOST_STEPS = 20_000
_DEEPEST = 32
_BOTH = frozenset({Action.ACCEPT, Action.DROP})


class Walk:
    """One walk through `chains`; `deciding` collects the rules that settled a way, in order, at most 12."""

    def __init__(self, chains: dict[str, Chain]) -> None:
        self._chains = chains
        self._steps = 0
        self.deciding: list[str] = []

    def verdict(self, base: str) -> bool | None:
        """True: accepted whatever happens; False: never; None: it depends, or there are too many rules to follow."""
        chain = self._chains.get(base)
        if chain is None:
            return None
        ends = self._ends(base, 0)
        if Action.RETURN in ends:
            ends = (ends - {Action.RETURN}) | {chain.policy or Action.ACCEPT}
        return {frozenset({Action.ACCEPT}): True, frozenset({Action.DROP}): False}.get(frozenset(ends))

    def _ends(self, name: str, depth: int) -> set[Action]:
        """How our packet may leave this chain: accepted, dropped, or back to the caller (RETURN)."""
        chain = self._chains.get(name)
        if chain is None or depth > _DEEPEST:
            return set(_BOTH)
        ends: set[Action] = set()
        for rule in chain.rules:
            self._steps += 1
            if self._steps > _MOST_STEPS:
                return set(_BOTH)
            if rule.matches is False or rule.action is Action.CONTINUE:
                continue
            outcome = self._outcome(rule, depth)
            ends |= outcome - {Action.CONTINUE}
            if rule.matches and Action.CONTINUE not in outcome:
                return ends
        return ends | {Action.RETURN}

    def _outcome(self, rule: Rule, depth: int) -> set[Action]:
        """What follows from applying a rule; CONTINUE: the next rule may be reached."""
        if rule.action in {Action.JUMP, Action.GOTO}:
            ends = self._ends(rule.target, depth + 1)
            if Action.RETURN in ends and rule.action is Action.JUMP:
                ends = (ends - {Action.RETURN}) | {Action.CONTINUE}
            return ends
        if rule.action is not Action.RETURN and len(self.deciding) < 12 and rule.text not in self.deciding:
            self.deciding.append(rule.text)
        return set(_BOTH) if rule.action is Action.UNKNOWN else {rule.action}
