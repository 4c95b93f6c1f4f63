"""What the console may do to a host, as data; the one place where a command line is built (DESIGN 7)."""
