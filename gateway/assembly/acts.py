"""Acts on the node's own machine, recorded before they are done: by the running node, or by the command itself.

A log has one writer. Where a node runs, a command puts a request beside the log and waits for the answer; where none
runs, the command takes the log's lock and is the writer for that moment. Both go through `LocalActs`, which holds what
is asked for to the rules, records it, and does what only a writer can: take entries or keys out of the log. What takes
something away needs two persons, and is held to the time that the log's witnesses have signed.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from importlib.metadata import version
from pathlib import Path
from typing import Final

import structlog

from gateway.assembly.approvals import open_stopped_approvals
from gateway.assembly.build import clock_us
from gateway.assembly.configuration import Limits, require_later_configuration
from gateway.assembly.documents import DocumentBook
from gateway.assembly.epoch_keys import epochs_in_use
from gateway.audit.entries.acts import (
    CONFIGURATION_ID,
    NO_DETAILS,
    REFUSED,
    TAKE_UP,
    WIDEN,
    ActDetails,
    DualControlAct,
)
from gateway.audit.entries.entry import Entry, Phase, Result
from gateway.audit.entries.epochs import Epochs
from gateway.audit.entries.references import References
from gateway.audit.entries.requests import (
    OF_STOPPED,
    RecordAnswer,
    RecordRequest,
    RecordRequestInvalid,
    answer,
    find_owner,
    list_waiting,
    read,
)
from gateway.audit.entries.writing import LogIdentity
from gateway.audit.journal import Journal
from gateway.audit.log import AuditLog
from gateway.audit.retention.archive import digest_of
from gateway.audit.retention.pruning import prune, shred
from gateway.audit.retention.rules import (
    RETAIN,
    SHRED,
    RetentionRefused,
    RetentionRun,
    RetentionTarget,
    admit,
    check_month,
)
from gateway.audit.review.shown import read_shown
from gateway.audit.review.standing import list_only_before
from gateway.audit.storage.database import place_of
from gateway.audit.storage.reader import LogReader
from gateway.audit.storage.store import Store
from gateway.ground.documents import DocumentsRefused, NumberedDocument
from gateway.ground.evidence import Receipt
from gateway.ground.refusals import Reason, Refusal
from gateway.serving.acts import Acts
from gateway.serving.approvals import Approvals, name_approval
from gateway.serving.attempts import Attempts, RefusedAttempt
from gateway.settings import Settings
from keys.approval import ApprovalInvalid
from keys.approval import read as read_approval
from keys.epochs import EpochSecrets
from keys.keystore import KeystoreError, Passphrase, load_secret
from keys.signing_keys import load_log_keys

TURN_SECONDS: Final = 0.5
"""How often a running node looks for requests."""
MOST_PREPARED: Final = 4_096
"""Most entries of a log in which no node has started yet."""
_PREPARING: Final = frozenset({*OF_STOPPED, "node_init", "documents", REFUSED}) - {RETAIN, SHRED}
FILE: Final = "request_file"
"""What was tried by a file that is no request of a command: it names nothing that can be relied on."""
APPROVED: Final = frozenset({DualControlAct.RETAIN, DualControlAct.SHRED, DualControlAct.WIDEN})
"""The acts on this machine that two persons must have allowed."""


class LocalActs:
    """Records acts on this machine in the log of one node, and does what needs the log's writer."""

    def __init__(
        self,
        settings: Settings,
        store: Store,
        journal: Journal,
        documents: DocumentBook,
        months: Epochs,
        secrets: EpochSecrets,
        require_confirmed: Callable[[], None],
        approvals: Approvals,
        attempts: Attempts,
    ) -> None:
        """`require_confirmed` raises Refusal while nothing may be added to the log."""
        self._approvals = approvals
        self._attempts = attempts
        self._settings = settings
        self._store = store
        self._journal = journal
        self._documents = documents
        self._months = months
        self._secrets = secrets
        self._require_confirmed = require_confirmed

    async def run(self) -> None:
        """Answer requests until cancelled, each with a log line that says what came of it."""
        lines = structlog.get_logger("node")
        while True:
            for path in await asyncio.to_thread(lambda: list(list_waiting(self._settings.requests_directory))):
                action, actor, given = await self._serve(path)
                lines.info("local act", action=action, actor=actor, why=given.why)
            await asyncio.sleep(TURN_SECONDS)

    async def _serve(self, path: Path) -> tuple[str, str, RecordAnswer]:
        action, actor = "", ""
        try:
            received = await asyncio.to_thread(read, path)
            action, actor = received.request.action, name_user(received.owner)
            given = await self.do(received.request, actor)
        except (RecordRequestInvalid, OSError) as error:
            given = RecordAnswer(-1, str(error))
            if (owner := await asyncio.to_thread(find_owner, path)) is not None:
                action, actor = FILE, name_user(owner)
                await self._attempts.record_file(action, actor=actor)
        await asyncio.to_thread(answer, path, given)
        return action, actor, given

    async def do(self, request: RecordRequest, actor: str) -> RecordAnswer:
        """Record an act, and do what of it needs the log's writer; nothing is done that is not recorded."""
        try:
            self._require_confirmed()
            request.check()
            if request.action in APPROVED:
                receipt = await self._do_approved(request, actor)
            else:
                receipt = await self._record(request, request.subject, actor, (), NO_DETAILS)
            await self._follow(request)
        except (Refusal, RecordRequestInvalid, DocumentsRefused, KeystoreError, OSError) as error:
            return RecordAnswer(-1, str(error))
        return RecordAnswer(receipt.index, "")

    async def _record(
        self,
        request: RecordRequest,
        subject: str,
        actor: str,
        carried: Sequence[NumberedDocument],
        details: ActDetails,
    ) -> Receipt:
        async with self._documents.turn:
            documents = (*carried, *self._documents.admit(request.parse_documents()))
            # The point of no return of the record; `_follow` comes after it: nothing is done that is not recorded.
            receipt = await self._journal.record_act(
                action=request.action, subject=subject, actor=actor, documents=documents, details=details.fields()
            )
            self._documents.take(documents)
        return receipt

    async def _do_approved(self, request: RecordRequest, actor: str) -> Receipt:
        """Record an act that two persons have allowed; one that was refused is recorded as tried."""
        act = DualControlAct(request.action)
        try:
            subject, value = self._name_target(request)
            async with self._approvals.use(request.approval.encode(), act, value) as allowed:
                carried = await asyncio.to_thread(self._admit, request, allowed.witnessed_us)
                return await self._record(request, subject, actor, carried, allowed.details)
        except (RetentionRefused, ApprovalInvalid, ValueError) as error:
            refusal = Refusal(Reason.APPROVAL_INVALID, str(error))
            await self._record_attempt(request, refusal, actor)
            raise refusal from error
        except Refusal as refusal:
            await self._record_attempt(request, refusal, actor)
            raise

    async def _record_attempt(self, request: RecordRequest, refusal: Refusal, actor: str) -> None:
        known = ActDetails(approval=name_approval(request.approval.encode()))
        await self._attempts.record(request.action, RefusedAttempt(refusal, known), actor=actor)

    def _name_target(self, request: RecordRequest) -> tuple[str, str]:
        """Return the subject of the act's entry, and what two persons must have allowed it on."""
        if not request.approval:
            raise ApprovalInvalid("expected the approval of two persons, found none")
        origin = self._store.origin
        if request.action == SHRED:
            return request.subject, f"{origin}:{request.subject}"
        if request.action == WIDEN:
            limits = Limits.parse(request.subject)
            return limits.subject, f"{origin} {limits}"
        named = read_approval(request.approval.encode()).target
        target = RetentionTarget.parse("" if named is None else named.value)
        target.require_within(RetentionRun.parse(request.subject), origin)
        return request.subject, str(target)

    def _admit(self, request: RecordRequest, now_us: int) -> tuple[NumberedDocument, ...]:
        """Hold a request to the rules of its action; return the documents that it carries over. Blocks on files."""
        years = self._settings.audit.retention_years
        if request.action == RETAIN:
            run = RetentionRun.parse(request.subject)
            with LogReader(place_of(self._settings)) as reader:
                admit(reader, run, now_us, years)
                require_later_configuration(reader, run.end)
                carried = list_only_before(reader, run.end)
            archive = archive_path(self._settings, run.start, run.end)
            if not archive.is_file() or digest_of(archive) != run.digest:
                raise RetentionRefused(f"expected the archive {archive.name} with the digest of the run, found none")
            return carried
        if request.action == SHRED:
            check_month(request.subject, now_us, years)
            if request.subject in epochs_in_use(max(now_us, clock_us())):
                raise RetentionRefused("expected a month that is over, found one in use")
            if request.subject not in self._secrets.names() + self._secrets.destroyed_names():
                raise RetentionRefused(f"expected a month whose secret is at hand, found none of {request.subject}")
        return ()

    async def _follow(self, request: RecordRequest) -> None:
        if request.action == RETAIN:
            run = RetentionRun.parse(request.subject)
            await prune(self._store, run.start, run.end)
        elif request.action == SHRED:
            self._months.drop(request.subject)
            await asyncio.to_thread(self._secrets.destroy, request.subject)  # the point of no return
            await shred(self._store, request.subject)


def name_user(number: int) -> str:
    """Name a user of this machine, who has shown no certificate: by the number, since a name is what a file says."""
    return f"local:{number}"


def archive_path(settings: Settings, start: int, end: int) -> Path:
    """Return where the archive of a range lies."""
    return settings.archive_directory / f"{start:012d}-{end:012d}.parquet"


class QuietStore(Store):
    """A store that keeps no checkpoint: no witness was asked whether this log is the one that it has seen.

    What is signed while a command is the writer never leaves its memory; the node's next start asks, and then signs.
    """

    async def save_checkpoint(self, size: int, time_us: int, note: bytes) -> None:
        """Keep nothing."""


def nobody(provinces: frozenset[str]) -> None:
    """A command records no exchange."""


def as_found() -> None:
    """A command adds to the log as it found it and signs nothing: the node's next start asks the witnesses."""


@asynccontextmanager
async def own_acts(settings: Settings) -> AsyncIterator[LocalActs]:
    """Be the log's writer for a while, where no node runs.

    Raises:
        LogTaken: a node runs.
        StoreInvalid, KeystoreError: the log or the keys cannot be opened.
    """
    passphrase = Passphrase.read(settings.keys.passphrase_file)
    store = await QuietStore.open(place_of(settings))
    try:
        paths = (settings.log_key_path, settings.log_second_key_path)
        signer, _ = load_log_keys(paths, settings.log_vkey_path, passphrase)
        subjects = load_secret(settings.subjects_secret_path, passphrase)
        log = await AuditLog.open(store, signer, clock_us=clock_us)
    except BaseException:
        await store.close()
        raise
    try:
        months = Epochs({})
        book = LogIdentity(signer.name, settings.identity.uri, References(subjects, settings.node.province), months)
        journal = Journal(log, book, peers={}, clock_us=clock_us, random=os.urandom, require_witnessed=nobody)
        secrets = EpochSecrets(settings.epochs_directory, passphrase)

        async def record(
            action: str, subject: str, actor: str, documents: Sequence[NumberedDocument], details: ActDetails
        ) -> None:
            await journal.record_act(
                action=action,
                subject=subject,
                result=Result.DENY,
                actor=actor,
                documents=documents,
                details=details.fields(),
            )

        yield LocalActs(
            settings,
            store,
            journal,
            DocumentBook.open(settings),
            months,
            secrets,
            as_found,
            open_stopped_approvals(settings),
            Attempts(record, clock_us),
        )
    finally:
        await log.close()


def name_span(entries: range) -> str:
    """Return the subject of an act about entries, by the first and the last."""
    return f"entries:{entries.start}-{entries.stop - 1}"


async def find_taken_up(settings: Settings, unsigned: range) -> range:
    """Return the unsigned entries that a start takes up; none in a log in which no node has ever started.

    There a node was made, and commands prepared it, which sign nothing: no checkpoint was due, and nothing else is in
    the log. One entry of another kind, and all that is unsigned is taken up by name.
    """

    def is_fresh() -> bool:
        with LogReader(place_of(settings)) as reader:
            rows = (row for rows in reader.rows(0, unsigned.stop) for row in rows)
            return all(row[2] and _prepares(read_shown(row[0], row[1], row[2])) for row in rows)

    if not unsigned or unsigned.stop > MOST_PREPARED or not await asyncio.to_thread(is_fresh):
        return unsigned
    return range(0)


def _prepares(entry: Entry) -> bool:
    """Whether an entry is one of the making of a node, or of a command for a node that is stopped."""
    return entry.phase is Phase.ADMIN and entry.text("action") in _PREPARING


async def record_start(
    acts: Acts, taken_up: range, changed: Sequence[NumberedDocument], changes: tuple[str, ...]
) -> None:
    """Record that the node starts and what it brings into force; raises Refusal, and then it must not.

    `taken_up` are the entries that it found unsigned and will sign: they are never taken up without a word.
    """
    if taken_up:
        structlog.get_logger("node").warning("unsigned entries taken up", first=taken_up[0], last=taken_up[-1])
        await acts.record(TAKE_UP, name_span(taken_up), name_user(os.getuid()))
    details = ActDetails(changes=changes, exchange_id=CONFIGURATION_ID)
    await acts.record("start", version("chuanyu-gateway"), name_user(os.getuid()), changed, details)


@asynccontextmanager
async def record_stop(acts: Acts) -> AsyncIterator[None]:
    """When left, record that the node stops."""
    try:
        yield
    finally:
        with suppress(Refusal):  # a log that does not write must not keep the node from stopping
            await acts.record("stop", version("chuanyu-gateway"), name_user(os.getuid()))
