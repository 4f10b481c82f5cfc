"""The work of a reviewer: find entries, answer a person, compare two logs, export, and prove to others."""
