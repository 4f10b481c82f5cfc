"""`gateway.cli.items.named`: what an entry says of an item has its official name, with the code, in either language."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from gateway.cli.items.named import name_fields, name_item, name_scene, name_use_basis
from gateway.cli.language import Language, choose


@pytest.fixture(autouse=True)
def _afterwards() -> Iterator[None]:
    yield
    choose(None)


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        (
            Language.ZH,
            (
                "社会保障卡状态核验（CY-ID-02）",
                "用卡服务（card-service）",
                "社会保障卡服务管理职责（card-administration）",
                "用卡形式（card_form）、发卡日期（issue_date）",
            ),
        ),
        (
            Language.EN,
            (
                "card status (CY-ID-02)",
                "service with the card (card-service)",
                "duty of administering the card (card-administration)",
                "card form (card_form), date of issue (issue_date)",
            ),
        ),
    ],
)
def test_each_has_its_name_and_its_code(language: Language, expected: tuple[str, ...]) -> None:
    choose(language)
    named = (
        name_item("CY-ID-02"),
        name_scene("CY-ID-02", "card-service"),
        name_use_basis("CY-ID-02", "card-administration"),
        name_fields("CY-ID-02", ("card_form", "issue_date")),
    )
    assert expected == named


@pytest.mark.parametrize("language", [Language.ZH, Language.EN])
def test_what_no_shipped_item_has_is_shown_by_its_code(language: Language) -> None:
    """Of an unknown item, or of another one; and nothing stays nothing."""
    choose(language)
    assert ("CY-XX-99", "card-service", "") == (
        name_item("CY-XX-99"),
        name_scene("CY-SS-01", "card-service"),
        name_item(""),
    )
    assert "novel" == name_fields("CY-ID-02", ("novel",))
