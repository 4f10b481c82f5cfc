"""Claims about sealed cells: only the department's key opens them, only in their place, and nothing of them is told."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from gateway.ground.evidence import Value
from gateway.masking.context import Context, Envelope
from gateway.masking.faults import MaskingError
from gateway.masking.sealed import HEAD_BYTES, SIZES, Opener, encrypt, envelope, key_id_of
from tests.masking.pages import TODAY

PRIVATE = X25519PrivateKey.from_private_bytes(bytes(range(32)))
PUBLIC = PRIVATE.public_key().public_bytes_raw()
OPENER = Opener(bytes(range(32)))
PLACE = {"item": "CY-ID-02", "request_id": "r-1", "field": "phone"}
VALUES = st.one_of(st.none(), st.text(max_size=300), st.integers(-(2**63), 2**63 - 1), st.dates())


def _page(item: str = "CY-ID-02", request_id: str = "r-1") -> Envelope:
    return envelope(PUBLIC, item, request_id)


def _sealed(values: tuple[Value, ...], first: int = 0, page: Envelope | None = None) -> tuple[bytes, ...]:
    context = Context(TODAY, range(first, first + len(values)), (), page or _page())
    cells = encrypt("phone")(values, context)
    assert all(type(cell) is bytes for cell in cells)
    return tuple(cell for cell in cells if isinstance(cell, bytes))


@given(st.lists(VALUES, max_size=12), st.integers(0, 10**6))
def test_the_department_opens_what_was_sealed(values: list[Value], first: int) -> None:
    """Text, numbers, dates and nulls come back as they were, whichever page they were on."""
    for row, (value, cell) in enumerate(zip(values, _sealed(tuple(values), first), strict=True), first):
        opened = OPENER.open(cell, row=row, **PLACE)
        assert (type(value), value) == (type(opened), opened)


@given(st.lists(VALUES, min_size=1, max_size=12))
def test_all_cells_of_a_column_have_one_length(values: list[Value]) -> None:
    """Neither a null nor the length of a text is told to who cannot open it."""
    lengths = {len(cell) - HEAD_BYTES - 16 for cell in _sealed(tuple(values))}
    assert 1 == len(lengths)
    assert lengths <= set(SIZES)


def test_a_page_has_one_encapsulation_and_every_page_its_own() -> None:
    """The head is the same on a page, and never the same on two; equal values give unequal cells."""
    one, other = _sealed(("x",) * 5), _sealed(("x",) * 5)
    heads = {cell[:HEAD_BYTES] for cell in one}
    assert 1 == len(heads)
    assert heads.isdisjoint(cell[:HEAD_BYTES] for cell in other)
    assert 10 == len({*one, *other})


@pytest.mark.parametrize("change", [{"item": "CY-ID-01"}, {"request_id": "r-2"}, {"field": "name"}, {"row": 4}])
def test_a_cell_opens_in_its_own_place_alone(change: dict[str, object]) -> None:
    """Moved to another item, request, field or row it is refused, with the page's key known or not."""
    cell = _sealed(("13800138000",), 3)[0]
    known = Opener(bytes(range(32)))
    assert "13800138000" == known.open(cell, row=3, **PLACE)
    for opener in (known, Opener(bytes(range(32)))):
        with pytest.raises(MaskingError, match="expected a cell sealed to this key") as caught:
            opener.open(cell, **(PLACE | {"row": 3} | change))  # type: ignore[arg-type]  # the test names the arguments
        assert caught.value.__cause__ is None


@given(st.binary(max_size=300))
def test_what_is_no_cell_is_refused(cell: bytes) -> None:
    """Any bytes whatever, cut cells among them."""
    with pytest.raises(MaskingError, match="expected a cell sealed to this key"):
        OPENER.open(cell, row=0, **PLACE)


@given(st.integers(0, HEAD_BYTES + 79), st.integers(0, 7))
def test_a_changed_bit_is_seen(octet: int, bit: int) -> None:
    """In the head, the ciphertext or the tag."""
    cell = bytearray(_sealed(("x",))[0])
    cell[octet] ^= 1 << bit
    with pytest.raises(MaskingError, match="expected a cell sealed to this key"):
        Opener(bytes(range(32))).open(bytes(cell), row=0, **PLACE)


def test_another_key_opens_nothing() -> None:
    """Another department's, or a gateway's."""
    with pytest.raises(MaskingError, match="expected a cell sealed to this key"):
        Opener(bytes(32)).open(_sealed(("x",))[0], row=0, **PLACE)


@pytest.mark.parametrize("public", [b"", bytes(31), bytes(32), b"\xff" * 31])
def test_a_key_that_nothing_can_be_sealed_to_is_refused(public: bytes) -> None:
    """Another length, or a point of small order."""
    with pytest.raises(MaskingError, match="expected a public key that a page can be sealed to"):
        envelope(public, "CY-ID-02", "r-1")


def test_without_an_envelope_or_places_nothing_leaves() -> None:
    """A page whose key or rows are missing fails."""
    with pytest.raises(MaskingError, match="expected an envelope"):
        encrypt("phone")(("x",), Context(TODAY, range(1)))
    with pytest.raises(MaskingError, match="expected the places of 1 rows, found 0"):
        encrypt("phone")(("x",), Context(TODAY, (), (), _page()))


@pytest.mark.parametrize("value", [True, b"x", 1.5, "x" * 20_479])
def test_what_cannot_be_written_is_refused(value: object) -> None:
    """Another type, or text beyond the contract's longest."""
    with pytest.raises(MaskingError, match="expected"):
        encrypt("phone")((value,), Context(TODAY, range(1), (), _page()))


def test_the_longest_text_of_the_contract_fits() -> None:
    """4,096 characters of four bytes each."""
    text = "\U00020000" * 4_096
    assert text == OPENER.open(_sealed((text,))[0], row=0, **PLACE)


def test_names_and_pages_do_not_show_keys() -> None:
    """The envelope hides itself; a public key is named by a digest."""
    assert "<envelope>" == repr(_page())
    assert 16 == len(key_id_of(PUBLIC))
