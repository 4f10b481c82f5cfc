"""What stands behind a pseudonym: undone by the node that gave it out, for two persons together, and recorded."""

from __future__ import annotations

import asyncio
import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import grpc
import pytest
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from gateway.audit.entries.entry import decode
from gateway.border.messages import read_page
from gateway.border.status import from_rpc_error
from gateway.cli.demo.questions import open_channel
from gateway.cli.demo.world import Client, DemoProvince
from gateway.ground.evidence import Column
from gateway.ground.refusals import Reason
from gateway.services.pseudonyms import make_target
from gateway.wire.v1 import ledger_pb2, ledger_pb2_grpc
from keys.identity import Role
from keys.keystore import Passphrase, save_key, write_private
from tests.clients import administrator_of, client_of, reviewer_of
from tests.network.test_review import approved, security_of
from tests.province import Two

ITEM, FIELD, VALUE = "CY-CU-01", "reader_ref", "T00000019"


async def given_out(two: Two) -> tuple[int, str]:
    """Ask for a pseudonym across the border; return the release's index at Sichuan, and the token."""
    response = await two.query(two.ask(ITEM, {"card_no": "A12345678"}))
    column: Column = read_page(response.page).column(FIELD)
    (token,) = column.values
    assert isinstance(token, str)
    assert VALUE not in token
    return response.receipt.index, token


def approval_of(two: Two, index: int, token: str, field: str = FIELD, *persons: Client) -> bytes:
    """An approval by both who must give it, or by these persons."""
    province = two.world["sichuan"]
    wanted = make_target(province.settings.log_origin, index, field, token)
    signers = persons or (reviewer_of(province), security_of(province))
    return approved("recover_pseudonym", "pseudonym", wanted, *signers)


async def recovered(
    two: Two, index: int, token: str, approval: bytes, *, field: str = FIELD, client: Client | None = None
) -> str:
    """What Sichuan's node says to the reviewer."""
    province = two.world["sichuan"]
    request = ledger_pb2.RecoverPseudonymRequest(index=index, field=field, token=token, approval=approval)
    async with open_channel(province, client or reviewer_of(province)) as opened:
        stub: Any = ledger_pb2_grpc.LedgerStub(opened)
        response = await stub.RecoverPseudonym(request, timeout=20)
    return str(response.value)


async def recorded(two: Two) -> list[bytes]:
    """The entries of Sichuan's log that record the act."""
    province = two.world["sichuan"]
    async with open_channel(province, reviewer_of(province)) as opened:
        stub: Any = ledger_pb2_grpc.LedgerStub(opened)
        wanted = ledger_pb2.SearchRequest(action="recover_pseudonym", limit=10)
        return [one.entry async for one in stub.Search(wanted, timeout=10)]


async def test_two_persons_have_a_pseudonym_undone_and_the_log_says_so(two: Two) -> None:
    """The entry names both and the approval; neither token nor value stands in it."""
    index, token = await given_out(two)
    assert VALUE == await recovered(two, index, token, approval_of(two, index, token))
    (entry,) = await recorded(two)
    subject = decode(entry).text("subject")
    assert "/reviewer/reviewer-1" in subject and "/security/security-1" in subject
    assert token.encode() not in entry and VALUE.encode() not in entry


async def refusal(two: Two, index: int, token: str, approval: bytes, **changes: Any) -> Reason:
    """Why a pseudonym is not undone."""
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await recovered(two, index, token, approval, **changes)
    return from_rpc_error(caught.value).reason


async def test_without_two_persons_no_pseudonym_is_undone_and_nothing_is_recorded(two: Two) -> None:
    """One alone, two of one role, an administrator or the other province's as the second, bytes that are none."""
    index, token = await given_out(two)
    sichuan = two.world["sichuan"]
    reviewer, security = reviewer_of(sichuan), security_of(sichuan)
    for persons in (
        (reviewer,),
        (security,),
        (reviewer, client_of(sichuan, Role.REVIEWER, "reviewer-2")),
        (reviewer, administrator_of(sichuan)),
        (reviewer, security_of(two.world["chongqing"])),
    ):
        approval = approval_of(two, index, token, FIELD, *persons)
        assert Reason.APPROVAL_INVALID == await refusal(two, index, token, approval)
    assert Reason.APPROVAL_INVALID == await refusal(two, index, token, b"{}")
    assert [] == await recorded(two)


async def test_an_approval_is_for_one_token_field_release_and_reviewer(two: Two) -> None:
    """Another of each is refused, and so is an approval of another act, and a caller who is no reviewer."""
    index, token = await given_out(two)
    sichuan = two.world["sichuan"]
    approval = approval_of(two, index, token)
    second = client_of(sichuan, Role.REVIEWER, "reviewer-2")
    wanted = make_target(sichuan.settings.log_origin, index, FIELD, token)
    other_act = approved("open_body", "pseudonym", wanted, reviewer_of(sichuan), security_of(sichuan))
    assert Reason.APPROVAL_INVALID == await refusal(two, index, "a" * 32, approval)
    assert Reason.APPROVAL_INVALID == await refusal(two, index + 1, token, approval)
    assert Reason.APPROVAL_INVALID == await refusal(two, index, token, approval, field="region_code")
    assert Reason.APPROVAL_INVALID == await refusal(two, index, token, approval, client=second)
    assert Reason.APPROVAL_INVALID == await refusal(two, index, token, other_act)
    for client in (security_of(sichuan), administrator_of(sichuan), sichuan.portal):
        assert Reason.ROLE_NOT_ALLOWED == await refusal(two, index, token, approval, client=client)
    assert [] == await recorded(two)


async def test_what_is_no_pseudonym_of_the_release_is_not_undone_though_two_agree(two: Two) -> None:
    """Letters that the key never wrote, a field of another level, an entry that is no release: the node says why."""
    index, token = await given_out(two)
    for place, field, text, why in (
        (index, FIELD, "a" * 32, "expected a token made under this key"),
        (index, "region_code", token, "expected a field that leaves as a pseudonym"),
        (0, FIELD, token, "expected an entry of the phase release"),
        (10_000, FIELD, token, "expected an index"),
    ):
        with pytest.raises(grpc.aio.AioRpcError, match=why) as caught:
            await recovered(two, place, text, approval_of(two, place, text, field), field=field)
        assert caught.value.code() in (grpc.StatusCode.FAILED_PRECONDITION, grpc.StatusCode.OUT_OF_RANGE)
        assert VALUE not in str(caught.value)


@dataclass(frozen=True)
class Desk:
    """Two persons' files, and the commands as they give them, each in a process of its own."""

    province: DemoProvince
    root: Path

    async def give(self, who: str, *words: str) -> tuple[int, dict[str, Any]]:
        """Give a command of `chuanyu audit`; return its exit code and its JSON."""
        place = self.root / who
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "gateway.cli", "audit", *words, "--json", "--cert", str(place / "tls.crt"),
            "--key-file", str(place / "tls.key"), "--passphrase-file", str(place / "passphrase"),
            cwd=Path(__file__).parents[2], stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
        )  # fmt: skip
        async with asyncio.timeout(60):
            told, _ = await process.communicate()
        return process.returncode or 0, json.loads(told)

    def token(self, text: str) -> str:
        """Write a token into a file; return its path."""
        path = self.root / "token"
        path.write_text(text + "\n", encoding="ascii")
        return str(path)


@pytest.fixture(name="desk")
def _desk(two: Two, tmp_path: Path) -> Desk:
    """The files of Sichuan's reviewer and security administrator."""
    sichuan = two.world["sichuan"]
    for name, person in (("reviewer", reviewer_of(sichuan)), ("security", security_of(sichuan))):
        place = tmp_path / name
        place.mkdir()
        key = load_pem_private_key(person.key_pem, None)
        assert isinstance(key, EllipticCurvePrivateKey)
        write_private(place / "passphrase", b"a passphrase of the test")
        write_private(place / "tls.crt", person.certificate_pem)
        save_key(place / "tls.key", key, Passphrase(b"a passphrase of the test"))
    return Desk(sichuan, tmp_path)


async def test_the_commands_ask_approve_and_undo(two: Two, desk: Desk) -> None:
    """Before the second person has signed the node refuses; afterwards the reviewer reads the value."""
    index, token = await given_out(two)
    origin, approval = desk.province.settings.log_origin, str(desk.root / "recover.approval")
    asked = ("--field", FIELD, "--token-file", desk.token(token))
    code, told = await desk.give(
        "reviewer", "request", "recover_pseudonym", "--reason", "case 17", "--entry", f"{origin}:{index}", *asked,
        "--out", approval,
    )  # fmt: skip
    assert (0, "recover_pseudonym") == (code, told["act"])
    assert token not in await asyncio.to_thread(Path(approval).read_text, "utf-8")
    recover = (
        "recover", str(index), *asked, "--approval", approval, "--gateway", desk.province.target,
        "--ca", str(desk.province.settings.authority_path),
    )  # fmt: skip
    code, told = await desk.give("reviewer", *recover)
    assert 3 == code and "APPROVAL_INVALID" in told["error"]["found"]["zh"]
    code, told = await desk.give("security", "approve", approval)
    assert 2 == code and "case 17" == told["error"]["reason"]
    stated = ("--entry", f"{origin}:{index}", *asked)
    wrong = ("--entry", f"{origin}:{index + 1}", *asked)
    code, told = await desk.give("security", "approve", approval, *wrong)
    assert 1 == code and "another target" in told["error"]["found"]["en"]
    code, _ = await desk.give("security", "approve", approval, *stated)
    assert 0 == code
    code, told = await desk.give("reviewer", *recover)
    assert (0, VALUE) == (code, told[FIELD])


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"--token-file": "12345"}, "32 letters from a to p"),
        ({"--field": ""}, "the field of the pseudonym"),
        ({"--entry": "no-place"}, "ORIGIN:INDEX"),
    ],
)
async def test_a_request_that_names_no_pseudonym_is_not_signed(
    desk: Desk, changed: dict[str, str], expected: str
) -> None:
    """Another form of token, no field, no entry: the command says what it needs, and writes nothing."""
    words = {"--token-file": "a" * 32, "--field": FIELD, "--entry": "origin:1"} | changed
    words["--token-file"] = desk.token(words["--token-file"])
    out = desk.root / "none.approval"
    code, told = await desk.give(
        "reviewer", "request", "recover_pseudonym", "--reason", "case 17", "--out", str(out),
        *(word for pair in words.items() for word in pair),
    )  # fmt: skip
    assert 2 == code and expected in told["error"]["expected"]["en"]
    assert not await asyncio.to_thread(out.exists)
