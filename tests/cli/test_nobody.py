"""An answer in which nothing was found says so: a mistyped code or number reads as if nothing had happened."""

from __future__ import annotations

import pytest

from gateway.audit.review.completeness import check_statement
from gateway.audit.review.history import Asked, ask_department
from gateway.audit.review.whole import WholeLog
from gateway.audit.tlog.pairs import Kind
from gateway.cli.audit.nobody import describe_nobody, list_departments
from tests.audit.sealedlog import SealedLog, named

MONTH = "2026-11"
TOKEN = b"a" * 16


def make_log() -> SealedLog:
    """A log that names a person, an official and two departments."""
    return SealedLog(named(TOKEN, operator=TOKEN, department="cq-hrss"), named(department="cq-library-1"))


def tell(asked: Asked, departments: frozenset[str] | None = None) -> str:
    """Return what an answer is told with, in English; empty for nothing."""
    label = describe_nobody(check_statement(make_log().state(asked)), departments)
    return "" if label is None else label.en


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("cq-hrss", ""),
        ("cq-library-1", ""),
        ("cq-library-2", "no entry of the log names the department cq-library-2; nearest: cq-library-1"),
        ("sc-health", "no entry of the log names the department sc-health"),
        ("sc-helth", "no entry of the log names the department sc-helth; nearest: sc-health"),
        ("q", "no entry of the log names the department q"),
    ],
)
def test_a_department_is_looked_for_in_the_log_at_hand(code: str, said: str) -> None:
    """One that stands nowhere is named with what is nearest, of the log and of the official names."""
    departments = list_departments(WholeLog(make_log().reader()))
    assert {"cq-hrss", "cq-library-1"} == departments
    told = tell(ask_department(code, [MONTH]), departments)
    assert said == told if not said or code in ("sc-health", "q") else told.startswith(said)


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (ask_department("cq-hrss", [MONTH]), False),
        (ask_department("cq-hrsss", [MONTH]), True),
        (ask_department("cq-health", [MONTH]), True),
        (Asked(Kind.OPERATOR, {MONTH: TOKEN}), False),
        (Asked(Kind.OPERATOR, {MONTH: bytes(16)}), True),
    ],
)
def test_a_node_s_answer_about_nobody_is_told_as_one(asked: Asked, said: bool) -> None:
    """What the log names otherwise is not at hand."""
    assert said == ("answered alike" in tell(asked))


def test_a_person_of_whom_there_is_nothing_is_told_nothing_more() -> None:
    """A number was held to its check digit before it was asked."""
    assert "" == tell(Asked(Kind.SUBJECT, {MONTH: bytes(16)}))
