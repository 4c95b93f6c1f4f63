-- What a client may do here, asked inside a read-only transaction; every function is there from 9.2 on.
SELECT pg_is_in_recovery(),
       current_setting('default_transaction_read_only') = 'on',
       host(inet_server_addr())
