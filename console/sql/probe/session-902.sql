-- Nothing that follows may write, each statement by itself, so that one that fails costs only itself.
set default_transaction_read_only = on;
