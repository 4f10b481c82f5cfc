"""The store of a log: one port over SQLite and PostgreSQL, transactions, reading, and recovery."""
