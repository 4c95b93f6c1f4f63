-- Nothing that follows may write. A statement of its own, so that pg_settings.reset_val keeps the server's default.
set default_transaction_read_only = on;
