"""Short names for the long paths of a plan, told once as a shell's assignments, so that the commands can be copied."""

from __future__ import annotations

import re
from dataclasses import dataclass

from console.operations.layout import Layout
from console.operations.shell import quoted
from console.runbooks.plan import Plan

_ENDS_THERE = r"(?![\w-]|\.(?!part\b)\w)"
"""Nothing follows that would make it the path of something else; `.part` is the old data's on its way."""


@dataclass(frozen=True, slots=True)
class Abbreviations:
    """`names` are (name, path), the longer path first; a path that needs quotes has none."""

    names: tuple[tuple[str, str], ...] = ()

    def __call__(self, text: str) -> str:
        """The text with $NAME for each path."""
        for name, path in self.names:
            text = re.sub(re.escape(path) + _ENDS_THERE, f"${name}", text)
        return text

    def assignments(self) -> tuple[str, ...]:
        """A line for each, the shortest path first; a later one uses those before it."""
        lines: list[str] = []
        for at, (name, path) in reversed(list(enumerate(self.names))):
            shorter = [(f"${other}", start) for other, start in self.names[at + 1 :]]
            within = [(other, start) for other, start in shorter if path.startswith((f"{start}/", f"{start}."))]
            variable, folder = within[0] if within else ("", "")
            lines.append(f"{name}={variable}{path.removeprefix(folder)}")
        return tuple(lines)


def abbreviations_of(plan: Plan) -> Abbreviations:
    """Of the data, the copy and the old data of each layout that the plan works with."""
    operations = (operation for step in plan.steps for operation in (*step.operations, *step.undo))
    layouts = dict.fromkeys(
        layout for operation in operations if isinstance(layout := getattr(operation, "layout", None), Layout)
    )
    names: dict[str, str] = {}
    for number, layout in enumerate(layouts, start=1):
        mark = str(number) if len(layouts) > 1 else ""
        for name, path in (("DATA", layout.data), ("OLD", layout.old), ("NEW", layout.new)):
            names.setdefault(path, name + mark)
    plain = [(name, path) for path, name in names.items() if quoted(path) == path]
    return Abbreviations(tuple(sorted(plain, key=lambda pair: -len(pair[1]))))
