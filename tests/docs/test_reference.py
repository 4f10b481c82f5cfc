"""The reference pages say what the code does: every refusal and every metric, word for word."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

import pytest
from prometheus_client.metrics import MetricWrapperBase

from gateway.audit.entries.bodies import LISTS, TEXTS
from gateway.audit.entries.entry import SCHEMA
from gateway.cli.choices import LoggedAction
from gateway.cli.language import Language
from gateway.cli.names import NAMES
from gateway.ground.alarms import TABLE as ALARMS
from gateway.ground.alarms import Sentence, Severity
from gateway.ground.item import Kind
from gateway.ground.refusals import DOMAIN, TABLE, Reason
from gateway.ground.vocabulary.masks import RECORDS
from gateway.ground.vocabulary.records import Leaves, MaskRecord, Param, Written
from gateway.telemetry.metrics import Metrics

REFERENCE = Path(__file__).parents[2] / "docs" / "reference"
REFUSALS = {
    language: (REFERENCE / f"refusals{end}").read_text(encoding="utf-8")
    for language, end in ((Language.EN, ".md"), (Language.ZH, ".zh-CN.md"))
}
METRICS = {
    language: (REFERENCE / f"metrics{end}").read_text(encoding="utf-8")
    for language, end in ((Language.EN, ".md"), (Language.ZH, ".zh-CN.md"))
}
METRIC_KINDS = {"计数器": "counter", "瞬时值": "gauge", "直方图": "histogram"}
"""What the Chinese page calls a kind of metric."""


def section(reason: Reason, language: Language) -> dict[str, str]:
    """Return the rows of a reason's table."""
    (found,) = re.findall(rf"^### `{reason}`\n\n((?:\|.*\n)+)", REFUSALS[language], re.MULTILINE)
    rows = [[cell.strip() for cell in line.strip("|\n").split("|")] for line in found.splitlines()]
    return {row[0]: row[1] for row in rows[2:]}


@pytest.mark.parametrize("reason", Reason)
def test_every_refusal_has_its_heading_and_reads_as_on_the_wire(reason: Reason) -> None:
    """Code, fact and next step, and who meets it, on the page of each language."""
    sentence = TABLE[reason]
    english, chinese = section(reason, Language.EN), section(reason, Language.ZH)
    assert english.pop("who meets it") and chinese.pop("涉及对象")
    assert {"gRPC code": f"`{sentence.code}`", "fact": sentence.en, "next step": sentence.next_en} == english
    assert {"gRPC 状态码": f"`{sentence.code}`", "原因": sentence.zh, "处理建议": sentence.next_zh} == chinese


@pytest.mark.parametrize("language", REFUSALS)
def test_no_refusal_is_described_that_does_not_exist(language: Language) -> None:
    """The page's headings are the reasons, in their order."""
    assert [str(reason) for reason in Reason] == re.findall(r"^### `(.+)`$", REFUSALS[language], re.MULTILINE)
    assert f"`{DOMAIN}`" in REFUSALS[language]


def described(language: Language) -> dict[str, list[str]]:
    """Return kind and labels of every metric of the page, by its name."""
    lines = [line for line in METRICS[language].splitlines() if "| `chuanyu_" in line]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    assert all(len(row) == 6 and all(row) for row in rows)
    kinds = METRIC_KINDS if language is Language.ZH else {kind: kind for kind in METRIC_KINDS.values()}
    return {row[0].strip("`"): [kinds[row[1]], *re.findall(r"`(\w+)`", row[2])] for row in rows}


def declared() -> dict[str, list[str]]:
    """Return kind and labels of every metric of the code, by its name."""
    metrics = [one for one in Metrics().registry._collector_to_names if isinstance(one, MetricWrapperBase)]
    return {one._name: [str(one._type), *one._labelnames] for one in metrics}


@pytest.mark.parametrize("language", METRICS)
def test_every_metric_is_described_with_its_kind_and_labels(language: Language) -> None:
    """And none that does not exist."""
    assert declared() == described(language)


@pytest.mark.parametrize("language", METRICS)
def test_every_reason_that_an_alarm_names_exists(language: Language) -> None:
    """An alarm on a reason that was renamed would never ring."""
    named = set(re.findall(r"`([A-Z]+_[A-Z_]+|INTERNAL)`", METRICS[language]))
    assert named
    assert set() == named - set(Reason.__members__)


@pytest.mark.parametrize(
    ("end", "headings"),
    [(".md", ("## Header", "## Body", "## Acts")), (".zh-CN.md", ("## 条目头", "## 正文", "## 操作"))],
)
def test_every_field_of_an_entry_is_described_and_no_other(end: str, headings: tuple[str, str, str]) -> None:
    """Of the header by version, and of the body, on the page of each language."""
    page = (REFERENCE / f"audit-entries{end}").read_text(encoding="utf-8")
    of_header, of_body, of_acts = headings
    header, body = page.split(of_header)[1].split(of_body)
    rows = [line.split("|")[1] for line in header.splitlines() if line.startswith("| `")]
    assert set(SCHEMA) == {name for row in rows for name in re.findall(r"`([a-z_]+)`", row)} | {"v"}
    body = body.split(of_acts)[0]
    rows = [line.split("|")[1] for line in body.splitlines() if line.startswith("| `")]
    assert TEXTS | LISTS == {name for row in rows for name in re.findall(r"`([a-z_]+)`", row)}


READINGS: Final = {
    *("read_status", "read_checkpoint", "read_entry", "list_entries", "prove_consistency", "search"),
    *("official_history", "department_history", "subject_history", "open_history", "open_body"),
    *("recover_pseudonym", "list_emergencies"),
}
"""Acts that read, which the table of acts has as one row; those that an approval needs are named below it."""


@pytest.mark.parametrize(("end", "heading"), [(".md", "## Acts"), (".zh-CN.md", "## 操作")])
def test_every_act_is_described_and_no_other(end: str, heading: str) -> None:
    """By the word that its entry has; the actions of exchanges are in the header's table, and readings in one row."""
    page = (REFERENCE / f"audit-entries{end}").read_text(encoding="utf-8").split(f"\n{heading}\n")[1]
    rows = [line.split("|")[1] for line in page.splitlines() if line.startswith("| `")]
    exchanges = {"query", "stream", "acknowledge"}
    assert set(LoggedAction) - exchanges - READINGS == {name for row in rows for name in re.findall(r"`(\w+)`", row)}


@pytest.mark.parametrize(("end", "zh"), [(".md", False), (".zh-CN.md", True)])
def test_every_alarm_is_described_as_it_rings(end: str, zh: bool) -> None:
    """Severity, fact and next step on the page of each language; none is described that does not exist."""
    page = (REFERENCE / f"alarms{end}").read_text(encoding="utf-8")
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in page.splitlines() if "| `" in line]
    told = {row[0].strip("`"): row[1:4] for row in rows if len(row) == 5 and row[4]}

    def severity(said: Sentence) -> str:
        return f"{NAMES[Severity][said.severity].zh}（`{said.severity}`）" if zh else f"`{said.severity}`"

    assert {
        str(alarm): [severity(said), *((said.zh, said.next_zh) if zh else (said.en, said.next_en))]
        for alarm, said in ALARMS.items()
    } == told


def test_every_mask_is_described_in_chinese() -> None:
    """Row by row in the order of the vocabulary: kinds by their official names, parameters with their bounds."""
    page = (REFERENCE / "masks.zh-CN.md").read_text(encoding="utf-8").splitlines()
    at = page.index("| 脱敏方式 | 适用类型 | 参数 | 提供的类型 | 由此得知 |") + 2
    assert [mask_row(record) for record in RECORDS] == page[at : at + len(RECORDS)]
    assert "" == page[at + len(RECORDS)]


def mask_row(record: MaskRecord) -> str:
    """Return the row of a mask in the Chinese page."""
    name = f"`{record.level}`" + (f" `{record.choice}`" if record.choice else "")
    kinds = "、".join(NAMES[Kind][kind].zh for kind in sorted(record.kinds)) or "无"
    params = "；".join(mask_param(param) for param in record.params if param.written is not Written.NEVER) or "—"
    leaves = {Leaves.AS_IT_CAME: "与原类型相同", Leaves.NOTHING: "无此列"}
    kind = leaves[record.leaves] if isinstance(record.leaves, Leaves) else NAMES[Kind][record.leaves].zh
    return f"| {name} | {kinds} | {params} | {kind} | {record.learnt.zh} |"


def mask_param(param: Param) -> str:
    """Return a parameter with its bounds, as Chinese writes a range or a list."""
    if isinstance(param.known, range):
        return f"`{param.name}` {param.known[0]}—{param.known[-1]}"
    return f"`{param.name}` {'、'.join(map(str, param.known)) or '该数据项的代码'}"
