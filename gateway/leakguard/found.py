"""What the guard found: a column and a detector, never the value."""

from __future__ import annotations

from enum import StrEnum

from gateway.refusals import Reason, Refusal, Violation


class Detector(StrEnum):
    """What sounded."""

    COLUMN = "column"
    """A column that is undeclared, not granted, dropped, missing, or out of order; or a page of another shape."""
    KIND = "kind"
    """A column or cell of a type that the level does not give."""
    FORM = "form"
    """A cell that says more than its level allows, or nothing that the level could give."""
    ALTERED = "altered"
    """A clear column that is not what the platform gave."""
    IDENTITY_NUMBER = "identity_number"
    MOBILE_PHONE = "mobile_phone"
    BANK_CARD = "bank_card"
    RAW_VALUE = "raw_value"
    """A value of a masked field, or of the question's keys."""


class LeakFound(Refusal):
    """The page is blocked. `column` is a declared name, or `undeclared`: a name may be a value, too."""

    def __init__(self, column: str, detector: Detector) -> None:
        super().__init__(
            Reason.LEAK_BLOCKED, f"column {column}: {detector}", violations=(Violation(column, str(detector)),)
        )
        self.column = column
        self.detector = detector
