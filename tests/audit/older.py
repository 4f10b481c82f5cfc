"""Entries and logs as earlier releases wrote them, made by the code of this one."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Any
from unittest import mock

from gateway.audit.entries import bodies, documents, entry, writing
from gateway.audit.entries.commitments import rows_root
from gateway.audit.entries.entry import Cell
from gateway.audit.storage.store import Batch, Store
from tests.audit import logs, provinces
from tests.audit.logs import CLEARED, PAGE

DIGESTS = ("body_digest", "wrap_digest")


@contextmanager
def writing_version_2() -> Iterator[None]:
    """Have every entry written as version 2 did, with its body in itself, and nothing beside it but the wrapped key."""
    sealed: dict[str, bytes] = {}
    append = Store.append

    def seal(*args: Any, **options: Any) -> bodies.SealedBody:
        made = bodies.seal(*args, **options)
        sealed[made.body_digest] = made.octets
        return made

    def encode(fields: Mapping[str, Cell]) -> bytes:
        later = (*DIGESTS, "consumer_ref", "outcomes")
        older = {name: value for name, value in fields.items() if name not in later} | {"v": 2}
        if "body_digest" in fields:
            older["body"] = b64encode(sealed[str(fields["body_digest"])]).decode()
        return entry.encode(older)

    async def append_without_bodies(store: Store, batch: Batch) -> None:
        await append(store, replace(batch, bodies=()))

    untold = replace(PAGE, outcomes=())
    with (
        mock.patch.object(provinces, "PAGE", untold),
        mock.patch.object(provinces, "CLEARED", replace(CLEARED, page=untold)),
        mock.patch.object(logs, "CLEARED", replace(CLEARED, page=untold)),
        mock.patch.object(writing, "rows_root", lambda salt, page, version: rows_root(salt, page, 2)),
        mock.patch.object(writing, "seal", seal),
        mock.patch.object(writing, "encode", encode),
        mock.patch.object(documents, "encode", encode),
        mock.patch.object(Store, "append", append_without_bodies),
    ):
        yield
