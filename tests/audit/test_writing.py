"""Entries are canonical, fit their schema, and hold codes, counts and commitments: never a person's data."""

from __future__ import annotations

import json
import os
from base64 import b64encode
from dataclasses import replace
from datetime import date
from hashlib import sha256
from pathlib import Path

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.audit.entries import writing
from gateway.audit.entries.documents import encode_documents
from gateway.audit.entries.entry import FIELDS, MAX_ENTRY_BYTES, Cell, EntryInvalid, Phase, Result, decode, encode
from gateway.audit.entries.references import pairs_of
from gateway.audit.entries.writing import EncodedEntry
from gateway.audit.exchange import MAX_SUBJECTS
from gateway.ground.documents import DocumentKind, NumberedDocument
from gateway.ground.evidence import (
    Channel,
    NodeUri,
    Operator,
    PeerAnswer,
    ProvenAnswer,
    RawIdentifier,
    Receipt,
)
from gateway.ground.refusals import Reason, Refusal, Violation
from tests.audit.logs import BOOK, CALLER, CLEARED, PAGE
from tests.samples import NOW_US, NUMBER, arrival, ask, grant

VECTORS = Path(__file__).parents[1] / "vectors"
EVENT = "01980000-0000-7000-8000-00000000000e"
QUESTION = ask(
    purpose="办理张三的业务",
    business_no="YW-77",
    channel=Channel.COUNTER,
    operator=Operator("staff-9", "window-3"),
    end_user_org="某某图书馆",
    consent_ref="C-5",
)
ARRIVAL = arrival(QUESTION, traceparent="00-" + "a" * 32 + "-" + "b" * 16 + "-01")
HEADER = writing.start_header(BOOK, ARRIVAL)
SUBJECTS = BOOK.references.subjects([RawIdentifier(NUMBER)], NOW_US)
JUDGED = writing.authorise_header(HEADER, CALLER, grant())
THEIRS = Receipt("log.peer", 7, b"entry", (), b"note")
LEAK = Refusal(Reason.LEAK_BLOCKED, violations=(Violation("card_no", "bank_card"),))


def refused(
    refusal: Refusal, header: writing.Header = HEADER, prev: str = "", peer: Receipt | None = None
) -> EncodedEntry:
    """The entry of a refusal; without a previous event it has the body."""
    return writing.encode_refusal(
        BOOK,
        header,
        refusal,
        page=0,
        prev_event=prev,
        event_id=EVENT,
        time_us=NOW_US,
        random=os.urandom,
        peer=peer,
    )


def intent(header: writing.Header = JUDGED, subjects: bytes = SUBJECTS) -> EncodedEntry:
    """The entry of an intent."""
    return writing.encode_intent(BOOK, header, subjects, event_id=EVENT, time_us=NOW_US, random=os.urandom)


DETAILS: dict[str, Cell] = {
    "approval": "ab" * 32,
    "caller_fp": "cd" * 32,
    "changes": ["quota.per_day", "policy sha256:" + "ab" * 32],
    "reason": "案件 17",
    "seal_end": 4096,
    "seal_first": 0,
    "seal_months": ["2026-10", "2026-11"],
    "seal_pairs": 0,
    "seal_root": "ef" * 32,
    "signers": ["ab" * 32, "cd" * 32],
    "subject_tokens": b64encode(b"t" * 16).decode(),
    "target_commit": "12" * 32,
}
"""Every field that an act may have beyond those that every act has."""
WRITTEN = {
    "intent": intent(),
    "more subjects: intent": writing.encode_more_subjects(
        JUDGED, SUBJECTS, page=1, prev_event=EVENT, event_id=EVENT, time_us=NOW_US
    ),
    "release": writing.encode_release(
        JUDGED, CLEARED, SUBJECTS, salt=b"s" * 16, prev_event=EVENT, event_id=EVENT, time_us=NOW_US
    ),
    "refusal": refused(LEAK, JUDGED, EVENT),
    "early refusal": refused(Refusal(Reason.PARTY_UNKNOWN)),
    "peer's refusal": refused(Refusal(Reason.GRANT_MISSING), JUDGED, EVENT, THEIRS),
    "outcome": writing.encode_outcome(
        BOOK,
        exchange_id=QUESTION.request_id,
        peer_node="spiffe://chongqing.example/node/1",
        page=0,
        origin="log.peer",
        index=7,
        leaf_hash=b"l" * 32,
        reason="",
        prev=3,
        event_id=EVENT,
        time_us=NOW_US,
    ),
    "receipt": writing.encode_receipt(
        JUDGED,
        ProvenAnswer(PeerAnswer(PAGE, 0, True, THEIRS, b"s" * 16), "cd" * 32),
        SUBJECTS,
        prev_event=EVENT,
        event_id=EVENT,
        time_us=NOW_US,
    ),
    "admin": writing.encode_act(
        BOOK, action="node_start", subject="0.1.0", result=Result.PERMIT, event_id=EVENT, time_us=NOW_US
    ),
    "detailed admin": writing.encode_act(
        BOOK,
        action="find_subject",
        subject="x",
        result=Result.PERMIT,
        event_id=EVENT,
        time_us=NOW_US,
        details=DETAILS,
    ),
    "manifest admin": writing.encode_manifest(
        BOOK, '{"fields":[{"name":"card_no","operator":"drop"}]}', profile="ab" * 32, event_id=EVENT, time_us=NOW_US
    ),
    "documents admin": encode_documents(
        BOOK,
        [NumberedDocument(DocumentKind.GRANT, "G-1", 2, "ab" * 32, date(2027, 6, 30))],
        act="reload",
        actor="spiffe://510000.chuanyu/administrator/a",
        event_id=EVENT,
        time_us=NOW_US,
    ),
}
ENTRIES = {name: written.octets for name, written in WRITTEN.items()}
OLD = {
    name: text.encode() for name, text in json.loads((VECTORS / "entries_v1.json").read_text(encoding="utf-8")).items()
}
"""Entries as version 1 wrote them."""
OLD_2 = {
    name: text.encode()
    for name, text in json.loads((VECTORS / "entries_v2.json").read_text(encoding="utf-8"))["entries"].items()
}
"""Entries as version 2 wrote them."""


@pytest.mark.parametrize("name", ENTRIES)
def test_every_entry_that_is_written_fits_the_schema(name: str) -> None:
    """It is read back, under its phase, and its bytes are the canonical ones."""
    entry = decode(ENTRIES[name])
    assert name.rsplit(maxsplit=1)[-1] == entry.phase
    assert ENTRIES[name] == json.dumps(entry.fields, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    assert (BOOK.origin, EVENT, NOW_US) == (entry.text("origin"), entry.text("event_id"), entry.number("time_utc_us"))


@pytest.mark.parametrize("name", ENTRIES)
@pytest.mark.parametrize(
    "secret",
    [
        NUMBER,
        NUMBER[:-1],
        "张三",
        "王一",
        "办理",
        "YW-77",
        "staff-9",
        "window-3",
        "某某图书馆",
        "C-5",
        "2030-01-31",
        "ssss",
    ],
)
def test_no_entry_holds_free_text_a_person_or_a_value(name: str, secret: str) -> None:
    """Purpose, business number, operator, keys, values and salt stay out, in any of the entries."""
    assert secret not in ENTRIES[name].decode()


def test_a_release_commits_to_its_page() -> None:
    """Names, number, rows and profile."""
    entry = decode(ENTRIES["release"])
    assert ("card_status", "valid_to") == entry.names("fields")
    assert (1, 0, True) == (entry.number("record_count"), entry.number("page"), entry.fields["last"])
    assert "ab" * 32 == entry.text("masking_profile")


def test_a_leak_is_recorded_by_column_and_detector() -> None:
    """Never by what was found."""
    entry = decode(ENTRIES["refusal"])
    assert ("card_no", "bank_card") == (entry.text("column"), entry.text("detector"))
    assert "" == decode(ENTRIES["early refusal"]).text("detector")


@pytest.mark.parametrize(
    ("reason", "expected"),
    [
        (Reason.GRANT_MISSING, Result.DENY),
        (Reason.REQUEST_REPLAYED, Result.DENY),
        (Reason.INTERNAL, Result.ERROR),
        (Reason.PLATFORM_UNAVAILABLE, Result.ERROR),
        (Reason.DEADLINE_EXCEEDED, Result.ERROR),
        (Reason.CANCELLED, Result.ERROR),
    ],
)
def test_a_refusal_by_rule_and_one_by_fault_are_told_apart(reason: Reason, expected: Result) -> None:
    """As deny and error."""
    assert expected == decode(refused(Refusal(reason)).octets).text("result")


@pytest.mark.parametrize("reason", list(Reason))
def test_every_reason_can_be_recorded(reason: Reason) -> None:
    """No refusal is without its entry for its reason's sake."""
    assert reason.value == decode(refused(Refusal(reason)).octets).text("reason_code")


@pytest.mark.parametrize("field", ["item_code", "consumer_department", "scene", "use_basis"])
@pytest.mark.parametrize(
    "code", ["a51999919600101001", "a5199-9919-6001-0100-1", "a10012345678", "x-6222.0212.3456.789"]
)
def test_a_code_with_as_many_digits_as_a_personal_number_is_withheld(field: str, code: str) -> None:
    """The asker chose it, and nobody has judged it yet."""
    fields = writing.start_header(BOOK, arrival(replace(QUESTION, **{field: code}))).fields  # type: ignore[arg-type]  # four text fields
    assert "withheld" == fields[field]
    assert 1 == list(fields.values()).count("withheld")


def test_a_repeat_names_the_first_release() -> None:
    """Otherwise the field is absent."""
    again = writing.authorise_header(HEADER, replace(CALLER, repeat_of=5), grant())
    assert 5 == decode(intent(again).octets).number("repeat_of")
    assert -1 == decode(ENTRIES["intent"]).number("repeat_of")


def test_as_many_subjects_as_are_allowed_fit_an_entry_and_too_many_are_refused() -> None:
    """With room for the largest body and the longest names and codes."""
    largest = ask(
        purpose="办" * 200,
        business_no="n" * 64,
        consent_ref="c" * 64,
        end_user_org="馆" * 100,
        operator=Operator("o" * 32, "u" * 64),
        consumer_department="d" * 64,
        scene="s" * 64,
        use_basis="b" * 64,
        fields=tuple(f"{number:03}".rjust(64, "f") for number in range(64)),
    )
    asked = writing.start_header(BOOK, arrival(largest, traceparent="00-" + "a" * 32 + "-" + "b" * 16 + "-01"))
    caller = replace(CALLER, node=NodeUri("n" * 256), application=NodeUri("a" * 256))
    allowed = replace(grant(fields=largest.fields), list_versions=("510000/" + "l" * 120,) * 4)
    header = writing.authorise_header(asked, caller, allowed)
    assert MAX_ENTRY_BYTES > len(intent(header, os.urandom(16 * MAX_SUBJECTS)).octets)
    with pytest.raises(EntryInvalid, match="at most 32768 bytes"):
        intent(header, os.urandom(16 * 2000))


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("v", 0),
        ("v", 1),
        ("v", 5),
        ("v", "1"),
        ("phase", "unknown"),
        ("result", "perhaps"),
        ("page", -2),
        ("page", True),
        ("page", 1.5),
        ("record_count", "1"),
        ("time_utc_us", 1 << 63),
        ("request_hash", "zz"),
        ("rows_root", "AB" * 32),
        ("event_id", "01980000-0000-4000-8000-00000000000e"),
        ("exchange_id", "x"),
        ("subject_tokens", "!!"),
        ("subject_tokens", "AAA"),
        ("operator_ref", "staff-9"),
        ("fields", "card_status"),
        ("fields", [1]),
        ("fields", [["a"]]),
        ("last", 1),
        ("scene", None),
        ("scene", {"a": 1}),
        ("scene", "x" * 513),
        ("peer_leaf", {"origin": "x", "index": 1}),
        ("peer_leaf", {"origin": "x", "index": "1", "leaf_hash": "00" * 32}),
        ("unknown_field", "x"),
    ],
)
def test_an_entry_with_a_field_that_is_not_as_it_must_be_is_none(field: str, value: object) -> None:
    """Each field has one form; no field is unknown."""
    fields = {**orjson.loads(ENTRIES["release"]), field: value}
    octets = (
        orjson.dumps(fields, option=orjson.OPT_SORT_KEYS)
        if value != 1 << 63
        else json.dumps(fields, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    )
    with pytest.raises(EntryInvalid) as invalid:
        decode(octets)
    assert "staff-9" not in str(invalid.value)


@pytest.mark.parametrize("name", ENTRIES)
def test_an_entry_without_a_field_of_its_phase_is_none(name: str) -> None:
    """Whichever it is of those that every entry has."""
    fields = orjson.loads(ENTRIES[name])
    for missing in ("v", "origin", "event_id", "phase", "time_utc_us", "exchange_id", "result", "action", "node"):
        octets = encode({key: value for key, value in fields.items() if key != missing})
        with pytest.raises(EntryInvalid):
            decode(octets)


@pytest.mark.parametrize(
    "octets",
    [
        b"",
        b"{}",
        b"[]",
        b"null",
        b"{",
        b"\xff",
        ENTRIES["admin"] + b"\n",
        b" " + ENTRIES["admin"],
        ENTRIES["admin"].replace(b",", b", ", 1),
        ENTRIES["admin"][:-1],
        ENTRIES["admin"][:-1] + b',"v":1}',
        b"x" * (MAX_ENTRY_BYTES + 1),
    ],
)
def test_bytes_in_another_form_are_no_entry(octets: bytes) -> None:
    """One entry has one form: no space, no second key, no rest."""
    with pytest.raises(EntryInvalid):
        decode(octets)


@given(st.binary(max_size=300))
def test_arbitrary_bytes_are_no_entry(octets: bytes) -> None:
    """Nothing but EntryInvalid comes out."""
    with pytest.raises(EntryInvalid):
        decode(octets)


def test_the_schema_has_no_field_that_is_never_written() -> None:
    """What is not written, by this version or one before, is not allowed either."""
    repeat = writing.authorise_header(HEADER, replace(CALLER, repeat_of=5), grant())
    written = {key for octets in ENTRIES.values() for key in orjson.loads(octets)} | set(repeat.fields)
    assert FIELDS[3] | FIELDS[4] == written
    assert FIELDS[2] == {key for octets in OLD_2.values() for key in orjson.loads(octets)} | {"repeat_of"}
    assert FIELDS[1] == {key for octets in OLD.values() for key in orjson.loads(octets)} | {"repeat_of"}


@pytest.mark.parametrize(("version", "name"), [*((1, name) for name in OLD), *((2, name) for name in OLD_2)])
def test_an_entry_of_an_older_version_is_still_read(version: int, name: str) -> None:
    """As it was written, field by field."""
    entry = decode((OLD if version == 1 else OLD_2)[name])
    assert version == entry.number("v")
    assert name.rsplit(maxsplit=1)[-1] == entry.phase


@pytest.mark.parametrize("name", OLD)
def test_an_entry_of_version_1_has_no_body_and_one_of_version_2_not_its_fields(name: str) -> None:
    """Each version has its own fields."""
    fields = orjson.loads(OLD[name])
    with pytest.raises(EntryInvalid):
        decode(encode({**fields, "body": "AAAA", "commit": "00" * 32}))
    with pytest.raises(EntryInvalid):
        decode(encode({**fields, "v": 2, "channel": "counter"}))


@pytest.mark.parametrize("name", ENTRIES)
def test_an_entry_is_of_the_oldest_version_that_has_its_fields(name: str) -> None:
    """An entry that has no field that came later is read by an older release, too; releases and receipts are new."""
    fields = orjson.loads(ENTRIES[name])
    assert (name in ("release", "receipt")) == (fields["v"] == 4)
    if fields["v"] != 4:
        assert (3 if fields.keys() - FIELDS[2] else 2) == fields["v"]


@pytest.mark.parametrize("name", ["intent", "early refusal"])
def test_version_2_has_its_body_within_and_version_3_beside(name: str) -> None:
    """Neither has what the other has."""
    old, new = orjson.loads(OLD_2[name]), orjson.loads(ENTRIES[name])
    digests = {"body_digest": "00" * 32, "wrap_digest": "00" * 32}
    for mixed in ({**old, **digests}, {**new, "body": "AAAA"}, {**old, "v": 3}, {**new, "v": 2}):
        with pytest.raises(EntryInvalid):
            decode(encode(mixed))
    for incomplete in ("body", "commit"):
        with pytest.raises(EntryInvalid):
            decode(encode({key: value for key, value in old.items() if key != incomplete}))


@pytest.mark.parametrize("name", ["intent", "early refusal"])
@pytest.mark.parametrize(
    "changes",
    [
        {"body_digest": None},
        {"wrap_digest": None},
        {"commit": None},
        {"body_digest": None, "wrap_digest": None},
        {"body_digest": None, "wrap_digest": None, "commit": None},
        {"prev_event": EVENT},
        {"body_digest": ""},
        {"wrap_digest": "AB" * 32},
        {"commit": "00"},
    ],
)
def test_inputs_stand_in_one_place_with_their_commitment(name: str, changes: dict[str, str | None]) -> None:
    """Never in two bodies, never in none, never uncommitted, and never without both digests."""
    fields = {**orjson.loads(ENTRIES[name]), **changes}
    with pytest.raises(EntryInvalid):
        decode(encode({key: value for key, value in fields.items() if value is not None}))


@pytest.mark.parametrize("name", ["release", "receipt", "refusal", "outcome", "admin"])
def test_an_entry_that_follows_an_intent_has_no_body_of_its_own(name: str) -> None:
    """That of the intent holds the inputs."""
    fields = orjson.loads(ENTRIES[name])
    digests = dict.fromkeys(("commit", "body_digest", "wrap_digest"), "00" * 32)
    for more in (digests, {"commit": "00" * 32}, {"wrap_digest": "00" * 32}):
        with pytest.raises(EntryInvalid):
            decode(encode({**fields, **more}))


@pytest.mark.parametrize("field", sorted(DETAILS))
def test_the_details_of_an_act_stand_in_acts_of_version_3_alone(field: str) -> None:
    """Whoever asks or answers has none of them, and version 2 knew none."""
    detail: dict[str, Cell] = {field: DETAILS[field], "v": 3}
    assert DETAILS[field] == decode(encode({**orjson.loads(ENTRIES["admin"]), **detail})).fields[field]
    for name in ("intent", "release", "refusal", "outcome", "receipt"):
        if field != "subject_tokens":
            with pytest.raises(EntryInvalid):
                decode(encode({**orjson.loads(ENTRIES[name]), **detail}))
    if field != "subject_tokens":
        with pytest.raises(EntryInvalid, match="version 2"):
            decode(encode({**orjson.loads(OLD_2["admin"]), **detail, "v": 2}))


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("approval", ""),
        ("approval", "AB" * 32),
        ("caller_fp", ""),
        ("changes", "quota"),
        ("changes", ["a\nb"]),
        ("changes", [1]),
        ("changes", ["x" * 513]),
        ("reason", "x" * 513),
        ("reason", "a\tb"),
        ("reason", "a\x85b"),
        ("reason", ["x"]),
        ("seal_end", "7"),
        ("seal_first", -1),
        ("seal_months", ["2026-1"]),
        ("seal_months", "2026-11"),
        ("seal_pairs", -1),
        ("seal_pairs", True),
        ("seal_root", "ab"),
        ("signers", ["ab"]),
        ("signers", ["ab" * 32, ""]),
        ("signers", "ab" * 32),
        ("subject_tokens", "AAA"),
        ("target_commit", "x"),
    ],
)
def test_a_detail_of_an_act_in_another_form_is_none(field: str, value: Cell) -> None:
    """Each has one form."""
    with pytest.raises(EntryInvalid, match=field):
        decode(encode({**orjson.loads(ENTRIES["admin"]), field: value}))


def test_a_person_whom_an_act_was_about_is_found_by_its_token() -> None:
    """As in every other entry that names one."""
    assert b"S" + b"t" * 16 + bytes(8) in pairs_of(decode(ENTRIES["detailed admin"]), 0)


@pytest.mark.parametrize("name", WRITTEN)
def test_what_is_kept_beside_an_entry_fits_it(name: str) -> None:
    """Body and wrapped key, of which it has the digests."""
    written, fields = WRITTEN[name], orjson.loads(ENTRIES[name])
    assert ("commit" in fields) == bool(written.body) == bool(written.wrapped) == bool(written.epoch)
    assert fields.get("body_digest", sha256().hexdigest()) == sha256(written.body).hexdigest()
    assert fields.get("wrap_digest", sha256().hexdigest()) == sha256(written.wrapped).hexdigest()


def test_a_typical_exchange_is_small() -> None:
    """An intent and a release, together at most 2.2 KB; a release at most 1 KB, the body of an intent at most 700."""
    assert len(ENTRIES["intent"]) + len(ENTRIES["release"]) <= 2_200
    assert len(ENTRIES["release"]) <= 1_000
    assert len(WRITTEN["intent"].body) <= 700


def test_the_phases_are_those_that_are_documented() -> None:
    """A new phase needs its rules in verify."""
    assert ["intent", "release", "refusal", "outcome", "receipt", "admin"] == list(Phase)
