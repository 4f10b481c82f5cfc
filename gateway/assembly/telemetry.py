"""TEMPORARY"""

from contextlib import asynccontextmanager


@asynccontextmanager
async def exposed(running):
    yield
