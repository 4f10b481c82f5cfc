"""Pages as a platform gives them: the columns that a test names, every row found, unless it says more."""

from __future__ import annotations

from adapters.contract import FOUND, AnswerPage, Columns
from gateway.ground.evidence import Column, Page
from gateway.ground.item import Outcome


def all_found(columns: AnswerPage | Columns, *, subjects: bool = True) -> AnswerPage:
    """Make an answer page of columns, in which every row is found; one that is made already stays as it is."""
    if isinstance(columns, AnswerPage):
        return columns
    rows = max(map(len, columns.values()), default=0)
    return AnswerPage(columns, (FOUND,) * rows if subjects else ())


def found_page(rows: int, columns: tuple[Column, ...]) -> Page:
    """Make a raw page of people who were all found."""
    return Page(rows, columns, (Outcome.FOUND,) * rows)
