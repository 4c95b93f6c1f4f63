"""The inventory: schema, loading with every error at once, and the merged fleet."""
