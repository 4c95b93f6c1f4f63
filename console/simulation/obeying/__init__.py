"""What each operation of console/operations does to a simulated host: pure functions from a region to the next one."""
