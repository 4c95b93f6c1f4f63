"""A person's own settings: `vmdb-console/config.yaml` in the XDG config folder (theme, keymap)."""
