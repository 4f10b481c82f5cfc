"""The recorded run of `chuanyu demo` as an animated SVG of 80 by 24 cells.

`docs/pictures/demo.txt` and its Chinese twin hold the recordings; `python -m scripts.pictures --record` makes them from
real runs. A line `@ SECONDS` begins a scene, which is shown for so long; the scenes repeat without end. A reader who
has asked the system for less motion sees the last scene alone.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
from html import escape
from itertools import groupby
from pathlib import Path
from typing import Final, NamedTuple
from unicodedata import east_asian_width, name

from scripts.pictures.svg import WIDTH, Picture
from scripts.pictures.words import Language, Words

TITLE: Final = Words("chuanyu demo 的一次真实运行", "A real run of chuanyu demo")
COLUMNS: Final = 80
LINES: Final = 24
_CELL: Final = (WIDTH - 24) / COLUMNS
_LINE: Final = 20
_TOP: Final = 38
SPOKEN: Final = {Language.ZH: "zh", Language.EN: "en"}
"""What `CHUANYU_LANG` is while a recording is made, so that each page shows a run in its own language."""
_RULES: Final = re.compile("[\u2500-\u257f]")
_STYLE: Final = """
.scene .rule { stroke: #57606a; fill: none }
.scene .heavy { stroke-width: 2 }
.screen { fill: #f6f8fa; stroke: #d0d7de }
.scene text { font-family: ui-monospace, "DejaVu Sans Mono", Menlo, Consolas, "Noto Sans Mono CJK SC", monospace;
  font-size: 15px; white-space: pre }
.scene .wide { font-size: 17px }
.scene .good { fill: #1a7f37; font-weight: 600 }
.scene .bad { fill: #cf222e; font-weight: 600 }
.scene .head { font-weight: 600 }
@media (prefers-color-scheme: dark) {
  .screen { fill: #010409; stroke: #3d444d }
  .scene .rule { stroke: #8b949e }
  .scene .good { fill: #3fb950 }
  .scene .bad { fill: #f85149 }
}
"""


class Scene(NamedTuple):
    """What the screen shows for some seconds."""

    seconds: float
    lines: tuple[str, ...]


def cells(words: str) -> int:
    """Return how many cells of a terminal the words take."""
    return sum(2 if east_asian_width(sign) in "WF" else 1 for sign in words)


def parse(text: str) -> tuple[Scene, ...]:
    """Return the scenes of a recording. Raises where one does not fit the screen."""
    scenes = []
    for seconds, body in re.findall(r"^@ ([\d.]+)\n((?:(?!@ ).*\n)*)", text, re.MULTILINE):
        lines = tuple(line.rstrip() for line in body.splitlines())
        if len(lines) > LINES or any(cells(line) > COLUMNS for line in lines):
            raise ValueError(f"expected scenes of {COLUMNS} by {LINES}, found {len(lines)} lines: {lines[0]}")
        scenes.append(Scene(float(seconds), lines))
    if not scenes:
        raise ValueError("expected a line `@ SECONDS` before each scene, found none")
    return tuple(scenes)


def _kind(sign: str, *, head: bool) -> str:
    if sign in "✓✗":
        return "good" if sign == "✓" else "bad"
    return " ".join(filter(None, ("head" if head else "", "wide" if cells(sign) > 1 else "")))


def _runs(line: str, *, head: bool) -> Iterator[tuple[int, str, str]]:
    """Yield column, words and kind of each run whose signs are alike in width and in kind; blanks are left out."""
    column = 0
    for (_, kind), signs in groupby(line, lambda sign: (cells(sign), _kind(sign, head=head))):
        run = "".join(signs)
        for words in re.finditer(r"\S+(?: \S+)*", run):
            yield column + cells(run[: words.start()]), words.group(), kind
        column += cells(run)


def _draw_rules(lines: Sequence[str], *, heavy: bool) -> str:
    """Return the rules of the tables as one path, since signs of a font leave gaps between lines that lie apart."""
    drawn: list[str] = []
    for row, line in enumerate(lines):
        top, begin, column = _TOP + row * _LINE, None, 0
        for sign in f"{line} ":
            kind = name(sign, "")
            ruled = kind.startswith("BOX DRAWINGS") and ("HEAVY" in kind) == heavy
            x, middle = 12 + (column + 0.5) * _CELL, top + _LINE / 2
            if ruled and re.search("LEFT|RIGHT|HORIZONTAL", kind):
                begin = x if begin is None else begin
                until = x
            elif begin is not None:
                drawn.append(f"M{begin:.1f} {middle:g}H{until:.1f}")
                begin = None
            above, below = (ruled and side in kind for side in ("UP", "DOWN"))
            if above or below or (ruled and "VERTICAL" in kind):
                first, last = (middle if below and not above else top), (middle if above and not below else top + _LINE)
                if "VERTICAL" in kind:
                    first, last = top, top + _LINE
                drawn.append(f"M{x:.1f} {first:g}V{last:g}")
            column += cells(sign)
    return "".join(drawn)


def _draw_scene(scene: Scene) -> Iterator[str]:
    for heavy in (False, True):
        if path := _draw_rules(scene.lines, heavy=heavy):
            yield f'<path class="rule{" heavy" if heavy else ""}" d="{path}"/>'
    for row, written in enumerate(scene.lines):
        line = _RULES.sub(" ", written)
        following = scene.lines[row + 1] if row + 1 < len(scene.lines) else ""
        for column, words, kind in _runs(line, head=following.startswith("┏") or line.startswith("$")):
            styled = f' class="{kind}"' if kind else ""
            adjust = "spacing" if cells(words) > len(words) else "spacingAndGlyphs"
            x, y = 12 + column * _CELL, _TOP + (row + 1) * _LINE - 4
            yield (
                f'<text{styled} x="{x:.1f}" y="{y}" textLength="{cells(words) * _CELL:.1f}" '
                f'lengthAdjust="{adjust}">{escape(words)}</text>'
            )


def draw(language: Language, text: str) -> str:
    """Return the picture of a recording."""
    scenes = parse(text)
    whole = sum(scene.seconds for scene in scenes)
    height = _TOP + max(len(scene.lines) for scene in scenes) * _LINE + 14
    picture = Picture(height, TITLE.read_in(language), " / ".join(scene.lines[0] for scene in scenes))
    picture.add(f'<rect class="screen" x="4" y="4" width="{WIDTH - 8}" height="{height - 8}" rx="8"/>')
    picture.add_text(WIDTH / 2, 24, TITLE.read_in(language), kind="faint", size=12)
    style, begin = [_STYLE], 0.0
    for number, scene in enumerate(scenes):
        start, end = begin / whole * 100, (begin + scene.seconds) / whole * 100
        begin += scene.seconds
        last = number == len(scenes) - 1
        style.append(
            f"@keyframes scene{number} {{ 0%, {max(start - 0.01, 0):.2f}% {{ opacity: {0 if number else 1} }} "
            f"{start:.2f}%, {max(end - 0.01, 0):.2f}% {{ opacity: 1 }} "
            f"{end:.2f}%, 100% {{ opacity: {1 if last else 0} }} }}\n"
            f".scene{number} {{ opacity: {1 if last else 0}; animation: scene{number} {whole:g}s step-end infinite }}\n"
        )
        picture.add(f'<g class="scene scene{number}">')
        for part in _draw_scene(scene):
            picture.add(part)
        picture.add("</g>")
    style.append("@media (prefers-reduced-motion: reduce) { .scene { animation: none } }\n")
    return picture.render("".join(style))


def _tables(said: str) -> list[list[str]]:
    """Return each table of the demo with the title above it, as lines."""
    tables: list[list[str]] = []
    head: list[str] = []
    for line in said.splitlines():
        head.append(line.rstrip())
        if line.startswith("└"):
            begin = max(number for number, one in enumerate(head) if one.startswith("┏"))
            tables.append(head[max(begin - 1, 0) :])
            head = []
    return [*tables, head]


def _choose(tables: Sequence[list[str]], word: str) -> list[str]:
    """Return the first table that holds a word."""
    found = [table for table in tables if any(word in line for line in table)]
    if not found:
        raise ValueError(f"expected a table of the demo with {word}, found none")
    return found[0]


def excerpt(text: str) -> str:
    """Return what a front page shows of a recording: the first table of what left, and the end of the run."""
    _, _, left, *_, end = parse(text)
    table = left.lines[: next(number for number, line in enumerate(left.lines) if line.startswith("└")) + 1]
    return "".join(f"{line}\n" for line in (*table, "…", *end.lines))


def record(language: Language) -> str:
    """Run the demo once and return its recording. Takes about a minute."""
    program = Path(sys.executable).with_name("chuanyu")
    done = subprocess.run(
        [program, "demo"], capture_output=True, text=True, check=True, timeout=400,
        env={**os.environ, "COLUMNS": str(COLUMNS), "CHUANYU_LANG": SPOKEN[language]},
    )  # fmt: skip
    bars = [line.rstrip() for line in done.stderr.splitlines() if re.search(r"(\d+)/\1\b", line)]
    tables = _tables(done.stdout)
    exchange = _choose([table for table in tables if "CY-ID-02" in table[0]], "card_no")
    account = _choose([table for table in tables if "CY-FD-04" in table[0]], "bank_account")
    refusals = _choose(tables, "ITEM_NOT_LISTED")
    scenes = (
        (2.0, ["$ make demo"]),
        (3.0, ["$ make demo", *bars]),
        (5.0, exchange),
        (4.0, account),
        (6.0, refusals),
        (8.0, [*tables[-2], *tables[-1]]),
    )
    return "".join(f"@ {seconds:g}\n" + "".join(f"{line}\n" for line in lines) for seconds, lines in scenes)
