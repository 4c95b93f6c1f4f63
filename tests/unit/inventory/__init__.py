"""The inventory: units, documents, errors, merging."""
