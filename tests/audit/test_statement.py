"""A history statement has one form: what could be read in two ways is not read."""

from __future__ import annotations

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.audit.review import statement
from gateway.audit.review.statement import (
    Claim,
    SegmentPart,
    StatementInvalid,
    decode_claim,
    decode_segment,
    encode_claim,
    encode_segment,
    split_lines,
)
from gateway.audit.tlog.pairs import Kind, PairProof

CLAIM = Claim(
    "log.example/1", Kind.OPERATOR, "", {"2026-11": b"t" * 16}, ("2020-01",), b"note\n", ((0, 2), (5, 6)),
    (b"h" * 32, b"i" * 32), 1, 5, 5, 3, 1, ("scene",),
)  # fmt: skip
PART = SegmentPart(7, {"2026-11": PairProof(3, (b"S" + bytes(24),), (b"h" * 32,))})


def test_what_is_written_is_read() -> None:
    """The claim and a segment, archived or not."""
    assert CLAIM == decode_claim(encode_claim(CLAIM))
    assert PART == decode_segment(encode_segment(PART))
    archived = SegmentPart(7, {}, archived=True)
    assert archived == decode_segment(encode_segment(archived))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("format", "chuanyu-history@2"),
        ("kind", "person"),
        ("tokens", {"2026-13": "dHR0dHR0dHR0dHR0dHR0dA=="}),
        ("tokens", {"2026-11": "dHR0"}),
        ("tokens", {"2026-11": "dHR0dHR0dHR0dHR0dHR0dHR0dHR0dHR0dHR0dHR0dHQ="}),
        ("tokens", []),
        ("lost", ["x"]),
        ("ranges", [[0]]),
        ("ranges", [[-1, 2]]),
        ("ranges", [[True, 2]]),
        ("hashes", "aGho"),
        ("hashes", "!"),
        ("hashes", "aGhoaGhoaGhoaGhoaGhoaGhoaGhoaGhoaGhoaGhoaGi="),
        ("segments", -1),
        ("segments", 1.0),
        ("act", -2),
        ("act", 1 << 63),
        ("name", 1),
        ("checkpoint", None),
        ("more", 1),
    ],
)
def test_a_claim_of_another_form_is_refused(name: str, value: object) -> None:
    """Each field is held to what it may be."""
    fields = orjson.loads(encode_claim(CLAIM)) | {name: value}
    with pytest.raises(StatementInvalid):
        decode_claim(orjson.dumps(fields, option=orjson.OPT_SORT_KEYS))


@pytest.mark.parametrize("line", [b"", b"[]", b"{", b'{"a": 1}', b'{"b":1,"a":2}', b'{"a":1,"a":1}', b"\xff"])
def test_a_line_that_is_not_canonical_is_refused(line: bytes) -> None:
    """Spaces, another order, a name twice, no object."""
    with pytest.raises(StatementInvalid):
        decode_claim(line)
    with pytest.raises(StatementInvalid):
        decode_segment(line)


@pytest.mark.parametrize(
    "changes",
    [{"seal": -1}, {"archived": 1}, {"proofs": []}, {"proofs": {"2026-11": [0, ""]}}, {"proofs": {"x": [0, "", ""]}}],
    ids=str,
)
def test_a_segment_of_another_form_is_refused(changes: dict[str, object]) -> None:
    """As a claim is."""
    fields = orjson.loads(encode_segment(PART)) | changes
    with pytest.raises(StatementInvalid):
        decode_segment(orjson.dumps(fields, option=orjson.OPT_SORT_KEYS))


@given(st.lists(st.binary(max_size=9).filter(lambda line: b"\n" not in line), max_size=6), st.integers(1, 7))
def test_lines_are_the_same_however_they_are_cut(lines: list[bytes], size: int) -> None:
    """Pieces end anywhere."""
    octets = b"".join(line + b"\n" for line in lines)
    assert lines == list(split_lines(octets[at : at + size] for at in range(0, len(octets), size)))


def test_a_line_without_an_end_or_too_long_a_one_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing that comes in grows without limit."""
    with pytest.raises(StatementInvalid, match="cut short"):
        list(split_lines([b"a\nb"]))
    monkeypatch.setattr(statement, "MAX_LINE", 3)
    assert [b"abc"] == list(split_lines([b"ab", b"c\n"]))
    for pieces in ([b"ab", b"cd"], [b"abcd\n"], [b"ab", b"cd\n"]):
        with pytest.raises(StatementInvalid, match="at most 3 bytes"):
            list(split_lines(pieces))
