"""`make bench`: measures, prints, writes bench/out/latest.json.

Options: `--seconds S` a turn (2), `--turns N` (3), `--quick` for one short turn of each.
"""

from __future__ import annotations

import argparse
import asyncio
import tempfile
from pathlib import Path

from bench.chain import Turn, contenders, running
from bench.measure import Load, Row, cost_row, median, report

GOALS_ONE = {1: 0.0, 16: 2.0, 64: 2.0}
GOALS_CHAIN = {1: 2.5, 16: 1.2, 64: 1.0}


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
            best = sorted(found, key=lambda load: load.total_us)[len(found) // 2]
            details.append(
                {
                    "work": name, "in_flight": in_flight, "exchanges_per_s": best.rate, "p50_ms": best.p50_ms,
                    "p99_ms": best.p99_ms, "us_by_process": ", ".join(f"{k} {v:.0f}" for k, v in best.cpu_us.items()),
                }
            )  # fmt: skip
        rows.append(
            cost_row("one gateway / bare echo", in_flight, cost["one gateway"], cost["echo"], GOALS_ONE[in_flight])
        )
        rows.append(
            cost_row(
                "whole chain / forwarding bytes",
                in_flight,
                cost["whole chain"],
                cost["forward"],
                GOALS_CHAIN[in_flight],
            )
        )
        if "envoy" in cost:
            rows.append(cost_row("whole chain / Envoy forwarding", in_flight, cost["whole chain"], cost["envoy"], 0.0))
    return rows, details


def main() -> None:
    """Run the benchmarks."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=2.0)
    parser.add_argument("--turns", type=int, default=3)
    parser.add_argument("--quick", action="store_true")
    options = parser.parse_args()
    seconds, count = (1.0, 1) if options.quick else (options.seconds, options.turns)
    with tempfile.TemporaryDirectory(prefix="chuanyu-bench-") as folder, running(Path(folder) / "w") as bench:
        turns = contenders(bench)
        if not bench.envoy[0]:
            del turns["envoy"]
        rows, details = asyncio.run(measure(turns, count, seconds))
    report(rows, details, {})


if __name__ == "__main__":
    main()
