"""Writes what the pages take from the code: `python -m scripts.pages`; with a page, it prints that page instead.

Each page is written in English and in Chinese from one source. Tests hold the pages to what this module writes.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from gateway.cli.language import Language
from scripts.pages import glossary, items, sentences, verifiers

DOCS: Final = Path(__file__).parents[2] / "docs"


def _refresh_items(page: str, language: Language) -> str:
    written_by_hand, _, _ = page.partition(items.HEADINGS[language])
    return written_by_hand + items.render(language)


PAGES: Final[Mapping[str, Callable[[str, Language], str]]] = {
    "reference/items": _refresh_items,
    "reference/refusals": sentences.refresh_refusals,
    "reference/alarms": sentences.refresh_alarms,
    "reference/evidence-bundle": verifiers.refresh_table,
    "glossary": glossary.refresh_codes,
}
"""The pages that have a part from the code, without the end of their file names."""
ENDS: Final = {Language.EN: ".md", Language.ZH: ".zh-CN.md"}


def refresh(path: Path) -> str:
    """Return a page with what it takes from the code as the code has it now.

    Raises:
        LookupError: the page takes nothing from the code.
    """
    language = Language.ZH if path.name.endswith(ENDS[Language.ZH]) else Language.EN
    name = str(path.resolve().relative_to(DOCS.resolve())).removesuffix(ENDS[language])
    return PAGES[name](path.read_text(encoding="utf-8"), language)


def paths() -> list[Path]:
    """Return every page that takes something from the code."""
    return [DOCS / f"{name}{end}" for name in PAGES for end in ENDS.values()]


if __name__ == "__main__":
    if sys.argv[1:]:
        sys.stdout.write(refresh(Path(sys.argv[1])))
    else:
        verifiers.LIST.write_text(verifiers.refresh_list(verifiers.LIST.read_text(encoding="utf-8")), encoding="utf-8")
        for one in paths():
            one.write_text(refresh(one), encoding="utf-8")
