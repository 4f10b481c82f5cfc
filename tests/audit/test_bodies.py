"""Bodies open for those who hold the keys, to one text alone, and for nobody once a key is gone."""

from __future__ import annotations

import hmac
import os
from base64 import b64decode, b64encode
from dataclasses import replace
from pathlib import Path

import orjson
import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given
from hypothesis import strategies as st

from gateway.audit.entries import writing
from gateway.audit.entries.bodies import LISTS, PADDING, TEXTS, WRAPPED_SIZE, BodyInvalid, digest_of, open_body, seal
from gateway.audit.entries.entry import Entry, decode, encode
from gateway.audit.entries.epochs import EpochKey, Epochs
from gateway.audit.entries.writing import EncodedEntry
from gateway.ground.evidence import Ask, Channel, LawfulBasis, Operator, RawIdentifier
from gateway.ground.refusals import Reason, Refusal
from tests.audit.logs import BOOK, CALLER, MONTH
from tests.samples import NOW_US, NUMBER, arrival, ask, grant

VECTORS = Path(__file__).parents[1] / "vectors"
EVENT = "01980000-0000-7000-8000-00000000000e"
OTHER = EpochKey.of(bytes(range(64, 128)))
QUESTION = ask(
    purpose="办理张三的业务",
    business_no="YW-20261124-0001",
    channel=Channel.COUNTER,
    operator=Operator("staff-9", "window-3"),
    end_user_org="某某图书馆",
    consent_ref="C-5",
    onward_consent_no="ZG-7",
    batch_no="PC-3",
    emergency_reason="心梗急救",
)


def intent(question: Ask) -> EncodedEntry:
    """The intent about a question."""
    came = arrival(question)
    header = writing.authorise_header(writing.start_header(BOOK, came), CALLER, grant(fields=question.fields))
    subjects = BOOK.references.subjects([RawIdentifier(NUMBER)], NOW_US)
    return writing.encode_intent(BOOK, header, subjects, event_id=EVENT, time_us=NOW_US, random=os.urandom)


WRITTEN = intent(QUESTION)
ENTRY = decode(WRITTEN.octets)
texts = st.text(max_size=60)
questions = st.builds(
    lambda purpose, number, unit, ref, org, consent, channel, basis, fields: ask(
        purpose=purpose,
        business_no=number,
        channel=channel,
        operator=Operator(ref, unit),
        end_user_org=org,
        consent_ref=consent,
        lawful_basis=basis,
        fields=tuple(fields),
    ),
    *([texts] * 6),
    st.sampled_from(Channel),
    st.sampled_from(LawfulBasis),
    st.lists(st.from_regex(r"[a-z][a-z_]{0,20}", fullmatch=True), min_size=1, max_size=20, unique=True),
)


def changed(entry: Entry, **fields: object) -> Entry:
    """An entry with other fields."""
    return decode(encode({**entry.fields, **fields}))  # type: ignore[dict-item]  # the test names fields


def test_a_body_holds_every_input_of_the_decision() -> None:
    """Operator, business, purpose, consent, end user, application, terminal, fields, region pair and versions."""
    expected = {
        "application": CALLER.application,
        "batch_no": "PC-3",
        "business_no": "YW-20261124-0001",
        "channel": "counter",
        "consent_ref": "C-5",
        "emergency_reason": "心梗急救",
        "end_user_org": "某某图书馆",
        "fields": ["card_status", "valid_to"],
        "grant_id": "G-1",
        "item_digest": "d" * 64,
        "lawful_basis": "statutory_duty",
        "list_versions": ["510000/application-list@1", "500000/catalogue@1"],
        "onward_consent_no": "ZG-7",
        "operator": "staff-9",
        "operator_unit": "window-3",
        "purpose": "办理张三的业务",
        "purpose_code": "card-business",
        "region_pair": "500000-510000",
        "terminal": "ipv4:127.0.0.1:1",
    }
    found = open_body(ENTRY, WRITTEN.body, WRITTEN.wrapped, MONTH).inputs
    assert expected == found
    assert TEXTS | LISTS == set(found)


def test_an_opened_body_can_be_checked_by_anybody_against_the_commitment() -> None:
    """By its text and salt, as the verifier of evidence does."""
    body = open_body(ENTRY, WRITTEN.body, WRITTEN.wrapped, MONTH)
    assert ENTRY.text("commit") == hmac.digest(body.salt, body.text.encode(), "sha256").hex()
    assert body.inputs == orjson.loads(body.text)


@given(questions)
def test_every_body_is_read_back_as_it_was_put_in(question: Ask) -> None:
    """Whatever the texts are; no more and no less but what looks like a person's number."""
    written = intent(question)
    found = open_body(decode(written.octets), written.body, written.wrapped, MONTH).inputs
    assert list(question.fields) == found["fields"]
    assert (question.channel.value, question.lawful_basis.value) == (found["channel"], found["lawful_basis"])
    for name, put_in in (("purpose", question.purpose), ("end_user_org", question.end_user_org)):
        assert found[name] == put_in or "withheld" in str(found[name])


@given(questions)
def test_no_header_holds_a_text_of_the_question(question: Ask) -> None:
    """Texts of four characters and more that are no code of the entry's own stand in no readable field."""
    fields = orjson.loads(intent(question).octets)
    readable = " ".join(str(value) for name, value in fields.items() if name != "subject_tokens")
    known = " ".join(str(value) for name, value in ENTRY.fields.items() if name != "subject_tokens")
    texts = (question.purpose, question.business_no, question.operator.ref, question.end_user_org, question.consent_ref)
    assert [] == [text for text in texts if len(text) > 3 and text in readable and text not in known]


@given(st.integers(0, 10**6))
def test_a_person_number_in_free_text_is_in_no_body(serial: int) -> None:
    """It is withheld even where it would be encrypted, in each text that a question brings."""
    number = f"519999{19_600_101 + serial % 20 * 10_000:08d}{serial % 1000:03d}X"
    written = intent(
        ask(
            purpose=f"查{number}的卡",
            end_user_org=f"给 {number}",
            business_no=f"YW-{number}",
            consent_ref=number,
            operator=Operator(number, "window-3"),
        )
    )
    found = open_body(decode(written.octets), written.body, written.wrapped, MONTH).inputs
    assert number[:-1] not in orjson.dumps(found).decode()
    assert ("查withheld的卡", "withheld", "withheld") == (found["purpose"], found["business_no"], found["operator"])


@pytest.mark.parametrize(
    "number", ["YW-20261124-0001", "20261124153000000123", "2026112415300012", "a-1", "13800138000"]
)
def test_a_business_number_stands_unless_it_has_the_form_of_an_identity_number(number: str) -> None:
    """Dates, clock readings and serials are what such numbers are made of."""
    written = intent(ask(business_no=number))
    assert number == open_body(decode(written.octets), written.body, written.wrapped, MONTH).inputs["business_no"]


def test_the_length_of_a_body_says_little() -> None:
    """It is a multiple of 128 bytes, whatever the texts are."""
    lengths = {len(intent(ask(purpose="办" * n)).body) for n in range(1, 90)}
    assert {0} == {(length - 12 - 16 - 32) % PADDING for length in lengths}
    assert len(lengths) <= 4


def test_two_bodies_of_one_question_have_nothing_in_common() -> None:
    """Salt, nonce and data key are new for each entry, so that equal questions cannot be told."""
    one, other = intent(QUESTION), intent(QUESTION)
    assert (one.body, one.wrapped) != (other.body, other.wrapped)
    fields, others = orjson.loads(one.octets), orjson.loads(other.octets)
    assert {"commit", "body_digest", "wrap_digest"} == {name for name in fields if fields[name] != others[name]}
    assert WRAPPED_SIZE == len(one.wrapped)


OLD = orjson.loads((VECTORS / "entries_v2.json").read_bytes())
OLD_ENTRY = decode(OLD["entries"]["intent"].encode())
"""An intent as version 2 wrote it, with its body in it and no digest of its key."""
OLD_WRAPPED = bytes.fromhex(OLD["wrapped"]["intent"])
BROKEN = {"none": b"", "made up": b"x" * 40, "too short": b"x" * 39}


def test_a_body_within_an_entry_of_version_2_opens_as_it_did() -> None:
    """Its text and salt are held to the commitment; nothing stands beside such an entry."""
    body = open_body(OLD_ENTRY, b"", OLD_WRAPPED, MONTH)
    assert OLD_ENTRY.text("commit") == hmac.digest(body.salt, body.text.encode(), "sha256").hex()
    assert ("办理张三的业务", "YW-77") == (body.inputs["purpose"], body.inputs["business_no"])


@pytest.mark.parametrize(
    "wrapped",
    [*BROKEN.values(), intent(QUESTION).wrapped, WRITTEN.wrapped[:-8]],
    ids=[*BROKEN, "of another entry", "cut"],
)
def test_another_wrapped_key_does_not_open_a_body(wrapped: bytes) -> None:
    """Neither a broken one nor that of another entry, of which the entry has the digest."""
    with pytest.raises(BodyInvalid, match="another entry"):
        open_body(ENTRY, WRITTEN.body, wrapped, MONTH)


@pytest.mark.parametrize(
    "wrapped",
    [*BROKEN.values(), WRITTEN.wrapped, OLD_WRAPPED[:-8]],
    ids=[*BROKEN, "of another entry", "cut"],
)
def test_another_wrapped_key_does_not_open_a_body_of_version_2(wrapped: bytes) -> None:
    """There the key itself tells."""
    with pytest.raises(BodyInvalid):
        open_body(OLD_ENTRY, b"", wrapped, MONTH)


@pytest.mark.parametrize(
    "body",
    [b"", b"x" * 100, intent(QUESTION).body, WRITTEN.body[:-1], WRITTEN.body + b"x"],
    ids=["none", "made up", "of another entry", "cut", "longer"],
)
def test_another_body_is_not_opened(body: bytes) -> None:
    """The entry has the digest of its own."""
    with pytest.raises(BodyInvalid, match="missing, of another entry"):
        open_body(ENTRY, body, WRITTEN.wrapped, MONTH)


@pytest.mark.parametrize(("entry", "written"), [(ENTRY, WRITTEN), (OLD_ENTRY, EncodedEntry(b"", b"", OLD_WRAPPED))])
def test_the_key_of_another_month_does_not_open_a_body(entry: Entry, written: EncodedEntry) -> None:
    """Without its own, nothing does: to destroy it is to shred."""
    with pytest.raises(BodyInvalid, match="month"):
        open_body(entry, written.body, written.wrapped, OTHER)


@pytest.mark.parametrize(
    "changes",
    [
        {"origin": "log.other.example/1"},
        {"event_id": "01980000-0000-7000-8000-00000000000f"},
        {"commit": "00" * 32},
    ],
)
def test_a_body_opens_in_its_own_entry_alone(changes: dict[str, str]) -> None:
    """Bound to log and event, and to the commitment, whether it stands beside the entry or in it."""
    with pytest.raises(BodyInvalid) as found:
        open_body(changed(ENTRY, **changes), WRITTEN.body, WRITTEN.wrapped, MONTH)
    assert "张三" not in str(found.value)
    with pytest.raises(BodyInvalid):
        open_body(changed(OLD_ENTRY, **changes), b"", OLD_WRAPPED, MONTH)


@given(st.integers(0, 10_000), st.integers(0, 7))
def test_a_body_with_a_bit_changed_does_not_open(place: int, bit: int) -> None:
    """Wherever the bit is, also where the digest was changed with it, and in an entry of version 2."""
    octets = bytearray(WRITTEN.body)
    octets[place % len(octets)] ^= 1 << bit
    body = bytes(octets)
    for entry in (ENTRY, changed(ENTRY, body_digest=digest_of(body))):
        with pytest.raises(BodyInvalid):
            open_body(entry, body, WRITTEN.wrapped, MONTH)
    octets = bytearray(b64decode(OLD_ENTRY.text("body")))
    octets[place % len(octets)] ^= 1 << bit
    with pytest.raises(BodyInvalid):
        open_body(changed(OLD_ENTRY, body=b64encode(octets).decode()), b"", OLD_WRAPPED, MONTH)


def test_a_second_text_under_the_same_keys_is_not_what_the_entry_commits_to() -> None:
    """Who holds the keys can make a ciphertext that opens, but not another text for this commitment."""
    from cryptography.hazmat.primitives.keywrap import aes_key_unwrap

    data_key = aes_key_unwrap(MONTH.wrapping, WRITTEN.wrapped)
    bound = f"chuanyu body v1\0{BOOK.origin}\0{EVENT}".encode()
    forged = b"n" * 12 + AESGCM(data_key).encrypt(b"n" * 12, b"s" * 32 + b'{"purpose":"x"}', bound)
    with pytest.raises(BodyInvalid, match="commits"):
        open_body(changed(ENTRY, body_digest=digest_of(forged)), forged, WRITTEN.wrapped, MONTH)


@pytest.mark.parametrize(
    "inputs", [{"name": "x"}, {"purpose": 1}, {"fields": "x"}, {"fields": [1]}, {"purpose": ["x"]}]
)
def test_a_body_with_another_field_is_refused(inputs: dict[str, object]) -> None:
    """A body has a schema of its own."""
    sealed = seal(inputs, MONTH, origin=BOOK.origin, event_id=EVENT, random=os.urandom)  # type: ignore[arg-type]  # bad on purpose
    digests = {"commit": sealed.commit, "body_digest": sealed.body_digest, "wrap_digest": sealed.wrap_digest}
    with pytest.raises(BodyInvalid, match="field"):
        open_body(changed(ENTRY, **digests), sealed.octets, sealed.wrapped, MONTH)


def test_an_entry_without_a_body_says_where_the_inputs_are() -> None:
    """In that of its intent."""
    came = arrival(QUESTION)
    header = writing.authorise_header(writing.start_header(BOOK, came), CALLER, grant())
    refused = writing.encode_refusal(
        BOOK,
        header,
        Refusal(Reason.GRANT_MISSING),
        page=0,
        prev_event=EVENT,
        event_id=EVENT,
        time_us=NOW_US,
        random=os.urandom,
    )
    with pytest.raises(BodyInvalid, match="intent"):
        open_body(decode(refused.octets), WRITTEN.body, WRITTEN.wrapped, MONTH)


def test_nothing_is_written_without_the_key_of_the_month() -> None:
    """A body that nobody could open is not written, nor one in the clear."""
    with pytest.raises(Refusal) as found:
        writing.encode_refusal(
            replace(BOOK, epochs=Epochs({"2026-10": MONTH})),
            writing.start_header(BOOK, arrival(QUESTION)),
            Refusal(Reason.GRANT_MISSING),
            page=0,
            prev_event="",
            event_id=EVENT,
            time_us=NOW_US,
            random=os.urandom,
        )
    assert Reason.AUDIT_NOT_DURABLE is found.value.reason


def test_a_key_of_a_month_stays_what_it_was_and_shows_nothing() -> None:
    """A second one of the same month would leave entries closed."""
    epochs = Epochs({"2026-11": MONTH})
    epochs.add("2026-11", OTHER)
    assert MONTH is epochs.key("2026-11")
    assert "00" not in repr(MONTH)
    epochs.drop("2026-11")
    assert "2026-11" not in epochs
    with pytest.raises(ValueError, match="64 bytes"):
        EpochKey.of(b"x" * 63)
