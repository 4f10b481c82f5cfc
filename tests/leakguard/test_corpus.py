"""Claims about the guard over the corpus: texts that must be blocked and texts that must pass."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.leakguard.corpus.generate import BLOCK, PASS, corpus

CORPUS = pytest.mark.parametrize(("least", "path"), [(300, BLOCK), (150, PASS)], ids=["must_block", "must_pass"])


@CORPUS
def test_the_corpus_is_what_its_generator_writes(least: int, path: Path) -> None:
    """The same code always writes the same lines."""
    assert corpus()[path] == path.read_text(encoding="ascii")
    assert least <= len(corpus()[path].splitlines())


@CORPUS
def test_the_corpus_holds_no_case_twice(least: int, path: Path) -> None:
    """Each identifier stands once, and each pair of text and record."""
    cases = [json.loads(line) for line in path.read_text(encoding="ascii").splitlines()]
    assert len(cases) == len({case["id"] for case in cases})
    assert len(cases) == len({json.dumps([case["text"], case["record"]]) for case in cases})
