"""Witnessing: what this node cosigns for other provinces, and who cosigns its own log."""
