"""Claims about every operator as a plan makes it: nothing survives, nobody can link, rows are what columns are."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from gateway.assembly.build import places_of
from gateway.catalogue.loader import load_regions
from gateway.ground.evidence import Value
from gateway.ground.item import Field, Kind, Level
from gateway.masking.context import Context, Operator
from gateway.masking.faults import MaskingError
from gateway.masking.operators import Material, operator_of
from gateway.masking.sealed import envelope
from tests.masking.pages import ROOT, TODAY
from tests.samples import field

PUBLIC = X25519PrivateKey.from_private_bytes(bytes(range(32))).public_key().public_bytes_raw()
PLACES = places_of(load_regions(), TODAY)
SUBJECT = "51999919600101001X"
TEXTUAL: list[Field] = [
    field("a", Kind.STRING, Level.REDACT),
    field("a", Kind.STRING, Level.PARTIAL, keep_first=1, keep_last=1),
    field("a", Kind.STRING, Level.PARTIAL, keep_first=0, keep_last=3),
    field("a", Kind.STRING, Level.PARTIAL, unit="surname"),
    *(field("a", Kind.STRING, Level.GENERALISE, to=to) for to in ("address_city", "icd_chapter")),
    *(field("a", Kind.STRING, Level.PSEUDONYM, cipher=cipher) for cipher in ("aes", "sm4")),
    *(field("a", Kind.STRING, Level.KEYED_HASH, hash=name) for name in ("sha256", "sm3")),
    field("a", Kind.STRING, Level.ENCRYPT),
    field("a", Kind.STRING, Level.PREDICATE, question="is_present"),
]
KEYED = [each for each in TEXTUAL if each.level in (Level.PSEUDONYM, Level.KEYED_HASH)]
NUMBERS = [
    field("a", Kind.STRING, Level.FORMAT_PRESERVING, form=form, cipher=cipher)
    for form in ("identity", "bank_card", "digits")
    for cipher in ("aes", "sm4")
]
OF_ALL = pytest.mark.parametrize("of", TEXTUAL, ids=lambda of: f"{of.level}-{dict(of.params)}")
ANYTHING = st.one_of(
    st.text(max_size=60),
    st.text("0123456789xX-· ", max_size=30),
    st.text("０１２３４５６７８９王欧阳·•𠮷𠀀 \u200b四川省成都市", max_size=30),
    st.sampled_from(
        ["", "\ud800", "王", SUBJECT, "519999600101001", "51999919600101001x", "买买提·吐尔逊", "欧阳小明"]
    ),
    st.integers(1_000, 100_000).map(lambda count: "7" * count),
)


def _made(of: Field, recipient: str = "500000/cq-hrss", epoch: str = "2026", scene: str = "s") -> tuple[Operator, str]:
    derive = partial(ROOT.derive, recipient=recipient, item="CY-ID-02", field="a", purpose=scene, epoch=epoch)
    operator, key_id = operator_of("CY-ID-02", of, Material(derive, derive, PUBLIC, PLACES))
    assert operator is not None
    return operator, key_id


def _here(count: int) -> Context:
    return Context(TODAY, range(count), (SUBJECT,) * count, envelope(PUBLIC, "CY-ID-02", "r-1"))


def _outcome(operator: Operator, values: tuple[Any, ...], context: Context) -> tuple[Value, ...] | None:
    try:
        return operator(values, context)
    except MaskingError as error:
        assert not [value for value in values if value and len(value) > 3 and value in str(error)]
        return None


def _grams(text: str, size: int = 4) -> set[str]:
    return {text[at : at + size] for at in range(len(text) - size + 1)}


def _told(cell: Value) -> str:
    return cell.decode("latin-1") if isinstance(cell, bytes) else str(cell)


@OF_ALL
@given(value=ANYTHING)
def test_no_four_characters_of_any_text_survive(of: Field, value: str) -> None:
    """Whatever the text, what leaves holds no four characters of it in a row, or nothing leaves.

    Stars, and the letters of tokens, are the mask's own and may be in a text by chance.
    """
    masked = _outcome(_made(of)[0], (value,), _here(1))
    if masked is not None and of.level is not Level.ENCRYPT:
        common = _grams(value) & _grams(_told(masked[0]))
        assert not {gram for gram in common if set(gram) - set("*abcdefghijklmnop")} - {"0000", "1000", "0100"}
    elif masked is not None:
        assert len(value) < 4 or value.encode("utf-8", "surrogatepass") not in masked[0]  # type: ignore[operator]  # a sealed cell


@OF_ALL
@given(values=st.lists(st.one_of(st.none(), ANYTHING), max_size=24))
def test_a_column_is_what_its_rows_are(of: Field, values: list[str | None]) -> None:
    """Row by row and as a whole: the same cells again and again, or refused in both; a sealed cell by its length."""
    operator, _ = _made(of)
    whole = _outcome(operator, tuple(values), _here(len(values)))
    rows = [_outcome(operator, (value,), _here(1)) for value in values]
    assert (whole is None) is (None in rows)
    if whole is not None and of.level is not Level.ENCRYPT:
        assert whole == tuple(row[0] for row in rows if row is not None) == operator(tuple(values), _here(len(values)))


@pytest.mark.parametrize("of", NUMBERS, ids=lambda of: str(dict(of.params)))
@given(body=st.text("0123456789", min_size=10, max_size=10))
def test_numbers_that_keep_their_form_share_no_long_part(of: Field, body: str) -> None:
    """Eight digits in a row do not survive; four may be met by chance, in one of some fifty numbers.

    The card's issuer is nobody's (ISO/IEC 7812-1 assigns no 0), and not the usual 999998, whose nines stand before
    every masked card, so that three digits met by chance would make eight.
    """
    value = {"identity": "5199991" + body + "0", "bank_card": "012345" + body, "digits": body}[
        str(dict(of.params)["form"])
    ]
    masked = _outcome(_made(of)[0], (value,), _here(1))
    assert masked is not None
    assert not {gram for gram in _grams(value, 8) & _grams(_told(masked[0]), 8) if len(set(gram)) > 1}


@pytest.mark.parametrize("of", [*KEYED, *NUMBERS], ids=lambda of: f"{of.level}-{dict(of.params)}")
@pytest.mark.parametrize("change", [{"recipient": "510000/sc-hrss"}, {"epoch": "2027"}, {"scene": "t"}])
def test_two_recipients_epochs_or_purposes_cannot_be_linked(of: Field, change: dict[str, str]) -> None:
    """Two hundred people, asked about twice: the answers share no cell, and the keys have other names."""
    values = tuple(f"5199991960010{at:05d}" for at in range(200))
    (ours, our_id), (theirs, their_id) = _made(of), _made(of, **change)
    assert our_id != their_id
    assert set(ours(values, _here(200))).isdisjoint(theirs(values, _here(200)))
    assert ours(values, _here(200)) == _made(of)[0](values, _here(200))


def test_a_key_belongs_to_one_field_of_one_item() -> None:
    """Two fields of one answer do not share their tokens."""
    of = KEYED[0]
    one, _ = operator_of("CY-ID-02", of, Material(partial(_key, "a"), partial(_key, "a")))
    other, _ = operator_of("CY-ID-02", replace(of, name="b"), Material(partial(_key, "b"), partial(_key, "b")))
    assert one is not None
    assert other is not None
    assert one((SUBJECT,), _here(1)) != other((SUBJECT,), _here(1))


def _key(name: str, use: str) -> Any:
    return ROOT.derive(use, recipient="r", item="CY-ID-02", field=name, purpose="s", epoch="2026")
