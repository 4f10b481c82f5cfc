"""What a reviewer asks of a log: find, tell whose data was seen, compare, export, and prove to others."""
