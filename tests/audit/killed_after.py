"""Runs commands of `chuanyu`, each in a process that is killed, by SIGKILL, right after its Nth durable step.

A step is a file synced, renamed or removed, or a transaction of the log that is durable. Each line of standard input is
a JSON list, the number of steps and then the command's words; each is answered by a line, the status that the system
gave of that process. The process of a command is forked from this one, which has imported everything and started
nothing: no thread, no loop, no database.
"""

from __future__ import annotations

import importlib
import json
import os
import pkgutil
import signal
import sys
import traceback
from collections.abc import Callable, Coroutine
from itertools import count
from typing import Any

from typer.main import get_command

import gateway.assembly
import gateway.audit
import gateway.cli
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


def run_forked(run: Callable[[list[str]], object], steps: int, words: list[str]) -> int:
    """Run a command in a process of its own; return the status of its end."""
    child = os.fork()
    if child:
        return os.waitpid(child, 0)[1]
    code = 1
    try:
        os.dup2(2, 1)
        kill_after(steps)
        run(words)
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 1
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def import_all() -> None:
    """Import what the commands import when they run, so that each forked process has it."""
    for package in (gateway.audit, gateway.cli, gateway.assembly):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if not module.name.endswith("__main__"):
                importlib.import_module(module.name)
    for name in ("asyncpg", "pyarrow.parquet"):
        importlib.import_module(name)


if __name__ == "__main__":
    import_all()
    run = get_command(app)
    for line in sys.stdin:
        steps, *words = json.loads(line)
        print(run_forked(run, steps, words), flush=True)
