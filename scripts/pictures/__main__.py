"""Writes the pictures of the pages: `python -m scripts.pictures [--record]`; with `--record` it runs the demo first.

The front pages show an excerpt of the recording, which is written too. Tests hold all of it to what this module writes.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from scripts.pictures import architecture, candidates, cast, exchange, trust
from scripts.pictures.words import Language

ROOT: Final = Path(__file__).parents[2]
PLACE: Final = ROOT / "docs" / "pictures"
_SHOWN: Final = re.compile(r"(?<=^```text\n).*?(?=^```$)", re.DOTALL | re.MULTILINE)


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


def front_page(language: Language) -> Path:
    """Return the first page that a reader of a language meets."""
    return ROOT / f"README{language}.md"


def refresh(language: Language) -> str:
    """Return the front page with the excerpt of the recording that is there."""
    shown = cast.excerpt(recording(language).read_text(encoding="utf-8"))
    return _SHOWN.sub(lambda _: shown, front_page(language).read_text(encoding="utf-8"), count=1)


if __name__ == "__main__":
    PLACE.mkdir(parents=True, exist_ok=True)
    if "--record" in sys.argv[1:]:
        for one in Language:
            recording(one).write_text(cast.record(one), encoding="utf-8")
    for file, text in render().items():
        (PLACE / file).write_text(text, encoding="utf-8")
    for one in Language:
        front_page(one).write_text(refresh(one), encoding="utf-8")
