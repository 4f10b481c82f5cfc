"""`chuanyu demo`: two provinces on this machine answer each other in all eight domains, and both logs are verified.

Exits 0 only if every question was answered or refused as it must be, nothing that had to be masked left as it was held,
the department alone could read what was encrypted to it, and both logs verify.
"""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from gateway.cli.demo.report import DemoReport, Step
from gateway.cli.language import word
from gateway.cli.screen import AsJson, Problem, wants_json, write_json
from gateway.ground.item import Item, Label

if TYPE_CHECKING:
    from adapters.contract import Platform
    from gateway.audit.verification.conclusion import Conclusion
    from gateway.audit.verification.verify import LogVerdict
    from gateway.cli.demo.declared import DeclaredFound
    from gateway.cli.demo.outcomes import DemoOutcome
    from gateway.cli.demo.questions import DemoExchange, DemoRefusal
    from gateway.cli.demo.world import DemoProvince

BATCH: Final = 300
"""People of a question that compares a batch."""


def demo(
    context: typer.Context,
    keep: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="把两个节点的数据留在该文件夹。Leave both nodes' data under DIR."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """在本机演示川渝两地互相查询，然后核验两份日志。
    Show two provinces answering each other on this machine, then verify both logs.
    """
    from gateway.cli.demo.show import show, show_progress

    if keep is not None and keep.exists() and (not keep.is_dir() or any(keep.iterdir())):
        raise Problem(
            Label(f"{keep} 不为空", f"{keep} is not empty"),
            Label("新的或空的文件夹", "a new or empty directory"),
            Label("换一个文件夹", "name another directory"),
            exit_code=2,
        )
    with ExitStack() as stack:
        # The nodes look for their files from their own directories, so the place has to be absolute.
        root = (
            keep.resolve() if keep else Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="chuanyu-demo-")))
        )
        root.mkdir(parents=True, exist_ok=True)
        step = stack.enter_context(show_progress(silent=wants_json(context)))
        found = asyncio.run(_run_demo(root, step))
    if wants_json(context):
        write_json(found.json())
    else:
        show(found, kept=keep)
    if not found.ok:
        raise typer.Exit(1)


async def _run_demo(root: Path, step: Step) -> DemoReport:
    from gateway.catalogue.loader import load_items
    from gateway.cli.demo.processes import SERVING_SECONDS, build_sichuan, run_chongqing, run_nodes
    from gateway.cli.demo.questions import wait_until_serving
    from gateway.cli.demo.rows import NOT_ANSWERED, run_rows
    from gateway.cli.demo.world import build_world

    start = time.perf_counter()
    step(word("建立平台与合成人员", "building platforms and synthetic people"), 0, 3)
    async with run_chongqing(root) as chongqing:
        sichuan = await build_sichuan(root)
        step(word("建立平台与合成人员", "building platforms and synthetic people"), 3, 3)
        step(word("签发证书、清单与授权", "issuing certificates, lists and grants"), 0, 1)
        platforms = {"sichuan": ("sichuan", sichuan), "chongqing": ("chongqing", chongqing)}
        world = await asyncio.to_thread(build_world, root, platforms=platforms)
        step(word("签发证书、清单与授权", "issuing certificates, lists and grants"), 1, 1)
        step(word("启动两个节点", "starting both nodes"), 0, 1)
        async with run_nodes({name: province.config for name, province in world.items()}):
            async with asyncio.timeout(SERVING_SECONDS):
                await asyncio.gather(*(wait_until_serving(province, province.portal) for province in world.values()))
            step(word("启动两个节点", "starting both nodes"), 1, 1)
            exchanges, refusals, declared, outcomes = await _exchange_both_ways(world, platforms, step)
            rows = await run_rows(world, {item.code: item for item in load_items()})
            step(word("指名人员的各行", "rows of named persons"), len(rows), len(rows))
    exchanges = await asyncio.to_thread(_search_nodes, world, exchanges)
    audit = await asyncio.to_thread(_verify_logs, world, step)
    return DemoReport(exchanges, refusals, outcomes, declared, rows, NOT_ANSWERED, audit, time.perf_counter() - start)


async def _exchange_both_ways(
    world: Mapping[str, DemoProvince], platforms: Mapping[str, tuple[str, Mapping[str, object]]], step: Step
) -> tuple[list[DemoExchange], list[DemoRefusal], list[DeclaredFound], list[DemoOutcome]]:
    from adapters.kinds import open_platform
    from adapters.people.population import population
    from adapters.people.samples import batch, samples
    from gateway.catalogue.loader import load_items
    from gateway.cli.demo.consents import CASES as CONSENT_CASES
    from gateway.cli.demo.consents import register_consents
    from gateway.cli.demo.declared import CASES, run_declared
    from gateway.cli.demo.outcomes import run_outcomes
    from gateway.cli.demo.processes import PERSONS, SEED
    from gateway.cli.demo.questions import open_channel, run_exchange, run_refusals
    from gateway.cli.demo.spent import run_budget
    from gateway.cli.demo.world import EXTRA
    from gateway.wire.v1 import exchange_pb2_grpc

    items = load_items()
    key_rows = {name: samples(name, SEED, PERSONS) for name in world}
    observers = {name: open_platform(*platforms[name]) for name in world}
    exchanges: list[DemoExchange] = []
    try:
        for asker, provider in (("chongqing", "sichuan"), ("sichuan", "chongqing")):
            async with open_channel(world[asker], world[asker].portal) as opened:
                stub = exchange_pb2_grpc.ExchangeStub(opened)
                for item in items:
                    row = key_rows[provider][item.code]
                    others = batch(provider, SEED, BATCH) if item.gates else []
                    rows = [row, *(one for one in others if one != row)]
                    held = await _read_held(observers[provider], item, row)
                    exchanges.append(await run_exchange(stub, item, world[asker], world[provider], rows, held))
                    step(word("双向查询", "asking both ways"), len(exchanges), 2 * len(items))
    finally:
        for observer in observers.values():
            await observer.close()
    everything = {item.code: item for item in (*items, *load_items(EXTRA))}
    turned = await run_refusals(world, everything, key_rows["sichuan"])
    step(word("应当拒绝的请求", "what must be refused"), len(turned), len(turned))
    await register_consents(world, everything, key_rows["sichuan"])
    declared = await run_declared(world, everything, key_rows["sichuan"], (*CASES, *CONSENT_CASES))
    declared.append(await run_budget(world, everything["CY-ID-02"]))
    step(word("按所申报项拒绝的请求", "what declared columns refuse"), len(declared), len(declared))
    people = {name: population(name, SEED, BATCH).people for name in world}
    outcomes = await run_outcomes(world, everything, people)
    step(word("每种行结果", "each outcome of a row"), len(outcomes), len(outcomes))
    return exchanges, turned, declared, outcomes


async def _read_held(platform: Platform, item: Item, key_row: Mapping[str, str]) -> dict[str, object]:
    """Read what the platform holds in the first row of the answer, to be shown beside what left."""
    from adapters.contract import Question

    fields = tuple(field.name for field in item.fields)
    keys = {name: [value] for name, value in key_row.items()}
    question = Question(item.code, item.version, keys, fields, 100, 10.0)
    async for page in platform.fetch(question):
        return {name: values[0] for name, values in page.columns.items() if values}
    return {}


def _search_nodes(world: Mapping[str, DemoProvince], exchanges: list[DemoExchange]) -> list[DemoExchange]:
    """Look into every file that either node keeps for the values that left encrypted."""
    from dataclasses import replace

    from gateway.cli.demo.sealed import search_files

    files = [
        (f"{name}/{path.relative_to(province.settings.directory)}", path.read_bytes())
        for name, province in world.items()
        for path in sorted(province.settings.directory.rglob("*"))
        if path.is_file()
    ]
    return [replace(one, sealed=search_files(one.sealed, files)) for one in exchanges]


def _verify_logs(world: Mapping[str, DemoProvince], step: Step) -> dict[str, tuple[LogVerdict, Conclusion]]:
    """Verify both logs from disk, as a reviewer would: each with the witness's keys from the other province."""
    from gateway.audit.storage.database import place_of
    from gateway.audit.storage.reader import LogReader
    from gateway.audit.verification.conclusion import conclude
    from gateway.audit.verification.verify import verify_reader
    from gateway.cli.audit.trusted import read_keys

    found = {}
    for number, (name, province) in enumerate(world.items(), 1):
        settings = province.settings
        elsewhere = [other.settings.witness_vkey_path for other in world.values() if other is not province]
        with LogReader(place_of(settings)) as reader:
            keys, now_us = read_keys(settings.directory, reader.origin, None, elsewhere, None), time.time_ns() // 1_000
            verdict = verify_reader(reader, keys.log, witnesses=keys.known, accept=keys.trusted.accept)
            found[name] = (verdict, conclude(reader, verdict, verdict.size, keys.trusted, now_us=now_us))
        step(word("核验日志", "verifying the logs"), number, len(world))
    return found
