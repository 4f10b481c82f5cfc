"""Begins a new log after a restore of an older state: the old one is kept as it is, and nothing more is signed for it.

What the old log signed after the backup is not known here, so nothing consistent with it could be signed. The successor
has an origin and keys of its own; its second entry says which log it follows, up to where, and why, and the next ones
name the documents that were in force. The old private keys are replaced, so that nobody can go on with the old log by
mistake.
"""

from __future__ import annotations

import os
import re
import shutil
from typing import Final

from gateway.assembly.acts import nobody
from gateway.assembly.build import clock_us
from gateway.assembly.configuration import compare, read_recorded
from gateway.assembly.documents import DocumentBook
from gateway.audit.entries.acts import CONFIGURATION_ID, ActDetails
from gateway.audit.entries.epochs import Epochs
from gateway.audit.entries.references import References
from gateway.audit.entries.writing import LogIdentity
from gateway.audit.journal import Journal
from gateway.audit.log import AuditLog
from gateway.audit.retention.backup import Backup
from gateway.audit.storage.database import place_of
from gateway.audit.storage.reader import LogReader
from gateway.audit.storage.store import Store
from gateway.audit.storage.waiting import WaitingActs
from gateway.settings import Settings
from keys.keystore import Passphrase, load_secret
from keys.signing_keys import load_log_keys, new_log_keys

_SUFFIX: Final = re.compile(r"(.*)/([0-9]{1,6})")


def successor_of(origin: str) -> str:
    """Return the origin of the log that follows another: the same with `/2`, then `/3`."""
    found = _SUFFIX.fullmatch(origin)
    return f"{found[1]}/{int(found[2]) + 1}" if found else f"{origin}/2"


async def begin_successor(settings: Settings, former: Backup, reason: str, actor: str) -> str:
    """Keep the restored log in `former/N/audit`, and begin its successor; return its origin.

    Raises:
        KeystoreError: the former keys cannot be opened: whoever cannot does not speak for this node.
    """
    passphrase = Passphrase.read(settings.keys.passphrase_file)
    private = (settings.log_key_path, settings.log_second_key_path)
    load_log_keys(private, settings.log_vkey_path, passphrase)
    subjects = load_secret(settings.subjects_secret_path, passphrase)
    standing = tuple(DocumentBook.open(settings))
    with LogReader(place_of(settings)) as reader:
        former_state = read_recorded(reader, tuple(WaitingActs.open(settings.waiting_acts_path))).state
    number = 1 + sum(1 for _ in (settings.state.directory / "former").glob("*"))
    kept = settings.state.directory / "former" / str(number) / "audit"
    kept.parent.mkdir(mode=0o700, parents=True)
    settings.audit.directory.rename(kept)
    settings.audit.directory.mkdir(mode=0o700)
    names = kept / settings.witness_vkey_path.name
    if names.is_file():  # the witness goes on under new keys; what its former ones cosigned still verifies
        shutil.copyfile(names, settings.witness_vkey_path)
    origin = successor_of(former.origin)
    signer, _ = new_log_keys(origin, private, settings.log_vkey_path, passphrase)
    await Store.create(place_of(settings), origin, created_us=clock_us())
    log = await AuditLog.open(await Store.open(place_of(settings)), signer, clock_us=clock_us)
    try:
        node = settings.identity.uri
        book = LogIdentity(origin, node, References(subjects, settings.node.province), Epochs({}))
        journal = Journal(log, book, peers={}, clock_us=clock_us, random=os.urandom, require_witnessed=nobody)
        await journal.record_act(action="node_init", subject=node, actor=node)
        subject = f"{former.origin} size:{former.size} root:{former.root} reason:{reason}"
        # What was in force goes on being what the next start is held to.
        changes = compare(former_state, former_state)
        details = ActDetails(changes=changes, exchange_id=CONFIGURATION_ID if changes else "")
        await journal.record_act(
            action="restore", subject=subject, actor=actor, documents=standing, details=details.fields()
        )
    finally:
        await log.close()
    return origin
