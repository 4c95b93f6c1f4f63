"""Guided repairs: pure functions from a Snapshot and choices to a Plan of steps (DESIGN 7). Nothing here does I/O."""
