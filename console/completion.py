"""`vmdb-console completion bash|zsh`: what the shell's Tab key offers, from the command line's own definition."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from typing import Any

from console.arguments import make_parser


def completion(shell: str) -> str:
    """A script for the shell (`bash` or `zsh`); files and names are offered where the command line takes them."""
    import shtab

    parser = make_parser()
    names = _names()
    for action in _arguments(parser):
        if action.metavar == "FILE":
            action.complete = shtab.FILE
        elif action.dest in names and action.choices is None:
            action.choices = list(names[action.dest])
    return str(shtab.complete(parser, shell=shell)).rstrip()


def _names() -> dict[str, Sequence[str]]:
    """Known words by the argument that takes them."""
    from console.diagnosis.registry import REGISTRY
    from console.runbooks.names import NAMES
    from console.screens.themes import theme_names
    from console.simulation.scenario_names import SCENARIO_NAMES

    return {
        "runbook": NAMES,
        "code": sorted(REGISTRY),
        "theme": theme_names(),
        "demo": SCENARIO_NAMES,
    }


def _arguments(parser: argparse.ArgumentParser) -> Iterator[Any]:
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for each in action.choices.values():
                yield from _arguments(each)
        else:
            yield action
