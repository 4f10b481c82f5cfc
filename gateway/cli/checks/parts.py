"""Runs the parts of a check one after another: a part that fails becomes a finding, and hides no other."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Final

from gateway.cli.screen import CheckFinding, report_wrong
from gateway.ground.item import Label

Part = tuple[Label, Callable[[], Iterable[CheckFinding]]]
"""The name of a part, and what yields its findings."""

_LOOK: Final = Label(
    "先处理其他发现后重试；仍然如此时，将此行与版本号报给开发者",
    "see to the other findings and try again; if it stays, report this line with the version",
)


def run_parts(parts: Iterable[Part]) -> Iterator[CheckFinding]:
    """Yield the findings of all parts in order; of what a part raises the kind alone, since its text may hold a value.

    Nothing that lies on a disk may end a check with an exception: that would hide all that was found.
    """
    for subject, part in parts:
        try:
            yield from part()
        except Exception as error:
            kind = type(error).__name__
            yield report_wrong(subject, Label(f"检查未能完成：{kind}", f"the check could not end: {kind}"), _LOOK)
