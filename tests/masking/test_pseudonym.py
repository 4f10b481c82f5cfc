"""Claims about pseudonyms: injective, steady for one recipient, strange to any other, never like a number."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.ground.item import Kind, Level
from gateway.ground.vocabulary.names import BlockCipher
from gateway.masking.context import Context
from gateway.masking.faults import MaskingError
from gateway.masking.keys import MaskKeys
from gateway.masking.plan import compile_plan
from gateway.masking.pseudonym import pack, pack_column, pseudonym
from gateway.masking.recovery import recover, recover_by
from tests.masking.pages import ROOT, TODAY
from tests.samples import field, item

FITS = st.one_of(
    st.text("0123456789ABCxyzX", max_size=20), st.text(max_size=5), st.text("张王·-/ ", max_size=5)
).filter(lambda value: len(value.encode("utf-8", "surrogatepass")) <= 15 or (value.isascii() and value.isalnum()))


def _key(use: str = "pseudonym aes", **changes: str) -> bytes:
    parts = {"recipient": "500000/a", "item": "CY-1", "field": "ref", "purpose": "scene", "epoch": "2026"}
    return ROOT.derive(use, **(parts | changes)).secret


TOKENS = pseudonym(_key())


@given(st.sets(FITS, min_size=2, max_size=40))
def test_no_two_values_share_a_token(values: set[str]) -> None:
    """A permutation of blocks is injective, and so is the packing."""
    assert len(values) == len(set(map(pack, values)))
    assert len(values) == len(set(TOKENS(tuple(values))))


@given(st.lists(st.one_of(st.none(), FITS), max_size=40))
def test_a_column_gives_the_tokens_of_its_rows(values: list[str | None]) -> None:
    """One call for the column gives what one call a value gives, again and again; null stays null."""
    assert tuple(TOKENS((value,))[0] for value in values) == TOKENS(tuple(values)) == TOKENS(tuple(values))


@given(st.lists(st.text("0123456789xXT", min_size=1, max_size=20), min_size=16, max_size=40))
def test_columns_of_numbers_are_packed_alike(values: list[str]) -> None:
    """The packing of a whole column equals that of each value."""
    assert b"".join(map(pack, values)) == bytes(pack_column(values))


@given(st.integers(1, 21), st.booleans(), st.data())
def test_columns_of_one_width_are_packed_alike(width: int, mixed: bool, data: st.DataObject) -> None:
    """Numbers, letters and digits, and both in one column."""
    numbers = st.text("0123456789xX", min_size=width, max_size=width)
    others = st.text("0123456789abcXYZ", min_size=width, max_size=width)
    values = data.draw(st.lists(st.one_of(numbers, others) if mixed else numbers, min_size=16, max_size=40))
    fitting = [value for value in values if width <= 20 or not value.strip("0123456789xX")]
    assert b"".join(map(pack, fitting)) == bytes(pack_column(fitting))


@given(FITS)
def test_a_token_is_thirty_two_letters(value: str) -> None:
    """Letters a to p alone: no four characters of a number can survive."""
    token = TOKENS((value,))[0]
    assert re.fullmatch("[a-p]{32}", token or "")
    assert not [value[at : at + 4] for at in range(len(value) - 3) if value[at : at + 4] in (token or "")]


@pytest.mark.parametrize("part", ["recipient", "item", "field", "purpose", "epoch"])
def test_another_recipient_field_purpose_or_epoch_gets_other_tokens(part: str) -> None:
    """What one recipient learns cannot be joined with what another does."""
    other = pseudonym(_key(**{part: "other"}))
    values = tuple(f"51999919600101{at:04}" for at in range(200))
    assert set(TOKENS(values)).isdisjoint(other(values))


@pytest.mark.parametrize("value", ["1" * 31, "T" * 21, "1a" * 11, "-" * 16, "张" * 6, "5199-9919-6001-0100", "a\n" * 8])
def test_what_does_not_fit_in_a_block_fails(value: str) -> None:
    """A longer value is an error, alone and among others; nothing is cut to fit."""
    for column in ((value,), ("T12345678", value, None), ("1",) * 20 + (value,)):
        with pytest.raises(MaskingError, match="expected up to 30 digits, 20 letters and digits"):
            TOKENS(column)


def test_parts_of_a_key_do_not_run_together() -> None:
    """Where one part ends and the next begins changes the key."""
    assert _key(recipient="ab", item="c") != _key(recipient="a", item="bc")


def test_keys_do_not_show_themselves() -> None:
    """Neither the root nor a derived key can be read from its text, and the root cannot be serialised."""
    key = ROOT.derive("pseudonym aes", recipient="r", item="i", field="f", purpose="p", epoch="e")
    assert "<mask keys>" == repr(ROOT) == str(ROOT)
    assert f"<field key {key.key_id}>" == repr(key)
    assert key.key_id not in key.secret.hex()
    with pytest.raises(TypeError, match="cannot be serialised"):
        ROOT.__reduce__()


def test_a_short_root_is_refused() -> None:
    """The root has at least 32 bytes."""
    with pytest.raises(ValueError, match="expected a root of at least 32 bytes, found 31"):
        MaskKeys(b"r" * 31)


@given(FITS, st.sampled_from(list(BlockCipher)))
def test_who_holds_the_key_can_undo_a_token(value: str, cipher: BlockCipher) -> None:
    """The key and the cipher give the value back, exactly as it was spelt; another key gives nothing or another."""
    (token,) = pseudonym(_key(), cipher)((value,))
    assert token is not None
    assert value == recover(token, _key(), cipher)
    try:
        assert value != recover(token, _key(epoch="2027"), cipher)
    except MaskingError as error:
        assert "expected a token made under this key" in str(error)


@pytest.mark.parametrize("token", ["", "a" * 31, "a" * 33, "q" * 32, "A" * 32, "0" * 32, "ａ" * 32, "a" * 32, "p" * 32])
def test_what_is_no_token_of_the_key_is_not_undone(token: str) -> None:
    """Another length, another alphabet, or letters that this key never wrote."""
    with pytest.raises(MaskingError, match="expected a token made under this key"):
        recover(token, _key())


def test_the_ciphers_give_other_tokens() -> None:
    """SM4 and AES under one secret never agree."""
    values = tuple(f"51999919600101{at:04}" for at in range(200))
    assert set(TOKENS(values)).isdisjoint(pseudonym(_key(), BlockCipher.SM4)(values))


def test_columns_longer_than_a_chunk_are_whole() -> None:
    """Each row has its own token, where one chunk ends and the next begins too."""
    values = tuple(f"{at:018}" for at in range(20_000))
    tokens = TOKENS(values)
    assert 20_000 == len(set(tokens))
    assert (tokens[16_383], tokens[16_384]) == TOKENS(values[16_383:16_385])


def test_nothing_on_the_road_undoes_a_token() -> None:
    """One module imports the recovery, and the reviewers' service alone calls that one: no question can reach it."""
    root = Path(__file__).parents[2] / "gateway"
    texts = {path.relative_to(root).as_posix(): path.read_text(encoding="utf-8") for path in root.rglob("*.py")}
    imports = re.compile(
        r"^\s*(?:from gateway\.masking\.recovery import|from gateway\.masking import .*recovery)", re.M
    )
    assert ["services/pseudonyms.py"] == [name for name, text in texts.items() if imports.search(text)]
    assert ["services/ledger.py", "services/pseudonyms.py"] == sorted(
        name for name, text in texts.items() if re.search(r"\brecover_value\b", text)
    )


@pytest.fixture(name="released", scope="module")
def _released() -> tuple[bytes, str]:
    """A plan's manifest, and a token of the number of a person made by it."""
    of = item(field("ref", Kind.STRING, Level.PSEUDONYM, cipher="sm4"), field("name", Kind.STRING, Level.REDACT))
    plan = compile_plan(of, "500000/a", ROOT, "2026", item_digest="d" * 64, scene="scene")
    operator = plan.steps["ref"].operator
    assert operator is not None
    (token,) = operator(("51999919600101001X",), Context(TODAY))
    return plan.manifest, str(token)


def test_a_manifest_tells_all_that_undoing_a_token_needs(released: tuple[bytes, str]) -> None:
    """Recipient, scene, epoch and cipher stand in it; the root alone does not."""
    manifest, token = released
    assert "51999919600101001X" == recover_by(manifest, "ref", token, ROOT)


@pytest.mark.parametrize(
    ("why", "changed", "name", "root"),
    [
        ("expected the key", {}, "ref", MaskKeys(b"z" * 32)),
        ("expected the key", {"recipient": "500000/b"}, "ref", ROOT),
        ("expected the key", {"scene": "other"}, "ref", ROOT),
        ("expected the key", {"key_epoch": "2027"}, "ref", ROOT),
        ("expected the key", {"item": "CY-2"}, "ref", ROOT),
        ("expected masks of version", {"manifest": 2}, "ref", ROOT),
        ("expected a field that leaves as a pseudonym", {}, "name", ROOT),
        ("expected a field that leaves as a pseudonym", {}, "stranger", ROOT),
    ],
)
def test_by_another_manifest_root_or_field_no_token_is_undone(
    released: tuple[bytes, str], why: str, changed: dict[str, object], name: str, root: MaskKeys
) -> None:
    """The key's identifier tells a wrong key for certain."""
    manifest = json.dumps(json.loads(released[0]) | changed).encode()
    with pytest.raises(MaskingError, match=why):
        recover_by(manifest, name, released[1], root)
