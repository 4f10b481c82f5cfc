"""Sichuan's platform: a database with the indicator names of the human-resources departments (AAC002, AAZ500 …)."""
