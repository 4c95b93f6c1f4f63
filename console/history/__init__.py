"""What was: what changed when, and how far standbys were behind. Pure: Snapshots go in, values come out."""
