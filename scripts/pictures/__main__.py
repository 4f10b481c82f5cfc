"""Writes the pictures of the pages: `python -m scripts.pictures [--record]`; with `--record` it runs the demo first.

A test holds every picture to what this module writes.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from scripts.pictures import architecture, candidates, cast, exchange, trust
from scripts.pictures.words import Language

PLACE: Final = Path(__file__).parents[2] / "docs" / "pictures"


def recording(language: Language) -> Path:
    """Return the file of the demo's recording."""
    return PLACE / f"demo{language}.txt"


def render() -> Mapping[str, str]:
    """Return every picture by its file name."""
    drawn = {}
    for language in Language:
        for name, module in (
            ("architecture", architecture), ("exchange", exchange), ("trust", trust), ("candidates", candidates),
        ):  # fmt: skip
            drawn[f"{name}{language}.svg"] = module.draw(language)
        drawn[f"demo{language}.svg"] = cast.draw(language, recording(language).read_text(encoding="utf-8"))
    return drawn


if __name__ == "__main__":
    PLACE.mkdir(parents=True, exist_ok=True)
    if "--record" in sys.argv[1:]:
        for one in Language:
            recording(one).write_text(cast.record(one), encoding="utf-8")
    for file, text in render().items():
        (PLACE / file).write_text(text, encoding="utf-8")
