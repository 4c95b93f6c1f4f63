"""The actions of wizards and runs, in the console's one registry (console.screens.actions)."""

from __future__ import annotations

from console.screens.actions import Action, register

register(
    Action("begin", "b", "Begin", "Give the reason, confirm, and let the plan be carried out.", "Repair", danger=True),
    Action("choices", "o", "Choices", "Choose method, rate, and what becomes of the old data.", "Repair"),
    Action("unfold-all", "x", "Unfold all", "Show every command and guard whole; the same key folds them.", "Look"),
    Action("stop-run", "s", "Stop", "Stop the run at its next safe point; it stays resumable.", "Repair", danger=True),
    Action("details", "d", "Details", "Everything that the run's journal tells: commands, outputs, guards.", "Look"),
    Action("output", "o", "Output", "Show the output and the log of what runs large, or small again.", "Look"),
)
