"""The report of a demo run: all that was exchanged and refused, and whether everything went as it must."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.ground.item import Outcome

if TYPE_CHECKING:
    from gateway.audit.verification.conclusion import Conclusion
    from gateway.audit.verification.verify import LogVerdict
    from gateway.cli.demo.declared import DeclaredFound
    from gateway.cli.demo.outcomes import DemoOutcome
    from gateway.cli.demo.questions import DemoExchange, DemoRefusal
    from gateway.cli.demo.rows import NotAnswered, RowFound
    from gateway.cli.demo.sealed import SealedField

Step = Callable[[str, int, int], None]
"""Takes the progress of a stage: its name, the steps that are done, the steps in all."""


@dataclass(frozen=True, slots=True)
class DemoReport:
    """All that a demo run found."""

    exchanges: list[DemoExchange]
    refusals: list[DemoRefusal]
    outcomes: list[DemoOutcome]
    declared: list[DeclaredFound]
    rows: list[RowFound]
    not_answered: Sequence[NotAnswered]
    audit: dict[str, tuple[LogVerdict, Conclusion]]
    seconds: float

    @property
    def sealed(self) -> list[SealedField]:
        """Every field that left encrypted to the asking department."""
        return [field for one in self.exchanges for field in one.sealed]

    @property
    def ok(self) -> bool:
        """Whether everything went as it must."""
        return (
            bool(self.exchanges)
            and all(not one.reason and one.rows > 0 and one.index >= 0 for one in self.exchanges)
            and all(field.holds for field in self.sealed)
            and bool(self.sealed)
            and bool(self.refusals)
            and all(one.reason == one.expected for one in self.refusals)
            and all(one.ok for one in self.outcomes)
            and {one.seen for one in self.outcomes} == set(Outcome)
            and bool(self.declared)
            and all(one.ok for one in self.declared)
            and bool(self.rows)
            and all(one.ok for one in self.rows)
            and len(self.audit) == 2
            and all(proven.verdict == "proven_and_witnessed" for _, proven in self.audit.values())
        )

    def json(self) -> dict[str, object]:
        """The one object of `chuanyu demo --json`."""
        return {
            "exchanges": [one.json() for one in self.exchanges],
            "refusals": [one.json() for one in self.refusals],
            "outcomes": [one.json() for one in self.outcomes],
            "declared": [one.json() for one in self.declared],
            "rows": [one.json() for one in self.rows],
            "rows_not_answered": [one.json() for one in self.not_answered],
            "audit": {
                name: {
                    "size": verdict.size,
                    "verified": proven.holds,
                    "verdict": proven.verdict,
                    "witnessed": proven.witnessed_to,
                    "witnesses": list(proven.witnesses),
                }
                for name, (verdict, proven) in self.audit.items()
            },
            "seconds": round(self.seconds, 2),
            "ok": self.ok,
        }
