"""Documents of the catalogue by number (issue 12, 15; trial 0.7): where a number stands, and what is declared gone."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from gateway.catalogue.grants import read_grant, render_grant
from gateway.catalogue.lists import ListKind
from gateway.catalogue.numbers import number_document, number_roster, read_withdrawn
from gateway.catalogue.parties import Roster, read_roster
from gateway.catalogue.schema import Faults
from gateway.ground.documents import DocumentKind, NumberedDocument, Withdrawal
from tests.catalogue.documents import SICHUAN, agreement_document, grant_document, item_list

DIGEST = "a" * 64


def test_0_7_each_kind_is_named_and_numbered() -> None:
    """A list by province and kind, a grant and an agreement by its identifier, a file of the roster by its name."""
    listed = replace(item_list(SICHUAN), kind=ListKind.APPLICATION_LIST, version=7, effective_to=date(2027, 1, 2))
    name = f"{SICHUAN}/application-list"
    assert NumberedDocument(DocumentKind.LIST, name, 7, DIGEST, date(2027, 1, 2)) == number_document(listed, DIGEST)
    grant = replace(grant_document(), version=3)
    expected = NumberedDocument(DocumentKind.GRANT, grant.id, 3, DIGEST, grant.valid_until)
    assert expected == number_document(grant, DIGEST)
    agreed = replace(agreement_document(), version=5)
    expected = NumberedDocument(DocumentKind.AGREEMENT, agreed.id, 5, DIGEST, agreed.valid_until)
    assert expected == number_document(agreed, DIGEST)
    roster = NumberedDocument(DocumentKind.ROSTER, "applications", 4, DIGEST)
    assert roster == number_roster(Path("/etc/applications.toml"), Roster((), (), (), 4), DIGEST)


def test_0_7_a_grant_and_a_roster_without_a_version_are_the_first(monkeypatch: pytest.MonkeyPatch) -> None:
    """What was signed before there were versions is read as it was, and written as it was."""
    faults = Faults()
    assert b"version = " not in render_grant(grant_document()).replace(b"item_version", b"")
    assert 1 == read_roster("r", {}, faults).version
    assert 9 == read_roster("r", {"version": 9}, faults).version
    faults.settle()


@pytest.mark.parametrize("version", [0, -1, 1_000_000, True, "2", 1.0])
@pytest.mark.parametrize("read", [read_grant, read_roster])
def test_0_7_a_version_that_is_none_is_refused(read: Any, version: object) -> None:
    """It is an integer from 1 on."""
    faults = Faults()
    read("file", {"version": version}, faults)
    assert [fault for fault in faults.found if fault.path == "version"]


def test_0_7_a_declaration_names_kind_name_and_number() -> None:
    """As many as there are; an empty file declares nothing."""
    faults = Faults()
    kinds = ("list", "grant", "agreement", "roster")
    declared = [{"kind": kind, "name": "one", "number": 2} for kind in kinds]
    expected = tuple(Withdrawal(DocumentKind(kind), "one", 2) for kind in kinds)
    assert expected == read_withdrawn("w", {"documents": declared}, faults)
    assert () == read_withdrawn("w", {}, faults)
    faults.settle()


SOUND = {"kind": "grant", "name": "one", "number": 2}


@pytest.mark.parametrize(
    "changes",
    [
        {"kind": "bundle"},
        {"kind": "revocations"},
        {"kind": "letter"},
        {"name": ""},
        {"name": "a b"},
        {"number": 0},
        {"number": "2"},
        {"reason": "none"},
    ],
)
def test_0_7_a_declaration_out_of_form_is_refused(changes: dict[str, object]) -> None:
    """Trust is not withdrawn here; nothing is guessed."""
    faults = Faults()
    read_withdrawn("w", {"documents": [SOUND | changes]}, faults)
    assert faults.found
