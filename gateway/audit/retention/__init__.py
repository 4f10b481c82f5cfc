"""Retention: entries leave for archives, months are destroyed, backups are taken; every hash stays."""
