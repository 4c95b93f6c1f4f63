"""Everything that a person can do in the console, once: keys, key bar, `?` help, palette and docs come from here.

A screen lists the ids of its actions (`SceneScreen.ACTIONS`) and has a method `action_<id with _>` for each; what no
screen has is the application's. Ids are what the config file's `keymap:` names, and stay.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

GROUPS = ("Look", "Go", "Repair", "Recording", "This console")


@dataclass(frozen=True, slots=True)
class Action:
    """`keys` are Textual's key names, separated by commas. `help` says in a sentence what it does.

    `danger`: it can lead to a change on a host, so that a read-only console refuses it. `footer`: the key bar shows it
    where there is room.
    """

    id: str
    keys: str
    title: str
    help: str
    group: str
    danger: bool = False
    footer: bool = True

    @property
    def method(self) -> str:
        """The name of the method that does it."""
        return f"action_{self.id.replace('-', '_')}"


_EVERYWHERE = (
    Action("help", "question_mark,f1", "Help", "What one sees here, and everything that can be done here.", "Look"),
    Action(
        "palette",
        "colon,ctrl+p",
        "Palette",
        "Find an action, region, host or finding by name.",
        "Look",
        footer=False,
    ),
    Action("poll-now", "r", "Poll now", "Ask every host everything at once, slow sections too.", "Look", footer=False),
    Action("show-fleet", "1", "Fleet", "Every region at once, the worst findings below.", "Go", footer=False),
    Action("show-findings", "2", "Findings", "Everything that is wrong or could not be seen.", "Go", footer=False),
    Action("show-events", "3", "Events", "What changed, and when.", "Go", footer=False),
    Action("show-runs", "4", "Runs", "Guided repairs: what goes on, and what was done.", "Go", footer=False),
    Action("drill", "D", "Drill", "Break something in the simulated fleet (--demo only).", "Go", footer=False),
    Action("back", "escape", "Back", "Leave this screen for the one before.", "Go", footer=False),
    Action("down", "j", "Down", "The next line (the arrow keys do it too).", "Go", footer=False),
    Action("up", "k", "Up", "The line before (the arrow keys do it too).", "Go", footer=False),
    Action("quit", "q", "Quit", "End the console. Hosts are left as they are.", "This console"),
)

_ON_SCREENS = (
    Action("open", "enter", "Open", "Open what is selected.", "Go"),
    Action(
        "repair",
        "w",
        "Repair",
        "Begin the guided repair of what is selected: its whole plan first.",
        "Repair",
        danger=True,
    ),
    Action("filter", "slash", "Filter", "Show only the lines that contain some words.", "Look"),
    Action("copy", "y", "Copy", "Copy what is selected to the terminal's clipboard (OSC 52, over ssh too).", "Look"),
    Action("next-section", "right_square_bracket", "Next section", "Jump to the next section.", "Go", footer=False),
    Action(
        "previous-section", "left_square_bracket", "Previous section", "Jump to the one before.", "Go", footer=False
    ),
)

_OF_RUNS = (
    Action("begin", "b", "Begin", "Give the reason, confirm, and let the plan be carried out.", "Repair", danger=True),
    Action("choices", "o", "Choices", "Choose method, rate, and what becomes of the old data.", "Repair"),
    Action("unfold-all", "x", "Unfold all", "Show every command and guard whole; the same key folds them.", "Look"),
    Action("stop-run", "s", "Stop", "Stop the run at its next safe point; it stays resumable.", "Repair", danger=True),
    Action("details", "d", "Details", "Everything that the run's journal tells: commands, outputs, guards.", "Look"),
    Action("output", "o", "Output", "Show the output and the log of what runs large, or small again.", "Look"),
    Action("resume", "c", "Continue", "Continue the selected run where it stopped.", "Repair", danger=True),
    Action("roll-back", "b", "Roll back", "Take the selected run's steps back, the last first.", "Repair", danger=True),
    Action("report", "Y", "Copy report", "Copy the run's report for the hand-over (Markdown).", "Look"),
)

_OF_RECORDINGS = (
    Action("play", "space", "Play, pause", "Let the recording go on, or hold it.", "Recording"),
    Action("replay-back", "left_square_bracket", "-10 s", "Ten seconds back in the recording.", "Recording"),
    Action("replay-forward", "right_square_bracket", "+10 s", "Ten seconds on in the recording.", "Recording"),
    Action("previous-mark", "left_curly_bracket", "Mark before", "To the change before.", "Recording"),
    Action("next-mark", "right_curly_bracket", "Next mark", "To the next change.", "Recording"),
    Action("slower", "less_than_sign", "Slower", "Half the speed.", "Recording", footer=False),
    Action("faster", "greater_than_sign", "Faster", "Twice the speed.", "Recording", footer=False),
    Action("seek", "g", "Go to time", "Go to a time that one types.", "Recording"),
)

ACTIONS: dict[str, Action] = {action.id: action for action in (*_EVERYWHERE, *_ON_SCREENS, *_OF_RUNS, *_OF_RECORDINGS)}
"""Every action by its id."""

EVERYWHERE: tuple[str, ...] = tuple(action.id for action in _EVERYWHERE)
"""What the application offers on every screen, in the order of the help screen."""


def actions_of(ids: Iterable[str]) -> tuple[Action, ...]:
    """The actions with these ids. KeyError names an id that nobody has registered."""
    return tuple(ACTIONS[each] for each in ids)


_SHOWN = {
    "question_mark": "?",
    "colon": ":",
    "slash": "/",
    "escape": "esc",
    "left_square_bracket": "[",
    "right_square_bracket": "]",
    "left_curly_bracket": "{",
    "right_curly_bracket": "}",
    "less_than_sign": "<",
    "greater_than_sign": ">",
    "full_stop": ".",
    "comma": ",",
    "plus": "+",
    "minus": "-",
}


def key_words(keys: str) -> str:
    """Key names as people read them on the keyboard: `? or f1`."""
    return " or ".join(_SHOWN.get(key.strip(), key.strip()) for key in keys.split(","))
