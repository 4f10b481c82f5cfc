"""The finding of the guard: a column and a detector, never the value."""

from __future__ import annotations

from enum import StrEnum

from gateway.ground.refusals import Reason, Refusal, Violation


class Detector(StrEnum):
    """The detector that sounded."""

    COLUMN = "column"
    """A column that is undeclared, not granted, dropped, missing, or out of order; or a page of another shape."""
    KIND = "kind"
    """A column or cell of a type that the level does not give."""
    FORM = "form"
    """A cell that says more than its level allows, or nothing that the level could give."""
    ALTERED = "altered"
    """A clear column that is not what the platform gave."""
    MINOR = "minor"
    """A value that is withheld of minors and of people of unknown age."""
    OUTCOME = "outcome"
    """A row or an empty cell that says another thing of itself than the platform and the item give."""
    IDENTITY_NUMBER = "identity_number"
    MOBILE_PHONE = "mobile_phone"
    BANK_CARD = "bank_card"
    CREDIT_CODE = "credit_code"
    DOCUMENT_NUMBER = "document_number"
    """A number of a passport, a permit, a card or a foreigner's social security."""
    LANDLINE = "landline"
    EMAIL_ADDRESS = "email_address"
    RAW_VALUE = "raw_value"
    """A value of a masked field, or of the question's keys, whole or in a telling part, in whatever dress."""
    BAD_MASK = "bad_mask"
    """Such a value with some characters hidden and too many shown."""
    DATE = "raw_date"
    """A date of the record, however it is written."""
    AMOUNT = "raw_amount"
    """An amount of the record, however it is written."""
    DIGEST = "digest"
    """A hash without a key of such a value."""
    UNREADABLE = "unreadable"
    """A text that is too long, or wrapped too often, to be looked through."""


class LeakFound(Refusal):
    """The page is blocked. `column` is a declared name, or `undeclared`: a name may be a value, too."""

    def __init__(self, column: str, detector: Detector) -> None:
        super().__init__(
            Reason.LEAK_BLOCKED, f"column {column}: {detector}", violations=(Violation(column, str(detector)),)
        )
        self.column = column
        self.detector = detector
        self.quarantined = False
        """Whether this hit took the item out of service."""
