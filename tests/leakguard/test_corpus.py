"""Claims about the guard over the corpus: texts that must be blocked and texts that must pass."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from pathlib import Path
from random import Random

import pytest

from gateway.cli.language import Language
from gateway.ground.evidence import Column, Page
from gateway.ground.item import Kind, Level
from gateway.leakguard.engines import Engine, engines, fastest
from gateway.leakguard.found import LeakFound
from gateway.leakguard.inspection import Guard
from gateway.leakguard.numbers import find_numbers
from tests.leakguard.corpus import clean
from tests.leakguard.corpus.generate import BLOCK, MISSED, NEEDLESS, PASS, corpus
from tests.leakguard.corpus.report import PAGE, PAGES, Verdict, by_category, judge, page
from tests.masking.pages import ITEM, TODAY, grant_of, masked_page, raw_page, rows_of
from tests.masking.pages import keys_of as asked_for
from tests.samples import field, item

ENGINES = engines()

CORPUS = pytest.mark.parametrize(
    ("least", "path"), [(300, BLOCK), (150, PASS), (10, NEEDLESS)], ids=["must_block", "must_pass", "needless"]
)


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


@pytest.fixture(scope="module")
def blocks() -> list[Verdict]:
    """Return the verdicts on the texts that must be blocked."""
    return judge(BLOCK)


@pytest.fixture(scope="module")
def passes() -> list[Verdict]:
    """Return the verdicts on the texts that must pass."""
    return judge(PASS)


def test_at_least_98_of_100_texts_that_must_be_blocked_are(blocks: list[Verdict]) -> None:
    """A failure names each category with its texts and those missed."""
    missed = [verdict for verdict in blocks if not verdict.block]
    assert 0.98 * len(blocks) <= len(blocks) - len(missed), by_category(blocks, block=True)


def test_no_category_is_left_open(blocks: list[Verdict]) -> None:
    """At least nine texts of ten are caught in every category of ten texts and more: no kind of dress gets through."""
    weak = [row for row in by_category(blocks, block=True) if row[1] - row[2] < 0.9 * row[1]]
    assert [] == weak


def test_no_text_that_must_pass_is_blocked(passes: list[Verdict]) -> None:
    """A failure names what was held back and which detectors sounded."""
    assert [] == [(verdict.name, verdict.text[:60], verdict.detectors) for verdict in passes if verdict.block]


GUARD_PAGE = PAGE.with_name("leak-guard.md")
CHINESE_GUARD_PAGE = PAGE.with_name("leak-guard.zh-CN.md")


def shown_in(section: str, path: Path = GUARD_PAGE) -> list[tuple[str, list[str]]]:
    """Return each line of a section of the guard's page, with the texts of the corpus that it names."""
    body = path.read_text("utf-8").partition(f"\n## {section}\n")[2].partition("\n## ")[0]
    lines = [line for line in body.splitlines() if line.startswith(("- ", "| "))]
    return [
        (line, re.findall(r"`((?:block|missed|needless)-[a-z-]+-[0-9]{3})`", line))
        for line in lines
        if not re.search(r"found \| shown by \||\| 例证 \||\|---\|", line)
    ]


@pytest.mark.parametrize(
    ("english", "chinese"),
    [
        ("What is found", "能查出什么"),
        ("What is not found", "查不出什么"),
        ("What is found though it need not be", "不必拦截而拦截的"),
    ],
)
def test_each_line_of_the_chinese_page_is_shown_by_the_same_texts(english: str, chinese: str) -> None:
    """What holds for the English lines holds for theirs."""
    shown = [sorted(texts) for _, texts in shown_in(english)]
    assert shown
    assert shown == [sorted(texts) for _, texts in shown_in(chinese, CHINESE_GUARD_PAGE)]


def test_each_line_of_what_is_found_is_shown_by_a_text(blocks: list[Verdict]) -> None:
    """A4, A10, A12: the page claims nothing that the guard does not do to a text of the corpus."""
    caught = {verdict.name for verdict in blocks if verdict.block}
    claimed = shown_in("What is found")
    assert 30 < len(claimed)
    assert [] == [line for line, texts in claimed if not texts or not caught.issuperset(texts)]


def test_each_line_of_what_is_not_found_is_shown_by_a_text() -> None:
    """A12a, A12f: what the page says passes, and every text that is known to pass is told there."""
    passed = {verdict.name for verdict in judge(MISSED) if not verdict.block}
    told = shown_in("What is not found")
    assert [] == [line for line, texts in told if not texts or not passed.issuperset(texts)]
    known = {json.loads(line)["id"] for line in MISSED.read_text("ascii").splitlines()}
    assert known == passed
    assert {name.rpartition("-")[0] for name in known} == {
        name.rpartition("-")[0] for _, texts in told for name in texts
    }


def test_each_line_of_what_is_found_needlessly_is_shown_by_a_text() -> None:
    """A12: what the page says is held back though it tells nobody is; every such text is told there."""
    verdicts = judge(NEEDLESS)
    told = shown_in("What is found though it need not be")
    assert [] == [line for line, texts in told if not texts]
    assert {verdict.name for verdict in verdicts} == {name for _, texts in told for name in texts}
    assert [] == [(verdict.name, verdict.text) for verdict in verdicts if not verdict.block]


@pytest.mark.long
def test_a_hundred_thousand_decimals_are_no_numbers() -> None:
    """A12c: 100,000 decimals as programs write them, small and large, hold no card and no telephone."""
    random = Random(61)
    made = (
        random.random,
        lambda: random.uniform(100, 200),
        lambda: random.gauss(0, 10**6),
        lambda: random.random() ** 9,
    )
    texts = [f"比值 {made[at % 4]()!r}" for at in range(100_000)]
    joined = (chr(10).join(texts[at : at + 50]) for at in range(0, len(texts), 50))
    assert [] == [text for text in joined if find_numbers(text)]


@pytest.mark.parametrize("language", PAGES)
def test_every_miss_is_on_the_page_with_its_reason(
    language: Language, blocks: list[Verdict], passes: list[Verdict]
) -> None:
    """The page of each language says what the guard says today."""
    assert page(blocks, passes, language) == PAGES[language].read_text("utf-8")


OPEN = frozenset(
    {
        *("sex", "sex_code", "AAC004", "性别", "nation", "nationality_code", "AAC005", "民族"),
        *("status", "状态", "flag", "count", "region", "region_code", "地区"),
    }
)
"""Fields that leave as they stand in the items of the corpus; the others are dropped."""


class Heard:
    """An engine whose answers are noted: all that a guard learns from its engine of the texts of one page."""

    name = "heard"

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self.answers: list[tuple[tuple[str, ...], dict[int, int]]] = []

    def classes(self, texts: Sequence[str]) -> dict[int, int]:
        """Return and note the engine's answer."""
        found = self._engine.classes(texts)
        self.answers.append((tuple(texts), dict(found)))
        return found


JUDGED: dict[tuple[Path, str], tuple[list[tuple[tuple[str, ...], dict[int, int]]], bool]] = {}
"""What a guard asked its engine about a case and was answered, and whether it held the case back."""


def held_back(path: Path, engine: Engine) -> list[str]:
    """Return the cases that do not get out in a page, where the text is a clear column beside dropped ones.

    An engine that answers all that the guard asked another as the other did has the other's verdict: from equal answers
    the guard goes on alike. Where one answer differs, the guard judges the page with this engine.
    """
    held = []
    for line in path.read_text(encoding="ascii").splitlines():
        case = json.loads(line)
        answers, verdict = JUDGED.get((path, case["id"]), ([], False))
        if answers and all(engine.classes(texts) == found for texts, found in answers):
            held += [case["id"]] * verdict
            continue
        row = {**case["record"], "remark": case["text"]}
        fields = (
            *(field(name, level=Level.CLEAR if name in OPEN else Level.DROP) for name in case["record"]),
            field("remark"),
        )
        of, heard = item(*fields), Heard(engine)
        try:
            Guard(of, heard).inspect(
                grant_of(of), keys_of(), raw_page([row], fields), masked_page([row], fields), TODAY
            )
        except LeakFound:
            held.append(case["id"])
        JUDGED[path, case["id"]] = heard.answers, case["id"] in held[-1:]
    return held


def keys_of() -> Page:
    """Make the keys of a question about somebody else."""
    return Page(
        1,
        (
            Column("social_security_no", Kind.STRING, ("519999190001010010",)),
            Column("name", Kind.STRING, ("王一",)),
        ),
    )


@pytest.mark.parametrize("engine", ENGINES, ids=lambda engine: engine.name)
def test_a_page_is_judged_as_its_text_with_every_engine(
    engine: Engine, blocks: list[Verdict], passes: list[Verdict]
) -> None:
    """The quick look lets no text through that the close look holds back, and holds back none of its own."""
    assert [verdict.name for verdict in blocks if verdict.block] == held_back(BLOCK, engine)
    assert [verdict.name for verdict in passes if verdict.block] == held_back(PASS, engine)
    assert [verdict.name for verdict in judge(NEEDLESS)] == held_back(NEEDLESS, engine)


def alarms(count: int, seed: int) -> list[str]:
    """Return what the guard holds against so many pages of one masked row each, with a clean remark."""
    random, guard, found = Random(seed), Guard(ITEM, fastest()), []
    for _ in range(count):
        rows = [{**row, "remark": clean.text(random)} for row in rows_of(random, 1)]
        try:
            guard.inspect(grant_of(), asked_for(rows), raw_page(rows), masked_page(rows), TODAY)
        except LeakFound as leak:
            found.append(f"{leak}: {rows[0]['remark']!r}")
    return found


@pytest.mark.long
def test_four_thousand_clean_pages_raise_no_alarm() -> None:
    """Masked people with remarks of an office: dates, business numbers, digests, amounts, tables."""
    assert [] == alarms(4_000, 51)


@pytest.mark.torture
def test_a_hundred_thousand_clean_pages_raise_no_alarm() -> None:
    """As above, of other people and other remarks."""
    assert [] == alarms(100_000, 52)
