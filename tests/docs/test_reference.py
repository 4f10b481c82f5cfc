"""The reference pages say what the code does: every refusal and every metric, word for word."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from prometheus_client.metrics import MetricWrapperBase

from gateway.audit.entries.bodies import LISTS, TEXTS
from gateway.audit.entries.entry import SCHEMA
from gateway.ground.alarms import TABLE as ALARMS
from gateway.ground.refusals import DOMAIN, TABLE, Reason
from gateway.telemetry.metrics import Metrics

REFERENCE = Path(__file__).parents[2] / "docs" / "reference"
REFUSALS = (REFERENCE / "refusals.md").read_text(encoding="utf-8")
METRICS = (REFERENCE / "metrics.md").read_text(encoding="utf-8")


def section(reason: Reason) -> dict[str, str]:
    """Return the rows of a reason's table."""
    (found,) = re.findall(rf"^### `{reason}`\n\n((?:\|.*\n)+)", REFUSALS, re.MULTILINE)
    rows = [[cell.strip() for cell in line.strip("|\n").split("|")] for line in found.splitlines()]
    return {row[0]: row[1] for row in rows[2:]}


@pytest.mark.parametrize("reason", Reason)
def test_every_refusal_has_its_heading_and_reads_as_on_the_wire(reason: Reason) -> None:
    """Code, fact and next step in both languages, and who meets it."""
    sentence, rows = TABLE[reason], section(reason)
    assert rows.pop("who meets it")
    assert {
        "gRPC code": f"`{sentence.code}`",
        "事实": sentence.zh,
        "下一步": sentence.next_zh,
        "fact": sentence.en,
        "next step": sentence.next_en,
    } == rows


def test_no_refusal_is_described_that_does_not_exist() -> None:
    """The page's headings are the reasons, in their order."""
    assert [str(reason) for reason in Reason] == re.findall(r"^### `(.+)`$", REFUSALS, re.MULTILINE)
    assert f"`{DOMAIN}`" in REFUSALS


def described() -> dict[str, list[str]]:
    """Return kind and labels of every metric of the page, by its name."""
    rows = [
        [cell.strip() for cell in line.strip("|").split("|")] for line in METRICS.splitlines() if "| `chuanyu_" in line
    ]
    assert all(len(row) == 6 and all(row) for row in rows)
    return {row[0].strip("`"): [row[1], *re.findall(r"`(\w+)`", row[2])] for row in rows}


def declared() -> dict[str, list[str]]:
    """Return kind and labels of every metric of the code, by its name."""
    metrics = [one for one in Metrics().registry._collector_to_names if isinstance(one, MetricWrapperBase)]
    return {one._name: [str(one._type), *one._labelnames] for one in metrics}


def test_every_metric_is_described_with_its_kind_and_labels() -> None:
    """And none that does not exist."""
    assert declared() == described()


def test_every_reason_that_an_alarm_names_exists() -> None:
    """An alarm on a reason that was renamed would never ring."""
    named = set(re.findall(r"`([A-Z]+_[A-Z_]+|INTERNAL)`", METRICS))
    assert named
    assert set() == named - set(Reason.__members__)


def test_every_field_of_an_entry_is_described_and_no_other() -> None:
    """Of the header by version, and of the body."""
    page = (REFERENCE / "audit-entries.md").read_text(encoding="utf-8")
    header, body = page.split("## Header")[1].split("## Body")
    rows = [line.split("|")[1] for line in header.splitlines() if line.startswith("| `")]
    assert set(SCHEMA) == {name for row in rows for name in re.findall(r"`([a-z_]+)`", row)} | {"v"}
    body = body.split("## Acts")[0]
    rows = [line.split("|")[1] for line in body.splitlines() if line.startswith("| `")]
    assert TEXTS | LISTS == {name for row in rows for name in re.findall(r"`([a-z_]+)`", row)}


def test_every_alarm_is_described_as_it_rings() -> None:
    """Severity, fact and next step in both languages; none is described that does not exist."""
    page = (REFERENCE / "alarms.md").read_text(encoding="utf-8")
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in page.splitlines() if "| `" in line]
    told = {row[0].strip("`"): row[1:6] for row in rows if len(row) == 7 and row[6]}
    assert {
        str(alarm): [f"`{said.severity}`", said.zh, said.next_zh, said.en, said.next_en]
        for alarm, said in ALARMS.items()
    } == told
