"""Entries of the log: their fields, their bytes, and the part that only key holders can read."""
