"""The documents in force on a node, held to those that its log, or an act that waits for a witness, has named.

The log is read once, when it is opened; from then on this is the one place that knows, for reloads and for acts on the
node's machine alike. What a start or a reload would bring into force is judged before it is recorded, and recorded
before it is in force.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator

from gateway.assembly.build import clock_us
from gateway.assembly.trust import Trust
from gateway.audit.review.standing import read_standing
from gateway.audit.storage.database import place_of
from gateway.audit.storage.reader import LogReader
from gateway.audit.storage.waiting import WaitingActs
from gateway.catalogue.authorise import Catalogue
from gateway.ground.clock import china_day
from gateway.ground.documents import NumberedDocument, Standing
from gateway.settings import Settings


class DocumentBook:
    """The standing of one node's documents. `turn` is held from the judgement of documents until they are in force."""

    def __init__(self, standing: Standing) -> None:
        # The event loop owns the standing; the lock keeps two reloads, or a reload and an act, from judging at once.
        self._standing = standing
        self.turn = asyncio.Lock()

    @classmethod
    def open(cls, settings: Settings) -> DocumentBook:
        """Read the standing from the log and from the acts that wait for a witness; raises StoreInvalid."""
        with LogReader(place_of(settings)) as reader:
            standing = read_standing(reader)
        standing.take(WaitingActs.open(settings.waiting_acts_path).list_documents())
        return cls(standing)

    def __iter__(self) -> Iterator[NumberedDocument]:
        """Yield the latest record of each number."""
        return iter(self._standing)

    @property
    def empty(self) -> bool:
        """Whether the log names no document: nothing was ever in force by it."""
        return not any(True for _ in self)

    def follow(self, trust: Trust, catalogue: Catalogue) -> tuple[NumberedDocument, ...]:
        """Return what must be recorded before these documents come into force; raises DocumentsRefused."""
        present = (*trust.documents, *catalogue.documents)
        return self._standing.follow(present, catalogue.withdrawn, china_day(clock_us()))

    def admit(self, given: Iterable[NumberedDocument]) -> tuple[NumberedDocument, ...]:
        """Return those of some documents that are new; raises DocumentsRefused."""
        return self._standing.admit(given)

    def take(self, recorded: Iterable[NumberedDocument]) -> None:
        """Take note of what was recorded."""
        self._standing.take(recorded)
