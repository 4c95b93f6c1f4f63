"""Textual widgets: they render facts and findings and know no I/O."""
