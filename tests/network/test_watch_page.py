"""The page on watching a log: its blocks are run beside two running nodes, and its tables are the code's."""

from __future__ import annotations

import asyncio
import os
import re
import sys
from pathlib import Path
from typing import Final

import pytest

from gateway.cli.language import Language
from gateway.monitor.alarms import TABLE
from gateway.monitor.settings import Watch, WatchedLog, WatchedWitness
from tests.clients import reviewer_of
from tests.network.test_fetch import keep, witnessing
from tests.province import Two

DOCS: Final = Path(__file__).parents[2] / "docs" / "how-to"
PAGE: Final = (DOCS / "watch-a-log.md").read_text(encoding="utf-8")
CHINESE: Final = (DOCS / "watch-a-log.zh-CN.md").read_text(encoding="utf-8")


PAGES: Final = {Language.EN: PAGE, Language.ZH: CHINESE}


def blocks(kind: str, language: Language) -> list[str]:
    """The blocks of a kind on the page of a language."""
    return re.findall(rf"^```{kind}\n(.*?)^```$", PAGES[language], re.DOTALL | re.MULTILINE)


def lay_out(two: Two, directory: Path) -> None:
    """Make the tutorial's directory of what the blocks read."""
    for short, name in (("sc", "sichuan"), ("cq", "chongqing")):
        (directory / short).symlink_to(two.world[name].settings.directory)
        (directory / f"{short}-ca").mkdir()
        (directory / f"{short}-ca" / "authority.crt").write_bytes(two.world[name].authority.certificate_pem)
    keep(directory / "reviewer", reviewer_of(two.world["sichuan"]))


@pytest.mark.parametrize("language", PAGES)
async def test_the_blocks_of_the_page_do_what_it_says(two: Two, tmp_path: Path, language: Language) -> None:
    """Every command succeeds, and every text is seen, in the language of the page."""
    lay_out(two, tmp_path)
    environment = {
        **os.environ,
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "SC_PORT": str(two.world["sichuan"].settings.listen.port),
        "COLUMNS": "200",
        "CHUANYU_LANG": language,
    }
    async with witnessing(two, "chongqing") as place:
        environment["CQ_WITNESS"] = place.rpartition(":")[2]
        process = await asyncio.create_subprocess_exec(
            "bash", "-c", "set -eu -o pipefail\n" + "\n".join(blocks("sh", language)), cwd=tmp_path, env=environment,
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
        )  # fmt: skip
        out, _ = await process.communicate()
    told = out.decode()
    assert 0 == process.returncode, told
    expected = [line for text in blocks("text", language) for line in text.splitlines()]
    assert 4 == len(expected)
    assert [] == [line for line in expected if not re.search(re.escape(line).replace("…", ".*"), told)], told
    assert (tmp_path / "watch" / "watch.prom").is_file()


@pytest.mark.parametrize(("page", "zh"), [(PAGE, False), (CHINESE, True)], ids=["English", "Chinese"])
def test_every_alarm_stands_on_the_page_as_it_is_raised(page: str, zh: bool) -> None:
    """Severity, fact and next step, in the order of the table; and no other."""
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in page.splitlines() if "| `" in line]
    told = [row for row in rows if len(row) == 4 and re.fullmatch(r"`[A-Z_]+`", row[0])]
    assert [
        [f"`{alarm}`", f"`{said.severity}`", *((said.zh, said.next_zh) if zh else (said.en, said.next_en))]
        for alarm, said in TABLE.items()
    ] == told


@pytest.mark.parametrize("page", [PAGE, CHINESE], ids=["English", "Chinese"])
def test_every_setting_stands_on_the_page_with_its_default(page: str) -> None:
    """Numbers as they are in the code."""
    for name, field in Watch.model_fields.items():
        (row,) = [line for line in page.splitlines() if line.startswith(f"| `watch.{name}` |")]
        if isinstance(field.default, float | int):
            assert f"| {field.default:g} |" in row
    for model, table in ((WatchedLog, "logs"), (WatchedWitness, "logs.witnesses")):
        for name in set(model.model_fields) - {"witnesses"}:
            assert f"`{table}.{name}`" in page or f"`.{name}`" in page, name
