"""`make bench`: measures, prints, writes bench/out/latest.json.

Options: `--seconds S` a turn (2), `--turns N` (3), `--quick` for one short turn of each and no growth.
Every row stands beside its baseline of the same run. A goal that is missed is shown as missed.
"""

from __future__ import annotations

import argparse
import asyncio
import pstats
import statistics
import tempfile
from collections.abc import Mapping
from pathlib import Path

from bench.budgets import budget_rows
from bench.chain import Turn, contenders, running, streamed_rows
from bench.decision import decision_rows
from bench.growth import prefill
from bench.guard import guard_rows
from bench.history import measure as measure_history
from bench.log import measure as measure_log
from bench.masking import masking_rows
from bench.measure import Load, Row, cost_row, keep, median, rate_row, report
from bench.sealing import sealing_rows
from bench.verification import ENTRIES, measure_verification
from gateway.cli.demo.world import DemoProvince

GOALS_ONE = {1: 0.0, 16: 2.0, 64: 2.0}
GOALS_CHAIN = {1: 2.5, 16: 1.2, 64: 1.0}
ROWS = 50_000
ROWS_GOAL = 100_000.0
SIZES = (1_000, 100_000, 1_000_000)
PARTS = {
    "gateway/audit": "audit",
    "gateway/catalogue": "catalogue",
    "gateway/fetching": "fetching",
    "gateway/gatehouse": "gatehouse",
    "gateway/leakguard": "leakguard",
    "gateway/link": "link",
    "gateway/masking": "masking",
    "gateway/telemetry": "telemetry",
    "gateway/border/validation": "validation",
    "gateway/border/messages": "border",
    "gateway/": "road, node, services",
    "structlog": "telemetry",
    "aiosqlite": "SQLite",
    "grpc": "gRPC",
    "asyncio": "event loop",
}


async def measure(turns: dict[str, Turn], count: int, seconds: float) -> tuple[list[Row], list[dict[str, object]]]:
    """Put all contenders under load in turns."""
    rows: list[Row] = []
    details: list[dict[str, object]] = []
    for in_flight in (1, 16, 64):
        loads: dict[str, list[Load]] = {name: [] for name in turns}
        for _ in range(count):
            for name, turn in turns.items():
                loads[name].append(await turn(in_flight, seconds))
        cost = {name: median(found, lambda load: load.total_us) for name, found in loads.items()}
        for name, found in loads.items():
            middle = sorted(found, key=lambda load: load.total_us)[len(found) // 2]
            details.append(
                {
                    "work": name, "in_flight": in_flight, "exchanges_per_s": middle.rate, "p50_ms": middle.p50_ms,
                    "p99_ms": middle.p99_ms, "cpu_us": middle.total_us,
                    "us_by_process": ", ".join(f"{k} {v:.0f}" for k, v in middle.cpu_us.items()),
                }
            )  # fmt: skip
        goal_one, goal_chain = GOALS_ONE[in_flight], GOALS_CHAIN[in_flight]
        rows.append(cost_row("one gateway / bare echo", in_flight, cost["one gateway"], cost["echo"], goal_one))
        rows.append(
            cost_row("whole chain / forwarding bytes", in_flight, cost["whole chain"], cost["forward"], goal_chain)
        )
        if "envoy" in cost:
            rows.append(cost_row("whole chain / Envoy forwarding", in_flight, cost["whole chain"], cost["envoy"], 0.0))
    return rows, details


def grown(folder: Path, seconds: float) -> list[Row]:
    """One gateway at 64 in flight, with so many entries in its log; each beside the smallest log of the run."""
    rows: list[Row] = []
    first = 0.0
    for size in SIZES:

        def fill(world: Mapping[str, DemoProvince], entries: int = size) -> None:
            prefill(world, "sichuan", entries)

        with running(folder / f"grown-{size}", prepare=fill) as bench:
            load = asyncio.run(_one(contenders(bench)["one gateway"], seconds))
        first = first or load.total_us
        rows.append(cost_row(f"one gateway, {size:,} entries in the log", 64, load.total_us, first, 0.0))
    return rows


async def _one(turn: Turn, seconds: float) -> Load:
    return await turn(64, seconds)


def profile_parts(folder: Path, seconds: float) -> dict[str, float]:
    """Return the profiler's share of the providing gateway's time by part, idle time left out."""
    file = folder / "profile"
    with running(folder / "profiled", profile=str(file)) as bench:
        asyncio.run(_one(contenders(bench)["whole chain"], seconds))
    shares: dict[str, float] = {}
    stats: dict[tuple[str, int, str], tuple[int, int, float, float, object]] = pstats.Stats(f"{file}-sichuan").stats  # type: ignore[attr-defined]  # not in the library's types
    for (place, _, function), (_, _, own, _, _) in stats.items():
        if "poll" in function:
            continue
        part = next((name for key, name in PARTS.items() if key in place), "the rest, C code included")
        shares[part] = shares.get(part, 0.0) + own
    total = sum(shares.values())
    return {part: share / total for part, share in sorted(shares.items(), key=lambda pair: -pair[1])}


def main() -> None:
    """Run the benchmarks."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=2.0)
    parser.add_argument("--turns", type=int, default=3)
    parser.add_argument("--quick", action="store_true")
    options = parser.parse_args()
    seconds, count = (1.0, 1) if options.quick else (options.seconds, options.turns)
    with tempfile.TemporaryDirectory(prefix="chuanyu-bench-") as name:
        folder = Path(name)
        with running(folder / "w") as bench:
            turns = contenders(bench)
            if not bench.envoy[0]:
                del turns["envoy"]
            rows, details = asyncio.run(measure(turns, count, seconds))
            streams = [asyncio.run(streamed_rows(bench, ROWS)) for _ in range(count + 1)][1:]
        per_core = statistics.median(cpu for _, cpu in streams)
        wall = statistics.median(rate for rate, _ in streams)
        rows.append(rate_row("streamed pages, 500 rows x 12 fields", 1, per_core, "rows/s per core", ROWS_GOAL))
        rows.append(rate_row("streamed pages, as the asker sees them", 1, wall, "rows/s", 0.0))
        rows += measure_log(folder, seconds=seconds, turns=count, entries=50_000 if options.quick else 1_000_000)
        rows += sealing_rows(folder, 60_000 if options.quick else 1_000_000)
        rows += budget_rows(100_000 if options.quick else 1_000_000)
        rows += masking_rows(3 if options.quick else 15)
        rows += guard_rows(quick=options.quick)
        rows += decision_rows()
        if not options.quick:
            rows += grown(folder, seconds)
            rows += measure_verification(ENTRIES)
            rows += measure_history(ENTRIES)
        profile = profile_parts(folder, seconds)
    report(rows, details, profile)
    keep(rows, details, profile)


if __name__ == "__main__":
    main()
