"""Consents over both provinces: registered at the asking gateway, held to on both sides, withdrawn on both for good."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import grpc
import pytest
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from gateway.assembly.build import clock_us
from gateway.audit.storage.database import place_of
from gateway.audit.storage.reader import LogReader
from gateway.border.status import from_rpc_error
from gateway.cli.demo.questions import open_channel
from gateway.cli.demo.world import Client
from gateway.ground.clock import china_day
from gateway.ground.evidence import LawfulBasis
from gateway.ground.identity_numbers import person_of
from gateway.ground.refusals import Reason, Refusal
from gateway.wire.v1 import ask_pb2, consent_pb2, consent_pb2_grpc, peer_pb2, peer_pb2_grpc
from keys.consent import ConsentRecord, PersonReference, SignedConsent, sign
from tests.province import ITEMS, KEY, Pristine, Two, make_pristine, two_provinces, until

A = KEY["social_security_no"]
B = "519999197802021219"
NONCE = bytes(range(32))
CODE = "CY-TR-01"
FIELDS = tuple(field.name for field in ITEMS[CODE].fields)


@pytest.fixture(name="pristine", scope="module")
def _pristine(tmp_path_factory: pytest.TempPathFactory) -> Pristine:
    return make_pristine(tmp_path_factory.mktemp("consents"))


@pytest.fixture(name="two")
async def _two(pristine: Pristine) -> AsyncIterator[Two]:
    async with two_provinces(pristine) as two:
        yield two


def question(two: Two, number: str = A, **changes: Any) -> ask_pb2.Ask:
    """Ask by a consent of Chongqing's about a person in Sichuan."""
    made = {"lawful_basis": LawfulBasis.CONSENT, "consent_ref": "TY-1"} | changes
    return two.ask(CODE, {"social_security_no": number, "policy_code": "senior_60"}, **made)


def consent(two: Two, client: Client | None = None, **changes: Any) -> SignedConsent:
    """Sign a consent that covers such a question."""
    today, asked = china_day(clock_us()), question(two)
    made: dict[str, Any] = {
        "number": "TY-1",
        "person": PersonReference(NONCE).refer(person_of(A)),
        "province": "500000",
        "department": asked.consumer_department,
        "end_user_org": "",
        "provider_province": "510000",
        "items": ((CODE, FIELDS),),
        "given_on": today,
        "until": today + timedelta(days=90),
        "separate": True,
        "guardian": False,
    }
    by = client or two.world["chongqing"].portal
    key: Any = load_pem_private_key(by.key_pem, None)
    return sign(ConsentRecord(**(made | changes)), by.certificate_pem.decode(), key)


async def register(two: Two, signed: SignedConsent, name: str = "chongqing") -> consent_pb2.HeldConsent:
    """Register a consent with the portal of a province."""
    request = consent_pb2.RegisterRequest(consent=signed.octets(), nonce=NONCE)
    held: consent_pb2.HeldConsent = (await _call(two, "Register", request, name)).consent
    return held


async def withdraw(two: Two, number: str = "TY-1") -> consent_pb2.HeldConsent:
    """Withdraw a consent of Chongqing's."""
    department = question(two).consumer_department
    request = consent_pb2.WithdrawRequest(department=department, number=number)
    held: consent_pb2.HeldConsent = (await _call(two, "Withdraw", request)).consent
    return held


async def listed(two: Two, name: str = "chongqing") -> list[consent_pb2.HeldConsent]:
    """List the consents of a province's portal."""
    async with open_channel(two.world[name], two.world[name].portal) as channel:
        stub: Any = consent_pb2_grpc.ConsentsStub(channel)
        return [one.consent async for one in stub.List(consent_pb2.ListRequest(), timeout=10)]


async def _call(two: Two, method: str, request: Any, name: str = "chongqing") -> Any:
    async with open_channel(two.world[name], two.world[name].portal) as channel:
        try:
            return await getattr(consent_pb2_grpc.ConsentsStub(channel), method)(request, timeout=10)
        except grpc.aio.AioRpcError as error:
            raise from_rpc_error(error) from error


async def reason(two: Two, message: ask_pb2.Ask) -> Reason | None:
    """Why a question is refused; None where it is answered."""
    try:
        await two.query(message)
    except Refusal as refusal:
        return refusal.reason
    return None


def acts(two: Two, name: str) -> list[tuple[str, str]]:
    """The acts of a province's log that are about consents, and what they are about."""
    with LogReader(place_of(two.world[name].settings)) as reader:
        rows = [row.octets for row in reader.acts()]
    from gateway.audit.entries.entry import decode

    found = [decode(octets) for octets in rows]
    return [(one.text("action"), one.text("subject")) for one in found if "_consent" in one.text("action")]


async def test_0_2_a_word_is_no_consent_and_that_of_one_person_serves_no_other(two: Two) -> None:
    """The trial's two releases are two refusals, at the asking gateway."""
    assert Reason.CONSENT_UNKNOWN is await reason(two, question(two, consent_ref="x"))
    held = await register(two, consent(two))
    assert (True, False) == (held.told, held.withdrawn)
    assert None is await reason(two, question(two))
    assert Reason.CONSENT_NOT_COVERING is await reason(two, question(two, B))
    assert 1 == len(two.platforms["sichuan"].asked)


async def test_the_province_asked_judges_by_the_same_consent(two: Two) -> None:
    """Its own copy: what the asking gateway would let through is refused there, and no platform is asked."""
    await register(two, consent(two))
    for name in ("chongqing", "sichuan"):
        lawful = two.nodes[name].foundation.lawful
        assert 1 == len(lawful.consents)
    asker = two.nodes["chongqing"].foundation.lawful
    asker.consents.require = lambda *of: None  # type: ignore[method-assign]  # a gateway that lets everything through
    assert Reason.CONSENT_NOT_COVERING is await reason(two, question(two, B))
    assert Reason.CONSENT_UNKNOWN is await reason(two, question(two, consent_ref="x"))
    assert [] == two.platforms["sichuan"].asked


async def test_a_withdrawal_ends_it_on_both_sides_also_after_a_restart(two: Two) -> None:
    """Both logs name the record by its digest, and nothing brings it back."""
    held = await register(two, consent(two))
    assert None is await reason(two, question(two))
    assert (await withdraw(two)).withdrawn
    for _ in range(2):
        assert Reason.CONSENT_WITHDRAWN is await reason(two, question(two))
        for name in ("chongqing", "sichuan"):
            assert [("register_consent", held.digest), ("withdraw_consent", held.digest)] == acts(two, name)
            (one,) = two.nodes[name].foundation.lawful.consents
            assert (True, True) == (one.withdrawn, one.settled)
        again = await register(two, consent(two, given_on=china_day(clock_us())))
        assert again.withdrawn
        for name in ("chongqing", "sichuan"):
            await two.stop(name)
        for name in ("chongqing", "sichuan"):
            await two.start(name, serving=False)
        for name in ("chongqing", "sichuan"):
            await two.serve(name)


async def test_while_the_other_gateway_is_away_this_side_refuses_and_tells_it_later(two: Two) -> None:
    """The person's withdrawal waits for nobody."""
    await register(two, consent(two))
    await two.stop("sichuan")
    held = await withdraw(two)
    assert (True, False) == (held.withdrawn, held.told)
    assert Reason.CONSENT_WITHDRAWN is await reason(two, question(two))
    await two.start("sichuan")
    theirs = two.nodes["sichuan"].foundation.lawful.consents
    await until("the withdrawal is told", lambda: all(one.withdrawn and one.settled for one in theirs))
    assert ("withdraw_consent", held.digest) in acts(two, "sichuan")


async def test_a_file_that_is_put_back_is_held_to_the_log(two: Two) -> None:
    """Neither does the copy of before its withdrawal serve, nor one that was never registered."""
    await register(two, consent(two))
    place = two.world["chongqing"].settings.consents_directory
    (path,) = place.glob("*.json")
    before = path.read_bytes()
    await withdraw(two)
    await two.stop("chongqing")
    path.write_bytes(before)
    two.world["sichuan"].settings.consents_directory.joinpath("x.json").write_bytes(b"{}")
    await two.start("chongqing")
    assert Reason.CONSENT_WITHDRAWN is await reason(two, question(two))
    await two.stop("sichuan")
    log = two.world["sichuan"].settings.consents_directory
    for file in log.glob("*.json"):
        file.unlink()
    unknown = consent(two, number="TY-2")
    digest = unknown.record.digest
    text = before.decode().replace(consent(two).record.digest, digest)
    log.joinpath(f"{digest}.json").write_text(text, encoding="utf-8")
    await two.start("sichuan")
    assert [] == list(two.nodes["sichuan"].foundation.lawful.consents)


async def test_who_may_not_register_does_not(two: Two) -> None:
    """Another province's department, one for which nobody acts, a revoked signer, an altered record."""
    refused = [
        (consent(two, province="510000"), Reason.CONSENT_INVALID),
        (consent(two, department="cq-unknown"), Reason.PARTY_UNKNOWN),
        (consent(two, two.world["chongqing"].retired), Reason.CERTIFICATE_REVOKED),
        (consent(two, two.world["sichuan"].portal), Reason.CONSENT_INVALID),
        (consent(two, until=china_day(clock_us()) - timedelta(1), given_on=china_day(0)), Reason.CONSENT_INVALID),
    ]
    for signed, expected in refused:
        with pytest.raises(Refusal) as caught:
            await register(two, signed)
        assert expected is caught.value.reason
    assert [] == await listed(two)
    assert [] == acts(two, "chongqing")


async def test_a_number_is_used_once_and_a_department_sees_its_own(two: Two) -> None:
    """Registered twice it is one consent; another record under its number is refused."""
    signed = consent(two)
    first, second = await register(two, signed), await register(two, signed)
    assert first == second
    with pytest.raises(Refusal, match="a number that is not used yet"):
        await register(two, consent(two, separate=False))
    assert [first] == await listed(two)
    assert [] == await listed(two, "sichuan")


async def test_a_peer_tells_of_its_own_province_s_consents_alone(two: Two) -> None:
    """A gateway cannot give another province's department a consent, nor withdraw one of it."""
    chongqing, sichuan = two.world["chongqing"], two.world["sichuan"]
    await register(two, consent(two))
    settings = sichuan.settings
    pair = two.nodes["sichuan"].pair()
    credentials = grpc.ssl_channel_credentials(chongqing.authority.certificate_pem, pair.key_pem, pair.certificate_pem)
    assert settings.node.province == "510000"
    async with grpc.aio.secure_channel(chongqing.target, credentials) as channel:
        stub: Any = peer_pb2_grpc.PeerStub(channel)
        request = peer_pb2.TakeConsentRequest(consent=consent(two).octets(), nonce=NONCE, withdrawn=True)
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await stub.TakeConsent(request, timeout=10)
    assert Reason.CONSENT_INVALID is from_rpc_error(caught.value).reason
    assert None is await reason(two, question(two))


async def test_no_log_names_the_person_or_the_number_of_the_consent(two: Two) -> None:
    """The entries hold the digest alone, which hides both."""
    await register(two, consent(two, number="TY-SECRET-7"))
    await reason(two, question(two, consent_ref="TY-SECRET-7"))
    for name in ("chongqing", "sichuan"):
        with LogReader(place_of(two.world[name].settings)) as reader:
            octets = b"".join(row.octets for row in reader.acts())
        assert not [word for word in (A, A[:17], "TY-SECRET-7", NONCE.hex()) if word.encode() in octets]


async def test_the_command_registers_and_withdraws(two: Two, tmp_path: Path) -> None:
    """As the pages say, with the application's files; the question by it is answered, and then no more."""
    asker, number = two.world["chongqing"], tmp_path / "number"
    number.write_text(f"{A}\n", encoding="utf-8")
    place = asker.settings.directory.parent / "clients" / "chongqing" / "portal"
    options = [
        *("--gateway", asker.target, "--cert", place / "tls.crt", "--key-file", place / "tls.key"),
        *("--passphrase-file", place / "passphrase", "--ca", asker.settings.authority_path, "--json"),
    ]
    department = ("--department", question(two).consumer_department)

    async def run(*words: object) -> dict[str, Any]:
        line = (sys.executable, "-m", "gateway.cli", "consent", *map(str, (*words, *options)))
        process = await asyncio.create_subprocess_exec(*line, stdout=asyncio.subprocess.PIPE)
        told, _ = await process.communicate()
        assert 0 == process.returncode, told
        found: dict[str, Any] = json.loads(told)
        return found

    made = await run(
        *("register", "TY-1", *department, "--to", "sichuan", "--separate", "--number-file", number),
        *("--item", f"{CODE}:{','.join(FIELDS)}", "--until", china_day(clock_us()) + timedelta(days=30)),
    )
    assert (True, False) == (made["told"], made["withdrawn"])
    assert None is await reason(two, question(two))
    assert made["consent"] == (await run("show", "TY-1"))["consent"]
    assert (await run("withdraw", "TY-1", *department))["withdrawn"]
    assert Reason.CONSENT_WITHDRAWN is await reason(two, question(two))
    assert [True] == [one["withdrawn"] for one in (await run("list"))["consents"]]


async def test_two_registrations_at_once_are_one(two: Two) -> None:
    """The second meets what the first has done."""
    signed = consent(two)
    first, second = await asyncio.gather(register(two, signed), register(two, signed))
    assert first.digest == second.digest
    assert 1 == sum(action == "register_consent" for action, _ in acts(two, "chongqing"))


def test_the_directory_of_the_consents_is_its_owner_s(tmp_path: Path) -> None:
    """It is made when a node starts."""
    from gateway.lawful.files import ConsentFiles

    assert [] == list(ConsentFiles(tmp_path / "consents").read())
    assert 0o700 == (tmp_path / "consents").stat().st_mode & 0o777
