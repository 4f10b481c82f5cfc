"""An explanation of an item: what a recipient gets in a scene, of an adult and of a child apart."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from gateway.cli.items.explain import KEYED, describe_rest, explain, list_heads, make_rows
from gateway.cli.items.wording import label_columns
from gateway.cli.screen import Problem
from gateway.ground.item import Gate, Kind, Label, Level, OnFailure
from tests.samples import field, item

RECIPIENT = "500000/cq-hrss"
SCENES = (("counter-check", Label("柜台", "counter")), ("home-visit", Label("上门", "home visit")))
WHY = Label("不用于个案", "not for single cases")
GATES = (
    Gate(("card_status",), 5, "", 1, OnFailure.SUPPRESS, protects=WHY),
    Gate(("card_status",), 3, "phone", 2, OnFailure.REFUSE, protects=WHY),
)
ITEM = replace(
    item(
        field("card_status"),
        field("phone", level=Level.PARTIAL, keep_first=2, keep_last=2),
        field("remark", level=Level.DROP),
        field("reader_ref", level=Level.PSEUDONYM),
        field("in_force", Kind.BOOLEAN),
    ),
    scenes=SCENES,
    gates=GATES,
)


@pytest.fixture(name="explanation", scope="module")
def _explanation() -> dict[str, Any]:
    """The explanation of the item in its first scene."""
    return explain(ITEM, RECIPIENT, "")


@pytest.mark.parametrize(
    "recipient", ["", "500000", "500000/", "cq-hrss", "500100/cq-hrss", "500000/CQ", "500000/cq-hrss\n", "x/cq-hrss"]
)
def test_a_recipient_of_another_form_is_a_problem(recipient: str) -> None:
    """A key epoch and a token are one recipient's, so that nobody is taken for another."""
    with pytest.raises(Problem) as caught:
        explain(ITEM, recipient, "")
    assert f"the recipient {recipient} is not written as one" == caught.value.found.en
    assert "--recipient" in caught.value.remedy.en


def test_a_scene_that_the_item_does_not_have_is_a_problem() -> None:
    """Those that it has are named."""
    with pytest.raises(
        Problem, match="expected one of the scenes counter-check, home-visit, found the scene nowhere is none of"
    ):
        explain(ITEM, RECIPIENT, "nowhere")


def test_an_item_that_cannot_be_masked_says_which_field() -> None:
    """The next step is the page that explains the masks."""
    broken = replace(ITEM, fields=(field("phone", level=Level.PARTIAL, keep_first=9, keep_last=2),))
    with pytest.raises(Problem) as caught:
        explain(broken, RECIPIENT, "")
    assert "CY-ID-02.phone" in caught.value.found.en
    assert "docs/how-to/write-an-items-masks.md" in caught.value.remedy.en


def test_a_field_that_is_dropped_has_no_kind_and_leaves_nothing(explanation: dict[str, Any]) -> None:
    """Neither of an adult nor of a child."""
    remark = explanation["fields"][2]
    assert ("remark", "", None, None) == (
        remark["name"],
        remark["kind"],
        remark["example"]["left"],
        remark["minor"]["example"]["left"],
    )
    assert "样例说明" == remark["example"]["held"]


def test_the_first_scene_stands_where_none_is_named(explanation: dict[str, Any]) -> None:
    """And the one that is named else."""
    assert "counter-check" == explanation["scene"]
    assert "home-visit" == explain(ITEM, RECIPIENT, "home-visit")["scene"]


def test_what_leaves_of_an_adult_and_of_a_child_differs(explanation: dict[str, Any]) -> None:
    """A personal field of a child is withheld where its item names no stricter level."""
    phone = explanation["fields"][1]
    assert ("10012345678", "10****78") == (phone["example"]["held"], phone["example"]["left"])
    assert {"keep_first": 2, "keep_last": 2} == phone["params"]
    assert (Level.DROP, None) == (phone["minor"]["operator"], phone["minor"]["example"]["left"])


def test_a_row_of_the_table_has_a_cell_for_each_head(explanation: dict[str, Any]) -> None:
    """Nothing, a truth and what was dropped each have a sign of their own."""
    rows = {row[0].splitlines()[1]: row for row in make_rows(ITEM, explanation)}
    assert {len(list_heads())} == {len(row) for row in rows.values()}
    assert ("—", "同左 same\n—") == rows["remark"][3:]
    assert ("是 yes", "是 yes") == rows["in_force"][2:4]
    assert "不提供 not provided\ndrop\n空 null" == rows["phone"][4]


def test_only_a_keyed_field_shows_the_epoch_of_its_key(explanation: dict[str, Any]) -> None:
    """A mask without a key does not change with the epoch."""
    shown = {
        field["name"]: row[1] for field, row in zip(explanation["fields"], make_rows(ITEM, explanation), strict=True)
    }
    assert f"密钥期 epoch {explanation['key_epoch']}" == shown.pop("reader_ref").splitlines()[-1]
    assert [] == [row for row in shown.values() if "epoch" in row]
    assert Level.PSEUDONYM in KEYED


def test_candidates_and_gates_stand_below_the_table(explanation: dict[str, Any]) -> None:
    """A gate with a sensitive field says how many values of it each group must show; F1: each says what it is for."""
    lines = describe_rest(ITEM, {**explanation, "candidates_left": 1_234_567, "candidates_left_minor": 8})
    assert any("1,234,567" in line and line.startswith("余下候选") for line in lines)
    assert any("1,234,567 identity numbers fit" in line and "; 8 fit" in line for line in lines)
    status, phone = (label_columns([name], ITEM.fields) for name in ("card_status", "phone"))
    why = ["该校验的作用：不用于个案 what the gate is for: not for single cases"]
    assert [
        *(
            f"最小群体校验：{status.zh}：k = 5，隐去所涉数据项 gate: {status.en}: k = 5, withhold the fields concerned",
            *why,
        ),
        *(
            f"最小群体校验：{status.zh}：k = 3，按{phone.zh} l = 2，整批拒绝 "
            f"gate: {status.en}: k = 3, l = 2 ({phone.en}), refuse the whole page",
            *why,
        ),
    ] == lines[-4:]
    assert 2 == len(describe_rest(ITEM, {**explanation, "gates": []}))
