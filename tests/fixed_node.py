"""One gateway node in a process of its own, before a platform that answers from memory. Prints a line when it serves.

Run as `python -m tests.fixed_node CONFIG [PROFILE]`; with PROFILE the process writes a profile of itself when it ends.
"""

from __future__ import annotations

import asyncio
import cProfile
import signal
import sys
from pathlib import Path

from gateway.assembly.serve import run_node
from gateway.catalogue.loader import item_directories, load_items
from gateway.settings import Settings
from tests.fixed_platform import FixedPlatform


async def serve(config: Path, profile: cProfile.Profile | None) -> None:
    """Run until SIGTERM; profile from when it serves."""
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)

    def listening() -> None:
        print("{}", flush=True)
        if profile is not None:
            profile.enable()

    settings = Settings.load(config)
    platform = FixedPlatform(load_items(*item_directories(settings.catalogue.directory)), rows=50_000)
    await run_node(settings, stop=stop, ready=lambda: None, listening=listening, platform=platform)


def main() -> None:
    """Serve, under the profiler where asked."""
    profile = cProfile.Profile() if len(sys.argv) > 2 else None
    asyncio.run(serve(Path(sys.argv[1]), profile))
    if profile is not None:
        profile.disable()
        profile.dump_stats(sys.argv[2])


if __name__ == "__main__":
    main()
