"""vmdb-console: the operations console for highly available PostgreSQL pairs."""

__version__ = "0.1.0"
