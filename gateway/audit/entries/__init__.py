"""What an entry of the log says, in which bytes, and what of it only key holders can read."""
