"""The drill menu of --demo: what a person can break, and mend, in the simulated fleet."""
