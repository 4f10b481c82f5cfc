"""Checks the numbers of lists, grants, agreements, roster and trust against those that the log says were in force.

The judgement is the one that a start makes. Nothing is said where the log, the trust or the catalogue does not load:
their own checks say that.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Final

from gateway.cli.screen import CheckFinding, report_right, report_wrong
from gateway.ground.item import Label

if TYPE_CHECKING:
    from gateway.settings import Settings

_SUBJECT: Final = Label(
    "清单、授权、协议、名册和信任的编号", "the numbers of lists, grants, agreements, roster and trust"
)
_PUT_BACK: Final = Label(
    "见 docs/how-to/rotate-and-revoke.md 中“编号只增不减”", "see docs/how-to/rotate-and-revoke.md, Numbers only rise"
)


def list_document_faults(settings: Settings, now: datetime) -> tuple[int, tuple[Label, ...]]:
    """Return how many documents are there, and what is wrong with each that may not follow those in force.

    Raises:
        TrustError, CatalogueError, StoreInvalid: they cannot be judged.
    """
    from gateway.assembly.build import read_catalogue
    from gateway.assembly.documents import DocumentBook
    from gateway.assembly.trust import TrustFileMissing, load_trust
    from gateway.ground.documents import DocumentsRefused

    book = DocumentBook.open(settings)
    try:
        trust = load_trust(settings, now)
    except TrustFileMissing as missing:
        if book.empty:
            raise
        return 0, (Label(f"缺失：{missing}", str(missing)),)
    catalogue = read_catalogue(settings, trust)
    count = len(trust.documents) + len(catalogue.documents)
    try:
        book.follow(trust, catalogue)
    except DocumentsRefused as refused:
        return count, refused.faults
    return count, ()


def check_documents(settings: Settings, now: datetime) -> Iterator[CheckFinding]:
    """Yield each document that a start would refuse; where there is none, that they may follow those in force."""
    from gateway.audit.storage.recovery import StoreInvalid
    from gateway.catalogue.schema import CatalogueError
    from keys.trust import TrustError

    try:
        count, faults = list_document_faults(settings, now)
    except (TrustError, CatalogueError, StoreInvalid):
        return
    for fault in faults:
        yield report_wrong(_SUBJECT, fault, _PUT_BACK)
    if not faults:
        yield report_right(_SUBJECT, f"{count} 份，没有倒退", f"{count} documents, and none goes back")
