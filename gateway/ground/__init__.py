"""What every room stands on: what travels between the rooms, every way to say no, alarms, and how a commit gathers.

Rules: nothing here imports a room, a socket or a file; the layers within are checked by `lint-imports`."""
