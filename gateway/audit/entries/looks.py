"""Reads out of an intent which cardholders it looks at and for whom: what a budget of persons counts.

Pure. The fields are those of an intent's header, of one that is about to be recorded and of one that stands in a log.
"""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Iterable, Iterator, Mapping

import orjson

from gateway.audit.entries.entry import Cell, EntryInvalid
from gateway.ground.looks import BATCH, Look


def look_of(
    fields: Mapping[str, Cell],
    tokens: bytes,
    time_us: int,
    operators: tuple[str, ...],
    applications: tuple[str, ...],
) -> Look:
    """Return the look of an intent.

    Args:
        fields: its header, with the pair of provinces.
        tokens: the references of all cardholders it names, end to end.
        time_us: its time.
        operators: the official's references, the one of this month first; empty where nobody acts in person.
        applications: the application's, in the same way.
    """
    asking, _, provider = str(fields["province_pair"]).partition("-")
    return Look(
        time_us=time_us,
        batch=fields["action"] == BATCH,
        asking=asking,
        provider=provider,
        department=str(fields["consumer_department"]),
        item=str(fields["item_code"]),
        operators=operators,
        applications=applications,
        tokens=tokens,
    )


class LookReader:
    """Reads the looks of a log's intents, in the order of the log."""

    def __init__(self) -> None:
        self._applications: tuple[str, ...] = ()

    def read(self, rows: Iterable[tuple[int, bytes]]) -> Iterator[Look]:
        """Yield the look of each intent, and of each entry that continues one, by itself.

        An entry that continues an intent names no application; it is of the one before it, which it follows.

        Args:
            rows: index and bytes of intents.

        Raises:
            EntryInvalid: an intent cannot be read, or its bytes are not stored any more.
        """
        for index, octets in rows:
            if not octets:
                raise EntryInvalid(f"entry {index} is not stored")
            try:
                fields = orjson.loads(octets)
                if not fields["page"]:
                    self._applications = tuple(filter(None, (fields.get("consumer_ref", ""),)))
                operators = tuple(filter(None, (fields["operator_ref"],)))
                tokens = b64decode(fields["subject_tokens"], validate=True)
                yield look_of(fields, tokens, fields["time_utc_us"], operators, self._applications)
            except (ValueError, KeyError, TypeError) as error:
                raise EntryInvalid(f"the entry {index} is none of the schema") from error
