"""The read-only probe that runs on hosts, and one pure parser a section of what it prints."""
