"""How it is measured: processes' own processor time, a closed loop of so many in flight, percentiles, and one table.

A row compares what we do with what it is held against, in one unit, in the same run. Rows are measured in turns (ours,
theirs, ours, theirs …) and the median of the turns counts, so that a slow minute of the machine hits both.
"""

from __future__ import annotations

import asyncio
import json
import os
import statistics
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

OUT = Path(__file__).parent / "out" / "latest.json"
_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Row:
    """One comparison. `goal` bounds `ratio` from above for costs, from below (`at_least`) for rates."""

    work: str
    in_flight: int
    ours: float
    against: float
    unit: str
    ratio: float
    goal: float
    ok: bool
    note: str = ""


def cost_row(work: str, in_flight: int, ours: float, against: float, goal: float, note: str = "") -> Row:
    """Make a row of a cost: smaller is better; goal 0 means that none is set."""
    ratio = ours / against if against else 0.0
    return Row(work, in_flight, ours, against, "µs CPU/exchange", ratio, goal, not goal or ratio <= goal, note)


def rate_row(
    work: str, in_flight: int, ours: float, unit: str, goal: float, against: float = 0.0, note: str = ""
) -> Row:
    """Make a row of a rate: larger is better; the goal is absolute."""
    ratio = ours / against if against else 0.0
    return Row(work, in_flight, ours, against, unit, ratio, goal, not goal or ours >= goal, note)


def best_seconds(work: Callable[[], object], turns: int) -> float:
    """Return the processor seconds of the best of so many turns of a piece of work in this process."""
    took = []
    for _ in range(turns):
        begun = time.process_time()
        work()
        took.append(time.process_time() - begun)
    return min(took)


def cpu_seconds(pid: int) -> float:
    """Processor time of a process so far, user and system, all threads, in seconds (proc(5))."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


@dataclass(frozen=True, slots=True)
class Load:
    """The measurements of one closed loop."""

    exchanges: int
    seconds: float
    p50_ms: float
    p99_ms: float
    cpu_us: dict[str, float]

    @property
    def rate(self) -> float:
        """Exchanges a second."""
        return self.exchanges / self.seconds

    @property
    def total_us(self) -> float:
        """Processor microseconds of all processes for one exchange."""
        return sum(self.cpu_us.values())


async def closed_loop(
    one: Callable[[], Awaitable[None]], *, in_flight: int, seconds: float, processes: dict[str, int], warm: int = 50
) -> Load:
    """Keep `in_flight` exchanges going for so long, and charge each process for its processor time."""
    await asyncio.gather(*(one() for _ in range(max(1, min(warm, in_flight * 4)))))
    before = {name: cpu_seconds(pid) for name, pid in processes.items()}
    times: list[float] = []
    start = time.perf_counter()
    end = start + seconds

    async def worker() -> None:
        while (then := time.perf_counter()) < end:
            await one()
            times.append(time.perf_counter() - then)

    await asyncio.gather(*(worker() for _ in range(in_flight)))
    took = time.perf_counter() - start
    spent = {name: (cpu_seconds(pid) - before[name]) * 1e6 / len(times) for name, pid in processes.items()}
    times.sort()
    return Load(
        len(times), took, times[len(times) // 2] * 1e3, times[min(len(times) - 1, len(times) * 99 // 100)] * 1e3, spent
    )


def median(loads: Sequence[Load], of: Callable[[Load], float]) -> float:
    """The median turn's figure."""
    return statistics.median(of(load) for load in loads)


def report(rows: Sequence[Row], details: Sequence[dict[str, object]], profile: dict[str, float]) -> None:
    """Print the tables."""
    console = Console(width=150)
    table = Table(title="对照 / against the baseline of the same run")
    for name in ("work", "in flight", "ours", "against", "unit", "ratio", "goal", ""):
        table.add_column(name, justify="left" if name in {"work", "unit"} else "right")
    for row in rows:
        table.add_row(
            row.work, str(row.in_flight), f"{row.ours:,.1f}", f"{row.against:,.1f}" if row.against else "—", row.unit,
            f"{row.ratio:.2f}" if row.ratio else "—", f"{row.goal:g}" if row.goal else "—", "✓" if row.ok else "✗",
        )  # fmt: skip
    console.print(table)
    if details:
        fine = Table(title="每个进程 / by process")
        for name in details[0]:
            fine.add_column(name)
        for detail in details:
            fine.add_row(*(f"{v:,.1f}" if isinstance(v, float) else str(v) for v in detail.values()))
        console.print(fine)
    if profile:
        where = Table(title="微秒去向 / where the microseconds go (profiler's share)")
        where.add_column("part")
        where.add_column("%", justify="right")
        for part, share in profile.items():
            where.add_row(part, f"{share * 100:.1f}")
        console.print(where)


def keep(rows: Sequence[Row], details: Sequence[dict[str, object]], profile: dict[str, float]) -> None:
    """Write `bench/out/latest.json`: always all figures of one run, so that a part measured alone is only printed."""
    OUT.parent.mkdir(exist_ok=True)
    OUT.write_text(
        json.dumps({"rows": [asdict(r) for r in rows], "details": list(details), "profile": profile}, indent=1),
        encoding="utf-8",
    )
