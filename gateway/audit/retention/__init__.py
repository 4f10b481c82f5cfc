"""What leaves a log and when: archives, destroyed months, backups; every hash stays."""
