"""A small canvas that writes plain SVG: boxes, arrows and words, in colours for light and for dark screens.

It uses no external tool, so a picture is a text that a test can compare. The width of a word is estimated from wide and
narrow characters; a word that does not fit its box raises, so a picture never cuts one.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Final
from unicodedata import east_asian_width

WIDTH: Final = 760
"""The greatest width of a picture: what a page of text shows without shrinking it."""
_STYLE: Final = """
svg { color-scheme: light dark }
text { font-family: system-ui, "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", "WenQuanYi Zen Hei", sans-serif;
  fill: #1f2328 }
.ground { fill: #ffffff }
.panel { fill: #f6f8fa; stroke: #d0d7de }
.plain { fill: #ffffff; stroke: #8c959f }
.step { fill: #ddf4ff; stroke: #54aeff }
.log { fill: #dafbe1; stroke: #4ac26b }
.stop { fill: #ffebe9; stroke: #cf222e }
.bar { fill: #54aeff }
.alert { fill: #cf222e }
text.faint { fill: #59636e }
text.stopped { fill: #cf222e; font-weight: 600 }
text.strong { font-weight: 600 }
text.code { font-family: ui-monospace, "DejaVu Sans Mono", Menlo, Consolas, monospace }
.line { stroke: #59636e; fill: none }
.tip { fill: #59636e }
.border { stroke: #cf222e; stroke-dasharray: 6 4; fill: none }
@media (prefers-color-scheme: dark) {
  text { fill: #e6edf3 }
  .ground { fill: #0d1117 }
  .panel { fill: #161b22; stroke: #3d444d }
  .plain { fill: #0d1117; stroke: #656c76 }
  .step { fill: #121d2f; stroke: #388bfd }
  .log { fill: #12261e; stroke: #2ea043 }
  .stop { fill: #25171c; stroke: #f85149 }
  .bar { fill: #388bfd }
  .alert { fill: #f85149 }
  text.faint { fill: #9198a1 }
  text.stopped { fill: #f85149 }
  .line { stroke: #9198a1 }
  .tip { fill: #9198a1 }
  .border { stroke: #f85149 }
}
"""
_NARROW: Final = frozenset("ijlt.,:;'|!()[] I")
_WIDE: Final = frozenset("mwMW@—…")


def measure(words: str, size: float) -> float:
    """Estimate the width of words in pixels: an em for a wide character, about half an em for a Latin one."""
    ems = 0.0
    for sign in words:
        if east_asian_width(sign) in "WF":
            ems += 1
        elif sign in _NARROW:
            ems += 0.36
        elif sign in _WIDE or sign.isupper():
            ems += 0.78
        else:
            ems += 0.59
    return ems * size


class Picture:
    """One picture under way; `render` gives its text."""

    def __init__(self, height: int, title: str, description: str) -> None:
        """Begin an empty picture of the full width with the words that a screen reader speaks."""
        self._height = height
        self._title = title
        self._parts = [f'<desc id="description">{escape(description)}</desc>']
        self._parts.append(f'<rect class="ground" width="{WIDTH}" height="{height}" rx="8"/>')

    def add_text(
        self,
        x: float,
        y: float,
        words: str,
        *,
        kind: str = "",
        anchor: str = "middle",
        size: float = 13,
        room: float = 0,
    ) -> None:
        """Write one line with its baseline at y. Raises where it is wider than its room, or leaves the picture."""
        wide = measure(words, size)
        left = x - {"start": 0, "middle": wide / 2, "end": wide}[anchor]
        if (room and wide > room) or left < 0 or left + wide > WIDTH:
            raise ValueError(f"expected words that fit, found {wide:.0f} px of {room or WIDTH:.0f}: {words}")
        name = f' class="{kind}"' if kind else ""
        self._parts.append(
            f'<text{name} x="{x:g}" y="{y:g}" font-size="{size:g}" text-anchor="{anchor}">{escape(words)}</text>'
        )

    def add_box(
        self, x: float, y: float, width: float, height: float, lines: Sequence[str], *, kind: str = "plain",
        size: float = 13,
    ) -> None:  # fmt: skip
        """Draw a box with its lines in the middle; the first line stands out where there are several."""
        self._parts.append(f'<rect class="{kind}" x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}" rx="5"/>')
        step = size + 5
        top = y + height / 2 - step * (len(lines) - 1) / 2 + size * 0.36
        for number, words in enumerate(lines):
            strong = "strong" if number == 0 and len(lines) > 1 else ""
            self.add_text(x + width / 2, top + number * step, words, kind=strong, size=size, room=width - 8)

    def add_panel(self, x: float, y: float, width: float, height: float, title: str, *, kind: str = "panel") -> None:
        """Draw a box that holds others, with its title at the top."""
        self._parts.append(f'<rect class="{kind}" x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}" rx="8"/>')
        self.add_text(x + width / 2, y + 20, title, kind="strong", size=14, room=width - 8)

    def add_line(self, x1: float, y1: float, x2: float, y2: float, *, kind: str = "line") -> None:
        """Draw a straight line."""
        self._parts.append(f'<path class="{kind}" d="M{x1:g} {y1:g}L{x2:g} {y2:g}"/>')

    def add_arrow(self, x1: float, y1: float, x2: float, y2: float, label: str = "") -> None:
        """Draw a horizontal or vertical arrow; a label stands beside a vertical one."""
        level = y1 == y2
        ahead = (1 if x2 > x1 else -1) if level else (1 if y2 > y1 else -1)
        back, side = -7 * ahead, 4
        corners = (
            f"M{x2:g} {y2:g}l{back} {side}v{-2 * side}z" if level else f"M{x2:g} {y2:g}l{side} {back}h{-2 * side}z"
        )
        self.add_line(x1, y1, x2 + back * level, y2 + back * (not level))
        self._parts.append(f'<path class="tip" d="{corners}"/>')
        if label:
            self.add_text(x1 + 8, (y1 + y2) / 2 + 4, label, kind="faint", anchor="start", size=12)

    def add_label(self, x: float, y: float, words: str, *, size: float = 12) -> None:
        """Write words over a patch of the ground, so that a line behind them does not cross them."""
        wide = measure(words, size) + 6
        self._parts.append(
            f'<rect class="ground" x="{x - wide / 2:.1f}" y="{y - size:.1f}" width="{wide:.1f}" height="{size + 3:g}"/>'
        )
        self.add_text(x, y, words, kind="faint", size=size)

    def add_bar(self, x: float, y: float, width: float, height: float, *, kind: str = "bar") -> None:
        """Draw a filled bar without words."""
        self._parts.append(f'<rect class="{kind}" x="{x:g}" y="{y:g}" width="{width:.1f}" height="{height:g}"/>')

    def add(self, part: str) -> None:
        """Add a part that is SVG already."""
        self._parts.append(part)

    def render(self, style: str = "") -> str:
        """Return the whole picture as text."""
        return "\n".join(
            (
                f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {self._height}" width="{WIDTH}" '
                f'height="{self._height}" role="img" aria-labelledby="title" aria-describedby="description">',
                f'<title id="title">{escape(self._title)}</title>',
                f"<style>{_STYLE}{style}</style>",
                *self._parts,
                "</svg>",
                "",
            )
        )
