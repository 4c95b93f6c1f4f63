"""What is known about the fleet: frozen, typed values, each with its source, its time, and the reason where unknown."""
