"""Write the corpus: `python -m tests.leakguard.corpus.generate`. The same code always writes the same lines."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from tests.leakguard.corpus import block, guises, kinds, passing, strangers
from tests.leakguard.corpus.people import Case

HERE = Path(__file__).parent
BLOCK = HERE / "must_block.jsonl"
PASS = HERE / "must_pass.jsonl"
MISSED = HERE / "missed.jsonl"
NEEDLESS = HERE / "needless.jsonl"


def lines(prefix: str, cases: Iterable[Case]) -> str:
    """Return the cases as JSON lines, each with an identifier that counts within its category."""
    seen: Counter[str] = Counter()
    written = []
    for category, text, record in cases:
        seen[category] += 1
        name = re.sub("[^a-z]+", "-", category)
        case = {"id": f"{prefix}-{name}-{seen[category]:03}", "category": category, "text": text, "record": record}
        written.append(json.dumps(case) + "\n")
    return "".join(written)


def corpus() -> dict[Path, str]:
    """Return what each file of the corpus holds."""
    return {
        BLOCK: lines("block", (*block.cases(), *strangers.cases(), *guises.cases())),
        PASS: lines("pass", (*passing.cases(), *strangers.other_things(), *guises.other_things())),
        MISSED: lines("missed", (*kinds.missed(), *strangers.missed(), *guises.missed())),
        NEEDLESS: lines("needless", (*kinds.needless(), *guises.needless())),
    }


if __name__ == "__main__":
    for path, text in corpus().items():
        path.write_text(text, encoding="ascii")
