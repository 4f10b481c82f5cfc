"""The desk of consents: what applications register and withdraw, and what the other gateway tells.

Order of a registration: judged, recorded in our log, durable on disk, in force; then the other gateway is told.
Order of a withdrawal: in force, durable on disk; then recorded, and the other gateway told. So a person's withdrawal
never waits for a log, a disk or a link. What is not recorded or not told yet is tried again until it is.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Final, Protocol

import structlog

from gateway.audit.entries.acts import ActDetails, approval_id
from gateway.catalogue.parties import Parties
from gateway.ground.clock import china_day
from gateway.ground.refusals import Reason, Refusal
from gateway.lawful.consents import ConsentKey, Consents, HeldConsent
from gateway.lawful.files import ConsentFiles
from gateway.serving.acts import Acts
from keys.certificate import PeerCertificate
from keys.consent import ConsentInvalid, SignedConsent, read, verify

REGISTER: Final = "register_consent"
"""The action of the entry that a consent is held from then on; its subject is the record's digest."""
WITHDRAW: Final = "withdraw_consent"
"""The action of the entry that a consent was withdrawn."""
RETRY_SECONDS: Final = 5.0
"""How often what is not settled is tried again."""

Tell = Callable[[HeldConsent], Awaitable[bool]]
"""Tells the gateway that is asked of a consent as it is; returns whether it has it, durably."""


class Trusted(Protocol):
    """What a consent is judged by, as it is in force."""

    def judge(self, certificate_pem: str) -> PeerCertificate:
        """Return what a certificate says now; raise Refusal for one that is not known."""
        ...

    @property
    def parties(self) -> Parties:
        """The roster."""
        ...


class ConsentDesk:
    """Takes, withdraws and tells consents for one node. The event loop owns it."""

    def __init__(
        self,
        province: str,
        consents: Consents,
        files: ConsentFiles,
        acts: Acts,
        trusted: Trusted,
        *,
        clock_us: Callable[[], int],
        require_serving: Callable[[], None],
        tell: Tell,
    ) -> None:
        """`require_serving` raises Refusal while nothing may be added to the log."""
        self._province = province
        self._consents = consents
        self._files = files
        self._acts = acts
        self._trusted = trusted
        self._clock_us = clock_us
        self._require_serving = require_serving
        self._tell = tell
        # Held from the judgement of a consent until it is in force: two registrations of one number are two turns.
        self._turn = asyncio.Lock()

    async def register(self, octets: bytes, nonce: bytes, application: str) -> HeldConsent:
        """Hold a consent that an application of ours registers, and tell the gateway that will be asked by it.

        Raises:
            Refusal: CONSENT_INVALID; PARTY_UNKNOWN for a department that the application, or who signed, does not act
                for; OVERLOADED; AUDIT_NOT_DURABLE.
        """
        signed = _read(octets)
        record = signed.record
        if record.province != self._province:
            raise _invalid(f"expected a receiver of {self._province}, found one of {record.province}")
        signer = self._verify(signed)
        for uri in dict.fromkeys((application, signer.identity.uri)):
            if not self._trusted.parties.may_act(uri, record.department):
                raise Refusal(Reason.PARTY_UNKNOWN, f"{uri} does not act for {record.department}")
        told = record.provider_province == self._province
        held = await self._hold(HeldConsent(signed, nonce, told=told), application)
        # One that is registered again is told again: the other gateway may have lost it.
        return await self._settle(replace(held, told=told), application)

    async def withdraw(self, key: ConsentKey, application: str) -> HeldConsent:
        """Withdraw a consent of ours: from the return on, or from a refusal of this call on, nothing rests on it.

        Raises:
            Refusal: PARTY_UNKNOWN, CONSENT_UNKNOWN; AUDIT_NOT_DURABLE or WITNESS_AWAITED where it is not recorded yet.
        """
        if not self._trusted.parties.may_act(application, key[1]):
            raise Refusal(Reason.PARTY_UNKNOWN, f"{application} does not act for {key[1]}")
        held = self._consents.find(key)
        if held is None:
            raise Refusal(Reason.CONSENT_UNKNOWN, f"{key[1]} has registered no consent of this number")
        held = await self._block(held, told=held.signed.record.provider_province == self._province)
        return await self._settle(held, application)

    async def take(self, octets: bytes, nonce: bytes, withdrawn: bool, node: str, province: str) -> None:
        """Take what the gateway of another province tells of a consent of its own.

        Raises:
            Refusal: CONSENT_INVALID, OVERLOADED, AUDIT_NOT_DURABLE; it will be told again.
        """
        signed = _read(octets)
        record = signed.record
        if (record.province, record.provider_province) != (province, self._province):
            raise _invalid(f"expected a consent of {province} to ask {self._province}, found another")
        held = self._consents.find((record.province, record.department, record.number))
        if held is None or held.digest != record.digest:
            self._verify(signed)
            if not self._trusted.parties.belongs(record.department, province):
                raise Refusal(Reason.PARTY_UNKNOWN, f"{record.department} is not registered here")
            held = await self._hold(HeldConsent(signed, nonce), node)
        if withdrawn:
            held = await self._block(held, told=True)
        await self._settle(held, node)

    def list_of(self, application: str, number: str = "") -> tuple[HeldConsent, ...]:
        """Return the consents of the departments that an application acts for, by one number or all, sorted."""
        parties = self._trusted.parties
        found = [
            held
            for held in self._consents
            if held.key[0] == self._province
            and number in ("", held.key[2])
            and parties.may_act(application, held.key[1])
        ]
        return tuple(sorted(found, key=lambda held: held.key))

    def count_untold(self) -> int:
        """Return how many consents are not settled."""
        return sum(not held.settled for held in self._consents)

    async def run(self) -> None:
        """Settle what is not, and forget what is over, until cancelled."""
        while True:
            await asyncio.sleep(RETRY_SECONDS)
            for held in [one for one in self._consents if not one.settled]:
                try:
                    await self._settle(held, "")
                except Refusal:
                    continue
            for held in self._consents.list_over(china_day(self._clock_us())):
                self._consents.drop(held.key)
                await self._on_disk(self._files.remove, held)

    async def _hold(self, held: HeldConsent, actor: str) -> HeldConsent:
        """Record a consent, and hold it; the same one again changes nothing."""
        self._require_serving()
        async with self._turn:
            record, today = held.signed.record, china_day(self._clock_us())
            former = self._consents.find(held.key)
            if former is not None and former.digest == held.digest:
                return former
            if former is not None:
                raise _invalid("expected a number that is not used yet, found one of another consent")
            if record.until < today or record.given_on > today:
                raise _invalid(f"expected a consent that holds on {today}, found one until {record.until}")
            self._consents.require_room(held.signed)
            await self._record(REGISTER, held, actor)
            # The point of no return of a registration: the log names it. A crash before the file leaves no consent,
            # and the same record may be registered again.
            await asyncio.to_thread(self._write, held)
            return self._consents.put(held)

    async def _block(self, held: HeldConsent, *, told: bool) -> HeldConsent:
        """Withdraw a consent: in memory first, so that no question meets it from here on, then on disk."""
        if held.withdrawn:
            return held
        held = self._consents.put(replace(held, withdrawn=True, recorded=False, told=told))
        await asyncio.to_thread(self._write, held)
        return held

    async def _settle(self, held: HeldConsent, actor: str) -> HeldConsent:
        """Record a withdrawal that is not recorded, and tell what is not told."""
        if not held.recorded:
            self._require_serving()
            await self._record(WITHDRAW, held, actor)
            held = await self._keep(held, recorded=True)
        if not held.told and await self._tell(held):
            held = await self._keep(held, told=True)
        return held

    async def _keep(self, held: HeldConsent, **changes: bool) -> HeldConsent:
        """Keep what was done for a consent, unless it is another by now: then the other is settled in its turn."""
        now = self._consents.find(held.key)
        if now is None or (now.digest, now.withdrawn) != (held.digest, held.withdrawn):
            return held
        now = self._consents.put(replace(now, **changes))  # type: ignore[arg-type]  # the flags are its only booleans
        await self._on_disk(self._write, now)
        return now

    async def _record(self, action: str, held: HeldConsent, actor: str) -> None:
        details = ActDetails(exchange_id=approval_id(held.digest))
        await self._acts.record(action, held.digest, actor, (), details)

    def _write(self, held: HeldConsent) -> None:
        try:
            self._files.write(held)
        except OSError as error:
            raise Refusal(Reason.AUDIT_NOT_DURABLE, f"the consent cannot be kept: {error.strerror}") from error

    async def _on_disk(self, act: Callable[[HeldConsent], None], held: HeldConsent) -> None:
        """Write what the next start finds out again, should the disk not take it."""
        try:
            await asyncio.to_thread(act, held)
        except (Refusal, OSError) as error:
            structlog.get_logger("node").error("consent not kept", consent=held.digest, why=str(error))

    def _verify(self, signed: SignedConsent) -> PeerCertificate:
        try:
            return verify(signed, self._trusted.judge)
        except ConsentInvalid as error:
            raise _invalid(str(error)) from error


def _read(octets: bytes) -> SignedConsent:
    try:
        return read(octets)
    except ConsentInvalid as error:
        raise _invalid(str(error)) from error


def _invalid(why: str) -> Refusal:
    return Refusal(Reason.CONSENT_INVALID, why)
