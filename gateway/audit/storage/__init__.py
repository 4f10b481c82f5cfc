"""Where a log lies: one port over SQLite and PostgreSQL, what is written together, and how it is read and taken up."""
