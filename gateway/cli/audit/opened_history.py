"""The bodies that come with a person's history: who asked, for what, on what basis, for each entry.

Nothing is believed of them but what the entries commit to: a body whose entry is not in the history, or commits to
another text, is refused.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Final

from gateway.audit.entries.bodies import BodyInvalid, check_body
from gateway.audit.entries.entry import Cell, Phase
from gateway.audit.review.completeness import History
from gateway.audit.review.statement_entries import ProvenEntry
from gateway.cli.details import put_detail
from gateway.cli.language import word
from gateway.cli.names import name_of
from gateway.cli.screen import Problem, make_console
from gateway.cli.table import show_table
from gateway.ground.evidence import LawfulBasis
from gateway.ground.item import Label

if TYPE_CHECKING:
    from gateway.wire.v1.ledger_pb2 import OpenedBody

Inputs = Mapping[str, Cell]
NUMBERS: Final = ("business_no", "batch_no", "consent_ref", "end_user_org", "onward_consent_no")
"""The numbers and codes that stand beside the lawful basis of a question."""


def read_opened(history: History, bodies: Iterable[OpenedBody]) -> dict[str, Inputs]:
    """Return the inputs of each exchange whose body came, by its request id.

    Raises:
        Problem: one is not what an entry of the history commits to.
    """
    found = {one.index: one.entry for one in history.found}
    opened: dict[str, Inputs] = {}
    for body in bodies:
        entry = found.get(body.index)
        if entry is None:
            continue  # the body of a question about many: the entry that commits to it names others
        try:
            opened[entry.exchange_id] = check_body(entry, body.salt, body.text)
        except BodyInvalid as error:
            raise Problem(
                Label(
                    f"条目 {body.index} 的正文核验不通过：{put_detail(error).zh}",
                    f"the body of the entry {body.index} does not hold: {error}",
                ),
                Label("与条目的承诺相符的正文", "the body that the entry commits to"),
                Label(
                    "不采信其内容，在节点上运行 chuanyu audit verify", "rely on nothing in it; run chuanyu audit verify"
                ),
            ) from error
    return opened


def describe_inputs(one: ProvenEntry, opened: Mapping[str, Inputs] | None) -> dict[str, object]:
    """Return for JSON what an entry rested on; nothing where it was not asked for, None where it cannot be opened."""
    if opened is None or one.entry.phase is Phase.ADMIN:
        return {}
    return {"inputs": opened.get(one.entry.exchange_id)}


def show_opened(shown: Sequence[ProvenEntry], opened: Mapping[str, Inputs]) -> None:
    """Show operator, unit, purpose and basis of each entry as a table, and how many cannot be opened."""
    heads = (
        (word("序号", "index"),),
        (word("经办人与单位", "official, unit"),),
        (word("用途", "purpose"),),
        (word("处理依据、业务编号", "lawful basis, business number"),),
    )
    rows = []
    closed = 0
    for one in shown:
        if one.entry.phase is Phase.ADMIN:
            continue
        inputs = opened.get(one.entry.exchange_id)
        if inputs is None:
            closed += 1
            continue
        basis = name_of(LawfulBasis, _text(inputs, "lawful_basis"))
        rows.append(
            (
                [str(one.index)],
                _list_given(_text(inputs, "operator"), _text(inputs, "operator_unit")),
                _list_given(_text(inputs, "purpose"), _text(inputs, "purpose_code")),
                _list_given(basis, *(_text(inputs, name) for name in NUMBERS)),
            )
        )
    show_table(word("经办人、用途与依据", "official, purpose and basis"), heads, rows)
    if closed:
        zh = f"{closed} 条的正文不能打开：密钥已销毁、条目已归档，或为批量查询"
        en = f"bodies that cannot be opened: {closed}; keys destroyed, entries archived, or questions about many"
        make_console().print("[yellow]![/] " + word(zh, en), soft_wrap=True)


def _text(inputs: Inputs, name: str) -> str:
    value = inputs.get(name, "")
    return value if isinstance(value, str) else ""


def _list_given(*parts: str) -> list[str]:
    return [part for part in parts if part] or ["-"]
