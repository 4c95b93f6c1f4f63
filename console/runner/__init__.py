"""What carries a Plan out: the Runner, its journal, leases, and the hands that reach the hosts (DESIGN 7)."""
