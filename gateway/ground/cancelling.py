"""Tells a cancel of our own from a `CancelledError` that somebody else raised."""

from __future__ import annotations

import asyncio


def is_cancelled() -> bool:
    """Tell whether somebody asked the running task to cancel.

    An adapter may raise `CancelledError` of its own, where a task or a call of its own was cancelled; then nobody asked
    ours, and its caller waits for an answer.
    """
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0
