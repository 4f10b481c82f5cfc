"""Runs a command of `chuanyu` and kills its own process, by SIGKILL, right after its Nth durable step.

A step is a file synced, renamed or removed, or a transaction of the log that is durable.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Coroutine
from itertools import count
from typing import Any

from gateway.audit.storage.postgres import PostgresDatabase
from gateway.audit.storage.sqlite import SqliteDatabase
from gateway.cli.main import app


def kill_after(last: int) -> None:
    """Have the process killed after so many steps from now."""
    steps = count(1)

    def stepped() -> None:
        if next(steps) == last:
            os.kill(os.getpid(), signal.SIGKILL)

    def counted(act: Callable[..., Any]) -> Callable[..., Any]:
        def done(*given: Any, **named: Any) -> Any:
            result = act(*given, **named)
            stepped()
            return result

        return done

    def awaited(act: Callable[..., Coroutine[Any, Any, None]]) -> Callable[..., Coroutine[Any, Any, None]]:
        async def done(*given: Any) -> None:
            await act(*given)
            stepped()

        return done

    for name in ("fsync", "replace", "unlink"):
        setattr(os, name, counted(getattr(os, name)))
    for database in (SqliteDatabase, PostgresDatabase):
        database.transact = awaited(database.transact)  # type: ignore[method-assign]  # counted at this border


if __name__ == "__main__":
    kill_after(int(sys.argv[1]))
    app(sys.argv[2:])
