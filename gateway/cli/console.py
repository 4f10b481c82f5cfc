"""The console of every command: whatever it prints, no sign of others' text reaches the terminal as a command.

Two looks: text is spelt before a table measures it, so that its columns stay straight; and once more piece by piece
before it is written, so that nothing comes past the first look. The console's own colours are no text.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from rich.console import Console, ConsoleOptions, RenderableType
from rich.segment import Segment
from rich.text import Text

from gateway.ground.visible import spell_unseen


class VisibleConsole(Console):
    """Prints everything as text that can be seen."""

    def render_str(self, text: str, **options: Any) -> Text:
        """Return the text, spelt, with its markup read."""
        return super().render_str(spell_unseen(text, lines=True), **options)

    def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterable[Segment]:
        """Yield the pieces of what is printed, each spelt."""
        for piece in super().render(renderable, options):
            if piece.control or piece.text.isprintable():
                yield piece
            else:
                yield Segment(spell_unseen(piece.text, lines=True), piece.style)
