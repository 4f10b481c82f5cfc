"""Acts on the node's own machine, recorded before they are done: by the running node, or by the command itself.

A log has one writer. Where a node runs, a command puts a request beside the log and waits for the answer; where none
runs, the command takes the log's lock and is the writer for that moment. Both go through `LocalActs`, which holds what
is asked for to the rules, records it, and does what only a writer can: take entries or keys out of the log.
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

from gateway.assembly.build import clock_us
from gateway.assembly.documents import DocumentBook
from gateway.assembly.epoch_keys import epochs_in_use
from gateway.audit.entries.documents import DOCUMENTS
from gateway.audit.entries.epochs import Epochs
from gateway.audit.entries.references import References
from gateway.audit.entries.requests import RecordAnswer, RecordRequest, RecordRequestInvalid, answer, list_waiting, read
from gateway.audit.entries.seals import SealKind
from gateway.audit.entries.writing import LogIdentity
from gateway.audit.journal import Journal
from gateway.audit.log import AuditLog
from gateway.audit.retention.archive import digest_of
from gateway.audit.retention.pruning import prune, shred
from gateway.audit.retention.rules import RETAIN, SHRED, RetentionRefused, RetentionRun, admit, check_month
from gateway.audit.review.standing import list_only_before
from gateway.audit.storage.database import place_of
from gateway.audit.storage.reader import LogReader
from gateway.audit.storage.store import Store
from gateway.ground.documents import DocumentsRefused, NumberedDocument
from gateway.ground.refusals import Refusal
from gateway.serving.acts import Acts
from gateway.settings import Settings
from keys.epochs import EpochSecrets
from keys.keystore import KeystoreError, Passphrase, load_secret
from keys.signing_keys import load_log_keys

TURN_SECONDS: Final = 0.5
"""How often a running node looks for requests."""
OURS: Final = frozenset({DOCUMENTS, "manifest", "node_init", "start", "stop", *SealKind})
"""Acts that a node records of itself, which nobody else asks it to record."""


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
    ) -> None:
        """`require_confirmed` raises Refusal while nothing may be added to the log."""
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
                action, given = await self._serve(path)
                lines.info("local act", action=action, why=given.why)
            await asyncio.sleep(TURN_SECONDS)

    async def _serve(self, path: Path) -> tuple[str, RecordAnswer]:
        action, given = "", RecordAnswer(-1, "")
        try:
            request = await asyncio.to_thread(read, path)
            action = request.action
            given = await self.do(request)
        except (RecordRequestInvalid, OSError) as error:
            given = RecordAnswer(-1, str(error))
        await asyncio.to_thread(answer, path, given)
        return action, given

    async def do(self, request: RecordRequest) -> RecordAnswer:
        """Record an act, and do what of it needs the log's writer; nothing is done that is not recorded."""
        try:
            self._require_confirmed()
            request.check()
            if request.action in OURS:
                raise RecordRequestInvalid(
                    f"expected an act of a person, found {request.action}, which is the node's own"
                )
            carried = await asyncio.to_thread(self._admit, request)
            async with self._documents.turn:
                documents = (*carried, *self._documents.admit(request.parse_documents()))
                # The point of no return of the record; `_follow` comes after it: nothing is done that is not recorded.
                receipt = await self._journal.record_act(
                    action=request.action, subject=request.subject, actor=request.actor, documents=documents
                )
                self._documents.take(documents)
            await self._follow(request)
        except (Refusal, RecordRequestInvalid, RetentionRefused, DocumentsRefused, KeystoreError, OSError) as error:
            return RecordAnswer(-1, str(error))
        return RecordAnswer(receipt.index, "")

    def _admit(self, request: RecordRequest) -> tuple[NumberedDocument, ...]:
        """Hold a request to the rules of its action; return the documents that it carries over. Blocks on files."""
        now_us, years = clock_us(), self._settings.audit.retention_years
        if request.action == RETAIN:
            run = RetentionRun.parse(request.subject)
            with LogReader(place_of(self._settings)) as reader:
                admit(reader, run, now_us, years)
                carried = list_only_before(reader, run.end)
            archive = archive_path(self._settings, run.start, run.end)
            if not archive.is_file() or digest_of(archive) != run.digest:
                raise RetentionRefused(f"expected the archive {archive.name} with the digest of the run, found none")
            return carried
        if request.action == SHRED:
            check_month(request.subject, now_us, years)
            if request.subject in epochs_in_use(now_us):
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
        yield LocalActs(settings, store, journal, DocumentBook.open(settings), months, secrets, as_found)
    finally:
        await log.close()


async def record_start(acts: Acts, changed: Sequence[NumberedDocument]) -> None:
    """Record that the node starts, with the documents that have changed since; raises Refusal, and then it must not."""
    await acts.record("start", version("chuanyu-gateway"), "", changed)


@asynccontextmanager
async def record_stop(acts: Acts) -> AsyncIterator[None]:
    """When left, record that the node stops."""
    try:
        yield
    finally:
        with suppress(Refusal):  # a log that does not write must not keep the node from stopping
            await acts.record("stop", version("chuanyu-gateway"), "")
