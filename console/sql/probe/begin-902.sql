-- Nothing that follows may write. A transaction, not a setting: the server's own default stays visible in it.
begin transaction read only;
