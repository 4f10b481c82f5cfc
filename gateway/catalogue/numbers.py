"""The documents of the catalogue as the log names them: lists, grants, agreements and the node's roster, by number.

A list, a grant and an agreement have the version that was signed, a file of the roster its own `version`, 1 where it
says none. The departments that are shipped belong to the program and have no number. `withdrawn.toml` in the
catalogue's directory declares what was in force here and is no more; it is not signed, since it can only take away.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from gateway.catalogue.agreements import AgreementDocument
from gateway.catalogue.grants import GrantDocument
from gateway.catalogue.lists import ItemList
from gateway.catalogue.parties import Roster
from gateway.catalogue.schema import Faults, Table
from gateway.ground.documents import NAME, WITHDRAWABLE, DocumentKind, NumberedDocument, Withdrawal

WITHDRAWN: Final = "withdrawn.toml"
"""The file of declared withdrawals, beside the directories of the documents."""
_HIGHEST: Final = 999_999


def number_document(document: ItemList | GrantDocument | AgreementDocument, digest: str) -> NumberedDocument:
    """Return a signed document with its number, its last day and the digest of its bytes."""
    if isinstance(document, ItemList):
        name = f"{document.province}/{document.kind}"
        return NumberedDocument(DocumentKind.LIST, name, document.version, digest, document.effective_to)
    kind = DocumentKind.GRANT if isinstance(document, GrantDocument) else DocumentKind.AGREEMENT
    return NumberedDocument(kind, document.id, document.version, digest, document.valid_until)


def number_roster(path: Path, roster: Roster, digest: str) -> NumberedDocument:
    """Return a file of the roster with its number, under the file's name."""
    return NumberedDocument(DocumentKind.ROSTER, path.stem, roster.version, digest)


def read_withdrawn(file: str, data: Mapping[str, object], faults: Faults) -> tuple[Withdrawal, ...]:
    """Return what a parsed file declares withdrawn; whatever is wrong in form is added to `faults`."""
    table = Table(file, "", data, faults)
    made = []
    for entry in table.tables("documents", empty=True):
        kind = entry.choice("kind", DocumentKind)
        if kind not in WITHDRAWABLE:
            entry.fault("kind", f"expected one of {', '.join(WITHDRAWABLE)}, found {kind}")
        made.append(Withdrawal(kind, entry.text("name", NAME), entry.integer("number", 1, _HIGHEST)))
    table.close()
    return tuple(made)
