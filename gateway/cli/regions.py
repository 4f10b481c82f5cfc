"""`chuanyu regions`: which regions there are on a day, what a code meant on the day of a record, and what became of it.

It reads the regions that are shipped; it needs no running node and no key.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Annotated, Final

import typer

from gateway.cli.commands import make_app
from gateway.cli.keys.sign import read_day
from gateway.cli.language import word
from gateway.cli.screen import AsJson, Problem, make_console, write_json
from gateway.cli.table import show_table
from gateway.ground.item import Label

if TYPE_CHECKING:
    from gateway.catalogue.regions import Region, Regions

COMMANDS: Final = {
    "list": "gateway.cli.regions:list_regions",
    "show": "gateway.cli.regions:show_region",
}
"""The commands in the order of the help, and where each is found."""

app = make_app(
    COMMANDS, "行政区划：代码在某日指哪里，现在归哪里。Regions: what a code means on a day, what became of it."
)

Code = Annotated[
    str, typer.Argument(metavar="CODE", help="行政区划代码，例如 510922。The code of a region, for example 510922.")
]
Day = Annotated[
    str, typer.Option("--on", help="书写代码之日 YYYY-MM-DD，默认今日。The day on which it was written; else today.")
]


def list_regions(
    within: Annotated[
        str,
        typer.Argument(metavar="CODE", help="列出其下的地区，例如 510900。Whose regions, for example 510900."),
    ] = "000000",
    as_json: AsJson = False,
) -> None:
    """列出现行的地区，代码依国家标准，全称含其上级。List the regions that stand, with their codes and full names."""
    regions, today = _read_regions(), _read_today()
    standing = [
        region
        for code in regions.codes
        if (region := regions.meaning(code, today)) is not None
        and code == region.code
        and region.in_force(today)
        and (within == "000000" or regions.covers(within, code, today))
    ]
    if not standing:
        raise _describe_unknown(within)
    if as_json:
        write_json([_describe(regions, region, today) for region in standing])
        return
    rows = [((region.code,), (_name(regions, region, today),)) for region in standing]
    show_table("", ((word("代码", "code"),), (word("地区", "region"),)), rows, plain=True)


def show_region(code: Code, on: Day = "", as_json: AsJson = False) -> None:
    """查看一个代码历来所指的地区、某日所指的地区和今日的归属。
    Show what a code ever meant, what it meant on a day, and what became of that by today.
    """
    from gateway.catalogue.regions import Unresolved

    regions, today = _read_regions(), _read_today()
    written = read_day(on, "--on") if on else today
    meant = regions.meaning(code, written)
    if meant is None:
        raise _describe_unknown(code)
    became = regions.resolve(code, today, written=written)
    now = None if isinstance(became, Unresolved) else regions.meaning(became, today)
    if as_json:
        write_json(
            {
                **_describe(regions, meant, written),
                "successors": list(meant.successors),
                "source": meant.source,
                "today": None if now is None else _describe(regions, now, today),
                "ambiguous": became is Unresolved.AMBIGUOUS,
                "meanings": [_describe(regions, one, one.valid_to) for one in regions.meanings(code)],
            }
        )
        return
    screen = make_console()
    for one in regions.meanings(code):
        mark = "→ " if one is meant else "  "
        screen.print(f"{mark}{one.code}  {_name(regions, one, one.valid_to)}  {_spell_days(one)}", markup=False)
    if now is not None:
        found = f"{now.code}  {_name(regions, now, today)}"
    elif became is Unresolved.AMBIGUOUS:
        found = word("有多个承继地区：", "has several successors: ") + word("、", ", ").join(meant.successors)
    else:
        found = word("不明", "not known")
    screen.print(f"{word('今日：', 'today: ')}{found}", markup=False)


def _read_regions() -> Regions:
    from gateway.catalogue.loader import load_regions

    return load_regions()


def _read_today() -> date:
    from gateway.ground.clock import china_day

    return china_day(int(datetime.now(UTC).timestamp() * 1_000_000))


def _describe(regions: Regions, region: Region, on: date) -> dict[str, object]:
    return {
        "code": region.code,
        "name": region.name,
        "name_en": region.name_en,
        "full_name": regions.full_name(region, on),
        "level": region.level,
        "valid_from": None if region.valid_from == date.min else region.valid_from.isoformat(),
        "valid_to": None if region.valid_to == date.max else region.valid_to.isoformat(),
    }


def _name(regions: Regions, region: Region, on: date) -> str:
    """Return the full name; in English the smallest first, in Chinese where a county that is no more has no other."""
    english = [one.name_en for one in reversed(regions.lineage(region, on))]
    return word(regions.full_name(region, on), ", ".join(english) if all(english) else regions.full_name(region, on))


def _spell_days(region: Region) -> str:
    if region.valid_to == date.max:
        last = word("至今", "to this day")
    else:
        last = word(f"至 {region.valid_to}", f"to {region.valid_to}")
    return (
        last if region.valid_from == date.min else word(f"自 {region.valid_from} ", f"from {region.valid_from} ") + last
    )


def _describe_unknown(code: str) -> Problem:
    return Problem(
        Label(f"行政区划代码 {code[:20]}", f"the code {code[:20]}"),
        Label("当日或此前存在的地区", "a region that is, or was, on that day"),
        Label("用 chuanyu regions list 查看", "see chuanyu regions list"),
        exit_code=2,
    )
