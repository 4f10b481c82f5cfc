"""Numbers of documents only rise (issue 12, 15; trial 0.7): what may follow those that were in force, and what not."""

from __future__ import annotations

from datetime import date

import pytest

from gateway.ground.documents import (
    WITHDRAWABLE,
    DocumentKind,
    DocumentsRefused,
    NumberedDocument,
    Standing,
    Withdrawal,
)

TODAY = date(2026, 11, 24)
NEVER = date(2027, 6, 30)
PAST = date(2026, 11, 23)
KINDS = list(DocumentKind)
each = pytest.mark.parametrize("kind", KINDS)


def made(
    kind: DocumentKind, number: int, content: str = "a", until: date | None = NEVER, name: str = "one"
) -> NumberedDocument:
    """Make a document."""
    return NumberedDocument(kind, name, number, content * 64, until)


def refused(
    standing: Standing, *present: NumberedDocument, withdrawn: tuple[Withdrawal, ...] = (), on: date = TODAY
) -> list[str]:
    """Return what is wrong with documents that must be refused, in English."""
    with pytest.raises(DocumentsRefused) as caught:
        standing.follow(present, withdrawn, on)
    assert all(fault.zh and fault.en for fault in caught.value.faults)
    assert all(fault.en in str(caught.value) for fault in caught.value.faults)
    return [fault.en for fault in caught.value.faults]


@each
def test_0_7_what_was_never_seen_is_new_and_what_stands_is_not(kind: DocumentKind) -> None:
    """The first start of a release that keeps numbers records all; the next one nothing."""
    standing = Standing()
    first = standing.follow([made(kind, 3)], (), TODAY)
    assert (made(kind, 3),) == first
    assert (made(kind, 3),) == standing.follow([made(kind, 3)], (), TODAY), "nothing stands before it is taken"
    standing.take(first)
    assert () == standing.follow([made(kind, 3)], (), TODAY)
    assert (made(kind, 4),) == standing.follow([made(kind, 4)], (), TODAY)
    assert (made(kind, 9),) == standing.follow([made(kind, 3), made(kind, 9)], (), TODAY)


@each
def test_0_7_a_lower_number_is_refused_by_name(kind: DocumentKind) -> None:
    """Whether it was in force once, or never; and whether it has ended or not."""
    standing = Standing([made(kind, 2), made(kind, 4)])
    for back in (made(kind, 1), made(kind, 2), made(kind, 3), made(kind, 3, until=PAST)):
        (fault,) = refused(standing, back)
        assert f"one number {back.number}: expected 4, which was in force" in fault


@each
def test_0_7_a_lower_number_beside_the_highest_is_refused_where_it_was_never_in_force(kind: DocumentKind) -> None:
    """It could count while the highest is not in effect yet. One that was in force stays where it is."""
    standing = Standing([made(kind, 2), made(kind, 4)])
    assert () == standing.follow([made(kind, 2), made(kind, 4)], (), TODAY)
    (fault,) = refused(standing, made(kind, 3), made(kind, 4))
    assert "one number 3: expected 4" in fault


@each
@pytest.mark.parametrize("number", [2, 4])
def test_0_7_another_content_under_a_number_is_refused_by_name(kind: DocumentKind, number: int) -> None:
    """Of the highest, and of a lower one that is still there."""
    standing = Standing([made(kind, 2), made(kind, 4)])
    (fault,) = refused(standing, made(kind, 4, "b" if number == 4 else "a"), *([made(kind, 2, "b")] * (number == 2)))
    assert f"one number {number}: expected the content that it had, aaaaaaaaaaaaaaaa…, found bbbb" in fault


@pytest.mark.parametrize("kind", WITHDRAWABLE)
def test_0_7_what_was_in_force_and_is_missing_is_refused_by_name(kind: DocumentKind) -> None:
    """Until its last day is over; from then on it allows nothing, and may be cleared away."""
    standing = Standing([made(kind, 1), made(kind, 2)])
    (fault,) = refused(standing)
    assert "one number 2: was in force and is missing" in fault
    assert 1 == len(refused(standing, on=NEVER))
    assert () == standing.follow((), (), date(2027, 7, 1))
    (fault,) = refused(standing, made(kind, 1), on=date(2027, 7, 1))
    assert "one number 1: expected 2" in fault, "an ended one never falls back to an older one"
    assert 1 == len(refused(Standing([made(kind, 1, until=None)]), on=date.max)), "without a last day it never ends"


@pytest.mark.parametrize("kind", WITHDRAWABLE)
def test_0_7_what_is_declared_withdrawn_may_go_and_does_not_come_back(kind: DocumentKind) -> None:
    """The declaration is recorded, so that its file may go as well; only a higher number comes back."""
    standing = Standing([made(kind, 2)])
    declared = (Withdrawal(kind, "one", 2),)
    (record,) = standing.follow((), declared, TODAY)
    assert f"{kind} one 2 sha256:{'a' * 64} withdrawn" == str(record)
    standing.take([NumberedDocument.parse(str(record))])
    assert () == standing.follow((), declared, TODAY)
    assert () == standing.follow((), (), TODAY)
    (fault,) = refused(standing, made(kind, 2))
    assert "one number 2: was withdrawn" in fault
    assert 1 == len(refused(standing, made(kind, 1)))
    assert (made(kind, 3),) == standing.follow([made(kind, 3)], declared, TODAY)


@pytest.mark.parametrize("kind", WITHDRAWABLE)
def test_0_7_a_declaration_covers_its_number_and_no_other(kind: DocumentKind) -> None:
    """Nor another kind or name; and what is declared withdrawn must not be there."""
    standing = Standing([made(kind, 2)])
    others = [one for one in WITHDRAWABLE if one is not kind]
    for declared in (
        Withdrawal(kind, "one", 1),
        Withdrawal(kind, "two", 9),
        *(Withdrawal(o, "one", 9) for o in others),
    ):
        assert 1 == len(refused(standing, withdrawn=(declared,)))
    (fault,) = refused(standing, made(kind, 2), withdrawn=(Withdrawal(kind, "one", 2),))
    assert "one number 2: is declared withdrawn" in fault


@pytest.mark.parametrize("kind", [one for one in KINDS if one not in WITHDRAWABLE])
def test_0_7_trust_of_a_province_that_is_no_peer_any_more_may_go(kind: DocumentKind) -> None:
    """A peer's is required by the settings themselves; when it comes back it goes on where it was."""
    standing = Standing([made(kind, 2)])
    assert () == standing.follow((), (), TODAY)
    assert 1 == len(refused(standing, made(kind, 1)))


def test_0_7_every_fault_is_named_and_names_are_apart() -> None:
    """Numbers of one kind or name say nothing of another's."""
    standing = Standing(made(kind, 5, name=name) for kind in WITHDRAWABLE for name in ("one", "two"))
    present = [made(kind, 4, name="one") for kind in WITHDRAWABLE]
    faults = refused(standing, *present)
    assert 8 == len(faults)
    for kind in ("the list", "the grant", "the agreement", "the roster"):
        assert 1 == sum(fault.startswith(f"{kind} one number 4: expected 5") for fault in faults)
        assert 1 == sum(fault.startswith(f"{kind} two number 5: was in force") for fault in faults)


@each
def test_0_7_what_is_accepted_is_held_alone(kind: DocumentKind) -> None:
    """An act that accepts one document says nothing of the others, and takes no number below the highest."""
    standing = Standing([made(kind, 2), made(kind, 4), made(kind, 7, name="two")])
    assert (made(kind, 5),) == standing.admit([made(kind, 5)])
    assert () == standing.admit([made(kind, 4)])
    for back in (made(kind, 2), made(kind, 3), made(kind, 4, "b")):
        with pytest.raises(DocumentsRefused):
            standing.admit([back])


@each
@pytest.mark.parametrize("until", [None, NEVER])
@pytest.mark.parametrize("number", [1, 10**48])
def test_a_record_reads_back_as_it_was(kind: DocumentKind, until: date | None, number: int) -> None:
    """And fits into a field of an entry."""
    one = made(kind, number, until=until, name="a" * 64)
    assert one == NumberedDocument.parse(str(one))
    assert len(str(one)) <= 256


@pytest.mark.parametrize(
    "text",
    [
        "",
        "list one 1",
        "letter one 1 sha256:" + "a" * 64 + " -",
        "list one -1 sha256:" + "a" * 64 + " -",
        "list one 1 sha256:" + "A" * 64 + " -",
        "list one 1 sha256:" + "a" * 63 + " -",
        "list one 1 sha256:" + "a" * 64 + " 2026-13-01",
        "list one 1 sha256:" + "a" * 64 + " -\n",
        "list 一 1 sha256:" + "a" * 64 + " -",
        "list one two 1 sha256:" + "a" * 64 + " -",
    ],
)
def test_what_is_no_record_is_refused(text: str) -> None:
    """Nothing is guessed of what the log says."""
    with pytest.raises(ValueError, match=r"expected a document|month must be"):
        NumberedDocument.parse(text)


def test_what_only_an_older_part_of_a_log_names_is_told() -> None:
    """By number: the same document may be named twice."""
    older = [made(DocumentKind.LIST, 1), made(DocumentKind.LIST, 2), made(DocumentKind.GRANT, 2)]
    later = Standing([made(DocumentKind.LIST, 2), made(DocumentKind.LIST, 3)])
    assert (older[0], older[2]) == Standing([*older, *later]).beyond(later)
