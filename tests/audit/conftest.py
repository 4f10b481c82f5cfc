"""Settings of Hypothesis for this room: no deadline, since a busy machine is no counterexample."""

from __future__ import annotations

from hypothesis import settings

settings.register_profile("audit", deadline=None)
settings.load_profile("audit")
