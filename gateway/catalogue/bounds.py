"""What a grant allows beside its lists of codes: modes with rows, approved batches, and bodies that may be supplied.

Compiled once, when the catalogue is built. Rule: every bound is the grant's own; nothing that it does not name passes.
"""

from __future__ import annotations

from datetime import date

from gateway.catalogue.grants import GrantDocument
from gateway.catalogue.modes import is_served
from gateway.ground.item import Mode, SharingMode


class GrantBounds:
    """The bounds of one grant; never changed afterwards."""

    __slots__ = ("_approved", "_modes", "_onward", "_purposes")

    def __init__(self, document: GrantDocument) -> None:
        self._modes = {one.mode: one for one in document.modes if is_served(one)}
        self._purposes = frozenset(code for code, _ in document.purposes)
        self._approved = {one.number: one.valid_until for one in document.batch_approvals}
        self._onward = {one.body: (one.number, one.valid_until) for one in document.onward}

    def mode(self, sought: SharingMode) -> Mode | None:
        """Return the grant's mode with its rows; None where it does not allow the mode."""
        return self._modes.get(sought)

    def persons_day(self, sought: SharingMode) -> tuple[int, int]:
        """Return the most persons of an official and of the department in a day; 0 where the grant does not say."""
        mode = self._modes.get(sought)
        return (0, 0) if mode is None else (mode.operator_day, mode.department_day)

    def allows_rows(self, sought: SharingMode, rows: int) -> bool:
        """Tell whether a request of a mode may have so many rows."""
        mode = self._modes.get(sought)
        return mode is not None and mode.min_rows <= rows <= mode.max_rows

    def allows_purpose(self, code: str) -> bool:
        """Tell whether the grant names a purpose."""
        return code in self._purposes

    def approves(self, number: str, on: date) -> bool:
        """Tell whether a batch of this number is approved on a day."""
        until = self._approved.get(number)
        return until is not None and on <= until

    def supplies(self, body: str, number: str, on: date) -> bool:
        """Tell whether the provider consented, under this number, that a body is supplied on a day."""
        agreed = self._onward.get(body)
        return agreed is not None and agreed[0] == number and on <= agreed[1]
