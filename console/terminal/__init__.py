"""Guided repairs on a plain terminal, or without one: `run`, `resume`, `runs`. Never Textual."""
