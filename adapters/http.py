"""The kind of platform that is an HTTP/JSON service with the national exchange platform's signed headers.

A mapping's `[wire]` names the members of the service's envelope:

    list serial      the array of what is asked, and the number by which each record says what it answers; the numbers
                     of a request begin at random, so that the records of another request are known as such
    after limit      for directories: the last number seen, and how many records are wanted
    code ok data     the result code, its value when all is well, and the array of records
    health most      the path that says whether the service works; how many lines a request may hold
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import orjson

from adapters.contract import AnswerInvalid, PlatformUnavailable
from adapters.http_client import HttpClient
from adapters.mapped import RECORDS_A_SUBJECT, SubjectQuery
from adapters.mapping import ListingItem, Row, SubjectItem
from adapters.mapping_file import MappingInvalid
from adapters.signature import Credentials

_WIRE: Final = {"list", "serial", "after", "limit", "code", "ok", "data", "health"}
_SERIALS: Final = 1 << 30
"""Numbers at which those of a request begin; the last one fits into 31 bits, whatever `most` is."""
_CODE: Final = re.compile(r"[0-9]{1,4}", re.ASCII)


class HttpSource:
    """A `mapped.Source` over a service."""

    def __init__(
        self,
        client: HttpClient,
        wire: Mapping[str, str | int],
        credentials: Credentials,
        now_ms: Callable[[], int],
    ) -> None:
        """Take the client, the names of the envelope, who asks, and the clock that stamps the headers.

        Raises:
            MappingInvalid: a name of the envelope is missing.
        """
        if set(wire) != {*_WIRE, "most"} or not isinstance(wire["most"], int) or not 1 <= wire["most"] <= _SERIALS:
            raise MappingInvalid(f"wire: expected {sorted(_WIRE)} and the number `most`, found others")
        self._client = client
        self._names = {name: str(wire[name]) for name in _WIRE}
        self._most = wire["most"]
        self._credentials = credentials
        self._now_ms = now_ms

    async def find(
        self, item: SubjectItem, sources: Sequence[str], asked: Sequence[SubjectQuery]
    ) -> list[tuple[int, Row]]:
        """Return the records of all lines; one request for as many lines as the service takes.

        Raises:
            PlatformUnavailable: the service does not answer, or says that it cannot.
            AnswerInvalid: not the JSON that the mapping expects.
        """
        found: list[tuple[int, Row]] = []
        names = (item.subject, *(pick.ask for pick in item.picks))
        serial = self._names["serial"]
        for start in range(0, len(asked), self._most):
            lines = asked[start : start + self._most]
            first = secrets.randbelow(_SERIALS)
            request = [
                {serial: number, **dict(zip(names, line.values, strict=True))}
                for number, line in enumerate(lines, first)
            ]
            records = await self._records(item.place, {self._names["list"]: request})
            if len(records) > RECORDS_A_SUBJECT * len(lines):
                raise AnswerInvalid(f"{item.code}: expected at most {RECORDS_A_SUBJECT} records a subject, found more")
            for record in records:
                number = record.get(serial)
                if type(number) is not int or not first <= number < first + len(lines):
                    raise AnswerInvalid(f"{item.code}: expected the serial number of a line, found another")
                found.append((lines[number - first].place, _row(record, sources)))
        return found

    async def directory(
        self, item: ListingItem, sources: Sequence[str], prefix: str, after: str, limit: int
    ) -> Sequence[Row]:
        """Return the next records of a directory. Raises as `find` does."""
        request = {item.region: prefix, self._names["after"]: after, self._names["limit"]: limit}
        return [_row(record, sources) for record in await self._records(item.place, request)]

    async def ping(self) -> None:
        """Return if the service says that it works. Raises as `find` does."""
        await self._records(self._names["health"], {})

    async def close(self) -> None:
        """Close the client; idempotent."""
        await self._client.close()

    async def _records(self, path: str, request: Mapping[str, object]) -> list[dict[str, Any]]:
        headers = self._credentials.headers(self._now_ms())
        answer = await self._client.post(path, orjson.dumps(request), headers)
        try:
            envelope = orjson.loads(answer)
        except orjson.JSONDecodeError:
            raise AnswerInvalid("service: expected JSON, found something else") from None
        if not isinstance(envelope, dict):
            raise AnswerInvalid("service: expected a JSON object, found something else")
        code = envelope.get(self._names["code"])
        if code != self._names["ok"]:
            shown = code if isinstance(code, str) and _CODE.fullmatch(code) else "none that can be shown"
            raise PlatformUnavailable(f"service: expected result code {self._names['ok']}, found {shown}")
        records = envelope.get(self._names["data"])
        if not isinstance(records, list) or not all(isinstance(record, dict) for record in records):
            raise AnswerInvalid("service: expected an array of records, found something else")
        return records


def _row(record: Mapping[str, Any], sources: Sequence[str]) -> Row:
    return {source: _member(record, source) for source in sources}


def _member(record: Mapping[str, Any], source: str) -> object:
    """Follow a path; a null on the way is a null, a missing member is a fault."""
    at: Any = record
    for name in source.split("."):
        if at is None:
            return None
        if not isinstance(at, dict) or name not in at:
            raise AnswerInvalid(f"service: expected the member {source}, found none")
        at = at[name]
    return at
