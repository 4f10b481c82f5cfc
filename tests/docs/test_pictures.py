"""The pictures of the pages are what `python -m scripts.pictures` draws, in both languages and for both screens."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Final
from xml.etree import ElementTree

import pytest

from gateway.masking.candidates import Disclosure, count_remaining
from scripts.pictures import cast
from scripts.pictures.__main__ import PLACE, recording, render
from scripts.pictures.svg import WIDTH, Picture, measure
from scripts.pictures.words import Language

ROOT: Final = Path(__file__).parents[2]
DRAWN: Final[Mapping[str, str]] = render()
CHINESE: Final = re.compile(r"[\u4e00-\u9fff]")


@pytest.mark.parametrize("name", DRAWN)
def test_every_picture_is_fresh(name: str) -> None:
    """Stale ones are written anew by `python -m scripts.pictures`."""
    assert DRAWN[name] == (PLACE / name).read_text(encoding="utf-8")


def test_no_picture_lies_there_that_nothing_draws() -> None:
    """A picture that was renamed leaves nothing behind."""
    assert set(DRAWN) == {path.name for path in PLACE.glob("*.svg")}


@pytest.mark.parametrize("name", DRAWN)
def test_a_picture_fits_a_page_and_both_screens(name: str) -> None:
    """At most 760 px wide, well formed, with a title that is read out and colours for the dark."""
    text = DRAWN[name]
    root = ElementTree.fromstring(text)  # noqa: S314  # our own text
    assert WIDTH <= 760 and str(WIDTH) == root.get("width")
    assert "prefers-color-scheme: dark" in text
    assert root.findtext("{http://www.w3.org/2000/svg}title")
    assert "http" not in text.replace("http://www.w3.org/2000/svg", "") and "<script" not in text


@pytest.mark.parametrize("name", sorted(name for name in DRAWN if "zh-CN" not in name and not name.startswith("demo")))
def test_each_language_is_alone_and_both_show_the_same(name: str) -> None:
    """No Chinese in the English picture; the twin has as many texts."""
    english, chinese = DRAWN[name], DRAWN[name.replace(".svg", ".zh-CN.svg")]
    assert not CHINESE.search(re.sub(r"<style>.*?</style>", "", english, flags=re.DOTALL))
    assert CHINESE.search(chinese)
    assert english.count("<text") == chinese.count("<text")
    assert english.count("<rect") == chinese.count("<rect")


def test_the_bars_show_what_the_code_counts() -> None:
    """6+4 leaves 3,317 candidates, and the picture says the number that is counted."""
    counted = count_remaining(Disclosure(first=6, last=4))
    assert 3_317 == counted
    for name in ("candidates.svg", "candidates.zh-CN.svg"):
        assert f">{counted:,} " in DRAWN[name]
        assert "e+" not in re.sub(r"<style>.*?</style>", "", DRAWN[name], flags=re.DOTALL)


@pytest.mark.parametrize("language", Language)
def test_the_recording_is_a_whole_run_of_the_demo(language: Language) -> None:
    """Its last scene says that all of it held; nothing failed in any scene, and every scene fits 80 by 24."""
    scenes = cast.parse(recording(language).read_text(encoding="utf-8"))
    assert "$ make demo" == scenes[0].lines[0]
    assert scenes[-1].lines[-1].startswith("✓")
    assert not any("✗" in line for scene in scenes for line in scene.lines)
    assert 20 <= sum(scene.seconds for scene in scenes) <= 30


@pytest.mark.parametrize(
    "text", ["", "no scene\n", "@ 1\n" + "x" * 81 + "\n", "@ 1\n" + "表" * 41 + "\n", "@ 1\n" + "x\n" * 25]
)
def test_a_recording_that_does_not_fit_is_refused(text: str) -> None:
    """No scene, a line too long, in wide signs too, or a line too many."""
    with pytest.raises(ValueError, match="expected"):
        cast.parse(text)


def test_words_that_do_not_fit_are_refused() -> None:
    """A picture never cuts a word."""
    picture = Picture(100, "title", "description")
    with pytest.raises(ValueError, match="expected words that fit"):
        picture.add_box(10, 10, 50, 30, ["a word too long for its box"])
    assert measure("表", 10) > measure("a", 10)
