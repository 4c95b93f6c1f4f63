"""Runs as their journals tell: read, listed and shown. Nothing here can act: a read-only console has it too."""
